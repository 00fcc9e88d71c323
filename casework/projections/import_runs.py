"""Import runs: which file was imported when by whom, and where an interrupted one takes up again (导入记录).

Not part of the history: a run's row is written beside its acts, which carry its id in theirs.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import BigInteger, Column, Index, String, Table, Text, insert, select, update

from casework.domain.values import Actor
from casework.store.clock import micros
from casework.store.database import writing
from casework.store.schema import metadata
from casework.store.store import Store

import_run = Table(
    "import_run",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("account", String(100), nullable=False),
    Column("name", Text, nullable=False),
    Column("started_us", BigInteger, nullable=False),
    Column("finished_us", BigInteger, nullable=True),
    Column("counts", Text, nullable=False),
    Index(None, "digest"),
    Index(None, "started_us"),
)


@dataclass(frozen=True)
class Run:
    """One run; `resumed` when it goes on after an interruption."""

    run_id: str
    resumed: bool


def begin_run(store: Store, kind: str, file_name: str, digest: str, actor: Actor) -> Run:
    """The unfinished run of this very file by this account, else a new one."""
    c = import_run.c
    same = (c.kind == kind, c.digest == digest, c.account == actor.account, c.finished_us.is_(None))
    started = micros(store.now())
    with writing(store.engine) as conn:
        held = conn.scalar(select(c.run_id).where(*same).limit(1))
        if held:
            return Run(held, resumed=True)
        run = Run(uuid4().hex, resumed=False)
        conn.execute(
            insert(import_run).values(
                run_id=run.run_id,
                kind=kind,
                file_name=file_name,
                digest=digest,
                account=actor.account,
                name=actor.name,
                started_us=started,
                counts="{}",
            )
        )
        return run


def finish_run(store: Store, run: Run, counts: Mapping[str, int]) -> None:
    """Marks a run as complete, with what it did."""
    finished = micros(store.now())
    with writing(store.engine) as conn:
        conn.execute(
            update(import_run)
            .where(import_run.c.run_id == run.run_id)
            .values(finished_us=finished, counts=json.dumps(dict(counts), sort_keys=True))
        )
