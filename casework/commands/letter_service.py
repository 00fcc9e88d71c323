"""送达文书: served with a proof (送达回证), tried in vain, corrected with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from casework.commands import one_child
from casework.commands.letter_drafts import letter_in
from casework.commands.one_child import AtHand
from casework.commands.rights import needs
from casework.domain.case_file import LETTERS
from casework.domain.letter_service import LABELS, LONGEST, PUBLISHED, service_faults
from casework.domain.letter_text import too_long
from casework.domain.permissions import SERVE_LETTER
from casework.domain.values import Day
from casework.errors import BadInput, NotFound, RuleBroken
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.store import Reply


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service, or one attempt, as typed. `at`: `HH:MM` or "". `private`: see `LABELS`."""

    on: Day
    mode: str
    at: str = ""
    private: Mapping[str, str] = field(default_factory=dict)


class WrongService(BadInput):
    """What is wrong with a service, by field: `faults`."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("；".join(faults.values()))
        self.faults = dict(faults)


@needs(SERVE_LETTER)
def record_service(act: Act, reference: Reference, *, child_id: str, no: int, service: Service) -> Reply:
    """Records that letter `no` was served; its term is counted from the day after."""
    at_hand = one_child.take_up(act, reference, child_id)
    letter = _letter(at_hand, no)
    if no in at_hand.case.file.services:
        raise RuleBroken("这份文书已经登记送达；如登记有误，请在文书页上更正", child=child_id, no=no)
    return _serve(act, at_hand, no, letter, service, "")


@needs(SERVE_LETTER)
def correct_service(
    act: Act,
    reference: Reference,
    *,
    child_id: str,
    no: int,
    service: Service,
    reason: str,
    written: int | None = None,
) -> Reply:
    """Corrects the service of letter `no` with a reason; both versions stay in the history."""
    at_hand = one_child.take_up_fact(act, reference, child_id, no, written=written)
    letter = _letter(at_hand, no)
    if no not in at_hand.case.file.services:
        raise RuleBroken("这份文书还没有登记送达，请先登记", child=child_id, no=no)
    if not reason.strip():
        raise BadInput("请写一句为什么要改")
    if fault := too_long("更正原因", reason, LONGEST):
        raise BadInput(fault)
    return _serve(act, at_hand, no, letter, service, reason.strip())


@needs(SERVE_LETTER)
def record_attempt(act: Act, reference: Reference, *, child_id: str, no: int, attempt: Service) -> Reply:
    """Records that letter `no` could not be served that day, and why."""
    at_hand = one_child.take_up(act, reference, child_id)
    letter = _letter(at_hand, no)
    said = _checked(at_hand, letter, attempt, served=False)
    body = {"on": attempt.on, "mode": attempt.mode, "at": attempt.at}
    at_hand.case.attempt_service(no, body, said or None)
    one_child.save(act, at_hand)
    return {"child": child_id, "no": no, "verb": "attempted"}


def _serve(
    act: Act, at_hand: AtHand, no: int, letter: Mapping[str, Any], service: Service, reason: str
) -> Reply:
    said = _checked(at_hand, letter, service, served=True)
    body: dict[str, Any] = {"on": service.on, "mode": service.mode, "at": service.at}
    if service.mode == PUBLISHED:
        body["notice"] = at_hand.reference.letters(service.on).notice_days
    mark = act.mark(repr((sorted(body.items()), sorted(said.items()))))
    private = {**said, "correction_reason": reason} if reason else said
    verb = at_hand.case.serve_letter(no, mark, body, private or None)
    one_child.save(act, at_hand)
    return {"child": at_hand.case.child_id, "no": no, "verb": verb}


def _letter(at_hand: AtHand, no: int) -> Mapping[str, Any]:
    """The letter to be served: it stands, and is of a kind that is served."""
    letter = letter_in(at_hand.case.file, no)
    if letter is None:
        raise NotFound("没有这份文书", child=at_hand.case.child_id, no=no)
    if no not in at_hand.case.file.ledgers[LETTERS].live:
        raise RuleBroken("这份文书已经作废，不用送达", no=no)
    kind = at_hand.reference.letters(letter["on"]).kind(letter["kind"])
    if kind is not None and kind.to == "county":
        raise RuleBroken(f"{kind.name}报送县教育局，不用登记送达回证", no=no)
    return letter


def _checked(at_hand: AtHand, letter: Mapping[str, Any], service: Service, *, served: bool) -> dict[str, str]:
    said = {name: text.strip() for name, text in service.private.items() if name in LABELS and text.strip()}
    faults = service_faults(
        issued=letter["on"],
        on=service.on,
        at=service.at,
        mode=service.mode,
        said=said,
        modes=at_hand.reference.dictionaries(at_hand.today).service_modes,
        today=at_hand.today,
        served=served,
    )
    if faults:
        raise WrongService(faults)
    return said
