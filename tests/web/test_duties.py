"""待办: what a person owes today; done by the event, back when it is voided; excused by those above only."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest

from casework.commands.checks import Check, record_check, void_check
from casework.projections.duty_holders import Holders
from casework.projections.duty_lines import Window, scope_of
from casework.projections.duty_list import lines_of
from casework.projections.duty_queue import Incumbent, Queue
from casework.projections.duty_walk import key_of
from casework.projections.reach import reach_for
from casework.projections.rebuild import rebuild
from casework.projections.reconcile import reconcile
from tests.support.copied import filled_county
from tests.support.county import County
from tests.support.field import ACTORS, TEACH_1, TEACH_2, ids_of
from tests.web.chain_county import BOSS, adopt_duties, counted, fill_chain, post, shipped_duties
from tests.web.pages import StrictPage, Visitor
from tests.web.small_county import CALM, CLERK, HEAD_1, HEAD_2, HILL, INSPECTOR, MAYOR, PASSWORD, RAIN

SignedIn = Callable[[str], Visitor]
_CHECK = "看孩子在不在课堂"


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """The county in the field with its 局长, of each test's own."""
    with filled_county(database_url, fill_chain) as county:
        yield county


@pytest.fixture
def ids(county: County) -> dict[str, str]:
    """Name → child id."""
    return ids_of(county)


def send(visitor: Visitor, path: str, status: int = 303, /, **form: str) -> StrictPage | None:
    """Sends a form; the page it leads to, None for a refusal of another kind than a page."""
    data = {"csrf_token": visitor.token("/account"), "form_id": "f" * 32, **form}
    answer = visitor.client.post(path, data=data)
    assert answer.status_code == status, answer.text[-600:]
    return visitor.get(answer.headers["Location"]) if status == 303 else None


def check(county: County, child_id: str, on: str, login: str = TEACH_1) -> int:
    """The class teacher looked whether the child is there."""
    told = Check(on=on, present=True)
    reply = county.casework.do(
        "record_check",
        lambda act, ref: record_check(act, ref, child_id=child_id, check=told),
        actor=ACTORS[login],
    )
    return int(reply["no"])


def test_a_teacher_sees_what_is_owed_why_by_when_and_the_form_that_does_it(
    signed_in: SignedIn, ids: dict[str, str]
):
    page = signed_in(TEACH_1).get("/duties")
    assert "全部 逾期 4以后 1" in page.text
    assert f"{RAIN} 女 逾期 23 天，应在9月16日前" in page.text
    assert _CHECK in page.text and "复学后第 1、3、5、10、20 个教学日各检查一次（duties-2026.1）" in page.text
    assert page.links.count(f"/cases/{ids[RAIN]}/checks/new") == 5
    assert "剩 8 个教学日，到10月21日" in page.text
    assert HILL not in page.text and "等别人办" in page.text


def test_a_duty_goes_by_its_event_and_comes_back_when_that_is_voided(
    county: County, signed_in: SignedIn, ids: dict[str, str]
):
    teacher = signed_in(TEACH_1)
    no = check(county, ids[RAIN], "2026-10-09")
    assert "全部 逾期 3" in teacher.get("/duties").text
    county.casework.do(
        "void_check",
        lambda act, ref: void_check(act, ref, child_id=ids[RAIN], no=no, reason="记错了"),
        actor=ACTORS[TEACH_1],
    )
    assert "全部 逾期 4" in teacher.get("/duties").text


def test_what_is_done_on_its_last_day_is_counted_as_in_time(
    county: County, signed_in: SignedIn, ids: dict[str, str]
):
    head, place = signed_in(HEAD_1), ("师长", "四年级1班")
    before = [counted(head, *place, column) for column in ("按时办结", "逾期未办")]
    check(county, ids[RAIN], "2026-09-16")
    assert [counted(head, *place, column) for column in ("按时办结", "逾期未办")] == [
        before[0] + 1,
        before[1] - 1,
    ]


def test_what_nobody_holds_or_is_late_for_days_is_shown_above(signed_in: SignedIn):
    head = signed_in(HEAD_1).get("/duties?view=others").text
    assert "责任人：师长 何班青（第一小学）" in head and "责任人：帮扶责任人 空缺（第一小学）" in head
    boss = signed_in(BOSS).get("/duties?view=others").text
    assert "责任人：师长 何班青（第一小学）" in boss and "应在9月30日前" not in boss
    assert "责任人：镇长 空缺（河口乡）" in boss and "会同村里走访一次" in boss
    assert "都办好了" in signed_in(MAYOR).get("/duties").text


def test_the_first_page_shows_the_numbers(signed_in: SignedIn):
    home = signed_in(TEACH_1).get("/")
    assert "4 项待办已逾期" in home.text and "/duties?when=overdue" in home.links


def test_what_begins_today_is_owed_today(county: County, signed_in: SignedIn):
    row = {"学籍号": "G20260004", "姓名": CALM, "起始日期": "2026-10-09", "原因": "病假"}
    assert county.take("absences", [row]).all_taken
    assert "联系家庭，问清没到校的原因" in signed_in(TEACH_2).get("/duties").text


def test_what_an_absence_asks_stands_to_the_end_of_its_last_day(county: County, signed_in: SignedIn):
    row = {"学籍号": "G20260004", "姓名": CALM, "起始日期": "2026-10-09", "截止日期": "2026-10-09"}
    outcome = county.take("absences", [row | {"原因": "病假"}])
    assert outcome.all_taken, outcome
    teacher = signed_in(TEACH_2)
    assert "联系家庭，问清没到校的原因" in teacher.get("/duties").text
    assert "1 项待办今天到期" in teacher.get("/").text
    county.now = county.now.replace(day=10)
    assert "联系家庭" not in teacher.get("/duties").text, "the absence is over"


def test_the_filters_stand_in_the_address(signed_in: SignedIn):
    teacher = signed_in(TEACH_2)
    assert "李大山" in teacher.get("/duties?rule=out.contact").text
    assert "李大山" not in teacher.get("/duties?rule=returned.check").text
    assert "李大山" not in teacher.get("/duties?when=overdue").text
    assert "李大山" not in teacher.get("/duties?klass=八年级1班").text
    assert teacher.client.get("/duties?after=1").status_code == 400


def test_a_page_follows_the_other_by_key(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch):
    from casework.web.duties import routes

    monkeypatch.setattr(routes, "_SIZE", 2)
    teacher, address, seen = signed_in(TEACH_1), "/duties", []
    while address:
        page = teacher.get(address)
        seen.append(page.text.count(_CHECK))
        links = [href for href in page.links if "after=" in href]
        address = links[0] if links else ""
    assert seen == [2, 2, 1]


def test_only_the_level_above_excuses_and_takes_it_back(
    county: County, signed_in: SignedIn, ids: dict[str, str]
):
    head, key = signed_in(HEAD_1), "returned.check/"
    listed = head.get("/duties?view=others")
    page = next(href for href in listed.links if "/duties/excuse" in href and key.replace("/", "%2F") in href)
    assert "责任人：师长 何班青" in head.get(page).text
    key = unquote(page.partition("key=")[2])
    case = send(head, f"/cases/{ids[RAIN]}/duties/excuse", key=key, reason="当天全校停课")
    assert case and "免办：师长看孩子在不在课堂" in case.text and "当天全校停课" in case.text
    teacher = signed_in(TEACH_1)
    assert "全部 逾期 3" in teacher.get("/duties").text
    assert counted(head, "师长", "四年级1班", "免办") == 1
    assert teacher.client.get(page).status_code == 403
    boss, others = signed_in(BOSS), "/duties?view=others&rule=returned.check"
    assert boss.client.get(page).status_code == 403, "the top is not the level above"
    assert "何班青" in boss.get(others).text
    assert not [href for href in boss.get(others).links if "/duties/excuse" in href]
    case = send(
        head, f"/cases/{ids[RAIN]}/duties/demand", form_id="e" * 32, key=key, reason="停课的是别的学校"
    )
    assert case and "作废理由：停课的是别的学校" in case.text
    assert "全部 逾期 4" in teacher.get("/duties").text
    assert counted(head, "师长", "四年级1班", "免办") == 0


def test_an_excuse_needs_a_reason_and_something_to_excuse(
    county: County, signed_in: SignedIn, ids: dict[str, str]
):
    head, path = signed_in(HEAD_1), f"/cases/{ids[RAIN]}/duties/excuse"
    send(head, path, 400, key="returned.check/5/1", reason=" ")
    send(head, path, 404, key="nichts/1/1", reason="x")
    send(signed_in(HEAD_2), path, 404, key="returned.check/5/1", reason="x")


def test_a_period_is_excused_by_its_first_day(county: County, signed_in: SignedIn, ids: dict[str, str]):
    head, path = signed_in(HEAD_2), f"/cases/{ids[HILL]}/duties/excuse"
    send(head, path, key="out.contact/2026-10-09", reason="家长已约好下周见")
    assert HILL not in signed_in(TEACH_2).get("/duties").text


def test_who_has_no_post_in_the_chain_has_no_queue(signed_in: SignedIn):
    assert signed_in(INSPECTOR).client.get("/duties").status_code == 403
    assert "都办好了" in signed_in(CLERK).get("/duties").text


def test_what_a_predecessor_left_is_told_as_that(county: County, signed_in: SignedIn):
    post(county, TEACH_1, "班主任", "S1", "何班青", 班级="四年级1班", 离任日期="2026-10-01")
    row = {"登录名": "ban42", "姓名": "韩接任", "岗位": "班主任", "单位代码": "S1", "班级": "四年级1班"}
    assert not county.take("staff", [row | {"任职日期": "2026-10-02"}]).counts.get("refused")
    county.casework.accounts.make("ban42", "韩接任", PASSWORD, now=datetime(2026, 10, 1, tzinfo=UTC))
    page = signed_in("ban42").get("/duties").text
    assert page.count("前任留下，接着办") == 4 and page.count(_CHECK) == 5


def test_a_helper_owes_by_name(county: County, signed_in: SignedIn, ids: dict[str, str]):
    from tests.web.small_county import ROSTER

    helped = next(row for row in ROSTER if row["姓名"] == HILL) | {"帮扶责任人": "蓝助学"}
    assert not county.take("roster", [helped]).counts.get("refused")
    post(county, "bangfu", "帮扶责任人", "S2", "蓝助学")
    county.casework.accounts.make("bangfu", "蓝助学", PASSWORD, now=datetime(2026, 10, 1, tzinfo=UTC))
    page = signed_in("bangfu").get("/duties")
    assert f"{HILL} 女 还有 83 天，到12月31日 记家访" in page.text


def test_what_arises_once_may_fall_to_a_helper_by_name(county: County, signed_in: SignedIn):
    from tests.web.small_county import ROSTER

    text = re.sub(r'(name = "returned.check"\nrole = )"师长"', r'\1"帮扶责任人"', shipped_duties())
    adopt_duties(county, text, "2026-09-01")
    helped = next(row for row in ROSTER if row["姓名"] == RAIN) | {"帮扶责任人": "蓝助学"}
    assert not county.take("roster", [helped]).counts.get("refused")
    post(county, "bangfu", "帮扶责任人", "S1", "蓝助学")
    county.casework.accounts.make("bangfu", "蓝助学", PASSWORD, now=datetime(2026, 10, 1, tzinfo=UTC))
    page = signed_in("bangfu").get("/duties?rule=returned.check").text
    assert RAIN in page and _CHECK in page
    assert _CHECK not in signed_in(TEACH_1).get("/duties").text


def test_a_teacher_without_a_class_owes_what_no_class_teacher_does(county: County, signed_in: SignedIn):
    post(county, "ban0", "班主任", "S1", "蓝总管")
    county.casework.accounts.make("ban0", "蓝总管", PASSWORD, now=datetime(2026, 10, 1, tzinfo=UTC))
    assert _CHECK not in signed_in("ban0").get("/duties").text
    post(county, TEACH_1, "班主任", "S1", "何班青", 班级="四年级1班", 离任日期="2026-09-01")
    assert _CHECK in signed_in("ban0").get("/duties").text


def test_the_chain_tells_who_held_what_when_and_who_did_it(
    county: County, signed_in: SignedIn, ids: dict[str, str]
):
    check(county, ids[RAIN], "2026-09-16")
    post(county, TEACH_1, "班主任", "S1", "何班青", 班级="四年级1班", 离任日期="2026-10-01")
    row = {"登录名": "ban42", "姓名": "韩接任", "岗位": "班主任", "单位代码": "S1", "班级": "四年级1班"}
    assert not county.take("staff", [row | {"任职日期": "2026-10-05"}]).counts.get("refused")
    head = signed_in(HEAD_1)
    page = head.get(f"/cases/{ids[RAIN]}/chain").text
    assert "2026年10月1日 何班青 第一小学四年级1班" in page
    assert "2026年10月2日—2026年10月4日 空缺 第一小学四年级1班" in page
    assert "2026年10月5日—这一天 韩接任 第一小学四年级1班" in page
    assert "2026年9月16日到期 · 师长 何班青 · 2026-09-16 办，何班青登记，补登迟 23 天" in page
    assert "按时办结" in page and "逾期未办" in page
    then = head.get(f"/cases/{ids[RAIN]}/chain?on=2026-09-20&known=then").text
    now = head.get(f"/cases/{ids[RAIN]}/chain?on=2026-09-20&known=now").text
    assert "按时办结" in now and "按时办结" not in then
    assert signed_in(HEAD_2).client.get(f"/cases/{ids[RAIN]}/chain").status_code == 404
    assert head.client.get(f"/cases/{ids[RAIN]}/chain?on=gestern").status_code == 400


def test_a_unit_records_its_own_duty_and_the_level_above_excuses_it(county: County, signed_in: SignedIn):
    county.now = county.now.replace(day=12)
    head, boss = signed_in(HEAD_1), signed_in(BOSS)
    own = "/duties/own?unit=S1&rule=term.count&due=2026-10-20"
    assert own in head.get("/duties").links
    name = {"unit": "S1", "rule": "term.count", "due": "2026-10-20"}
    told = {**name, "on": "2026-10-12", "figure": "31", "evidence": "青小资〔2026〕3号"}
    send(head, "/duties/own", 400, **{**told, "evidence": " "})
    send(head, "/duties/own", 400, **{**told, "on": "2026-10-13"})
    send(signed_in(HEAD_2), "/duties/own", 404, **told)
    done = send(head, "/duties/own", form_id="a" * 32, **told)
    assert done and "已办结" in done.text and "数字 31" in done.text and "青小资〔2026〕3号" in done.text
    assert own not in head.get("/duties").links
    changed = send(
        head, "/duties/own/correct", form_id="b" * 32, **{**told, "figure": "32"}, reason="漏了一人"
    )
    assert changed and "数字 32" in changed.text
    send(head, "/duties/own/void", form_id="c" * 32, **name, void_reason="还没有上报")
    assert own in head.get("/duties").links
    send(head, "/duties/own/excuse", 403, form_id="1" * 32, **name, reason="x")
    excused = send(boss, "/duties/own/excuse", form_id="d" * 32, **name, reason="今年由县统一统计")
    assert excused and "已免办" in excused.text and "今年由县统一统计" in excused.text
    assert own not in head.get("/duties").links
    assert signed_in(HEAD_2).client.get(own).status_code == 404


def test_what_a_head_has_done_before_leaving_waits_for_nobody(county: County, signed_in: SignedIn):
    county.now = county.now.replace(day=12)
    told = {"unit": "S1", "rule": "term.count", "due": "2026-10-20", "on": "2026-10-12", "evidence": "x"}
    send(signed_in(HEAD_1), "/duties/own", **told)
    for login, unit, name in ((HEAD_1, "S1", "温若谷"), (HEAD_2, "S2", "闵舒禾")):
        post(county, login, "校长", unit, name, 离任日期="2026-10-12")
    county.now = county.now.replace(day=13)
    boss = signed_in(BOSS)
    waiting = [counted(boss, "镇长", unit, "下级空缺转来") for unit in ("青山镇", "河口乡")]
    assert waiting == [0, 2], "what S2 has to count, and to serve"


def test_live_and_rebuilt_agree_about_units_own_duties_and_excuses(
    county: County, signed_in: SignedIn, ids: dict[str, str]
):
    county.now = county.now.replace(day=12)
    head = signed_in(HEAD_1)
    told = {"unit": "S1", "rule": "term.count", "due": "2026-10-20", "on": "2026-10-12", "evidence": "x"}
    send(head, "/duties/own", **told)
    send(head, f"/cases/{ids[RAIN]}/duties/excuse", form_id="e" * 32, key=_first_key(head), reason="x")
    with county.casework.reading() as reading:
        assert reconcile(reading.snapshot) == []
    rebuild(county.casework.store)
    with county.casework.reading() as reading:
        assert reconcile(reading.snapshot) == []


def _first_key(head: Visitor) -> str:
    """The key of the first duty that the head may excuse."""
    links = head.get("/duties?view=others").links
    return unquote(next(href for href in links if "/duties/excuse" in href).partition("key=")[2])


def test_the_bureau_decides_the_legal_step(county: County, signed_in: SignedIn, ids: dict[str, str]):
    boss, path = signed_in(BOSS), f"/cases/{ids[HILL]}/decisions"
    assert "登记法律措施决定" in boss.get(f"/cases/{ids[HILL]}").text
    told = {"on": "2026-10-09", "step": "支持起诉", "why": "责令限期已过，两次上门仍拒绝"}
    send(boss, f"{path}/new", 400, **{**told, "why": ""})
    send(boss, f"{path}/new", 400, **{**told, "step": "罚款"})
    case = send(boss, f"{path}/new", **told)
    assert case and "决定法律措施：支持起诉" in case.text and "两次上门仍拒绝" in case.text
    no = next(href for href in case.links if "/decisions/" in href and "correct" in href).split("/")[4]
    case = send(
        boss, f"{path}/{no}/correct", form_id="a" * 32, **{**told, "step": "检察建议"}, reason="记错了"
    )
    assert case and "决定法律措施：检察建议" in case.text
    case = send(boss, f"{path}/{no}/void", form_id="b" * 32, void_reason="没有决定")
    assert case and "作废理由：没有决定" in case.text
    assert signed_in(HEAD_2).client.get(f"{path}/new").status_code == 403


def test_the_queue_shows_a_holder_what_the_list_of_duties_says(county: County, ids: dict[str, str]):
    """待办 = the list's lines whose holders name the login; only what a predecessor left comes on top."""
    posts = [
        (TEACH_1, "班主任", "S1"),
        (TEACH_2, "班主任", "S2"),
        (HEAD_1, "校长", "S1"),
        (BOSS, "局长", "C1"),
    ]
    posts += [(HEAD_2, "校长", "S2"), (MAYOR, "镇长", "T1"), (CLERK, "基教股", "C1")]
    for day in ("2026-10-09", "2026-10-16", "2026-11-02", "2027-01-01"):
        with county.casework.reading() as reading:
            snapshot, reference = reading.snapshot, reading.reference
            lines = lines_of(snapshot, reference, scope_of(reference.units, "C1"), Window(day))
            holders = Holders(snapshot.conn, snapshot.k, reference, lines, day)
            for login, held, unit in posts:
                reach = reach_for(
                    snapshot.conn, snapshot.k, reference.units, login=login, post=held, unit=unit, day=day
                )
                queue = Queue(snapshot, reference, Incumbent(login, "", held, unit, reach), day)
                shown = [owed.line for owed in queue.mine() if owed.line.case or owed.line.due_day >= day]
                listed = [line for line in lines if login in [each.login for each in holders.of(line)]]
                assert shown == sorted(listed, key=key_of), (login, day)
