"""Who may sign a letter on a day: the holders of the posts that the county's rules name (签发人)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, or_, select

from casework.domain.values import Day
from casework.projections.bitemporal import believed_at
from casework.projections.registers import posting

_p = posting.c


@dataclass(frozen=True, slots=True)
class Signer:
    """One holder. `acting`: a stand-in (代理)."""

    login: str
    name: str
    post: str
    acting: bool

    @property
    def as_signed(self) -> str:
        """The post with 代理, as the register keeps it."""
        return f"{self.post}（代理）" if self.acting else self.post


def signers_of(conn: Connection, k: int, unit: str, posts: Sequence[str], day: Day) -> list[Signer]:
    """The holders at a unit on a day, as known at act `k`: in the order of the posts, stand-ins last."""
    query = (
        select(_p.login, _p.name, _p.post, _p.acting)
        .where(_p.unit == unit, _p.post.in_(list(posts)))
        .where(_p.since <= day, or_(_p.until == "", _p.until >= day), *believed_at(posting, k))
    )
    found = {Signer(*row) for row in conn.execute(query)}
    return sorted(found, key=lambda each: (posts.index(each.post), each.acting, each.login))
