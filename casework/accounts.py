"""Accounts, sign-in and sessions (账号与登录): ordinary tables, no acts.

An account is a login and a password; the post and unit a person acts in come from the postings of the
day. Accounts are disabled, never deleted. A session is a random token in a cookie; the table holds
its hash, so that a stolen backup signs nobody in. Failed sign-ins make the next one wait, longer each
time, by login and by address; the counts are in the database, so a restart forgives nothing.

`now` is always an aware instant of the real clock: a demo's story clock guards no door.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from casework.errors import BadInput, NotAllowed, NotFound
from casework.store.clock import micros
from casework.store.database import is_sqlite, reading
from casework.store.schema import metadata
from casework.store.side import side_writing

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 200
SESSION_LASTS = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=5)
FREE_FAILURES = {"login": 5, "address": 50}
"""Failures without a wait: a school shares one address, so an address is given more."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(hours=24)

account = Table(
    "account",
    metadata,
    Column("login", String(100), primary_key=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("made_us", BigInteger, nullable=False),
    Column("disabled_us", BigInteger, nullable=True),
    comment="Who may sign in; the post comes from the postings",
)

session = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("login", String(100), nullable=False),
    Column("posting_id", String(32), nullable=False),
    Column("device", Text, nullable=False),
    Column("made_us", BigInteger, nullable=False),
    Column("seen_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Column("revoked_us", BigInteger, nullable=True),
    Index(None, "login"),
    comment="Signed-in devices; the token itself is only in the cookie",
)

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_us", BigInteger, nullable=False),
    comment="Failed sign-ins in a row, by login as typed and by address",
)

ACCOUNT_TABLES = (account, session, sign_in_failure)
WRONG = "登录名或密码不对，请核对后再试；忘记密码请找上级管理员重置"

_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_urlsafe())
"""Checked when the login does not exist: both answers take the same time."""


@dataclass(frozen=True)
class SignedIn:
    """A valid session. `posting_id` is "" when none was chosen."""

    login: str
    name: str
    posting_id: str


class Accounts:
    """The accounts of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def make(self, login: str, name: str, password: str, *, now: datetime) -> None:
        """Adds an account; one that exists gets this name and password and is enabled again."""
        values = {"name": name, "password_hash": hash_of(password), "disabled_us": None}
        with side_writing(self._engine) as conn:
            if _find(conn, login) is None:
                conn.execute(insert(account).values(login=login, made_us=micros(now), **values))
            else:
                conn.execute(update(account).where(account.c.login == login).values(**values))
                _revoke(conn, login, now)

    def set_password(self, login: str, password: str, *, now: datetime) -> None:
        """Gives an account another password; every device is signed out."""
        hashed = hash_of(password)
        with side_writing(self._engine) as conn:
            self._change(conn, login, password_hash=hashed)
            _revoke(conn, login, now)

    def disable(self, login: str, *, now: datetime) -> None:
        """Ends an account for good; every device is signed out."""
        with side_writing(self._engine) as conn:
            self._change(conn, login, disabled_us=micros(now))
            _revoke(conn, login, now)

    def sign_in(self, login: str, password: str, *, address: str, device: str, now: datetime) -> str:
        """The token of a new session. Raises NotAllowed, in the same words for every wrong sign-in."""
        login = login.strip()[:100]
        tries = {"login": login.casefold(), "address": address[:200]}
        self._count_try(tries, now)
        with reading(self._engine) as conn:
            row = _find(conn, login)
        if not (_verified(row, password) and row is not None and row.disabled_us is None):
            raise NotAllowed(WRONG)
        token = secrets.token_urlsafe(32)
        with side_writing(self._engine) as conn:
            self._forgive(conn, tries)
            if _hasher.check_needs_rehash(row.password_hash):
                self._change(conn, login, password_hash=hash_of(password))
            conn.execute(
                insert(session).values(
                    token_hash=_token_hash(token),
                    login=login,
                    posting_id="",
                    device=device[:200],
                    made_us=micros(now),
                    seen_us=micros(now),
                    expires_us=micros(now + SESSION_LASTS),
                )
            )
        return token

    def session(self, token: str, *, now: datetime) -> SignedIn | None:
        """Who holds this token; None when it is unknown, expired, revoked or its account disabled."""
        s, a, at = session.c, account.c, micros(now)
        query = (
            select(s.login, a.name, s.posting_id, s.seen_us)
            .join(account, a.login == s.login)
            .where(s.token_hash == _token_hash(token), s.revoked_us.is_(None), s.expires_us > at)
            .where(a.disabled_us.is_(None))
        )
        with reading(self._engine) as conn:
            row = conn.execute(query).first()
        if row is None:
            return None
        if row.seen_us < micros(now - SEEN_EVERY):
            self._seen(token, now)
        return SignedIn(row.login, row.name, row.posting_id)

    def given_to(self, token: str) -> str:
        """The login a token was given to, also when it has ended since; "" for an unknown one."""
        with reading(self._engine) as conn:
            found = conn.scalar(select(session.c.login).where(session.c.token_hash == _token_hash(token)))
        return found or ""

    def sign_out(self, token: str, *, now: datetime) -> None:
        """Revokes one session."""
        with side_writing(self._engine) as conn:
            conn.execute(
                update(session)
                .where(session.c.token_hash == _token_hash(token), session.c.revoked_us.is_(None))
                .values(revoked_us=micros(now))
            )

    def _seen(self, token: str, now: datetime) -> None:
        """A session in use goes on; its life counts from the last page."""
        with side_writing(self._engine) as conn:
            conn.execute(
                update(session)
                .where(session.c.token_hash == _token_hash(token))
                .values(seen_us=micros(now), expires_us=micros(now + SESSION_LASTS))
            )

    def _change(self, conn: Connection, login: str, **values: Any) -> None:
        if not conn.execute(update(account).where(account.c.login == login).values(**values)).rowcount:
            raise NotFound(f"没有登录名为“{login}”的账号", login=login)

    def _count_try(self, tries: dict[str, str], now: datetime) -> None:
        """Counts the try as failed before it is checked: many at once gain nothing. Raises while to wait."""
        with side_writing(self._engine) as conn:
            waits = [self._count(conn, kind, key, now) for kind, key in tries.items()]
        wait = max(waits)
        if wait > timedelta():
            minutes = -(-int(wait.total_seconds()) // 60)
            raise NotAllowed(f"尝试次数过多，请 {minutes} 分钟后再试")

    def _count(self, conn: Connection, kind: str, key: str, now: datetime) -> timedelta:
        f = sign_in_failure.c
        row = conn.execute(
            select(f.failures, f.last_us).where(f.kind == kind, f.key == key).with_for_update()
        ).first()
        forgotten = row is None or row.last_us < micros(now - FORGOTTEN_AFTER)
        failures = 0 if row is None or forgotten else row.failures
        if row is not None:
            # A clock set back must not lengthen a wait.
            passed = timedelta(microseconds=max(micros(now) - row.last_us, 0))
            left = wait_after(kind, failures) - passed
            if left > timedelta():
                return left
        dialect = sqlite if is_sqlite(conn) else postgresql
        values = {"failures": failures + 1, "last_us": micros(now)}
        conn.execute(
            dialect.insert(sign_in_failure)
            .values(kind=kind, key=key, **values)
            .on_conflict_do_update(index_elements=["kind", "key"], set_=values)
        )
        return timedelta()

    def _forgive(self, conn: Connection, tries: dict[str, str]) -> None:
        """A right password clears its login, and takes back this one try from the address."""
        f = sign_in_failure.c
        conn.execute(
            update(sign_in_failure).where(f.kind == "login", f.key == tries["login"]).values(failures=0)
        )
        conn.execute(
            update(sign_in_failure)
            .where(f.kind == "address", f.key == tries["address"], f.failures > 0)
            .values(failures=f.failures - 1)
        )


def wait_after(kind: str, failures: int) -> timedelta:
    """The wait after so many failures in a row: none, then 30 s, doubling up to an hour."""
    beyond = failures - FREE_FAILURES[kind]
    return min(FIRST_WAIT * 2 ** min(beyond, 20), LONGEST_WAIT) if beyond >= 0 else timedelta()


def hash_of(password: str) -> str:
    """The argon2 hash of a password. Raises BadInput for one too short or too long."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise BadInput(f"密码至少 {SHORTEST_PASSWORD} 个字符，最多 {LONGEST_PASSWORD} 个")
    return _hasher.hash(password)


def _verified(row: Any, password: str) -> bool:
    try:
        return _hasher.verify(row.password_hash if row else _NOBODY, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False


def _find(conn: Connection, login: str) -> Any:
    return conn.execute(select(account).where(account.c.login == login)).first()


def _revoke(conn: Connection, login: str, now: datetime) -> None:
    conn.execute(
        update(session)
        .where(session.c.login == login, session.c.revoked_us.is_(None))
        .values(revoked_us=micros(now))
    )


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
