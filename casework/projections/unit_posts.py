"""The postings of a unit, now and past, and who holds the posts that answer for units (单位任职)."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, or_, select

from casework.domain.posting import PostingRow
from casework.domain.values import OPEN, Day
from casework.projections.bitemporal import believed_at
from casework.projections.registers import posting

_p = posting.c
_COLUMNS = tuple(_p[name] for name in PostingRow.__dataclass_fields__)
_AT_ONCE = 500


def postings_at(conn: Connection, k: int, unit: str) -> list[PostingRow]:
    """Every posting at a unit, as known at act `k`; those who began last first."""
    query = select(*_COLUMNS).where(_p.unit == unit, *believed_at(posting, k))
    rows = [PostingRow(*row) for row in conn.execute(query)]
    return sorted(rows, key=lambda row: (row.since, row.post, row.login), reverse=True)


def posting_known(conn: Connection, k: int, posting_id: str) -> PostingRow | None:
    """One posting, as known at act `k`; None when there is none or it was voided."""
    query = select(*_COLUMNS).where(_p.posting_id == posting_id, *believed_at(posting, k))
    row = conn.execute(query).first()
    return PostingRow(*row) if row else None


def lasting_at(conn: Connection, unit: str, day: Day) -> list[PostingRow]:
    """The postings at a unit that last to a day or longer, as believed now."""
    query = (
        select(*_COLUMNS)
        .where(_p.unit == unit, or_(_p.until == "", _p.until >= day), _p.known_to == OPEN)
        .order_by(_p.since, _p.posting_id)
    )
    return [PostingRow(*row) for row in conn.execute(query)]


Holders = dict[tuple[str, str], list[PostingRow]]
"""(unit, post) → those in post; no key is a vacancy (空缺)."""


def holders_on(conn: Connection, k: int, posts: Iterable[str], day: Day, unit: str = "") -> Holders:
    """Who holds these posts on a day, everywhere or at one unit; in their own right before stand-ins."""
    query = (
        select(*_COLUMNS)
        .where(_p.post.in_(sorted(set(posts))), _p.since <= day, or_(_p.until == "", _p.until >= day))
        .where(*believed_at(posting, k), *([_p.unit == unit] if unit else []))
        .order_by(_p.acting, _p.since, _p.posting_id)
    )
    found: Holders = defaultdict(list)
    for row in conn.execute(query):
        held = PostingRow(*row)
        found[held.unit, held.post].append(held)
    return dict(found)


def names_of_logins(conn: Connection, k: int, logins: Iterable[str]) -> dict[str, str]:
    """Login → the name it was last registered with."""
    found: dict[str, str] = {}
    wanted = sorted(set(logins))
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(_p.login, _p.name).where(_p.login.in_(wanted[start : start + _AT_ONCE]))
        for login, name in conn.execute(query.where(*believed_at(posting, k)).order_by(_p.since)):
            found[login] = name
    return found


def changed_by(conn: Connection, act: int) -> list[tuple[PostingRow, PostingRow | None]]:
    """Postings as one act left them and as they were before it, if they still stand so."""
    before = {row.id: row for row in _rows(conn, _p.known_to == act)}
    after = _rows(conn, (_p.known_from == act) & (_p.known_to == OPEN))
    return [(row, before.get(row.id)) for row in sorted(after, key=lambda row: (row.since, row.id))]


def _rows(conn: Connection, condition: ColumnElement[bool]) -> list[PostingRow]:
    return [PostingRow(*row) for row in conn.execute(select(*_COLUMNS).where(condition))]
