"""One school's sheet of 开学核查: the class lists of the term's first day, with what is known of each child.

应到 follows from the roster; 休学, 送教, 转学 and 死亡 are suggested from the files until somebody has
saved the class, and from then on only what was recorded holds.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from casework.domain import roll_call as rules
from casework.domain import statuses as s
from casework.domain.roll_call import FIGURES, ClassCount, Mark, RollCall
from casework.domain.roster import ENROLLED
from casework.domain.school_year import SchoolYearPolicy
from casework.domain.units import Units
from casework.domain.values import OPEN, Day
from casework.projections.bitemporal import believed_at
from casework.projections.case_board import case_board
from casework.projections.case_span import case_span
from casework.projections.promotion_plan import merged_into
from casework.projections.roster import child, roster_span

_s, _c, _b = roster_span.c, child.c, case_board.c
DEATH = "死亡"

_SUGGESTED = {
    s.DEFERRED: rules.ON_DEFERRAL,
    s.HOME_TEACHING: rules.TAUGHT_AT_HOME,
    s.TRANSFERRING: rules.TRANSFERRED,
    s.SUSPECTED: rules.ABSENT,
    s.DROPPED_OUT: rules.ABSENT,
}


class Seat(NamedTuple):
    """One child of a class list. `mark` "" is 实到; `suggested`: it comes from the files, nobody said it."""

    child_id: str
    name: str
    sex: str
    status: str
    mark: str
    outcome: str
    said: Any
    suggested: bool


@dataclass(frozen=True)
class ClassSheet:
    """One class: its children by name, and the head count (None while nobody has counted)."""

    grade: str
    klass: str
    seats: Sequence[Seat]
    present: int | None

    @property
    def count(self) -> ClassCount:
        """The class as a line of the sheet."""
        marks = Counter(seat.mark for seat in self.seats if seat.mark)
        unverified = sum(seat.mark == rules.ABSENT and not seat.outcome for seat in self.seats)
        return ClassCount(self.grade, self.klass, len(self.seats), self.present, marks, unverified)

    @property
    def expected_present(self) -> int:
        """How many should be in class by the names."""
        return sum(not seat.mark for seat in self.seats)

    def seen(self) -> str:
        """A fingerprint of what a page showed of the class."""
        shown = [(each.child_id, each.mark, each.outcome, each.suggested) for each in self.seats]
        return _mark((self.grade, self.klass, self.present, sorted(shown)))


@dataclass(frozen=True)
class SchoolSheet:
    """The whole sheet, class by class."""

    school: str
    term: Day
    classes: Sequence[ClassSheet]

    def counts(self) -> list[ClassCount]:
        """The lines of the sheet."""
        return [each.count for each in self.classes]

    def totals(self) -> dict[str, int]:
        """The sums of all classes."""
        rows = [count.as_row() for count in self.counts()]
        return {name: sum(row[name] for row in rows) for name in FIGURES}

    def of(self, grade: str, klass: str) -> ClassSheet | None:
        """One class, if there is such a one."""
        return next((each for each in self.classes if (each.grade, each.klass) == (grade, klass)), None)

    def seen(self) -> str:
        """A fingerprint of the whole."""
        return _mark([each.seen() for each in self.classes])


def sheet_of(
    conn: Connection, k: int, units: Units, policy: SchoolYearPolicy,
    school: str, term: Day, today: Day, file: RollCall | None,
) -> SchoolSheet:  # fmt: skip
    """The sheet as known at act `k`; `file`: what was recorded in it, None when nobody has begun."""
    rows = _expected(conn, k, merged_into(units, school, today), term)
    left, dead = _left(conn, k, units, rows, school, today), _dead(conn, rows)
    marks = file.marks if file else {}
    counted = file.present if file else {}
    classes: dict[tuple[str, str, str], list[Seat]] = {}
    for row in rows:
        saved = (row.grade, row.klass) in counted
        mark = marks.get(row.child_id)
        if mark is None and not saved:
            code = rules.DIED if row.child_id in dead else _SUGGESTED.get(row.status, "")
            mark = Mark(code or (rules.TRANSFERRED if row.child_id in left else ""))
        mark = mark or Mark("")
        seat = Seat(
            row.child_id, row.name, row.sex, row.status, mark.mark, mark.outcome, mark.said,
            suggested=bool(mark.mark) and not saved,
        )  # fmt: skip
        classes.setdefault((row.stage, row.grade, row.klass), []).append(seat)
    order = sorted(classes, key=lambda key: (policy.number(key[0], key[1]), key))
    sheets = [
        ClassSheet(grade, klass, classes[stage, grade, klass], counted.get((grade, klass)))
        for stage, grade, klass in order
    ]
    return SchoolSheet(school, term, sheets)


def _expected(conn: Connection, k: int, schools: Sequence[str], term: Day) -> list[Any]:
    query: Select[Any] = (
        select(
            _s.child_id, _c.name, _c.sex, _s.stage, _s.grade, _s.klass,
            func.coalesce(_b.status, "").label("status"),
        )
        .join_from(roster_span, child, _c.child_id == _s.child_id)
        .join(case_board, _b.case_id == _s.child_id, isouter=True)
        .where(_s.school.in_(schools), _s.enrolment == ENROLLED, _s.valid_from <= term, _s.valid_to > term)
        .where(_s.stage.in_(s.COMPULSORY), *believed_at(roster_span, k))
        .order_by(_c.pinyin, _s.child_id)
    )  # fmt: skip
    return list(conn.execute(query))


def _left(conn: Connection, k: int, units: Units, rows: Sequence[Any], school: str, today: Day) -> set[str]:
    """Those who by the roster sit elsewhere today."""
    here: set[str] = set()
    for start in range(0, len(rows), 500):
        query = select(_s.child_id, _s.school).where(
            _s.child_id.in_([row.child_id for row in rows[start : start + 500]]),
            _s.valid_from <= today,
            _s.valid_to > today,
            *believed_at(roster_span, k),
        )
        here.update(each for each, code in conn.execute(query) if units.standing(code, today) == school)
    return {row.child_id for row in rows} - here


def _dead(conn: Connection, rows: Sequence[Any]) -> set[str]:
    """Those whose file was closed for death."""
    closed = [row.child_id for row in rows if row.status == s.CLOSED]
    if not closed:
        return set()
    c = case_span.c
    query = select(c.case_id).where(c.case_id.in_(closed), c.reason == DEATH, c.known_to == OPEN)
    return set(conn.scalars(query))


def _mark(shown: Any) -> str:
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:24]
