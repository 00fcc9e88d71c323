"""What is measured in a process of its own, for its memory: `python -m benchmarks.tasks TASK …`."""

import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

from python_calamine import load_workbook
from sqlalchemy import Engine, text

from benchmarks.generate import open_county
from benchmarks.land import land_of
from benchmarks.measure import memory_now, told
from benchmarks.size import LAST_FRIDAY
from casework.commands.policies import adopt_defaults
from casework.commands.units import take_unit_rows
from casework.domain.values import LOCAL_OPERATOR, SHANGHAI, day_of
from casework.importers.columns import COLUMNS
from casework.importers.run import Options, import_table
from casework.importers.tables import open_table
from casework.projections.rebuild import rebuild
from casework.projections.reminder_people import tellings
from casework.store.database import make_engine, reading
from casework.store.history import stream
from casework.tables import metadata

_NOW = datetime.combine(LAST_FRIDAY, time_of_day(18), SHANGHAI)


def import_roster(url: str, workbook: str, rows: str, apply: str) -> None:
    """Previews (apply=0) or takes (apply=1) the workbook; memory after a tenth, and at the peak."""
    engine = make_engine(url)
    metadata.create_all(engine)
    county = open_county(engine, lambda: _NOW)
    land = land_of(int(rows))
    county.do("init", lambda act, _: {"adopted": adopt_defaults(act)}, actor=LOCAL_OPERATOR)
    county.do(
        "units",
        lambda act, known: {"units": len(take_unit_rows(act, known.units, land.rows()))},
        actor=LOCAL_OPERATOR,
    )
    memory: list[int] = []
    options = Options(
        actor=LOCAL_OPERATOR, apply=apply == "1", progress=lambda rows: memory.append(memory_now())
    )
    started = time.perf_counter()
    table = open_table(Path(workbook), Path(workbook).name, COLUMNS["roster"])
    opened = time.perf_counter() - started
    outcome = import_table(county, "roster", table, options, name=Path(workbook).name)
    seconds = time.perf_counter() - started
    assert outcome.counts["created"] == int(rows), outcome.counts
    told(seconds=seconds, opened=opened, early_bytes=memory[len(memory) // 10], late_bytes=max(memory))


def read_workbook(workbook: str) -> None:
    """The peer: python-calamine alone reads every cell."""
    started = time.perf_counter()
    with open(workbook, "rb") as file, load_workbook(file) as book:
        cells = sum(len(row) for row in book.get_sheet_by_index(0).iter_rows())
    told(seconds=time.perf_counter() - started, cells=cells)


def rebuild_all(url: str, only: str) -> None:
    """Rebuilds every projection (or one) from the events of a database."""
    county = open_county(make_engine(url), lambda: _NOW)
    started = time.perf_counter()
    done = rebuild(county.store, only=only)
    told(seconds=time.perf_counter() - started, events=done.events, rows=done.rows)


def decode_all(url: str) -> None:
    """The peer: the events are read and decoded, nothing is made of them."""
    started = time.perf_counter()
    with reading(make_engine(url)) as conn:
        events = sum(1 for _ in stream(conn))
    told(seconds=time.perf_counter() - started, events=events)


def sweep(url: str) -> None:
    """Counts what a digest of the next morning tells, for everybody, and writes nothing."""
    engine = make_engine(url)
    county = open_county(engine, lambda: _NOW + timedelta(hours=14))
    started = time.perf_counter()
    with county.reading() as reading:
        policy = reading.reference.reminders(day_of(reading.known_at))
        digest = policy.digests[0].name
        found = tellings(reading.snapshot, reading.reference, policy, digest, day_of(reading.known_at))
    seconds = time.perf_counter() - started
    assert found.people, "nobody is told of anything"
    told(seconds=seconds, told=sum(person.counts.total() for person in found.people.values()))


def sizes(engine: Engine) -> dict[str, int]:
    """Bytes on disk by table, indexes included."""
    with engine.connect() as conn:
        if engine.dialect.name == "sqlite":
            query = (
                "SELECT m.tbl_name, sum(s.pgsize) FROM dbstat s JOIN sqlite_master m ON m.name = s.name "
                "WHERE s.aggregate = TRUE GROUP BY m.tbl_name"
            )
        else:
            query = "SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables"
        return {name: int(size) for name, size in conn.execute(text(query))}


_TASKS: dict[str, Callable[..., None]] = {
    "import": import_roster,
    "read": read_workbook,
    "rebuild": rebuild_all,
    "decode": decode_all,
    "sweep": sweep,
}

if __name__ == "__main__":
    _TASKS[sys.argv[1]](*sys.argv[2:])
