"""Claims: what only one owner may hold (学籍号, certificate by hash, letter number, filing).

Uniqueness refuses, so it is no projection: a claim is written in the act that needs it, under the
writers' lock, and its primary key is the last word.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, delete, insert, select

from casework.errors import RuleBroken
from casework.store.lookup import Lookup
from casework.store.schema import claim

_c = claim.c
_OWNERS = Lookup(select(_c.key, _c.owner).where(_c.kind == bindparam("kind")), _c.key)
_INSERT = insert(claim)


class Taken(RuleBroken):
    """The key is held by another owner. The key itself may be personal, so it is not in `ids`."""

    def __init__(self, kind: str, key: str, owner: str) -> None:
        super().__init__("这个号码已被占用，不能重复登记；请核对后再填", kind=kind, owner=owner)
        self.kind = kind
        self.key = key
        self.owner = owner


class Claims:
    """The claims of one transaction, written under one act."""

    def __init__(self, conn: Connection, act_id: int) -> None:
        self._conn = conn
        self._act_id = act_id

    def owners(self, kind: str, keys: Iterable[str]) -> dict[str, str]:
        """Owner by key, for the keys that are held."""
        return dict(_OWNERS.rows(self._conn, sorted(set(keys)), kind=kind))

    def hold(self, kind: str, wanted: Mapping[str, str]) -> int:
        """Give every key to its owner, or none. Returns how many were free before.

        A key already held by the same owner stays. Raises Taken for the first key of another owner.
        """
        held = self.owners(kind, wanted)
        for key, owner in held.items():
            if owner != wanted[key]:
                raise Taken(kind, key, owner)
        free = [key for key in wanted if key not in held]
        if free:
            self._conn.execute(
                _INSERT,
                [{"kind": kind, "key": key, "owner": wanted[key], "act": self._act_id} for key in free],
            )
        return len(free)

    def release(self, kind: str, key: str) -> bool:
        """Free the key; False when nobody held it."""
        gone = self._conn.execute(delete(claim).where(_c.kind == kind, _c.key == key))
        return gone.rowcount == 1
