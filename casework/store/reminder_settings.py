"""Where people and groups are reached (提醒渠道): addresses and the channels' secrets, sealed at rest.

Sealed under a key of the master key, bound to their place; a secret can be replaced, never read back
by a page. Rows are no acts; each says who set it and when.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
)

from casework.domain.values import Actor
from casework.store.clock import instant, micros
from casework.store.keys import KeyRing
from casework.store.schema import metadata
from casework.store.side import side_writing

_AT_ONCE = 500

reminder_contact = Table(
    "reminder_contact",
    metadata,
    Column("login", String(100), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("set_us", BigInteger, nullable=False),
    comment="A person's own addresses and choices",
)

channel_secret = Table(
    "channel_secret",
    metadata,
    Column("unit", String(40), nullable=False),
    Column("name", String(20), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("set_us", BigInteger, nullable=False),
    Column("set_by", String(100), nullable=False),
    Column("set_name", Text, nullable=False),
    PrimaryKeyConstraint("unit", "name"),
    comment="unit empty: the whole system's (email, sms); else the unit's group robot of that scheme",
)

_k, _c = channel_secret.c, reminder_contact.c


@dataclass(frozen=True, slots=True)
class Contact:
    """A person's e-mail address and phone number ("" unknown), and whether each may be used."""

    email: str = ""
    phone: str = ""
    by_email: bool = True
    by_sms: bool = True


@dataclass(frozen=True, slots=True)
class SecretNote:
    """What is told of a secret: that it is there, who set it, when."""

    unit: str
    name: str
    set_at: datetime
    set_name: str


def keep_contact(engine: Engine, keys: KeyRing, login: str, contact: Contact, now: datetime) -> None:
    """Replaces a person's addresses."""
    sealed = keys.seal_setting(json.dumps(asdict(contact)).encode(), f"contact {login}")
    with side_writing(engine) as conn:
        conn.execute(delete(reminder_contact).where(_c.login == login))
        conn.execute(insert(reminder_contact).values(login=login, sealed=sealed, set_us=micros(now)))


def contacts_of(conn: Connection, keys: KeyRing, logins: Iterable[str]) -> dict[str, Contact]:
    """Login → addresses, of those who gave any."""
    wanted, found = sorted(set(logins)), {}
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(_c.login, _c.sealed).where(_c.login.in_(wanted[start : start + _AT_ONCE]))
        for login, sealed in conn.execute(query):
            found[login] = Contact(**json.loads(keys.open_setting(bytes(sealed), f"contact {login}")))
    return found


def keep_secret(
    engine: Engine, keys: KeyRing, unit: str, name: str, secret: str, by: Actor, now: datetime
) -> None:
    """Replaces a secret; an empty one takes it away."""
    with side_writing(engine) as conn:
        conn.execute(delete(channel_secret).where(_k.unit == unit, _k.name == name))
        if secret:
            conn.execute(
                insert(channel_secret).values(
                    unit=unit,
                    name=name,
                    sealed=keys.seal_setting(secret.encode(), f"secret {unit} {name}"),
                    set_us=micros(now),
                    set_by=by.account,
                    set_name=by.name,
                )
            )


def secret_of(conn: Connection, keys: KeyRing, unit: str, name: str) -> str:
    """A secret, "" when there is none: for handing a message over, never for a page."""
    sealed = conn.scalar(select(_k.sealed).where(_k.unit == unit, _k.name == name))
    return keys.open_setting(bytes(sealed), f"secret {unit} {name}").decode() if sealed else ""


def secrets_told(conn: Connection, units: Iterable[str]) -> Mapping[tuple[str, str], SecretNote]:
    """(unit, name) → what is told of each secret of these units."""
    wanted, found = sorted(set(units)), {}
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(_k.unit, _k.name, _k.set_us, _k.set_name)
        for row in conn.execute(query.where(_k.unit.in_(wanted[start : start + _AT_ONCE]))):
            found[row.unit, row.name] = SecretNote(row.unit, row.name, instant(row.set_us), row.set_name)
    return found


def robots(conn: Connection) -> dict[str, list[str]]:
    """Unit → the schemes of its group robots."""
    found: dict[str, list[str]] = {}
    query = select(_k.unit, _k.name).where(_k.unit != "").order_by(_k.unit, _k.name)
    for unit, name in conn.execute(query):
        found.setdefault(unit, []).append(name)
    return found
