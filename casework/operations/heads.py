"""The heads of the chain (链头), kept outside the database: what shows that the last acts were cut off.

`heads.jsonl` in the data folder, one line a day and one whenever `casework verify` found nothing: act, time
and chain value, itself chained by keyed hashes. Whoever can write the database cannot write it unnoticed
without the master key; a copy sent elsewhere (`heads_since`) also shows that the file itself was cut.
"""

import fcntl
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from casework.config import Settings
from casework.domain.values import day_of
from casework.service import Casework
from casework.store.chain import Keyed
from casework.store.clock import instant
from casework.store.schema import act as act_table

log = logging.getLogger(__name__)

FILE = "heads.jsonl"
_NEW, _RESTORED = "head", "restored"


@dataclass(frozen=True)
class Head:
    """A line: the last act then, when it was recorded, its chain value; `kind` restored: the county went
    back to this act on purpose, so heads of later acts before this line no longer hold."""

    act: int
    recorded_at: str
    chain: str
    noted_at: str
    kind: str = _NEW


@dataclass(frozen=True)
class Kept:
    """The heads file as read: its lines, the mac of the last, and what is wrong with it."""

    heads: list[Head]
    mac: str
    faults: list[str]

    def chains(self) -> dict[int, bytes]:
        """Act → its chain value, for the heads that still hold."""
        found: dict[int, bytes] = {}
        for head in self.heads:
            if head.kind == _RESTORED:
                found = {act: value for act, value in found.items() if act <= head.act}
            found[head.act] = bytes.fromhex(head.chain)
        return found


def heads_file(settings: Settings) -> Path:
    """Where the heads are kept."""
    return settings.data_dir / FILE


def read_heads(file: Path, keyed: Keyed) -> Kept:
    """The lines of the file; a line that was changed, put in or taken out is named."""
    heads: list[Head] = []
    faults: list[str] = []
    mac = ""
    for number, line in enumerate(_lines(file), start=1):
        try:
            said = json.loads(line)
            stated = said.pop("mac")
            head = Head(**said)
            bytes.fromhex(head.chain)
        except (ValueError, TypeError, KeyError, AttributeError):
            faults.append(f"{file.name}：第 {number} 行读不出来")
            continue
        if stated != _mac(head, mac, keyed):
            faults.append(f"{file.name}：第 {number} 行（第 {head.act} 号操作）或它前面的一行被改动过")
        heads.append(head)
        mac = stated
    return Kept(heads, mac, faults)


def _lines(file: Path) -> Iterator[str]:
    if file.exists():
        yield from file.read_text(encoding="utf-8", errors="replace").splitlines()


def _mac(head: Head, before: str, keyed: Keyed) -> str:
    said = json.dumps(asdict(head), sort_keys=True)
    return keyed(b"head\0" + before.encode() + b"\0" + said.encode()).hex()


def head_of(casework: Casework) -> Head | None:
    """The head as the database stands; None before the first act."""
    with casework.store.snapshot() as snapshot:
        query = act_table.select().where(act_table.c.id == snapshot.k)
        row = snapshot.conn.execute(query).first()
    if row is None:
        return None
    recorded = instant(row.recorded_us).isoformat()
    return Head(row.id, recorded, bytes(row.chain).hex(), casework.store.now().isoformat())


def note_head(casework: Casework, settings: Settings, *, restored: bool = False) -> Head | None:
    """Keeps the head of now, unless it is the last one kept; logs it."""
    keyed = casework.store.keys.link
    if restored and not heads_file(settings).exists():
        return None
    with _alone(heads_file(settings)) as file:
        head, kept = head_of(casework), read_heads(heads_file(settings), keyed)
        last = kept.heads[-1] if kept.heads else None
        if head is None or (not restored and last and _same(last, head)):
            return head
        head = replace(head, kind=_RESTORED if restored else _NEW)
        _append(file, head, _mac(head, kept.mac, keyed))
    log.info("head of the chain: act %s of %s, %s", head.act, head.recorded_at, head.chain)
    return head


@contextmanager
def _alone(file: Path) -> Iterator[int]:
    """The file, open to append; each line is chained to the one before, so one writes at a time."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def _same(kept: Head, head: Head) -> bool:
    return (kept.act, kept.chain) == (head.act, head.chain)


def note_head_of_the_day(casework: Casework, settings: Settings) -> Head | None:
    """Keeps one head a day: None when today's is kept."""
    heads = read_heads(heads_file(settings), casework.store.keys.link).heads
    today = day_of(casework.store.now())
    if heads and day_of(datetime.fromisoformat(heads[-1].noted_at)) == today:
        return None
    return note_head(casework, settings)


def heads_since(settings: Settings, casework: Casework, act: int) -> list[Head]:
    """The heads of acts after `act`, for whoever keeps a copy elsewhere."""
    kept = read_heads(heads_file(settings), casework.store.keys.link)
    return [head for head in kept.heads if head.act > act]


def _append(file: int, head: Head, mac: str) -> None:
    os.write(file, (json.dumps({**asdict(head), "mac": mac}, sort_keys=True) + "\n").encode())
    os.fsync(file)
