"""One visit entered by one writer: one act, one event and its read rows, beside a bare durable INSERT."""

from collections.abc import Callable, Iterator
from datetime import datetime, time
from itertools import count

from sqlalchemy import Column, Engine, Integer, MetaData, Table, Text, insert, select
from sqlalchemy.schema import CreateTable

from benchmarks.generate import open_county
from benchmarks.measure import Line, in_turn
from benchmarks.size import LAST_FRIDAY
from casework.commands.case_facts import take_facts
from casework.domain.case_file import VISITS
from casework.domain.ledger import RECORDED, Fact
from casework.domain.values import LOCAL_OPERATOR, SHANGHAI
from casework.projections.case_span import case_span
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.database import writing
from casework.store.store import Reply

RUNS = 200
_FILES = 50
_bare = Table("bench_bare", MetaData(), Column("id", Integer, primary_key=True), Column("said", Text))


def measure(where: str, engine: Engine) -> Iterator[Line]:
    """For information: what a teacher's click costs. Writes into the database it is given."""
    command, bare = in_turn(RUNS, _visit(engine), _bare_insert(engine))
    yield Line(
        what="登记一次家访（一个操作）",
        where=where,
        value=command.median * 1000,
        unit="ms",
        p95=command.p95 * 1000,
        peer="同样落盘的一条 INSERT",
        peer_value=bare.median * 1000,
    )


def _visit(engine: Engine) -> Callable[[], object]:
    """One more visit of one of the last files: loaded, judged, sealed, stored, read rows written."""
    county = open_county(engine, lambda: datetime.combine(LAST_FRIDAY, time(18), SHANGHAI))
    with engine.connect() as conn:
        query = select(case_span.c.case_id).order_by(case_span.c.known_from.desc()).limit(_FILES)
        cases = list(conn.scalars(query))
    number = count()

    def enter() -> None:
        nth = next(number)
        county.do(
            "bench.visit",
            lambda act, known: _take(act, known, cases[nth % len(cases)], nth),
            actor=LOCAL_OPERATOR,
        )

    return enter


def _take(act: Act, known: Reference, case: str, nth: int) -> Reply:
    body = {"on": LAST_FRIDAY.isoformat(), "start": "09:00", "end": "09:40", "mode": "上门", "met": ["家长"]}
    fact = Fact(
        key=f"编号 bench-{nth}",
        mark=act.mark(str(nth)),
        body={**body, "outcome": "犹豫", "agreed_on": "", "units": ["学校"]},
        private={"participants": "班主任", "talk": "了解情况，商定返校时间。", "recorder": "班主任"},
    )
    verdict = take_facts(act, known.units, VISITS, {case: [fact]}, today=LAST_FRIDAY.isoformat())[case][0]
    assert verdict.verb == RECORDED, verdict.note
    return {"no": verdict.no}


def _bare_insert(engine: Engine) -> Callable[[], object]:
    """The same connection settings and lock, one row, committed."""
    with writing(engine) as conn:
        conn.execute(CreateTable(_bare, if_not_exists=True))

    def enter() -> None:
        with writing(engine) as conn:
            conn.execute(insert(_bare).values(said="x" * 500))

    return enter
