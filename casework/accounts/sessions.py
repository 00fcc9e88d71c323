"""Signed-in devices (登录的设备): a random token in a cookie, its hash in the table.

A stolen backup signs nobody in. A session may still ask for something before it opens a page (`stage`):
a password of one's own after a one-time code, or the second step.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from casework.accounts.tables import account, session
from casework.domain.account_policy import SessionRule
from casework.store.clock import instant, micros

OPEN, PASSWORD, SECOND_STEP = "", "password", "second_step"
"""What a session still asks for: nothing, a password of one's own, the second step."""

HALF_WAY_LASTS = timedelta(minutes=15)
"""A sign-in that is not finished by then begins anew; shorter than any policy's session."""

SEEN_EVERY = timedelta(minutes=5)
_HANDLE = 16
_s, _a = session.c, account.c
# Made once: every page asks whose it is.
_VALID = (
    select(_s.login, _s.posting_id, _s.stage, _s.stay, _s.seen_us)
    .add_columns(_a.name, _a.administrator, _a.totp_since_us)
    .join(account, _a.login == _s.login)
    .where(_s.token_hash == bindparam("token_hash"), _s.revoked_us.is_(None))
    .where(_s.expires_us > bindparam("now_us"), _a.disabled_us.is_(None))
)


@dataclass(frozen=True)
class SignedIn:
    """A valid session. `posting_id` is "" when none was chosen; `second_step`: one is enrolled."""

    login: str
    name: str
    posting_id: str
    stage: str = OPEN
    administrator: bool = False
    second_step: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    """One device. `handle` names it on a page; it signs nobody in."""

    handle: str
    device: str
    stay: bool
    made: datetime
    seen: datetime
    here: bool


def begin(
    conn: Connection, login: str, *, stage: str, stay: bool, device: str, rules: SessionRule, now: datetime
) -> str:
    """A new session; its token."""
    token = secrets.token_urlsafe(32)
    lasts = HALF_WAY_LASTS if stage else rules.lasts(stay=stay)
    conn.execute(
        insert(session).values(
            token_hash=hash_of_token(token),
            login=login,
            posting_id="",
            stage=stage,
            stay=stay,
            device=device[:200],
            made_us=micros(now),
            seen_us=micros(now),
            expires_us=micros(now + lasts),
        )
    )
    return token


def find(conn: Connection, token: str, now: datetime) -> Row[Any] | None:
    """The session of a token with its account; None when unknown, expired, revoked or disabled."""
    return conn.execute(_VALID, {"token_hash": hash_of_token(token), "now_us": micros(now)}).first()


def given_to(conn: Connection, token: str) -> str:
    """The login of a token, also after the session's end; "" when unknown."""
    return conn.scalar(select(_s.login).where(_s.token_hash == hash_of_token(token))) or ""


def is_stale(row: Row[Any], now: datetime) -> bool:
    """Whether it is time to note that the session is in use."""
    return not row.stage and row.seen_us < micros(now - SEEN_EVERY)


def keep(conn: Connection, token: str, *, stay: bool, rules: SessionRule, now: datetime) -> None:
    """A session in use goes on; its life counts from the last page, up to the longest from the sign-in."""
    begun = conn.scalar(select(_s.made_us).where(_s.token_hash == hash_of_token(token))) or 0
    longest = begun + rules.longest(stay=stay) // timedelta(microseconds=1)
    _change(conn, token, seen_us=micros(now), expires_us=min(micros(now + rules.lasts(stay=stay)), longest))


def advance(
    conn: Connection, token: str, *, stay: bool, stage: str, rules: SessionRule, now: datetime
) -> None:
    """What was asked for is given: the next stage, or the open door."""
    lasts = HALF_WAY_LASTS if stage else rules.lasts(stay=stay)
    _change(conn, token, stage=stage, seen_us=micros(now), expires_us=micros(now + lasts))


def choose(conn: Connection, token: str, posting_id: str) -> None:
    """The post to act in on this device."""
    _change(conn, token, posting_id=posting_id)


def _change(conn: Connection, token: str, **values: Any) -> None:
    conn.execute(update(session).where(_s.token_hash == hash_of_token(token)).values(**values))


def devices(conn: Connection, login: str, token: str, now: datetime) -> list[Device]:
    """The devices on which a login is signed in, the last used first."""
    here = hash_of_token(token)
    query = (
        select(session)
        .where(_s.login == login, _s.revoked_us.is_(None), _s.expires_us > micros(now), _s.stage == OPEN)
        .order_by(_s.seen_us.desc(), _s.token_hash)
    )
    return [
        Device(
            row.token_hash[:_HANDLE],
            row.device,
            row.stay,
            instant(row.made_us),
            instant(row.seen_us),
            row.token_hash == here,
        )
        for row in conn.execute(query)
    ]


def revoke(conn: Connection, logins: Sequence[str], now: datetime, *, but: str = "") -> None:
    """Signs logins out everywhere, except on the device with the token `but`."""
    rows = update(session).where(_s.login.in_(logins), _s.revoked_us.is_(None))
    if but:
        rows = rows.where(_s.token_hash != hash_of_token(but))
    conn.execute(rows.values(revoked_us=micros(now)))


def revoke_token(conn: Connection, token: str, now: datetime) -> None:
    """Ends one session."""
    rows = update(session).where(_s.token_hash == hash_of_token(token), _s.revoked_us.is_(None))
    conn.execute(rows.values(revoked_us=micros(now)))


def revoke_device(conn: Connection, login: str, handle: str, now: datetime) -> None:
    """Ends a session of this login by its handle; another's device is not touched."""
    if len(handle) == _HANDLE:
        rows = update(session).where(
            _s.login == login, _s.token_hash.startswith(handle, autoescape=True), _s.revoked_us.is_(None)
        )
        conn.execute(rows.values(revoked_us=micros(now)))


def hash_of_token(token: str) -> str:
    """What the table knows of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
