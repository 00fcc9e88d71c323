"""Signing in (登录): password or one-time code, a password of one's own, the second step, devices.

`now` is always an aware instant of the real clock: a demo's story clock guards no door.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from casework.accounts import lock_out, passwords, second_step, sessions
from casework.accounts.codes import mark_of
from casework.accounts.sessions import OPEN, PASSWORD, SECOND_STEP, Device, SignedIn
from casework.accounts.tables import account
from casework.domain.account_policy import ADDRESS, LOGIN, AccountPolicy
from casework.errors import BadInput, NotAllowed, NotFound
from casework.store.clock import micros
from casework.store.database import reading
from casework.store.keys import KeyRing
from casework.store.side import side_writing
from casework.telemetry.metrics import figures

WRONG = "登录名或密码不对，请核对后再试；忘记密码请找上级管理员重置"
WRONG_CODE = "验证码不对或已用过，请用手机上现在显示的 6 位数字再试"


class Accounts:
    """The accounts of one database; `rules` gives the policy of the day."""

    def __init__(self, engine: Engine, keys: KeyRing, rules: Callable[[], AccountPolicy]) -> None:
        self.engine = engine
        self.keys = keys
        self.rules = rules

    def make(self, login: str, name: str, password: str, *, now: datetime) -> None:
        """Adds an account with a password; one that exists gets this name and password, enabled again."""
        values = {"name": name, "password_hash": passwords.hash_of(password), "disabled_us": None}
        with side_writing(self.engine) as conn:
            if find(conn, login) is None:
                conn.execute(insert(account).values(**blank(login, now) | values))
            else:
                change(conn, login, **values)
                sessions.revoke(conn, [login], now)

    def set_password(self, login: str, password: str, *, now: datetime, but: str = "") -> None:
        """Gives an account another password; every device is signed out, except the one with token `but`."""
        passwords.check_new(password, shortest=self.rules().password.shortest, login=login)
        hashed = passwords.hash_of(password)
        with side_writing(self.engine) as conn:
            change(conn, login, password_hash=hashed, code_hash="", code_until_us=None)
            sessions.revoke(conn, [login], now, but=but)

    def change_password(self, token: str, old: str, new: str, *, address: str, now: datetime) -> None:
        """The holder's own change: the old password is asked for."""
        login = self._confirmed(token, old, address, now)
        self.set_password(login, new, now=now, but=token)

    def sign_in(
        self, login: str, password: str, *, address: str, device: str, now: datetime, stay: bool = False
    ) -> str:
        """The token of a new session. Raises NotAllowed, in the same words for every wrong sign-in."""
        login = login.strip()[:100]
        with self._tried(login, address, now):
            with reading(self.engine) as conn:
                row = find(conn, login)
            right = passwords.fits(row.password_hash if row else "", password)
            by_code = row is not None and self._code_fits(row, password, now)
            if row is None or row.disabled_us is not None or not (right or by_code):
                raise NotAllowed(WRONG)
        stage = PASSWORD if by_code else SECOND_STEP if row.totp_since_us is not None else OPEN
        rehashed = passwords.hash_of(password) if right and passwords.is_old(row.password_hash) else ""
        with side_writing(self.engine) as conn:
            if rehashed:
                change(conn, login, password_hash=rehashed)
            rules = self.rules().session
            return sessions.begin(conn, login, stage=stage, stay=stay, device=device, rules=rules, now=now)

    def first_password(self, token: str, password: str, *, now: datetime) -> None:
        """Sets the password that a one-time code asked for; the code is spent, other devices signed out."""
        row = self._holder(token, now, PASSWORD)
        with reading(self.engine) as conn:
            held = find(conn, row.login)
        if held is None or not held.code_hash:
            raise NotAllowed("一次性密码已用过或已作废，请重新登录")
        self.set_password(row.login, password, now=now, but=token)
        stage = SECOND_STEP if row.totp_since_us is not None else OPEN
        self._advance(token, row, stage, now)

    def pass_second_step(self, token: str, code: str, *, address: str, now: datetime) -> None:
        """Takes a code of the phone or a recovery code. Raises NotAllowed for a wrong one."""
        row = self._holder(token, now, SECOND_STEP)
        with self._tried(row.login, address, now):
            if not (self._phone_code_fits(row.login, code, now) or self._recovers(row.login, code, now)):
                raise NotAllowed(WRONG_CODE)
        self._advance(token, row, OPEN, now)

    def enrol(
        self, token: str, secret: str, code: str, password: str, *, address: str, now: datetime
    ) -> list[str]:
        """Begins the second step with a secret whose code was shown; the recovery codes to keep on paper.

        The password is asked for: a device left open must not get a second step of somebody else's.
        """
        login = self._confirmed(token, password, address, now)
        step = second_step.step_of(secret, code, now, 0)
        if not step:
            raise BadInput(WRONG_CODE)
        sealed = second_step.seal(self.keys, login, secret)
        with side_writing(self.engine) as conn:
            change(conn, login, totp_secret=sealed, totp_since_us=micros(now), totp_step=step)
            count = self.rules().second_step.recovery_codes
            return second_step.renew_recovery_codes(conn, self.keys, login, count)

    def recovery_codes_left(self, login: str) -> int:
        """How many recovery codes are unused."""
        with reading(self.engine) as conn:
            return second_step.recovery_codes_left(conn, login)

    def session(self, token: str, *, now: datetime) -> SignedIn | None:
        """Who holds this token; None when it is unknown, expired, revoked or its account disabled."""
        with reading(self.engine) as conn:
            return self.session_in(conn, token, now=now)

    def session_in(self, conn: Connection, token: str, *, now: datetime) -> SignedIn | None:
        """As `session`, for who reads more by the same connection."""
        row = sessions.find(conn, token, now)
        if row is None:
            return None
        if sessions.is_stale(row, now):
            rules = self.rules().session
            with side_writing(self.engine) as writer:
                sessions.keep(writer, token, stay=row.stay, rules=rules, now=now)
        return SignedIn(
            row.login, row.name, row.posting_id, row.stage, row.administrator, row.totp_since_us is not None
        )

    def given_to(self, token: str) -> str:
        """The login a token was given to, whatever became of the session; "" for an unknown token."""
        with reading(self.engine) as conn:
            return sessions.given_to(conn, token)

    def choose_post(self, token: str, posting_id: str) -> None:
        """The post to act in on this device."""
        with side_writing(self.engine) as conn:
            sessions.choose(conn, token, posting_id)

    def devices(self, login: str, token: str, *, now: datetime) -> list[Device]:
        """Where the login is signed in."""
        with reading(self.engine) as conn:
            return sessions.devices(conn, login, token, now)

    def sign_out(self, token: str, *, now: datetime) -> None:
        """Ends one session."""
        with side_writing(self.engine) as conn:
            sessions.revoke_token(conn, token, now)

    def sign_out_device(self, login: str, handle: str, *, now: datetime) -> None:
        """Ends the session of another of one's devices."""
        with side_writing(self.engine) as conn:
            sessions.revoke_device(conn, login, handle, now)

    def sign_out_everywhere(self, login: str, *, now: datetime) -> None:
        """Ends every session, this one too."""
        with side_writing(self.engine) as conn:
            sessions.revoke(conn, [login], now)

    @contextmanager
    def _tried(self, login: str, address: str, now: datetime) -> Iterator[None]:
        """Counts a try as failed before it is checked; takes it back when the body does not refuse."""
        tries = {LOGIN: login.casefold(), ADDRESS: address[:200]}
        with side_writing(self.engine) as conn:
            wait = lock_out.count_try(conn, self.rules().lock_out, tries, now)
        with _refusals_counted("locked"):
            lock_out.refuse_while_waiting(wait)
        with _refusals_counted("wrong"):
            yield
        with side_writing(self.engine) as conn:
            lock_out.forgive(conn, tries)

    def _confirmed(self, token: str, password: str, address: str, now: datetime) -> str:
        """The login of a session whose holder knows the password. Raises NotAllowed."""
        login = self._holder(token, now).login
        with self._tried(login, address, now):
            with reading(self.engine) as conn:
                row = find(conn, login)
            if row is None or not passwords.fits(row.password_hash, password):
                raise NotAllowed("现在的密码不对，请再试一次")
        return login

    def _code_fits(self, row: Row[Any], code: str, now: datetime) -> bool:
        mark = mark_of(self.keys, "one-time", row.login, code)
        return bool(mark) and mark == row.code_hash and row.code_until_us > micros(now)

    def _phone_code_fits(self, login: str, code: str, now: datetime) -> bool:
        with side_writing(self.engine) as conn:
            row = conn.execute(select(account).where(account.c.login == login).with_for_update()).one()
            if row.totp_secret is None:
                return False
            secret = second_step.unseal(self.keys, login, bytes(row.totp_secret))
            step = second_step.step_of(secret, code, now, row.totp_step)
            if step:
                change(conn, login, totp_step=step)
            return step > 0

    def _recovers(self, login: str, code: str, now: datetime) -> bool:
        with side_writing(self.engine) as conn:
            return second_step.use_recovery_code(conn, self.keys, login, code, now)

    def _holder(self, token: str, now: datetime, stage: str = OPEN) -> Row[Any]:
        with reading(self.engine) as conn:
            row = sessions.find(conn, token, now)
        if row is None or row.stage != stage:
            raise NotAllowed("登录已过期，请重新登录")
        return row

    def _advance(self, token: str, row: Row[Any], stage: str, now: datetime) -> None:
        with side_writing(self.engine) as conn:
            rules = self.rules().session
            sessions.advance(conn, token, stay=row.stay, stage=stage, rules=rules, now=now)


@contextmanager
def _refusals_counted(why: str) -> Iterator[None]:
    try:
        yield
    except NotAllowed:
        figures().sign_in_failures.labels(why).inc()
        raise


def blank(login: str, now: datetime) -> dict[str, Any]:
    """A new account's row that opens to nobody."""
    return {
        "login": login,
        "name": "",
        "password_hash": "",
        "administrator": False,
        "code_hash": "",
        "code_until_us": None,
        "totp_step": 0,
        "made_us": micros(now),
        "disabled_us": None,
    }


def find(conn: Connection, login: str) -> Row[Any] | None:
    """The account's row."""
    return conn.execute(select(account).where(account.c.login == login)).first()


def change(conn: Connection, login: str, **values: Any) -> None:
    """Sets columns of an account. Raises NotFound when there is none."""
    if not conn.execute(update(account).where(account.c.login == login).values(**values)).rowcount:
        raise NotFound(f"没有登录名为“{login}”的账号", login=login)
