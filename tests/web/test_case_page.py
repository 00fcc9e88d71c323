"""One child's page: the whole history in words, who told it when, and as known on a day."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from casework.store.read_log import CASE_OPENED, read_log
from tests.support.county import County
from tests.web.pages import Visitor
from tests.web.small_county import CALM, CLERK, HEAD_1, HEAD_2, HILL, MOON, RAIN

SignedIn = Callable[[str], Visitor]
Ids = dict[str, str]


def test_the_history_is_told_in_words_with_who_and_when(signed_in: SignedIn, ids: Ids):
    page = signed_in(CLERK).get(f"/cases/{ids[RAIN]}").text
    assert "由“疑似辍学”转为“已复学(巩固期)”，安置方式：插班" in page
    assert "登记为“疑似辍学”，主要原因：学习困难/厌学" in page
    assert "上门家访，见到家长，结果：犹豫" in page and "谈话要点说好一起想办法" in page
    assert "2026-09-18 10:00 登记 · 本机操作员" in page
    assert "花名册记载：就读于第一小学，四年级1班，住青山镇石桥村，特殊群体：留守儿童" in page


def test_the_head_says_who_where_and_how_things_stand(signed_in: SignedIn, ids: Ids):
    page = signed_in(CLERK).get(f"/cases/{ids[RAIN]}").text
    assert "张小雨 女 第一小学 四年级1班" in page
    assert "已复学(巩固期)第 25 天" in page and "2026年9月15日起" in page
    assert "张家长（母亲）" in page and "990126**********01" in page and "139****1234" in page
    assert "990126201305060001" not in page and "13900001234" not in page


def test_what_was_voided_stays_with_its_reason(signed_in: SignedIn, ids: Ids):
    page = signed_in(CLERK).client.get(f"/cases/{ids[RAIN]}").text
    assert "<s>上门家访，见到家长，结果：犹豫</s>" in page and "作废理由：重复登记" in page


def test_a_correction_shows_what_was_written_first(signed_in: SignedIn, ids: Ids):
    page = signed_in(CLERK).get(f"/cases/{ids[HILL]}").text
    assert "上门家访，见到家长，结果：犹豫 已更正" in page
    assert "原登记：上门家访，没有见到人 2026-09-11 10:01 · 本机操作员" in page


def test_a_late_entry_says_how_late_it_came(signed_in: SignedIn, ids: Ids):
    page = signed_in(CLERK).get(f"/cases/{ids[HILL]}").text
    assert "由“疑似辍学”转为“辍学”，主要原因：外出务工 补登，迟 21 天" in page
    assert page.count("补登") == 1


def test_letters_carry_their_number_and_issuer(signed_in: SignedIn, ids: Ids):
    page = signed_in(CLERK).get(f"/cases/{ids[HILL]}").text
    assert "第二初中签发《劝返复学通知书》，限期 7 天" in page and "文号义劝通字〔2026〕第001号" in page


@pytest.mark.parametrize(
    ("known", "status", "knows", "not_yet"),
    [
        ("2026-09-12", "疑似辍学", "没有见到人", "辍学”，主要原因"),
        ("2026-10-06", "疑似辍学", "已更正", "签发"),
        ("2026-10-07", "辍学", "迟 21 天", "签发"),
    ],
)
def test_the_page_can_be_read_as_known_on_a_day(
    signed_in: SignedIn, ids: Ids, known: str, status: str, knows: str, not_yet: str
):
    page = signed_in(CLERK).get(f"/cases/{ids[HILL]}?known_at={known}").text
    assert f"七年级1班 {status}第 " in page
    assert knows in page and f"截至 {known} 23:59 所知" in page
    assert "转为" + not_yet not in page or status == "辍学"
    assert "签发" not in page


def test_today_as_known_on_is_the_present(signed_in: SignedIn, ids: Ids):
    page = signed_in(CLERK).get(f"/cases/{ids[HILL]}?known_at=2026-10-09").text
    assert "签发" in page and "这是截至" not in page


def test_a_school_the_child_left_sees_the_history_up_to_that_day(signed_in: SignedIn, ids: Ids):
    old = signed_in(HEAD_1).get(f"/cases/{ids[MOON]}").text
    assert "登记为“疑似辍学”" in old and "该生自2026年9月22日起不再属于第一小学" in old
    assert "复学" not in old.replace("劝返复学", "") and "第二初中" not in old
    new = signed_in(HEAD_2).get(f"/cases/{ids[MOON]}").text
    assert "登记为“疑似辍学”" in new and "到第二初中就读" in new
    assert "花名册变动：由第一小学转到第二初中" in new


def test_a_child_without_a_file_has_a_page_that_says_so(signed_in: SignedIn, ids: Ids):
    page = signed_in(CLERK).get(f"/cases/{ids[CALM]}").text
    assert "花名册记载：就读于第二初中" in page and "登记为" not in page and "疑似辍学第" not in page


def test_who_opened_a_file_is_written_down(signed_in: SignedIn, ids: Ids, county: County):
    signed_in(HEAD_1).get(f"/cases/{ids[RAIN]}")
    with county.casework.store.engine.connect() as conn:
        rows = conn.execute(select(read_log).order_by(read_log.c.id.desc()).limit(1)).all()
    [row] = rows
    assert (row.account, row.post, row.unit, row.what) == ("xz1", "校长", "S1", CASE_OPENED)
    assert row.child_id == ids[RAIN]
