"""清除个人信息 of one child: key destroyed, rows blanked, numbers buried, in one act.

Every table and every column that can hold words is declared below: what is blanked, and what holds nothing
of a child. A column that is in neither fails a test. Sealed words go with the key; what stays in clear is
what figures need (days, units, groups, statuses, money) and the county's own register numbers.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, or_, select, update

from casework.commands.roster import RosterChange
from casework.commands.tombstones import bury, tombstone
from casework.domain.erasure import Erasure, coarse_birth, erasure_id
from casework.domain.held_once import ERASED, STUDENT_NO
from casework.errors import BadInput, NotFound
from casework.projections.children import records_of
from casework.projections.import_rows import import_row
from casework.projections.import_runs import import_run
from casework.projections.reference import Reference
from casework.projections.roster import child, roster_entry, roster_span
from casework.projections.transfer_requests import request_of, transfer_request
from casework.projections.unnamed import unnamed_child
from casework.projections.village import village_confirmation
from casework.store.act import Act
from casework.store.backup_log import backup_log
from casework.store.chain import ERASABLE
from casework.store.kept_forms import kept_form
from casework.store.keys import KeyRing
from casework.store.read_log import read_log
from casework.store.reminder_log import reminder
from casework.store.schema import child_key, claim
from casework.store.store import Reply

BLANKED: Mapping[str, frozenset[str]] = {
    "child": frozenset(
        {"student_no", "name", "pinyin", "initials", "sex", "ethnicity", "cert_type", "cert_mask",
         "phone_mask", "guardian", "guardian_relation", "private", "person_mark"}
    ),
    "roster_entry": frozenset({"fields"}),
    "roster_span": frozenset(ERASABLE),
    "unnamed_child": frozenset({"private"}),
    "village_confirmation": frozenset({"private"}),
    "transfer_request": frozenset({"private"}),
    "child_key": frozenset({"wrapped"}),
    "claim": frozenset({"key"}),
    "import_row": frozenset({"sealed"}),
    "import_run": frozenset({"file_name", "fault", "about"}),
    "kept_form": frozenset({"sealed"}),
    "read_log": frozenset({"detail"}),
    "backup_log": frozenset({"file", "fault"}),
    "reminder": frozenset({"why", "subject", "text", "reason"}),
}  # fmt: skip
"""Table → columns that hold words about a child: emptied, or searched for the child's name and numbers."""

SEALED = {"stored_event": frozenset({"state"})}
"""Columns whose words about a child are sealed under its key: unreadable once the key is destroyed."""

NOTHING_OF_A_CHILD: Mapping[str, frozenset[str]] = {
    "account": frozenset({"login", "name", "password_hash", "code_hash", "totp_secret"}),
    "account_change": frozenset({"login", "by_account", "by_name", "by_post", "by_unit"}),
    "act": frozenset(
        {"command_id", "command", "content_hmac", "account", "name", "post", "unit", "reply", "events_hash",
         "roster_hash", "chain"}
    ),
    "activity": frozenset({"detail", "units", "people"}),
    "aid_grant": frozenset({"voucher"}),
    "case_board": frozenset({"groups"}),
    "case_span": frozenset({"groups"}),
    "channel_secret": frozenset({"sealed", "set_by", "set_name"}),
    "child": frozenset({"child_id", "county"}),
    "child_elsewhere": frozenset({"child_id", "county"}),
    "claim": frozenset({"owner"}),
    "duty": frozenset({"rule"}),
    "duty_excuse": frozenset({"duty_key"}),
    "import_run": frozenset({"digest", "account", "name", "post", "unit", "counts"}),
    "kept_form": frozenset({"token_hash", "login"}),
    "letter": frozenset({"kind", "number", "signatory"}),
    "number_series": frozenset({"issuer"}),
    "policy": frozenset({"text"}),
    "posting": frozenset({"login", "name", "area", "acting_for"}),
    "read_log": frozenset({"account", "name", "post", "unit"}),
    "reminder": frozenset({"key", "recipient", "name", "again_of", "again_by", "again_name"}),
    "reminder_contact": frozenset({"login", "sealed"}),
    "recovery_code": frozenset({"login", "code_hash"}),
    "roll_call": frozenset({"classes"}),
    "roster_span": frozenset(
        {"county", "township", "village", "school", "stage", "grade", "klass", "enrolment", "groups",
         "residence", "registration", "boarding", "hardship"}
    ),
    "session": frozenset({"token_hash", "login", "device"}),
    "sign_in_failure": frozenset({"key"}),
    "status_proposal": frozenset({"proposed_by"}),
    "stored_event": frozenset({"topic"}),
    "unit": frozenset({"name"}),
    "unit_duty": frozenset({"rule"}),
}  # fmt: skip
"""Table → columns of words that are the county's own: staff, units, dictionary words, register numbers."""

_MENTIONS = (
    (import_run, ("file_name", "fault")),
    (read_log, ("detail",)),
    (backup_log, ("file", "fault")),
    (reminder, ("why", "subject", "text", "reason")),
)
"""Columns of words where a child may be mentioned: those that name it are blanked."""

GONE = "已清除"
_SHORTEST_WORD = 2


class Target(NamedTuple):
    """The child to be erased. `name` and `student_no` are empty once it is done."""

    child_id: str
    name: str
    student_no: str
    is_erased: bool


def target_of(conn: Connection, keys: KeyRing, wanted: str) -> Target:
    """The child of a 学籍号 or an id, erased or not. Raises NotFound."""
    c = claim.c
    wanted = wanted.strip()
    numbers = ((STUDENT_NO, wanted), (ERASED, tombstone(keys, (STUDENT_NO, wanted))))
    held = or_(*(and_(c.kind == kind, c.key == key) for kind, key in numbers))
    child_id = conn.scalar(select(c.owner).where(held)) or wanted
    row = records_of(conn, [child_id]).get(child_id)
    if row is None:
        raise NotFound("没有这名学生：请写学籍号，没有学籍号的写系统里的学生编号（个案网址中的一串）")
    return Target(row.child_id, row.name, row.student_no, is_erased(conn, child_id))


def is_erased(conn: Connection, child_id: str) -> bool:
    """Whether the child's data were erased: its key is destroyed and its row blank."""
    row = records_of(conn, [child_id]).get(child_id)
    query = select(child_key.c.wrapped).where(child_key.c.child_id == child_id)
    key = conn.execute(query).first()
    return row is not None and not row.name and key is not None and key.wrapped is None


def erase_child(act: Act, reference: Reference, *, child_id: str, reason: str) -> Reply:
    """Erases a child's personal data for ever; repeated, it changes nothing."""
    record = records_of(act.conn, [child_id]).get(child_id)
    if record is None:
        raise NotFound("没有这名学生", child=child_id)
    if act.find(Erasure, erasure_id(child_id)) is not None:
        return {"child": child_id, "verb": "unchanged", "rows": {}}
    words = _words(act, record)
    _check(reason, words)
    act.save(Erasure.of(child_id, reason.strip()))
    rows = dict(_blank(act, child_id, words))
    rows["claim"] = bury(act, child_id)
    act.destroy_key(child_id)
    change = RosterChange(act, reference.units)
    change.load([child_id])
    change.refresh(child_id)
    change.write()
    return {"child": child_id, "verb": "erased", "rows": {name: n for name, n in rows.items() if n}}


def _words(act: Act, record: Any) -> list[str]:
    """What tells the child: name and numbers, also as they stand in an address."""
    plain = act.keys.open(record.child_id, bytes(record.private), b"child") if record.private else None
    sealed: dict[str, str] = json.loads(plain) if plain else {}
    told = (record.name, record.student_no, sealed.get("cert_no", ""), sealed.get("phone", ""))
    said = [word for word in told if len(word) >= _SHORTEST_WORD]
    return list(dict.fromkeys([*said, *map(quote, said)]))


def _check(reason: str, words: Iterable[str]) -> None:
    if not reason.strip():
        raise BadInput("请写明清除的原因（--reason），如：监护人申请、保存期满")
    if any(word in reason for word in words):
        raise BadInput("原因会一直保留，请不要在其中写该生的姓名或号码")


def _blank(act: Act, child_id: str, words: list[str]) -> Iterator[tuple[str, int]]:
    """Empties the rows; (table, how many)."""
    conn = act.conn
    yield "child", _blank_child(conn, child_id)
    yield "roster_entry", _blank_entries(conn, child_id)
    spans = update(roster_span).where(roster_span.c.child_id == child_id)
    yield "roster_span", conn.execute(spans.values(dict.fromkeys(ERASABLE, ""))).rowcount
    for table in (unnamed_child, village_confirmation):
        mine = (table.c.child_id == child_id, table.c.private.is_not(None))
        yield table.name, conn.execute(update(table).where(*mine).values(private=None)).rowcount
    yield "transfer_request", _blank_requests(act, child_id, words)
    for whole in (import_row, kept_form):  # whole sheets, and words that only a browser can open
        yield whole.name, conn.execute(delete(whole)).rowcount
    for table, columns in _MENTIONS:
        yield table.name, sum(_blank_mentions(conn, table, name, words) for name in columns)


def _blank_child(conn: Connection, child_id: str) -> int:
    birth = conn.scalar(select(child.c.birth).where(child.c.child_id == child_id)) or ""
    blank: dict[str, Any] = dict.fromkeys(BLANKED["child"], "")
    values = {**blank, "private": None, "birth": coarse_birth(birth)}
    return conn.execute(update(child).where(child.c.child_id == child_id).values(values)).rowcount


def _blank_entries(conn: Connection, child_id: str) -> int:
    """Empties the fields in free words; that they were changed stays, so the stretches stay."""
    c, count = roster_entry.c, 0
    key = list(roster_entry.primary_key)
    for row in conn.execute(select(*key, c.fields).where(c.child_id == child_id)).all():
        said = {name: "" if name in ERASABLE else value for name, value in row.fields.items()}
        if said != row.fields:
            here = and_(*(column == row._mapping[column.name] for column in key))
            count += conn.execute(update(roster_entry).where(here).values(fields=said)).rowcount
    return count


def _blank_requests(act: Act, child_id: str, words: list[str]) -> int:
    """Askings that met the child, and those that met nobody but name it, under a key of their own."""
    c = transfer_request.c
    gone = list(act.conn.scalars(select(c.request_id).where(c.child_id == child_id)))
    for request_id in act.conn.scalars(select(c.request_id).where(c.child_id == "")).all():
        asked = request_of(act, request_id)
        if asked and any(word in asked.typed for word in words):
            act.destroy_key(request_id)
            gone.append(request_id)
    blank = update(transfer_request).where(c.request_id.in_(gone)).values(private=b"")
    return act.conn.execute(blank).rowcount


def _blank_mentions(conn: Connection, table: Table, name: str, words: list[str]) -> int:
    column = table.c[name]
    named: ColumnElement[bool] = or_(*(column.contains(word, autoescape=True) for word in words))
    return conn.execute(update(table).where(named).values({name: GONE})).rowcount if words else 0
