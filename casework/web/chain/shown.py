"""Duties of one place as lines of a page: which child, by when, what became of it, who did it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from casework.domain.duty import LATE, ON_TIME
from casework.domain.values import LOCAL_OPERATOR, Day, day_of, days_between
from casework.projections.duty_chain import Standing
from casework.projections.duty_holders import Holder, Holders
from casework.projections.duty_lines import Line
from casework.projections.duty_list import late_days, told_days
from casework.projections.readings import names_in_reach
from casework.service import Reading
from casework.web.access import Viewer, this_moment
from casework.web.filters import masked_name

_GUARDIAN = Holder("", "监护人")
BEYOND = "不在查看范围的孩子"


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One duty in words. `child_id` "" where the child is not to be seen, or the duty is the unit's own."""

    must: str
    why: str
    child_id: str
    child: str
    begins: Day
    due_day: Day
    state: str
    fulfilled_on: Day
    behind: int
    recorded: Day
    recorded_late: int | None
    by: str
    for_others: bool
    holders: tuple[Holder, ...]

    @property
    def people(self) -> str:
        """Who answers."""
        return "、".join(each.name for each in self.holders) or "空缺"


@dataclass
class PersonRow(Standing):
    """One person at a place with what fell due while they held it; `login` "" where nobody did."""

    login: str = ""
    name: str = ""


class DutyLines:
    """Tells duties read at one moment to a viewer of the present."""

    def __init__(self, reading: Reading, lines: Sequence[Line], viewer: Viewer, on: Day) -> None:
        self._reading, self._viewer, self._on = reading, viewer, on
        self.lines = sorted(lines, key=lambda line: (line.due_day, line.rule, line.case, line.begins))
        snapshot = reading.snapshot
        self._holders = Holders(snapshot.conn, snapshot.k, reading.reference, self.lines, on)
        self._told = told_days(snapshot.conn, self.lines)

    def holders(self, line: Line) -> list[Holder]:
        """Who answers for a duty."""
        return self._holders.of(line)

    def of_person(self, login: str) -> list[Line]:
        """Those that a login answers for."""
        return [line for line in self.lines if any(each.login == login for each in self.holders(line))]

    def people(self, *, named: bool) -> list[PersonRow]:
        """Each holder with what became of their duties; guardians and helpers are not told by person."""
        rows: dict[tuple[str, str], PersonRow] = {}
        for line in self.lines if named else ():
            held = [(each.login, each.name) for each in self.holders(line)] or [("", "空缺")]
            for login, name in held:
                row = rows.setdefault((login, name), PersonRow(login=login, name=name))
                row.states[line.state] += 1
        return [rows[key] for key in sorted(rows)]

    def states(self, lines: Iterable[Line]) -> Standing:
        """What became of some of them."""
        return Standing(Counter(line.state for line in lines))

    def told(self, lines: Sequence[Line]) -> list[DutyLine]:
        """Some of them in words."""
        names = self.names(line.case for line in lines)
        return [self._told_line(line, names.get(line.case, "")) for line in lines]

    def names(self, cases: Iterable[str]) -> dict[str, str]:
        """Child → name as this viewer reads it, of those in reach today."""
        return names_for(self._viewer, cases)

    def _told_line(self, line: Line, name: str) -> DutyLine:
        policy = self._reading.reference.duties(line.begins)
        rule = policy.rule(line.rule) or next(
            (each for each in policy.unit_rules if each.name == line.rule and each.role == line.role), None
        )
        recorded, by = self._told.get((line.origin, line.fulfilled_by), ("", None))
        held = tuple(self.holders(line))
        guarded = policy.role(line.role).level == "guardian"
        if guarded and not name:
            held = (_GUARDIAN,)
        elif guarded and self._viewer.masked:
            held = tuple(Holder(each.login, masked_name(each.name)) for each in held)
        behind = days_between(line.due_day, line.fulfilled_on or self._on)
        return DutyLine(
            must=rule.must if rule else line.rule,
            why=rule.why if rule else "",
            child_id=line.case if name else "",
            child=name or (BEYOND if line.case else "本单位事项"),
            begins=line.begins,
            due_day=line.due_day,
            state=line.state,
            fulfilled_on=line.fulfilled_on,
            behind=max(behind, 0) if line.state in ("overdue", LATE) else 0,
            recorded=recorded,
            recorded_late=late_days(line.due_day, recorded) if line.state == ON_TIME and recorded else None,
            by=by.name if by else "",
            for_others=by is not None
            and by.login not in {LOCAL_OPERATOR.account, *(each.login for each in held)},
            holders=held,
        )


@dataclass(frozen=True, slots=True)
class _Named:
    child_id: str


def names_for(viewer: Viewer, cases: Iterable[str]) -> dict[str, str]:
    """Child → name as a viewer reads it, of those in reach today."""
    wanted = [_Named(case) for case in set(cases) if case]
    with this_moment() as present:
        conn, k, day = present.snapshot.conn, present.snapshot.k, day_of(present.known_at)
        found = names_in_reach(conn, k, viewer.reach, wanted, day)
    return {case: masked_name(name) if viewer.masked else name for case, name in found.items()}
