"""One writer, in a process of its own: `python -m benchmarks.writer KIND URL NUMBER OF PASS SECONDS SAMPLE`.

Prepares, says `ready`, waits for a line on its standard input, then writes for so many seconds, each
write a durable transaction of its own; tells how long each took. KIND: `visit` (the command a page
gives, with all it writes), `native` (the library's own recorder saves the same event alone) or `bare`
(INSERT of the same bytes).
"""

import json
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as time_of_day
from itertools import count
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

import psycopg
from eventsourcing.persistence import ApplicationRecorder, InternalError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore
from sqlalchemy import URL, make_url, select

from benchmarks.generate import open_county
from benchmarks.page_county import CLERK
from benchmarks.size import LAST_FRIDAY, SEED
from casework.commands.home_visits import Visit, record_visit
from casework.domain.values import SHANGHAI, Actor
from casework.projections.case_board import CLOSED_RANK, case_board
from casework.projections.registers import posting
from casework.store.act import Act
from casework.store.database import make_engine, reading
from casework.store.store import Reply

WARM_UP = 20
_PATIENCE_S = 60

Write = Callable[[], object]


def visits(url: str, number: int, writers: int, nth_pass: int) -> Write:
    """`record_visit` on one open file after another; every child's next visit is another hour of the day."""
    engine = make_engine(url)
    county = open_county(engine, lambda: datetime.combine(LAST_FRIDAY, time_of_day(18), SHANGHAI))
    with reading(engine) as conn:
        unit = conn.scalar(select(posting.c.unit).where(posting.c.login == CLERK))
        open_files = select(case_board.c.case_id).where(case_board.c.rank < CLOSED_RANK)
        files = sorted(conn.scalars(open_files.where(case_board.c.county == unit)))
    clerk = Actor(account=CLERK, name="样板股长", post="基教股", unit=str(unit))
    Random(SEED).shuffle(files)
    mine, turn = files[number::writers], count()

    def enter() -> None:
        again, at = divmod(next(turn), len(mine))
        # Before daybreak: no visit of the county's own history, nor of the pages, is of such an hour.
        days, minute = divmod(nth_pass * 20 + again, 5 * 60)
        visit = Visit(
            on=(LAST_FRIDAY - timedelta(days=days + 1)).isoformat(),
            start=f"{minute // 60:02d}:{minute % 60:02d}",
            end="",
            mode="上门",
            met=("家长",),
            outcome="犹豫",
            units=("学校", "村委会"),
            private={
                "place": "家",
                "participants": "样板老师/班主任/样板学校；样板村长/村长/样板村",
                "talk": "了解孩子不上学的原因，商定返校时间和学校能给的帮助。",
                "recorder": "样板股长",
            },
        )

        def command(act: Act, known: object) -> Reply:
            return record_visit(act, known, child_id=mine[at], visit=visit)  # type: ignore[arg-type]

        reply = county.do("bench.visit", command, actor=clerk, command_id=uuid4().hex)
        assert reply["verb"] == "recorded", reply

    return enter


def native(url: str, sample: StoredEvent) -> Write:
    """The library's recorder for this database, as its own factory sets it up."""
    recorder = _native_recorder(make_url(url))

    def enter() -> None:
        recorder.insert_events([StoredEvent(uuid4(), 1, sample.topic, sample.state)])

    return enter


def _native_recorder(url: URL) -> ApplicationRecorder:
    if url.drivername == "sqlite":
        plain = SQLiteApplicationRecorder(SQLiteDatastore(str(url.database), lock_timeout=_PATIENCE_S))
        plain.create_table()
        return plain
    from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

    store = PostgresDatastore(
        str(url.database), str(url.query["host"]), str(url.query["port"]), str(url.username), ""
    )
    recorder = PostgresApplicationRecorder(store)
    # Its functions are replaced each time, which PostgreSQL refuses to two at once.
    while True:
        try:
            recorder.create_table()
            return recorder
        except InternalError:
            time.sleep(0.1)


_TABLE = "CREATE TABLE IF NOT EXISTS bare (originator TEXT, version INTEGER, topic TEXT, state {bytes})"
_INSERT = "INSERT INTO bare VALUES ({0}, {0}, {0}, {0})"


def bare(url: str, sample: StoredEvent) -> Write:
    """The driver alone."""
    parsed = make_url(url)
    if parsed.drivername == "sqlite":
        lite = sqlite3.connect(str(parsed.database), timeout=_PATIENCE_S, isolation_level=None)
        lite.execute("PRAGMA journal_mode=WAL")
        lite.execute("PRAGMA synchronous=FULL")
        lite.execute(_TABLE.format(bytes="BLOB"))
        insert = _INSERT.format("?")
        return lambda: lite.execute(insert, (uuid4().hex, 1, sample.topic, sample.state))
    plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    conn = psycopg.connect(plain, autocommit=True)
    conn.execute("SELECT pg_advisory_lock(1)")
    conn.execute(_TABLE.format(bytes="BYTEA").encode())
    conn.execute("SELECT pg_advisory_unlock(1)")
    statement = _INSERT.format("%s").encode()
    return lambda: conn.execute(statement, (uuid4().hex, 1, sample.topic, sample.state))


def sample_of(path: str) -> StoredEvent:
    """The event that `benchmarks.writers` took from a visit."""
    held = json.loads(Path(path).read_text())
    return StoredEvent(UUID(int=0), 1, held["topic"], bytes.fromhex(held["state"]))


def main() -> None:
    """Prints `ready`, then one JSON line: milliseconds of each write, failures by kind."""
    kind, url, number, writers, nth_pass, seconds, sample = sys.argv[1:]
    if kind == "visit":
        write = visits(url, int(number), int(writers), int(nth_pass))
    else:
        write = (native if kind == "native" else bare)(url, sample_of(sample))
    for _ in range(WARM_UP):
        write()
    print("ready", flush=True)
    sys.stdin.readline()
    took: list[float] = []
    failures: Counter[str] = Counter()
    began = now = time.perf_counter()
    while now - began < float(seconds):
        try:
            write()
        except Exception as error:
            failures[f"{type(error).__name__}: {error}"] += 1
        before, now = now, time.perf_counter()
        took.append((now - before) * 1000)
    print(json.dumps({"ms": took, "seconds": now - began, "failures": failures}))


if __name__ == "__main__":
    main()
