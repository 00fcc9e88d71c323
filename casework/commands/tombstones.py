"""Numbers of erased children (已清除者的号码): known again by keyed hash, so that no roster brings them back.

A number held by an erased child is held no more; what stays is its keyed hash, of which nothing is read.
"""

from collections.abc import Iterable

from sqlalchemy import delete, select

from casework.domain.held_once import CERTIFICATE, ERASED, PERSON, STUDENT_NO
from casework.store.act import Act
from casework.store.keys import ChildKeys, KeyRing
from casework.store.schema import claim

Key = tuple[str, str]
"""Kind and key of a claim."""

_c = claim.c


def bury(act: Act, child_id: str) -> int:
    """Puts hashes in the place of every number and name key the child holds; how many."""
    mine = (_c.owner == child_id, _c.kind.in_((STUDENT_NO, CERTIFICATE, PERSON)))
    held = [(kind, key) for kind, key in act.conn.execute(select(_c.kind, _c.key).where(*mine))]
    act.conn.execute(delete(claim).where(*mine))
    act.claim_many(ERASED, {tombstone(act.keys, key): child_id for key in held})
    return len(held)


def tombstone(keys: KeyRing | ChildKeys, key: Key) -> str:
    """The keyed hash of what was held."""
    return keys.hmac(ERASED, "\0".join(key))


def erased_among(act: Act, keys: Iterable[Key]) -> set[Key]:
    """Those of the keys that an erased child held. Costs nothing where nobody was erased."""
    if act.conn.scalar(select(_c.key).where(_c.kind == ERASED).limit(1)) is None:
        return set()
    marks = {tombstone(act.keys, key): key for key in keys}
    return {marks[mark] for mark in act.owners_of(ERASED, marks)}
