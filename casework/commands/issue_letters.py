"""签发、作废文书: a letter gets its number and its frozen text when it is issued; a void keeps both."""

from collections.abc import Mapping
from typing import Any

from casework.commands import one_child
from casework.commands.letter_drafts import Desk, Draft, draft_of, letter_in
from casework.commands.one_child import AtHand
from casework.commands.rights import needs
from casework.domain.case_file import LETTERS
from casework.domain.held_once import LETTER_NUMBER
from casework.domain.ledger import Fact, fact_of
from casework.domain.letter_numbers import letter_key, number_text
from casework.domain.letter_rules import acts_for
from casework.domain.letter_text import answers_fault, too_long
from casework.domain.permissions import ISSUE_LETTER
from casework.domain.places import place_on
from casework.errors import BadInput, NotFound, RuleBroken
from casework.projections.letter_signers import Signer
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.store import Reply

_LONGEST_REASON = 500


class StillRunning(RuleBroken):
    """A letter of the same kind is still on its way: the page asks before another one is issued."""


@needs(ISSUE_LETTER)
def issue_letter(
    act: Act,
    reference: Reference,
    *,
    child_id: str,
    kind: str,
    signer: str,
    answers: Mapping[str, str] | None = None,
    again: bool = False,
    seen: int | None = None,
) -> Reply:
    """Issues a letter today. Reply: child, no, verb, number.

    `signer`: login of the signatory, who holds a signing post of the issuer today; `answers`: what the
    kind asks for; `again`: also while an earlier one is on its way; `seen`: version of the file shown.
    """
    at_hand = one_child.take_up(act, reference, child_id, seen=seen)
    draft = _draft(act, at_hand, kind)
    said = answers or {}
    if draft.running and not again:
        raise StillRunning(f"{draft.running}。确实需要再发一份的，请勾选“仍要再签发一份”", child=child_id)
    if fault := answers_fault(draft.kind, said):
        raise BadInput(fault)
    fact = _fact(act, at_hand, draft, _signer(draft, signer), said)
    act.claim(LETTER_NUMBER, fact.key, child_id)
    reply = one_child.record(act, at_hand, LETTERS, fact, taken="这个文号已经用过，请刷新后再试")
    return {**reply, "number": fact.body["number"]}


@needs(ISSUE_LETTER)
def void_letter(
    act: Act, reference: Reference, *, child_id: str, no: int, reason: str, seen: int | None = None
) -> Reply:
    """Voids letter `no` today, by its issuer; its number stays in the register and is never used again."""
    at_hand = one_child.take_up(act, reference, child_id, seen=seen)
    letter = letter_in(at_hand.case.file, no)
    if letter is None:
        raise NotFound("没有这份文书", child=child_id, no=no)
    issuer = letter["issuer"]
    if not acts_for(reference.units, act.actor.unit, issuer):
        raise RuleBroken(f"这份文书由{reference.units.name(issuer)}签发，只能由签发单位作废", no=no)
    if not reason.strip():
        raise BadInput("请写明作废的原因")
    if fault := too_long("作废原因", reason, _LONGEST_REASON):
        raise BadInput(fault)
    at_hand.case.void(LETTERS, no, reason.strip(), on=at_hand.today)
    one_child.save(act, at_hand)
    return {"child": child_id, "no": no, "verb": "voided"}


def _draft(act: Act, at_hand: AtHand, name: str) -> Draft:
    policy = at_hand.reference.letters(at_hand.today)
    kind = policy.kind(name)
    if kind is None:
        raise BadInput(f"没有“{name[:40]}”这种文书，请从页面上选择")
    place = place_on(at_hand.child.places, at_hand.today)
    desk = Desk(
        reference=at_hand.reference,
        own=act.actor.unit,
        child_id=at_hand.case.child_id,
        place=place,
        file=at_hand.case.file,
        today=at_hand.today,
    )
    draft = draft_of(act.conn, act.id, desk, kind)
    if draft.refusal:
        raise RuleBroken(draft.refusal, child=at_hand.case.child_id)
    return draft


def _signer(draft: Draft, login: str) -> Signer:
    found = next((each for each in draft.signers if each.login == login), None)
    if found is None:
        names = "、".join(each.name for each in draft.signers)
        raise BadInput(f"签发人须是今天在任的人，现在可以是：{names}。请重新选择")
    return found


def _fact(act: Act, at_hand: AtHand, draft: Draft, signer: Signer, answers: Mapping[str, str]) -> Fact:
    text = draft.text(answers)
    policy = at_hand.reference.letters(at_hand.today)
    number = _next_number(act, draft, int(at_hand.today[:4]))
    body: dict[str, Any] = {
        "on": at_hand.today,
        "kind": draft.kind.name,
        "issuer": draft.issuer.code,
        "number": number,
        "days": draft.kind.days,
        "signatory": signer.name,
        "post": signer.as_signed,
    }
    private = {
        "title": draft.kind.printed,
        "text": text,
        "issuer_name": draft.issuer_name,
        "printed_post": policy.printed_post(signer.post) + ("（代理）" if signer.acting else ""),
        "addressee": draft.facts["guardian"],
    }
    key = letter_key(draft.issuer.code, draft.kind.name, number)
    return fact_of(key, body, private, act.mark)


def _next_number(act: Act, draft: Draft, year: int) -> str:
    """The next number of the register; one that an old register brought in already is passed over."""
    issuer, kind = draft.issuer.code, draft.kind
    while True:
        number = number_text(kind.number, year, act.next_number(issuer, kind.name, year))
        if act.owner_of(LETTER_NUMBER, letter_key(issuer, kind.name, number)) is None:
            return number
