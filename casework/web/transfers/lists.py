"""转学 of the viewer's schools as two lists: who comes, who leaves, and how many days each waits."""

from collections.abc import Sequence
from dataclasses import dataclass

from casework.domain.case_file import APPROVED, DECLINED, MOVED, WITHDRAWN
from casework.domain.units import Units
from casework.domain.values import Day, day_after, days_between
from casework.projections.children import records_of
from casework.projections.transfer_requests import Passing, asked_by, asked_of, coming, leaving
from casework.projections.weekly_report import NO_SCHOOL
from casework.service import Reading
from casework.web.access import Viewer
from casework.web.transfers.reach import schools_of

ANSWERED_DAYS = 30
"""How long an answered asking stays in the list; a matter of looks, no rule."""
ANSWERS = {
    "": "等原学校答复",
    APPROVED: "原学校已同意",
    MOVED: "已同意，学生已转来",
    DECLINED: "原学校没有同意",
    WITHDRAWN: "已撤回",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A child between two schools: `other` is the school on the far side."""

    child_id: str
    name: str
    sex: str
    room: str
    own: str
    other: str
    since: Day
    days: int


@dataclass(frozen=True, slots=True)
class AskedLine:
    """An asking of ours as we typed it."""

    request_id: str
    typed: str
    school: str
    on: Day
    days: int
    ended: str
    state: str
    answer: str


@dataclass(frozen=True)
class Lists:
    """In: `coming`, `asked`; out: `wanted` (others ask), `leaving` (released)."""

    coming: list[Line]
    asked: list[AskedLine]
    wanted: list[Line]
    leaving: list[Line]


def lists_of(reading: Reading, viewer: Viewer, today: Day) -> Lists:
    """Both lists at this moment."""
    conn, units = reading.snapshot.conn, reading.reference.units
    schools = schools_of(units, viewer.reach, today)
    asked = asked_by(conn, reading.snapshot.keys, schools, day_after(today, -ANSWERED_DAYS))
    return Lists(
        coming=_lines(reading, coming(conn, schools), today, inward=True),
        asked=[
            AskedLine(
                each.request_id,
                each.typed or "个人信息已清除",
                units.name(each.school),
                each.asked_on,
                days_between(each.asked_on, today),
                each.ended,
                ANSWERS.get(each.ended, each.ended),
                each.answer,
            )
            for each in asked
        ],
        wanted=_lines(reading, asked_of(conn, viewer.reach), today),
        leaving=_lines(reading, leaving(conn, viewer.reach), today),
    )


def _lines(reading: Reading, passing: Sequence[Passing], today: Day, *, inward: bool = False) -> list[Line]:
    """Who they are, in one query; `inward`: the far side is where the child now is."""
    records = records_of(reading.snapshot.conn, (each.case.case_id for each in passing))
    return [
        _line(each, records.get(each.case.case_id), reading.reference.units, today, inward)
        for each in passing
    ]


def _line(each: Passing, record: object, units: Units, today: Day, inward: bool) -> Line:
    here = units.name(each.case.school) or NO_SCHOOL
    there = units.name(each.other) or "县外学校"
    return Line(
        child_id=each.case.case_id,
        name=getattr(record, "name", "") or "已清除",
        sex=getattr(record, "sex", ""),
        room=f"{each.case.grade}{each.case.klass}",
        own=there if inward else here,
        other=here if inward else there,
        since=each.since,
        days=days_between(each.since, today),
    )
