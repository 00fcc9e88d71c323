"""家访劝返: a teacher, official or village head records, corrects or voids one visit.

A visit is never stale and never refused for its outcome: nobody met is attempted, not achieved.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from casework.commands import one_child
from casework.commands.rights import needs
from casework.domain.case_file import VISITS
from casework.domain.held_once import visit_number
from casework.domain.home_visit import people_of
from casework.domain.ledger import Fact, fact_of
from casework.domain.permissions import RECORD_VISIT
from casework.domain.policy import Dictionaries
from casework.domain.values import Day
from casework.errors import BadInput
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.store import Reply


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One visit as typed. `start`, `end`: `HH:MM`; `met`: whom, empty for 无人; `units`: one a participant.

    `private`: place, participants, talk, guardian_view, child_view, needs, next_step, recorder, note.
    """

    on: Day
    mode: str
    outcome: str
    start: str = ""
    end: str = ""
    met: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    agreed_on: Day = ""
    private: Mapping[str, str] = field(default_factory=dict)

    def with_note(self, note: str) -> "Visit":
        """The same visit with a note (备注), which pages do not ask for but workbooks carry."""
        return replace(self, private={**self.private, "note": note}) if note else self


_TAKEN = "这个学生在同一天同一时间已有一条家访记录；如要改它，请打开那条记录更正"


@needs(RECORD_VISIT)
def record_visit(act: Act, reference: Reference, *, child_id: str, visit: Visit) -> Reply:
    """Records a visit. Reply: child, no, verb ("unchanged" when the very same visit is there)."""
    at_hand = one_child.take_up(act, reference, child_id)
    fact = _fact(act, reference, visit, f"{visit.on} {visit.start}")
    return one_child.record(act, at_hand, VISITS, fact, taken=_TAKEN)


@needs(RECORD_VISIT)
def correct_visit(
    act: Act, reference: Reference, *, child_id: str, no: int, visit: Visit, reason: str
) -> Reply:
    """Corrects visit `no`; both versions stay."""
    at_hand = one_child.take_up(act, reference, child_id)
    held = at_hand.case.file.ledgers[VISITS].live.get(no, {}).get("key", "")
    # A visit that came with a 记录编号 keeps it: the same row of a workbook still means this visit.
    key = held if visit_number(held) else f"{visit.on} {visit.start}"
    return one_child.correct(act, at_hand, VISITS, no, _fact(act, reference, visit, key), reason)


@needs(RECORD_VISIT)
def void_visit(act: Act, reference: Reference, *, child_id: str, no: int, reason: str) -> Reply:
    """Voids visit `no`, which never took place as written."""
    at_hand = one_child.take_up(act, reference, child_id)
    return one_child.void(act, at_hand, VISITS, no, reason)


def _fact(act: Act, reference: Reference, visit: Visit, key: str) -> Fact:
    _check(reference.dictionaries(visit.on), visit)
    body = {name: value for name, value in asdict(visit).items() if name != "private"}
    said = visit.private
    people = people_of(said.get("participants", ""), said.get("recorder", ""), act.mark)
    body |= {"met": list(visit.met), "units": list(visit.units), "people": people}
    return fact_of(key, body, said, act.mark)


def _check(words: Dictionaries, visit: Visit) -> None:
    for label, word, allowed in (
        ("方式", visit.mode, words.visit_modes),
        ("结果", visit.outcome, words.visit_outcomes),
        *(("见到", met, words.visit_met) for met in visit.met),
    ):
        if word not in allowed:
            raise BadInput(f"{label}“{word}”不在可选范围内，可填：{'、'.join(allowed)}")
    if visit.start and visit.end and visit.end < visit.start:
        raise BadInput(f"结束时间 {visit.end} 早于开始时间 {visit.start}")
    if visit.outcome == "约定日期" and not visit.agreed_on:
        raise BadInput("结果为“约定日期”时，请填写约定哪一天返校")
