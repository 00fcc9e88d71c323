"""The register of erasures (清除登记), kept outside the database: a restore of an older backup is told by it.

`erasures.jsonl` in the data folder, one line a child: its id, the act, when and why; no name, no number.
Each line is signed under the master key: nobody has a child erased at the next restore by writing one.
"""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from casework.config import Settings
from casework.errors import BadInput
from casework.store.chain import Keyed
from casework.store.clock import instant
from casework.store.mapper import clear_of
from casework.store.schema import act, stored_event

FILE = "erasures.jsonl"
_TOPIC = "erasure.ChildErased"


@dataclass(frozen=True)
class Entry:
    """One erasure: of which child (an id), by which act, when and why."""

    child: str
    act: int
    at: str
    reason: str


def register_of(settings: Settings) -> Path:
    """Where the register is kept."""
    return settings.data_dir / FILE


def erasures(conn: Connection) -> list[Entry]:
    """Every erasure that the database tells of, the oldest first."""
    e = stored_event.c
    query = select(e.state, e.act, act.c.recorded_us).join(act, act.c.id == e.act)
    rows = conn.execute(query.where(e.topic == _TOPIC).order_by(e.position))
    told = ((clear_of(_TOPIC, bytes(row.state)), row) for row in rows)
    return [
        Entry(said["child_id"], row.act, instant(row.recorded_us).isoformat(), said["reason"])
        for said, row in told
    ]


def read_register(file: Path, keyed: Keyed) -> list[Entry]:
    """The erasures in a register; [] when there is none. Raises BadInput for a line nobody signed."""
    found = []
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    for number, line in enumerate(lines, start=1):
        try:
            said = json.loads(line)
            mac = said.pop("mac")
            entry = Entry(**said)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadInput(f"清除登记 {file} 第 {number} 行读不出来：请换用完好的一份") from error
        if mac != _mac(entry, keyed):
            raise BadInput(f"清除登记 {file} 第 {number} 行被改动过，或不是用这把主密钥写的")
        found.append(entry)
    return found


def note_erasures(conn: Connection, settings: Settings, keyed: Keyed) -> None:
    """Adds to the register whatever the database tells of and it lacks."""
    file, told = register_of(settings), erasures(conn)
    if not told:
        return
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        kept = {entry.child for entry in read_register(file, keyed)}
        for entry in told:
            if entry.child not in kept:
                line = json.dumps({**asdict(entry), "mac": _mac(entry, keyed)}, ensure_ascii=False)
                os.write(handle, line.encode() + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)


def _mac(entry: Entry, keyed: Keyed) -> str:
    said = json.dumps(asdict(entry), ensure_ascii=False, sort_keys=True)
    return keyed(b"erasure\0" + said.encode()).hex()
