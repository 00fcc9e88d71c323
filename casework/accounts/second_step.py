"""动态验证码 (TOTP, RFC 6238) and recovery codes (备用码) of one account.

The secret is sealed under the master key. A code is taken once: its time step must be later than the
last one used. A recovery code stands in for a lost phone, each once.
"""

import os
from collections.abc import Sequence
from datetime import datetime

import pyotp
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, func, insert, select, update

from casework.accounts.codes import mark_of, new_code
from casework.accounts.tables import account, recovery_code
from casework.store.clock import micros
from casework.store.keys import KeyRing

ISSUER = "控辍保学"
_NONCE = 12
_STEP = 30
_r = recovery_code.c


def new_secret() -> str:
    """A fresh secret, as authenticator apps take it."""
    return pyotp.random_base32()


def address_of(secret: str, login: str) -> str:
    """The `otpauth://` address that the QR code shows."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime, after: int) -> int:
    """The time step a code belongs to (one step of clock error is forgiven), 0 when it does not fit."""
    plain = "".join(code.split())
    at = int(now.timestamp()) // _STEP
    fitting = [step for step in (at - 1, at, at + 1) if step > after and _fits(secret, plain, step)]
    return max(fitting, default=0)


def _fits(secret: str, code: str, step: int) -> bool:
    return pyotp.utils.strings_equal(pyotp.TOTP(secret).at(step * _STEP), code)


def seal(keys: KeyRing, login: str, secret: str) -> bytes:
    """The secret as the table holds it, bound to its account."""
    nonce = os.urandom(_NONCE)
    return nonce + _cipher(keys).encrypt(nonce, secret.encode(), login.encode())


def unseal(keys: KeyRing, login: str, sealed: bytes) -> str:
    """The secret behind the sealed bytes."""
    return _cipher(keys).decrypt(sealed[:_NONCE], sealed[_NONCE:], login.encode()).decode()


def _cipher(keys: KeyRing) -> AESGCM:
    return AESGCM(bytes.fromhex(keys.hmac("account secrets", "sealing key")))


def renew_recovery_codes(conn: Connection, keys: KeyRing, login: str, count: int) -> list[str]:
    """New recovery codes; those before are void."""
    codes = [new_code() for _ in range(count)]
    conn.execute(delete(recovery_code).where(_r.login == login))
    rows = [{"login": login, "code_hash": mark_of(keys, "recovery", login, code)} for code in codes]
    conn.execute(insert(recovery_code), rows)
    return codes


def use_recovery_code(conn: Connection, keys: KeyRing, login: str, code: str, now: datetime) -> bool:
    """Takes a recovery code, once."""
    mark = mark_of(keys, "recovery", login, code)
    unused = update(recovery_code).where(_r.login == login, _r.code_hash == mark, _r.used_us.is_(None))
    return bool(mark) and conn.execute(unused.values(used_us=micros(now))).rowcount == 1


def recovery_codes_left(conn: Connection, login: str) -> int:
    """How many are still unused."""
    query = select(func.count()).where(_r.login == login, _r.used_us.is_(None))
    return conn.scalar(query) or 0


def remove(conn: Connection, logins: Sequence[str]) -> None:
    """No second step any more: the phone is lost, or the account was reset."""
    conn.execute(delete(recovery_code).where(_r.login.in_(logins)))
    blank = {"totp_secret": None, "totp_since_us": None, "totp_step": 0}
    conn.execute(update(account).where(account.c.login.in_(logins)).values(**blank))
