"""缺勤, 情况报告表, 到校检查: recorded by the school, never overlapping, corrected with a reason."""

from typing import Any

import pytest

from casework.commands.absences import (
    Absence,
    AbsenceReport,
    correct_absence,
    end_absence,
    record_absence,
    report_absence,
    void_absence,
)
from casework.commands.checks import Check, correct_check, record_check, void_check
from casework.domain.attendance import open_absence, planned_checks, school_days
from casework.domain.case_file import ABSENCES, CHECKS, CaseFile
from casework.errors import BadInput, NotAllowed, NotFound, RuleBroken
from casework.projections.absent import absent_now
from casework.projections.case_history import history_of
from casework.projections.placements import Where
from tests.support.county import County
from tests.support.field import ACTORS, TEACH_1, TEACH_2
from tests.web.small_county import CALM, CHIEF, HILL, RAIN

TODAY = "2026-10-09"


def do(county: County, command: Any, child: str, login: str = TEACH_1, **more: Any) -> dict[str, Any]:
    def run(act: Any, ref: Any) -> dict[str, Any]:
        return command(act, ref, child_id=child, **more)

    return county.casework.do(command.__name__, run, actor=ACTORS[login])


def file_of(county: County, child: str) -> CaseFile:
    with county.casework.reading() as reading:
        return history_of(reading.snapshot, child, open_private=False).file


def test_a_class_teacher_says_who_did_not_come_and_who_came_back(field: County, children: dict[str, str]):
    child = children[CALM]
    absence = Absence(on="2026-10-08", private={"why": "没有请假"})
    no = do(field, record_absence, child, TEACH_2, absence=absence)["no"]
    assert open_absence(file_of(field, child)) == (no, "2026-10-08")
    ended = Absence(on="2026-10-08", until="2026-10-08", private={"why": "没有请假"})
    do(field, end_absence, child, TEACH_2, no=no, absence=ended)
    assert open_absence(file_of(field, child)) is None
    with pytest.raises(RuleBroken, match="已经登记过返校"):
        do(field, end_absence, child, TEACH_2, no=no, absence=ended)


@pytest.mark.parametrize(
    ("absence", "refusal"),
    [
        (Absence(on="2026-10-08", until="2026-10-07"), "早于开始"),
        (Absence(on="2026-10-08", until="2026-10-10"), "还没到"),
        (Absence(on="2026-10-10"), "在将来"),
    ],
)
def test_days_of_an_absence_that_can_not_be(
    field: County, children: dict[str, str], absence: Absence, refusal: str
):
    with pytest.raises(BadInput, match=refusal):
        do(field, record_absence, children[RAIN], absence=absence)


def test_absences_do_not_overlap(field: County, children: dict[str, str]):
    child = children[RAIN]
    do(field, record_absence, child, absence=Absence(on="2026-09-21", until="2026-09-23"))
    for other in (
        Absence(on="2026-09-22"),
        Absence(on="2026-09-18"),
        Absence(on="2026-09-20", until="2026-09-21"),
    ):
        with pytest.raises(RuleBroken, match="重叠"):
            do(field, record_absence, child, absence=other)
    no = do(field, record_absence, child, absence=Absence(on="2026-09-24"))["no"]
    with pytest.raises(RuleBroken, match="重叠"):
        do(field, correct_absence, child, no=no, absence=Absence(on="2026-09-23"), reason="记错了")
    do(field, void_absence, child, no=no, reason="来了")
    assert len(file_of(field, child).ledgers[ABSENCES].live) == 1


def test_who_is_away_now_is_listed_for_those_who_see_the_child(field: County, children: dict[str, str]):
    do(field, record_absence, children[CALM], TEACH_2, absence=Absence(on="2026-10-08"))
    do(field, record_absence, children[RAIN], absence=Absence(on="2026-09-28"))
    from casework.domain.permissions import Reach

    with field.casework.reading() as reading:
        conn = reading.snapshot.conn
        county = Reach("C1", counties=frozenset({"C1"}))
        first, after = absent_now(conn, county, Where(), size=1)
        rest, _ = absent_now(conn, county, Where(), after=after, size=1)
        assert [row.case_id for row in (*first, *rest)] == [children[RAIN], children[CALM]]
        school = Reach("S2", schools=frozenset({"S2"}))
        for reach, where in ((school, Where()), (county, Where(school="S2"))):
            assert [row.case_id for row in absent_now(conn, reach, where, size=9)[0]] == [children[CALM]]


def test_a_report_says_what_happened_once_a_day(field: County, children: dict[str, str]):
    child = children[RAIN]
    with pytest.raises(BadInput, match="离校情况"):
        do(field, report_absence, child, report=AbsenceReport(on=TODAY))
    told = AbsenceReport(on=TODAY, private={"situation": "三天没来"})
    do(field, report_absence, child, report=told)
    with pytest.raises(RuleBroken, match="已经报过"):
        other = AbsenceReport(on=TODAY, private={"situation": "四天没来"})
        do(field, report_absence, child, report=other)


def test_a_check_belongs_to_the_stabilisation_period(field: County, children: dict[str, str]):
    with pytest.raises(RuleBroken, match="这一天是：辍学"):
        do(field, record_check, children[HILL], TEACH_2, check=Check(on=TODAY, present=True))
    with pytest.raises(RuleBroken, match="疑似辍学"):
        do(field, record_check, children[RAIN], check=Check(on="2026-09-14", present=True))
    no = do(field, record_check, children[RAIN], check=Check(on="2026-09-16", present=True))["no"]
    with pytest.raises(RuleBroken, match="已经检查过"):
        do(field, record_check, children[RAIN], check=Check(on="2026-09-16", present=False))
    corrected = Check(on="2026-09-16", present=False)
    do(field, correct_check, children[RAIN], no=no, check=corrected, reason="看错了人")
    assert not file_of(field, children[RAIN]).ledgers[CHECKS].live[no]["present"]
    do(field, void_check, children[RAIN], no=no, reason="没有去")
    assert not file_of(field, children[RAIN]).ledgers[CHECKS].live


def test_the_nth_check_made_fulfils_the_nth_planned(field: County, children: dict[str, str]):
    """张小雨 came back on Tuesday 15 September; the days count without weekends and holidays."""
    child = children[RAIN]
    do(field, record_check, child, check=Check(on="2026-09-16", present=True))
    do(field, record_check, child, check=Check(on="2026-09-21", present=False))
    with field.casework.reading() as reading:
        policy, calendar = reading.reference.returned(TODAY), reading.reference.calendar(TODAY)
    plan = list(planned_checks(file_of(field, child), policy, calendar, TODAY))
    assert [(each.school_day, each.day, each.state) for each in plan] == [
        (1, "2026-09-16", "done"),
        (3, "2026-09-18", "done"),
        (5, "2026-09-22", "missed"),
        (10, "2026-09-30", "missed"),
        (20, "2026-10-21", "ahead"),
    ]
    assert school_days(calendar, "2026-09-18", "2026-09-21") == 2
    assert list(planned_checks(file_of(field, children[HILL]), policy, calendar, TODAY)) == []


@pytest.mark.parametrize(
    ("login", "child", "refusal"), [(CHIEF, RAIN, NotAllowed), (TEACH_1, HILL, NotFound)]
)
def test_absences_are_the_schools_and_the_childs_own(
    field: County, children: dict[str, str], login: str, child: str, refusal: type[Exception]
):
    with pytest.raises(refusal):
        do(field, record_absence, children[child], login, absence=Absence(on=TODAY))
