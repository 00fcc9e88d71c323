"""登记个案事实: status acts, visits, absences, sessions and letters of children, from any door.

All rows of one child are judged together; the file is opened by the first fact that is taken. A move
that a status row makes (复学 at another school, an accepted transfer) changes the roster and the file
in the same act.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from casework.commands.roster import RosterChange, follow_case
from casework.domain.case_file import ABSENCES, STATUSES, VISITS
from casework.domain.held_once import VISIT_NUMBER, visit_number
from casework.domain.ledger import CORRECTED, RECORDED, REFUSED, VOIDED, Fact, Verdict
from casework.domain.places import Place
from casework.domain.student_case import StudentCase
from casework.domain.units import Units
from casework.domain.values import Day
from casework.errors import RuleBroken
from casework.projections import roster as table
from casework.projections.children import births_of
from casework.store.act import Act

Facts = Mapping[str, Sequence[Fact]]
"""Child id → the rows about it, in sheet order."""


@dataclass(frozen=True)
class Child:
    """What limits the dates of a child's facts."""

    child_id: str
    birth: Day
    places: list[Place]


def take_facts(act: Act, units: Units, ledger: str, facts: Facts, *, today: Day) -> dict[str, list[Verdict]]:
    """Takes what can be taken of one ledger; per child one verdict a row, in the rows' order."""
    children = children_of(act, facts)
    cases = cases_of(act, children)
    change = RosterChange(act, units)
    if ledger == STATUSES:
        change.load(facts)
    numbers = _Numbers(act, facts) if ledger == VISITS else None
    verdicts: dict[str, list[Verdict]] = {}
    for child_id, rows in facts.items():
        case = cases[child_id]
        faults = _faults(ledger, rows, children[child_id], today)
        if numbers:
            faults = {**numbers.faults(child_id, rows), **faults}
        verdicts[child_id] = _take_good(case, ledger, rows, faults)
        if numbers:
            numbers.hold(child_id, rows, verdicts[child_id])
        if case.pending_events and any(_wrote(verdict) for verdict in verdicts[child_id]):
            act.save(case)
            if ledger == STATUSES:
                follow_case(change, act, case)
    if numbers:
        numbers.claim()
    change.write()
    return verdicts


def _take_good(
    case: StudentCase, ledger: str, rows: Sequence[Fact], faults: Mapping[int, Verdict]
) -> list[Verdict]:
    """Rows that are bad by themselves are refused by themselves; the file settles the rest together."""
    settled = iter(case.take(ledger, [row for at, row in enumerate(rows) if at not in faults]))
    return [faults.get(at) or next(settled) for at, _ in enumerate(rows)]


def _wrote(verdict: Verdict) -> bool:
    return verdict.verb in (RECORDED, CORRECTED, VOIDED)


def _faults(ledger: str, rows: Sequence[Fact], child: Child, today: Day) -> dict[int, Verdict]:
    """The refusals of rows whose days can not be; a void row names an entry and tells nothing itself."""
    found = {}
    for at, row in enumerate(rows):
        if row.void_reason:
            continue
        until = row.body.get("until", "")
        if note := date_fault(row, child, today):
            found[at] = Verdict(REFUSED, note=note, field="on")
        elif ledger == ABSENCES and until > today:
            note = f"截止日期 {until} 在将来（今天是 {today}）；仍未到校的，截止日期请留空"
            found[at] = Verdict(REFUSED, note=note, field="until")
    return found


class _Numbers:
    """记录编号 of visits: a number belongs to one child for ever, also when its visit is voided."""

    def __init__(self, act: Act, facts: Facts) -> None:
        self._act = act
        numbers = (number for rows in facts.values() for row in rows if (number := visit_number(row.key)))
        self._owners = act.owners_of(VISIT_NUMBER, numbers)
        self._new: dict[str, str] = {}

    def faults(self, child_id: str, rows: Sequence[Fact]) -> dict[int, Verdict]:
        """The refusals of rows under a number that is another child's."""
        found = {}
        for at, row in enumerate(rows):
            number = visit_number(row.key)
            if number and self._owners.get(number, child_id) != child_id:
                note = f"记录编号“{number}”已用于另一名学生的家访记录，请核对编号或学生"
                found[at] = Verdict(REFUSED, note=note, field="key")
        return found

    def hold(self, child_id: str, rows: Sequence[Fact], verdicts: Sequence[Verdict]) -> None:
        """The numbers of what was recorded are this child's from now on."""
        for row, verdict in zip(rows, verdicts, strict=True):
            number = visit_number(row.key)
            if number and verdict.verb == RECORDED:
                self._owners[number] = self._new[number] = child_id

    def claim(self) -> None:
        """Writes what is held, all children's at once."""
        if self._new:
            self._act.claim_many(VISIT_NUMBER, self._new)


def date_fault(row: Fact, child: Child, today: Day) -> str:
    """Why a fact can not have happened on its day; "" when it can."""
    on = row.body["on"]
    if on > today:
        return f"日期 {on} 在将来（今天是 {today}），只能登记已经发生的事"
    if on < child.birth:
        return f"日期 {on} 早于该生出生日期 {child.birth}，请核对"
    if not child.places or on < child.places[0].on:
        since = f"{child.places[0].on} 起" if child.places else "尚无"
        return f"日期 {on} 早于该生在花名册上的记录（{since}），请核对日期或先更正花名册"
    return ""


def children_of(act: Act, children: Facts) -> dict[str, Child]:
    """Births and places of children, from the roster as it now stands."""
    births = births_of(act.conn, children)
    spans = table.ROSTER_SPANS.known_now(act.conn, children)
    found = {}
    for child_id in children:
        if child_id not in births:
            raise RuleBroken("该生不在花名册上，请先导入花名册", child=child_id)
        places = [table.place_of_row(row) for row in sorted(spans[child_id])]
        found[child_id] = Child(child_id, births[child_id], _joined(places))
    return found


def cases_of(act: Act, children: Mapping[str, Child]) -> dict[str, StudentCase]:
    """The children's files; one not yet opened is made, and stored only if something is taken."""
    cases = act.load_many(StudentCase, children)
    return {
        child_id: cases.get(child_id) or StudentCase.open(child_id, child.places)
        for child_id, child in children.items()
    }


def _joined(places: Sequence[Place]) -> list[Place]:
    joined: list[Place] = []
    for place in places:
        if not joined or joined[-1][1:] != place[1:]:
            joined.append(place)
    return joined
