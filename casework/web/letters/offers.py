"""What the case page offers of letters: issue one, serve what waits to be served."""

from collections.abc import Iterator

from casework.commands.letter_drafts import Desk, refusal_of
from casework.domain.case_file import LETTERS
from casework.domain.permissions import ISSUE_LETTER, SERVE_LETTER
from casework.web.cases.offer import Asked, Offer


def offers(asked: Asked) -> Iterator[Offer]:
    """签发文书 where a kind fits; 登记送达 for each letter that waits."""
    if asked.viewer.may(SERVE_LETTER):
        yield from _to_serve(asked)
    if asked.viewer.may(ISSUE_LETTER) and asked.place is not None:
        yield _to_issue(asked)


def _to_issue(asked: Asked) -> Offer:
    """One offer for all kinds: the page itself says which fit. Refused only when none does."""
    desk = _desk(asked)
    standing = desk.standing
    refusals = {kind.name: refusal_of(desk, kind, standing) for kind in desk.policy.letters if kind.text}
    address = f"/cases/{asked.child_id}/letters/new"
    if not refusals or any(not refusal for refusal in refusals.values()):
        return Offer("签发文书", address)
    return Offer("签发文书", address, why_not=_shortest(refusals))


def _shortest(refusals: dict[str, str]) -> str:
    """The reason nearest to what the child's situation asks for: the first kind that this unit issues."""
    own = [why for why in refusals.values() if "签发单位" not in why and "无权签发" not in why]
    return (own or list(refusals.values()))[0]


def _to_serve(asked: Asked) -> Iterator[Offer]:
    live = asked.file.ledgers[LETTERS].live
    for no, body in live.items():
        kind = asked.reference.letters(body["on"]).kind(body["kind"])
        if no not in asked.file.services and not (kind and kind.to == "county"):
            name = f"{body['kind']}{body.get('number', '')}"
            yield Offer(f"登记送达：{name}", f"/cases/{asked.child_id}/letters/{no}/serve")


def _desk(asked: Asked) -> Desk:
    return Desk(
        reference=asked.reference,
        own=asked.viewer.unit,
        child_id=asked.child_id,
        place=asked.place,
        file=asked.file,
        today=asked.day,
    )
