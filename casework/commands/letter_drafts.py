"""A letter before it is issued: whether it may be, who would sign, what it would say (拟稿).

The page's preview and the command that issues are made by the same draft.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from casework.domain import letter_rules as rules
from casework.domain.case_file import LETTERS, VISITS, CaseFile
from casework.domain.letter_deadline import served_day
from casework.domain.letter_policy import LetterKind, LetterPolicy
from casework.domain.letter_rules import Standing
from casework.domain.letter_text import letter_text, printed_day
from casework.domain.units import NO_UNIT, Unit, Units
from casework.domain.values import Day
from casework.projections.children import records_of
from casework.projections.letter_signers import Signer, signers_of
from casework.projections.reference import Reference


@dataclass(frozen=True)
class Desk:
    """Whose desk a letter lies on: the child's file and place, the unit acting, the rules of the day."""

    reference: Reference
    own: str
    child_id: str
    place: Any
    file: CaseFile
    today: Day

    @property
    def policy(self) -> LetterPolicy:
        """文书规则 of the day."""
        return self.reference.letters(self.today)

    @property
    def standing(self) -> Standing:
        """The file as the rules ask it."""
        return Standing(self.file, self.file.spans(), self.today, self.reference.calendar(self.today))

    @property
    def issuer(self) -> Unit:
        """The unit that would issue the letter; the acting unit itself when the child is not its own."""
        units = self.reference.units
        return units.get(rules.issuer_for(units, self.own, self.place) or self.own) or NO_UNIT


@dataclass(frozen=True)
class Draft:
    """One kind of letter for one child. `refusal`: why it can not be issued, "" when it can.

    `running`: what is said of an earlier one that is still on its way; `facts`: what its text is made of.
    """

    kind: LetterKind
    issuer: Unit
    issuer_name: str
    signers: tuple[Signer, ...]
    refusal: str
    running: str
    facts: Mapping[str, str]

    def text(self, answers: Mapping[str, str]) -> str:
        """The letter's text. Raises BadInput when a fact it needs is not known."""
        return letter_text(self.kind, self.facts, answers)


def drafts(conn: Connection, k: int, desk: Desk) -> Iterator[Draft]:
    """Every kind of letter the county knows, in its order."""
    return (draft_of(conn, k, desk, kind) for kind in desk.policy.letters)


def refusal_of(desk: Desk, kind: LetterKind, standing: Standing) -> str:
    """Why this kind can not be issued to the child from this desk; "" when it can. Cheap: no query."""
    units, issuer = desk.reference.units, desk.issuer
    fault = rules.issuer_fault(desk.policy, kind.name, issuer)
    if not fault and not rules.issuer_for(units, desk.own, desk.place):
        fault = rules.not_ours(units, desk.own)
    return fault or rules.situation_fault(kind, standing)


def draft_of(conn: Connection, k: int, desk: Desk, kind: LetterKind) -> Draft:
    """The draft of one kind, as known at act `k`."""
    policy, issuer, standing = desk.policy, desk.issuer, desk.standing
    refusal = refusal_of(desk, kind, standing)
    posts = policy.signing_posts(kind, issuer.kind)
    signers = () if refusal else tuple(signers_of(conn, k, issuer.code, posts, desk.today))
    if not refusal and not signers:
        wanted = "或".join(posts) or "签发人"
        refusal = f"{issuer.name}的{wanted}现在空缺，没有人可以签发；请先登记任职或代理"
    return Draft(
        kind=kind,
        issuer=issuer,
        issuer_name=policy.printed_issuer(issuer.kind, issuer.name),
        signers=signers,
        refusal=refusal,
        running="" if refusal else rules.running(kind, standing),
        facts={} if refusal else _facts(conn, desk, kind, standing),
    )


def _facts(conn: Connection, desk: Desk, kind: LetterKind, standing: Standing) -> dict[str, str]:
    """What is known of the child, in printed words."""
    units, policy, place = desk.reference.units, desk.policy, desk.place
    row = records_of(conn, [desk.child_id])[desk.child_id]
    responsible = f"{row.name}的{policy.guardian}"
    last = standing.spans[-1] if standing.spans else None
    return {
        "child": row.name,
        "sex": row.sex,
        "birth": printed_day(row.birth),
        "guardian": f"{row.guardian}（{responsible}）" if row.guardian else responsible,
        "school": units.name(place.school),
        "room": f"{place.grade}{place.klass}" if place.school else "",
        "home": "".join(units.name(code) for code in (place.township, place.village) if code),
        "absent_since": printed_day(standing.out_since),
        "lost_type": last.lost_type if last else "",
        "cause": last.cause if last else "",
        "visits": str(len(desk.file.ledgers[VISITS].live)),
        "days": str(kind.days),
        "issuer": policy.printed_issuer(desk.issuer.kind, desk.issuer.name),
        "county": _county(units, policy, place.county),
        "date": printed_day(desk.today),
        **(_previous(kind, standing) if kind.after else {}),
    }


def _county(units: Units, policy: LetterPolicy, code: str) -> str:
    unit = units.get(code)
    return policy.printed_issuer(unit.kind, unit.name) if unit else ""


def _previous(kind: LetterKind, standing: Standing) -> dict[str, str]:
    earlier = rules.previous(kind, standing)
    if earlier is None:
        return {}
    no, letter = earlier
    return {
        "previous_number": letter.get("number") or "无文号",
        "previous_served": printed_day(served_day(standing.file.services[no])),
        "previous_deadline": printed_day(standing.due(no, letter)),
    }


def letter_in(file: CaseFile, no: int) -> Mapping[str, Any] | None:
    """Letter `no` of a file, voided or not; None when there is none."""
    held = file.ledgers[LETTERS]
    return held.live.get(no) or held.voided.get(no)
