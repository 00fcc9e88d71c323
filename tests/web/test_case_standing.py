"""The case page's present: what is next, who answers, and a masked value shown by a logged click."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from casework.store.read_log import REVEALED, read_log
from tests.support.county import County
from tests.web.pages import StrictPage, Visitor
from tests.web.small_county import CLERK, HEAD_1, HEAD_2, HILL, INSPECTOR, MOON, RAIN

SignedIn = Callable[[str], Visitor]
Ids = dict[str, str]
NUMBER, PHONE = "990126201305060001", "13900001234"


def reveal(visitor: Visitor, child_id: str, status: int = 200, **form: str) -> StrictPage:
    """Asks for a masked value."""
    data = {"csrf_token": visitor.token("/account"), **form}
    return visitor.read(visitor.client.post(f"/cases/{child_id}/reveal", data=data), status)


def test_what_is_next_stands_at_the_top(signed_in: SignedIn, ids: Ids):
    page = signed_in(HEAD_2).get(f"/cases/{ids[HILL]}").text
    assert "接下来 最近走访：29 天前，犹豫，共 1 次" in page
    assert "《劝返复学通知书》10月8日签发，还没有送达" in page


def test_the_six_answer_and_vacancies_are_seen(signed_in: SignedIn, ids: Ids):
    page = signed_in(CLERK).get(f"/cases/{ids[RAIN]}").text
    assert (
        "局长空缺 试验县镇长兰启程 青山镇校长温若谷 第一小学"
        "村长韦彩莲 石桥村家长张家长 母亲师长空缺 四年级1班" in page
    )


def test_as_known_then_tells_the_people_of_that_day_and_nothing_of_now(signed_in: SignedIn, ids: Ids):
    page = signed_in(CLERK).get(f"/cases/{ids[MOON]}?known_at=2026-09-12").text
    assert "校长温若谷 第一小学" in page and "接下来" not in page and "记家访" not in page


def test_an_inspector_sees_no_guardian_and_can_show_nothing(signed_in: SignedIn, ids: Ids):
    visitor = signed_in(INSPECTOR)
    page = visitor.get(f"/cases/{ids[RAIN]}")
    assert "张家长" not in page.text and "显示" not in page.text and "记家访" not in page.text
    reveal(visitor, ids[RAIN], status=403, field="phone")


@pytest.mark.parametrize(("field", "value"), [("cert_no", NUMBER), ("phone", PHONE)])
def test_one_value_is_shown_once_and_logged_first(
    county: County, signed_in: SignedIn, ids: Ids, field: str, value: str
):
    visitor = signed_in(HEAD_1)
    shown = reveal(visitor, ids[RAIN], field=field, reason="联系家长").text
    assert value in shown and (NUMBER in shown) + (PHONE in shown) == 1
    assert value not in visitor.get(f"/cases/{ids[RAIN]}").text
    with county.casework.store.engine.connect() as conn:
        last = conn.execute(
            select(read_log).where(read_log.c.what == REVEALED).order_by(read_log.c.id.desc())
        ).first()
    assert last is not None and (last.account, last.child_id) == (HEAD_1, ids[RAIN])
    assert last.detail.endswith("：联系家长") and value not in last.detail


def test_what_is_not_registered_says_so(signed_in: SignedIn, ids: Ids):
    assert "户籍详址没有登记" in reveal(signed_in(HEAD_1), ids[RAIN], field="registration_address").text


def test_nothing_of_a_child_out_of_reach_is_shown_or_logged(county: County, signed_in: SignedIn, ids: Ids):
    visitor = signed_in(HEAD_1)
    gone = reveal(visitor, ids[MOON], status=404, field="phone").text  # seen up to the day she moved on
    assert gone == reveal(visitor, ids[HILL], status=404, field="phone").text
    assert gone == reveal(visitor, "0" * 32, status=404, field="phone").text
    reveal(visitor, ids[RAIN], status=400, field="name")
    with county.casework.store.engine.connect() as conn:
        by_head = (read_log.c.what == REVEALED) & (read_log.c.account == HEAD_1)
        logged = conn.scalars(select(read_log.c.child_id).where(by_head))
        assert set(logged) <= {ids[RAIN]}


def test_a_visit_can_be_recorded_and_corrected_from_here(signed_in: SignedIn, ids: Ids):
    links = signed_in(HEAD_2).get(f"/cases/{ids[HILL]}").links
    assert f"/children/{ids[HILL]}/visits/new" in links
    assert any(link.startswith(f"/children/{ids[HILL]}/visits/") and "correct" in link for link in links)
