"""Forms sent after the sign-in expired (登录过期时提交的内容), kept for an hour until they come back.

What was typed is sealed under a key made from a token that only the browser gets, in the address it is
sent to: nobody reads it from the database. The row knows whose it is, as far as that is known.
"""

import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import BigInteger, Column, Engine, LargeBinary, String, Table, delete, func, insert, select

from casework.store.clock import micros
from casework.store.database import reading
from casework.store.schema import metadata
from casework.store.side import side_writing

LASTS = timedelta(hours=1)
MOST_KEPT = 5_000
"""Rows at once: nobody fills the disk through a page that is open to all."""
_NONCE = 12

kept_form = Table(
    "kept_form",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("login", String(100), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires_us", BigInteger, nullable=False, index=True),
    comment="Typed forms waiting for a new sign-in; sealed under a token only the browser has",
)


@dataclass(frozen=True)
class KeptForm:
    """Where the form was sent to, and its fields in order."""

    path: str
    fields: list[tuple[str, str]]


def keep(engine: Engine, form: KeptForm, *, login: str, now: datetime) -> str:
    """Keeps a form for an hour; returns its token, "" when too many are waiting. `login` "": not known."""
    token = secrets.token_urlsafe(32)
    told = json.dumps({"path": form.path, "fields": form.fields}, ensure_ascii=False).encode()
    nonce = os.urandom(_NONCE)
    sealed = nonce + AESGCM(_key(token)).encrypt(nonce, told, None)
    with side_writing(engine) as conn:
        conn.execute(delete(kept_form).where(kept_form.c.expires_us <= micros(now)))
        if (conn.scalar(select(func.count()).select_from(kept_form)) or 0) >= MOST_KEPT:
            return ""
        conn.execute(
            insert(kept_form).values(
                token_hash=_hash(token), login=login, sealed=sealed, expires_us=micros(now + LASTS)
            )
        )
    return token


def kept(engine: Engine, token: str, *, login: str, now: datetime) -> KeptForm | None:
    """The form of a token, for the login it was kept for; None when there is none or its hour is over."""
    query = select(kept_form).where(
        kept_form.c.token_hash == _hash(token),
        kept_form.c.login.in_(("", login)),
        kept_form.c.expires_us > micros(now),
    )
    with reading(engine) as conn:
        row = conn.execute(query).first()
    if row is None:
        return None
    sealed = bytes(row.sealed)
    try:
        told = json.loads(AESGCM(_key(token)).decrypt(sealed[:_NONCE], sealed[_NONCE:], None))
    except InvalidTag:
        return None
    return KeptForm(told["path"], [(name, value) for name, value in told["fields"]])


def _key(token: str) -> bytes:
    return hashlib.sha256(b"casework/1 kept form\0" + token.encode()).digest()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
