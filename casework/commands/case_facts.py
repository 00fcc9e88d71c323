"""登记个案事实: status acts, visits, absences, sessions and letters of children, from any door.

All rows of one child are judged together; the file is opened by the first fact that is taken. A move
that a status row makes (复学 at another school, an accepted transfer) changes the roster and the file
in the same act.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from casework.commands.roster import RosterChange, follow_case
from casework.domain.case_file import STATUSES
from casework.domain.ledger import REFUSED, Fact, Verdict
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
    verdicts: dict[str, list[Verdict]] = {}
    for child_id, rows in facts.items():
        case = cases[child_id]
        verdicts[child_id] = take_for_child(case, ledger, rows, children[child_id], today)
        if case.pending_events and any(_wrote(verdict) for verdict in verdicts[child_id]):
            act.save(case)
            if ledger == STATUSES:
                follow_case(change, act, case)
    change.write()
    return verdicts


def take_for_child(
    case: StudentCase, ledger: str, rows: Sequence[Fact], child: Child, today: Day
) -> list[Verdict]:
    """Rows whose dates can not be are refused by themselves; the file settles the rest together."""
    refused = {at: note for at, row in enumerate(rows) if (note := date_fault(row, child, today))}
    good = [row for at, row in enumerate(rows) if at not in refused]
    settled = iter(case.take(ledger, good))
    return [
        Verdict(REFUSED, note=refused[at]) if at in refused else next(settled) for at, _ in enumerate(rows)
    ]


def _wrote(verdict: Verdict) -> bool:
    return verdict.verb in ("recorded", "corrected", "voided")


def date_fault(row: Fact, child: Child, today: Day) -> str:
    """Why a fact can not have happened on its day; "" when it can."""
    on = row.body["on"]
    if on > today:
        return f"日期 {on} 在将来（今天是 {today}），只能登记已经发生的事"
    if on < child.birth:
        return f"日期 {on} 早于该生出生日期 {child.birth}，请核对"
    if not child.places or on < child.places[0].on:
        since = child.places[0].on if child.places else "尚无"
        return f"日期 {on} 早于该生在花名册上的记录（{since} 起），请核对日期或先更正花名册"
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
