"""Managing accounts (账号管理): one-time codes on paper, disabling, who did it. Never deleting.

Who may do this to whom is asked before, see `may_manage`: down the hierarchy only.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select

from casework.accounts import second_step, sessions
from casework.accounts.codes import mark_of, new_code
from casework.accounts.door import Accounts, blank, change, find
from casework.accounts.tables import account, account_change, session
from casework.domain.values import Actor
from casework.errors import NotFound
from casework.store.clock import instant, micros
from casework.store.database import reading
from casework.store.side import side_writing

NONE, INVITED, EXPIRED, ACTIVE, DISABLED = "none", "invited", "expired", "active", "disabled"
MADE, RESET, ENDED = "made", "reset", "disabled"
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class AccountState:
    """How an account stands. `seen`: last use of any device; `until`: the end of a one-time code."""

    state: str
    second_step: bool = False
    seen: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountChange:
    """Who changed whose account when."""

    at: datetime
    login: str
    what: str
    by: Actor


@dataclass(frozen=True, slots=True)
class Slip:
    """What a paper slip says."""

    login: str
    name: str
    code: str
    until: datetime


class AccountBook:
    """The accounts as their managers see them."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._engine = accounts.engine

    def hand_out(
        self, people: Mapping[str, str], *, by: Actor, now: datetime, administrator: bool = False
    ) -> list[Slip]:
        """One-time codes for logins (login → name): new accounts are made, old ones reset.

        The password, the second step and every device of before are void from now on.
        """
        until = now + timedelta(days=self._accounts.rules().code.valid_days)
        with side_writing(self._engine) as conn:
            return [
                self._hand_out(conn, login, name, by, now, until, administrator)
                for login, name in people.items()
            ]

    def _hand_out(
        self,
        conn: Connection,
        login: str,
        name: str,
        by: Actor,
        now: datetime,
        until: datetime,
        administrator: bool,
    ) -> Slip:
        held, code = find(conn, login), new_code()
        if held is None:
            conn.execute(insert(account).values(blank(login, now)))
        change(
            conn,
            login,
            name=name,
            administrator=administrator or bool(held and held.administrator),
            password_hash="",
            code_hash=mark_of(self._accounts.keys, "one-time", login, code),
            code_until_us=micros(until),
            disabled_us=None,
        )
        second_step.remove(conn, [login])
        sessions.revoke(conn, [login], now)
        _note(conn, login, RESET if held else MADE, by, now)
        return Slip(login, name, code, instant(micros(until)))

    def disable(self, login: str, *, by: Actor, now: datetime) -> None:
        """Ends an account; every device is signed out. A new one-time code opens it again."""
        with side_writing(self._engine) as conn:
            change(conn, login, disabled_us=micros(now), code_hash="", code_until_us=None)
            sessions.revoke(conn, [login], now)
            _note(conn, login, ENDED, by, now)

    def name_of(self, login: str) -> str:
        """The name an account carries. Raises NotFound when there is none."""
        with reading(self._engine) as conn:
            row = find(conn, login)
        if row is None:
            raise NotFound(f"没有登录名为“{login}”的账号", login=login)
        return str(row.name)

    def states(self, logins: Iterable[str], *, now: datetime) -> dict[str, AccountState]:
        """How accounts stand; a login without one is `NONE`."""
        wanted = list(dict.fromkeys(logins))
        found = dict.fromkeys(wanted, AccountState(NONE))
        with reading(self._engine) as conn:
            for start in range(0, len(wanted), _AT_ONCE):
                found |= _states(conn, wanted[start : start + _AT_ONCE], now)
        return found

    def administrators(self) -> set[str]:
        """Logins of administrators without a posting."""
        with reading(self._engine) as conn:
            return set(conn.scalars(select(account.c.login).where(account.c.administrator)))

    def changes(self, logins: Iterable[str], size: int) -> list[AccountChange]:
        """The last changes of these accounts, newest first."""
        c, wanted = account_change.c, sorted(set(logins))
        with reading(self._engine) as conn:
            found = [
                change
                for start in range(0, len(wanted), _AT_ONCE)
                for change in conn.execute(
                    select(account_change)
                    .where(c.login.in_(wanted[start : start + _AT_ONCE]))
                    .order_by(c.id.desc())
                    .limit(size)
                )
            ]
        newest = sorted(found, key=lambda row: -row.id)[:size]
        return [
            AccountChange(
                instant(row.at_us),
                row.login,
                row.what,
                Actor(row.by_account, row.by_name, row.by_post, row.by_unit),
            )
            for row in newest
        ]


def _states(conn: Connection, logins: list[str], now: datetime) -> Iterator[tuple[str, AccountState]]:
    seen: dict[str, int] = {}
    query = select(session.c.login, session.c.seen_us).where(
        session.c.login.in_(logins), session.c.stage == ""
    )
    for login, at in conn.execute(query):
        seen[login] = max(at, seen.get(login, 0))
    for row in conn.execute(select(account).where(account.c.login.in_(logins))):
        if row.disabled_us is not None:
            state = DISABLED
        elif row.password_hash:
            state = ACTIVE
        else:
            state = INVITED if (row.code_until_us or 0) > micros(now) else EXPIRED
        until = instant(row.code_until_us) if state in (INVITED, EXPIRED) and row.code_until_us else None
        last = instant(seen[row.login]) if row.login in seen else None
        yield row.login, AccountState(state, row.totp_since_us is not None, last, until)


def _note(conn: Connection, login: str, what: str, by: Actor, now: datetime) -> None:
    conn.execute(
        insert(account_change).values(
            at_us=micros(now),
            login=login,
            what=what,
            by_account=by.account,
            by_name=by.name,
            by_post=by.post,
            by_unit=by.unit,
        )
    )
