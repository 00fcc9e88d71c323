"""等别人办: what others owe is shown to whoever stands above them, past the vacant places of the chain."""

import re
from collections.abc import Callable, Iterator

import pytest

from casework.domain.values import day_after
from casework.projections.duty_above import Rising
from casework.projections.duty_lines import Line, Window, scope_of
from casework.projections.duty_list import lines_of
from casework.projections.duty_queue import Incumbent, Queue
from casework.projections.duty_walk import key_of
from casework.projections.reach import reach_for
from casework.service import Reading
from tests.support.copied import filled_county
from tests.support.county import County
from tests.support.field import TEACH_1, TEACH_2
from tests.web.chain_county import BOSS, CHAIN, adopt_duties, counted, fill_chain, post, shipped_duties
from tests.web.pages import Visitor
from tests.web.small_county import CALM, CHIEF, HEAD_1, HEAD_2, MAYOR, RAIN

SignedIn = Callable[[str], Visitor]
POSTS = {
    TEACH_1: ("班主任", "S1", "四年级1班"),
    TEACH_2: ("班主任", "S2", "七年级1班"),
    HEAD_1: ("校长", "S1", ""),
    HEAD_2: ("校长", "S2", ""),
    CHIEF: ("村长", "V1", ""),
    MAYOR: ("镇长", "T1", ""),
    BOSS: ("局长", "C1", ""),
}
"""Who holds which place of the chain: S1 lies in T1, S2 in T2, whose 镇长 is vacant."""
HEADS = {"第一小学": HEAD_1, "第二初中": HEAD_2}
LETTER, TAKEN_OVER = "签发劝返复学通知书", "下级空缺转来"
NO_TEACHER, NO_HELPER = "责任人：师长 空缺（第一小学）", "责任人：帮扶责任人 空缺（第一小学）"
WEEKLY, QUARTERLY = "/duties?view=others&rule=out.contact", "/duties?view=others&rule=helper.visit"


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """The county with its chain, of each test's own."""
    with filled_county(database_url, fill_chain) as county:
        yield county


def leave(county: County, *logins: str) -> None:
    """They have held their posts until the end of September."""
    for login in logins:
        held, unit, room = POSTS[login]
        post(county, login, held, unit, CHAIN[login], 班级=room, 离任日期="2026-09-30")


def others(reading: Reading, login: str, day: str) -> list[Line]:
    """What the queue shows somebody of others; of units' own duties the latest alone."""
    held, unit, _ = POSTS[login]
    snapshot, reference = reading.snapshot, reading.reference
    reach = reach_for(snapshot.conn, snapshot.k, reference.units, login=login, post=held, unit=unit, day=day)
    queue = Queue(snapshot, reference, Incumbent(login, CHAIN[login], held, unit, reach), day)
    return [each.line for each in queue.others() if each.line.case or each.line.due_day >= day]


def agreed(county: County, day: str, *logins: str, at_least: int = 0) -> None:
    """What the queue shows of others is what the rule says, line by line."""
    with county.casework.reading() as reading:
        snapshot, reference = reading.snapshot, reading.reference
        lines = lines_of(snapshot, reference, scope_of(reference.units, "C1"), Window(day))
        rising = Rising(snapshot.conn, snapshot.k, reference, lines, day)
        for login in logins:
            seat = login, *POSTS[login][:2]
            shown = [line for line in lines if rising.sits_in(rising.shown_to(line), *seat)]
            assert others(reading, login, day) == sorted(shown, key=key_of), (login, day)
            assert len(shown) >= at_least


@pytest.mark.parametrize(
    "left",
    [
        (),
        (HEAD_1,),
        (HEAD_2,),
        (TEACH_1, TEACH_2),
        (TEACH_1, HEAD_1),
        (TEACH_2, HEAD_2),
        (HEAD_1, MAYOR),
        (TEACH_2, HEAD_2, CHIEF, MAYOR),
    ],
    ids="-".join,
)
def test_the_queue_shows_those_above_what_the_rule_of_vacancies_and_delays_says(
    county: County, left: tuple[str, ...]
) -> None:
    leave(county, *left)
    for day in ("2026-10-09", "2026-10-16", "2026-11-02", "2027-01-01"):
        agreed(county, day, *POSTS.keys() - {*left})


def test_more_vacant_places_than_a_statement_takes_are_all_shown(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(county, HEAD_1, HEAD_2, TEACH_2)
    monkeypatch.setattr("casework.projections.duty_walk.AT_ONCE", 1)
    for day in ("2026-10-09", "2026-10-16"):
        agreed(county, day, MAYOR, BOSS, at_least=1)


def test_day_by_day_what_is_late_rises_by_the_days_of_the_policy(county: County) -> None:
    for day in (day_after("2026-10-09", n) for n in range(18)):
        agreed(county, day, HEAD_1, HEAD_2, MAYOR, BOSS)


@pytest.mark.parametrize("kept", ["letter.serve", "out.contact", "helper.visit", "letter.serve|out.contact"])
def test_under_other_rules_too_vacant_heads_are_passed(county: County, kept: str) -> None:
    others = rf'\[\[rules\]\]\nname = "(?!{kept}).*?\n\n'
    adopt_duties(county, re.sub(others, "", shipped_duties(), flags=re.DOTALL), "2026-09-01")
    leave(county, TEACH_2, HEAD_2)
    for day in ("2026-10-09", "2026-10-16"):
        agreed(county, day, BOSS, at_least=1)


def out_again(county: County) -> None:
    """The child of S1 is away again: a letter is to be issued by its 校长, a visit paid each week."""
    row = {"学籍号": "G20260001", "姓名": RAIN, "日期": "2026-10-08", "变化": "疑似辍学", "登记人": "何班青"}
    outcome = county.take("status", [row | {"原因": "学习困难/厌学"}])
    assert outcome.all_taken, outcome


def test_what_arises_once_at_a_school_without_a_head_is_shown_to_the_township_before_it_is_late(
    county: County, signed_in: SignedIn
) -> None:
    out_again(county)
    mayor = signed_in(MAYOR)
    assert LETTER not in mayor.get("/duties?view=others").text
    before = counted(mayor, "镇长", "青山镇", TAKEN_OVER)
    leave(county, HEAD_1)
    page = mayor.get("/duties?view=others").text
    assert LETTER in page and "责任人：校长 空缺（第一小学）" in page
    assert LETTER not in mayor.get("/duties").text, "it stays the school's"
    assert (before, counted(mayor, "镇长", "青山镇", TAKEN_OVER)) == (0, 1)
    assert LETTER in signed_in(BOSS).get("/duties?view=others").text


def test_what_comes_round_in_a_class_without_a_teacher_passes_the_vacant_head(
    county: County, signed_in: SignedIn
) -> None:
    out_again(county)
    mayor, boss = signed_in(MAYOR), signed_in(BOSS)
    leave(county, HEAD_1)
    assert NO_HELPER in mayor.get(QUARTERLY).text
    assert "师长" not in mayor.get("/duties?view=others").text, "the class has its teacher"
    leave(county, TEACH_1)
    for visitor in (mayor, boss):
        assert NO_TEACHER in visitor.get(WEEKLY).text
        assert NO_HELPER in visitor.get(QUARTERLY).text


def test_what_comes_round_where_the_head_is_there_stays_with_the_head(
    county: County, signed_in: SignedIn
) -> None:
    out_again(county)
    leave(county, TEACH_1)
    assert NO_TEACHER in signed_in(HEAD_1).get(WEEKLY).text
    mayor = signed_in(MAYOR)
    assert NO_TEACHER not in mayor.get(WEEKLY).text and NO_HELPER not in mayor.get(QUARTERLY).text


def test_of_units_own_duties_those_of_every_unit_are_shown(
    county: County, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    county.now = county.now.replace(month=11, day=9)
    boss, address, seen = signed_in(BOSS), "/duties?view=others&rule=term.count", []
    monkeypatch.setattr("casework.web.duties.routes._SIZE", 1)
    while address:
        page = boss.get(address)
        seen += [name for name, head in HEADS.items() if f"校长 {CHAIN[head]}（{name}）" in page.text]
        links = [href for href in page.links if "after=" in href]
        address = links[0] if links else ""
    assert seen == ["第一小学", "第二初中"]


def test_what_an_absence_asks_of_a_vacant_place_is_counted_above_to_the_end_of_its_last_day(
    county: County, signed_in: SignedIn
) -> None:
    leave(county, TEACH_2)
    boss = signed_in(BOSS)
    before = counted(boss, "校长", "第二初中", TAKEN_OVER)
    row = {"学籍号": "G20260004", "姓名": CALM, "起始日期": "2026-10-09", "截止日期": "2026-10-09"}
    assert county.take("absences", [row | {"原因": "病假"}]).all_taken
    assert counted(boss, "校长", "第二初中", TAKEN_OVER) == before + 1
    county.now = county.now.replace(day=10)
    assert counted(boss, "校长", "第二初中", TAKEN_OVER) == before


def test_what_begins_on_the_first_day_of_other_rules_is_counted_once(
    county: County, signed_in: SignedIn
) -> None:
    out_again(county)
    leave(county, HEAD_1)
    adopt_duties(county, shipped_duties().replace("duties-2026.1", "duties-2026.2"), "2026-10-08")
    assert counted(signed_in(BOSS), "镇长", "青山镇", TAKEN_OVER) == 1
