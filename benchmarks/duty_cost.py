"""What duties add to a command: the acts of a child's way out of school and back, with them and without.

One child after another, each act a command of its own; every second child with the writing of duties
taken out. The acts are those duties follow from: absence, visit, 疑似辍学, visit, letter served, 复学.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from datetime import datetime, time, timedelta
from statistics import median
from time import perf_counter
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine, exists, select

from benchmarks.generate import open_county
from benchmarks.measure import Line, Times
from benchmarks.size import LAST_FRIDAY
from casework.commands.case_facts import take_facts
from casework.commands.letters import LetterRow, take_letters
from casework.domain.case_file import ABSENCES, STATUSES, VISITS
from casework.domain.ledger import RECORDED, Fact
from casework.domain.statuses import RETURNED, SUSPECTED
from casework.domain.values import FOREVER, LOCAL_OPERATOR, OPEN, SHANGHAI
from casework.projections import case_tables
from casework.projections.case_board import case_board
from casework.projections.reference import Reference
from casework.projections.roster import roster_span
from casework.service import Casework
from casework.store.act import Act
from casework.store.store import Reply

CHILDREN = 60
MOST = 1.25
_WARM_UP = 4

Take = Callable[[Act, Reference], Reply]


def measure(where: str, engine: Engine) -> Iterator[Line]:
    """Writes into the database it is given."""
    county = open_county(engine, lambda: datetime.combine(LAST_FRIDAY, time(18), SHANGHAI))
    took: dict[bool, defaultdict[str, list[float]]] = {True: defaultdict(list), False: defaultdict(list)}
    for nth, (child, school) in enumerate(_children(engine)):
        owed = nth % 2 == 0
        without = patch.object(case_tables, "change_duties", _nothing)
        with nullcontext() if owed else without:
            for what, take in _way_back(child, school):
                seconds = _timed(county, take)
                if nth >= _WARM_UP:
                    took[owed][what].append(seconds)
    ours, bare = (sum(median(each) for each in took[owed].values()) for owed in (True, False))
    whole = Times(tuple(seconds for each in took[True].values() for seconds in each))
    yield Line(
        what="与责任事项有关的一个操作",
        where=where,
        value=ours / len(took[True]) * 1000,
        unit="ms",
        p95=whole.p95 * 1000,
        peer="不写责任事项的同样操作",
        peer_value=bare / len(took[True]) * 1000,
        target=f"≤ {MOST} 倍",
        met=ours <= MOST * bare,
        notes={
            what: [round(median(took[owed][what]) * 1000, 2) for owed in (True, False)] for what in took[True]
        },
    )


def _nothing(*arguments: Any) -> None:
    """Takes the place of what writes duties."""


def _children(engine: Engine) -> Sequence[tuple[str, str]]:
    """Children at school without a file, and their schools."""
    filed = exists().where(case_board.c.case_id == roster_span.c.child_id)
    here = (roster_span.c.known_to == OPEN, roster_span.c.valid_to == FOREVER, roster_span.c.school != "")
    query = select(roster_span.c.child_id, roster_span.c.school).where(*here, ~filed)
    with engine.connect() as conn:
        found = conn.execute(query.order_by(roster_span.c.child_id).limit(2 * CHILDREN)).all()
    return [(row[0], row[1]) for row in found]


def _timed(county: Casework, take: Take) -> float:
    started = perf_counter()
    county.do("bench.act", take, actor=LOCAL_OPERATOR)
    return perf_counter() - started


def _way_back(child: str, school: str) -> Iterator[tuple[str, Take]]:
    yield "缺勤", _facts(child, ABSENCES, 40, until="")
    yield "缺勤时家访", _visit(child, 38)
    yield "疑似辍学", _facts(child, STATUSES, 30, change=SUSPECTED, causes=["学习困难/厌学"])
    yield "辍学后家访", _visit(child, 26)
    yield "文书送达", _letter(child, school, 24)
    yield "复学", _facts(child, STATUSES, 10, change=RETURNED, placement="插班")


def _visit(child: str, days_ago: int) -> Take:
    said = {"start": "09:00", "end": "09:40", "mode": "上门", "met": ["家长"], "outcome": "犹豫"}
    return _facts(child, VISITS, days_ago, **said, agreed_on="", units=["学校", "村委会"])


def _facts(child: str, ledger: str, days_ago: int, **body: Any) -> Take:
    def take(act: Act, known: Reference) -> Reply:
        on = _day(days_ago)
        fact = Fact(f"{child} {on}", act.mark(on), {"on": on, **body}, {"recorder": "班主任"})
        verdict = take_facts(act, known.units, ledger, {child: [fact]}, today=_day(0))[child][0]
        assert verdict.verb == RECORDED, verdict
        return {"no": verdict.no}

    return take


def _letter(child: str, school: str, days_ago: int) -> Take:
    def take(act: Act, known: Reference) -> Reply:
        on, number = _day(days_ago), f"计量字 {child}"
        body = {"on": on, "kind": "劝返复学通知书", "issuer": school, "number": number, "days": 7}
        mark = act.mark(number)
        letter = Fact(f"{school} {body['kind']} {number}", mark, body, {"signatory": "校长"})
        service = {"on": on, "mode": "直接", "at": "10:00"}
        row = LetterRow(letter, service, {"recipient": "家长"}, mark + "s")
        verdict = take_letters(act, {child: [row]}, today=_day(0))[child][0]
        assert verdict.verb == RECORDED, verdict
        return {"no": verdict.no}

    return take


def _day(days_ago: int) -> str:
    return (LAST_FRIDAY - timedelta(days=days_ago)).isoformat()
