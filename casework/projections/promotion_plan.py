"""What 学年升级 would do to each pupil of a school: read from the roster, judged by policy (升级预览).

Pupils of the year's first day whose grade nobody has stated for the new year. A grade is stated by an
entry on or after that day, or by a first roster row without a day, taken when rosters are already of
the new year (policy).
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, func, select

from casework.domain import school_year as rules
from casework.domain.roster import ENROLLED, LEFT_JUNIOR, LEFT_PRIMARY, RosterEntry
from casework.domain.school_year import SchoolYearPolicy, Step
from casework.domain.statuses import JUNIOR
from casework.domain.units import Unit, Units
from casework.domain.values import OPEN, SHANGHAI, SINCE_EVER, Day
from casework.projections.bitemporal import believed_at
from casework.projections.case_board import case_board
from casework.projections.roster import child, entries_of, roster_span
from casework.store.clock import micros
from casework.store.schema import act as act_table

_s, _c, _b = roster_span.c, child.c, case_board.c


class Pupil(NamedTuple):
    """One pupil on the first day, with the status of its file ("" without one) and what the step is.

    `homeless`: no residence or registration would keep it in the county once it has no school.
    """

    child_id: str
    name: str
    sex: str
    stage: str
    grade: str
    klass: str
    status: str
    homeless: bool
    step: Step

    @property
    def kind(self) -> str:
        """What becomes of the grade."""
        return self.step.kind

    @property
    def asked(self) -> bool:
        """Whether a person must say if the child goes with the class."""
        return rules.is_asked(self.kind, self.status)

    @property
    def kept(self) -> bool:
        """Whether the child stays the school's whatever is said."""
        return rules.stays_for_now(self.kind, self.status)

    @property
    def unclear(self) -> bool:
        """Whether the roster must be put right first."""
        return self.kind == rules.UNREADABLE or (self.homeless and self.kind in rules.LEAVING)

    @property
    def moves(self) -> bool:
        """Whether it goes with its class without anybody being asked."""
        return self.kind in rules.MOVING and not (self.asked or self.kept or self.unclear)

    def values(self, *, stays: bool = False) -> dict[str, str]:
        """The roster fields that change on the first day."""
        if stays:
            return {"grade": self.grade}
        if self.kind in rules.LEAVING:
            left = {"school": "", "grade": "", "klass": ""}
            if self.kind == rules.LEAVES_PRIMARY:
                return {**left, "enrolment": LEFT_PRIMARY, "stage": JUNIOR}
            return {**left, "enrolment": LEFT_JUNIOR, "stage": ""}
        klass = rules.next_klass(self.klass, self.grade, self.step.next)
        junior = {"stage": JUNIOR} if self.kind == rules.TO_JUNIOR else {}
        return {"grade": self.step.next, "klass": klass, **junior}


class ClassStep(NamedTuple):
    """One class of the preview: where its pupils go, and how many of them."""

    grade: str
    klass: str
    kind: str
    next: str
    pupils: int


@dataclass(frozen=True)
class Plan:
    """A school's step into a school year. `settled`: pupils whose grade is of the new year already."""

    school: str
    first_day: Day
    pupils: list[Pupil]
    settled: int

    @property
    def moving(self) -> list[Pupil]:
        """Those who go with their class."""
        return [each for each in self.pupils if each.moves]

    @property
    def asked(self) -> list[Pupil]:
        """休学 and 送教: stay or go."""
        return [each for each in self.pupils if each.asked and not each.unclear]

    @property
    def kept(self) -> list[Pupil]:
        """Out of school or in transfer in a leaving grade: they stay the school's."""
        return [each for each in self.pupils if each.kept]

    @property
    def unclear(self) -> list[Pupil]:
        """No grade that can be read, or no home: the roster first."""
        return [each for each in self.pupils if each.unclear and not each.kept]

    @property
    def beyond(self) -> int:
        """Pupils of no compulsory grade, who are left alone."""
        return sum(each.kind == rules.NOT_COMPULSORY for each in self.pupils)

    def classes(self) -> list[ClassStep]:
        """The preview, class by class, in the plan's order."""
        counts: Counter[tuple[str, str, str, str]] = Counter()
        for each in self.moving:
            klass = rules.next_klass(each.klass, each.grade, each.step.next)
            following = f"{each.step.next}{'' if klass.startswith(each.step.next) else klass}"
            counts[each.grade, each.klass, each.kind, following if each.step.next else ""] += 1
        return [ClassStep(*key, n) for key, n in counts.items()]

    def mark(self) -> str:
        """A fingerprint of everything the preview shows, to know whether it still holds."""
        shown = [(each.child_id, each.grade, each.klass, each.stage, each.status) for each in self.pupils]
        return hashlib.sha256(repr((self.first_day, sorted(shown))).encode()).hexdigest()[:24]


def plan_of(
    conn: Connection, k: int, units: Units, policy: SchoolYearPolicy, school: Unit, first_day: Day, today: Day
) -> Plan:
    """What the school's promotion would still do, as known at act `k`."""
    rows = _sitting(conn, k, merged_into(units, school.code, today), first_day)
    entries = entries_of(conn, (row.child_id for row in rows))
    since = _first_act(conn, policy.new_rosters_since(first_day))
    used = {row.grade for row in rows}
    pupils = []
    for row in rows:
        pupil = Pupil(
            *(row.child_id, row.name, row.sex, row.stage, row.grade, row.klass, row.status),
            homeless=not units.home("", row.residence, row.registration, first_day)[0],
            step=policy.step(school.category, row.stage, row.grade, used),
        )
        told = ("grade", "school") if pupil.kind in rules.LEAVING else ("grade",)
        if not _stated(entries[row.child_id], told, first_day, since):
            pupils.append(pupil)
    pupils.sort(key=lambda each: (policy.number(each.stage, each.grade), each.grade, each.klass))
    return Plan(school.code, first_day, pupils, len(rows) - len(pupils))


def merged_into(units: Units, school: str, day: Day) -> list[str]:
    """The codes that a school answers for on a day: its own, and those of schools merged into it."""
    return sorted({school, *(each.code for each in units if units.standing(each.code, day) == school)})


def _sitting(conn: Connection, k: int, schools: Sequence[str], day: Day) -> list[Row[Any]]:
    query: Select[Any] = (
        select(
            _s.child_id, _c.name, _c.sex, _s.stage, _s.grade, _s.klass, _s.residence, _s.registration,
            func.coalesce(_b.status, "").label("status"),
        )
        .join_from(roster_span, child, _c.child_id == _s.child_id)
        .join(case_board, _b.case_id == _s.child_id, isouter=True)
        .where(_s.school.in_(schools), _s.enrolment == ENROLLED, _s.valid_from <= day, _s.valid_to > day)
        .where(*believed_at(roster_span, k))
        .order_by(_c.pinyin, _s.child_id)
    )  # fmt: skip
    return list(conn.execute(query))


def _first_act(conn: Connection, day: Day) -> int:
    """The first act since a day: what was told without a day since then is told of the new year."""
    us = micros(datetime.fromisoformat(f"{day}T00:00:00").replace(tzinfo=SHANGHAI))
    query = select(act_table.c.id).where(act_table.c.recorded_us >= us)
    return conn.scalar(query.order_by(act_table.c.recorded_us).limit(1)) or OPEN


def _stated(entries: Iterable[RosterEntry], names: Sequence[str], first_day: Day, since_act: int) -> bool:
    """Whether one of these fields was told of the new year: a leaver may sit elsewhere already."""
    return any(
        any(name in entry.values for name in names)
        and (entry.on >= first_day or (entry.on == SINCE_EVER and entry.no >= since_act))
        for entry in entries
    )
