"""Verifying the chain of acts (校验): every stored row that was changed, put in, taken out or moved is named.

Acts, events and roster entries are read once each, in the order of acts, in constant memory, and hashed
again; that the last acts are missing is seen only by a head kept elsewhere (`heads`).
"""

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain as joined
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, Text, cast, select

from casework.domain.values import OPEN
from casework.projections.roster import roster_entry
from casework.store.chain import ACT_FIELDS, BEGINNING, Keyed, Link, chain_value
from casework.store.schema import act, stored_event

_AT_ONCE = 5000
_a, _e, _r = act.c, stored_event.c, roster_entry.c
_ACTS = select(
    *(_a[name] for name in ACT_FIELDS), _a.events, _a.events_hash, _a.roster_hash, _a.chain
).order_by(_a.id)
_EVENTS = select(_e.act, _e.position, _e.originator_id, _e.version, _e.topic, _e.state).order_by(_e.position)
_LINE = (_r.child_id, _r.no, _r.changed_on, cast(_r.fields, Text).label("fields"), _r.source)


class Fault(NamedTuple):
    """What is not as it was written: in which table, by which act, what about it."""

    table: str
    act: int
    what: str

    def sentence(self) -> str:
        """For the person who asked."""
        return f"{self.table}：第 {self.act} 号操作，{self.what}"


@dataclass
class Verified:
    """How far the reading came: counts, and the last act with its chain value."""

    acts: int = 0
    events: int = 0
    last: int = 0
    chain: bytes = BEGINNING
    recorded_us: int = 0


def verify(
    conn: Connection, keyed: Keyed, heads: Mapping[int, bytes], done: Verified | None = None
) -> Iterator[Fault]:
    """The faults, in the order of acts. `heads`: act → its chain value, as kept outside the database."""
    done = done or Verified()
    events = _Events(conn)
    began = _Lines(conn, select(_r.known_from, *_LINE).order_by(_r.known_from))
    ended = _Lines(conn, select(_r.known_to, *_LINE).where(_r.known_to < OPEN).order_by(_r.known_to))
    for row in _streamed(conn, _ACTS):
        yield from _missing_before(row.id, done)
        link = Link(keyed)
        yield from events.take(row.id, link)
        link.roster(ended.take(row.id), began.take(row.id))
        for lines in (began, ended):
            yield from lines.stray
            lines.stray.clear()
        yield from _judge(keyed, row, link, done, heads)
        done.acts, done.last, done.chain, done.recorded_us = done.acts + 1, row.id, row.chain, row.recorded_us
    done.events = events.count
    yield from _after_the_last(events, began, ended)
    for kept in sorted(each for each in heads if each > done.last):
        yield Fault("act", kept, "不在了：库外留存的链头有它，库里没有")


def _missing_before(act_id: int, done: Verified) -> Iterator[Fault]:
    """Acts are numbered without gaps."""
    if act_id == done.last + 1:
        return
    upto = f" 至第 {act_id - 1} 号" if act_id - 1 > done.last + 1 else ""
    yield Fault("act", done.last + 1, f"不在了（缺第 {done.last + 1} 号{upto}）")
    done.chain = b""  # what went before is not known: the act itself cannot be judged by it


def _judge(keyed: Keyed, row: Any, link: Link, done: Verified, heads: Mapping[int, bytes]) -> Iterator[Fault]:
    """One act against what is stored under it."""
    columns = row._mapping
    should = link.closed(done.chain, columns)
    if should["events_hash"] != row.events_hash:
        counted = f"登记时 {row.events} 个，现有 {should['events']} 个"
        yield Fault("stored_event", row.id, f"事件与登记时不同（{counted}）")
    if should["roster_hash"] != row.roster_hash:
        yield Fault("roster_entry", row.id, "名册变动与登记时不同")
    if done.chain and not _follows(keyed, done.chain, columns):
        yield Fault("act", row.id, "操作记录本身或它与前一操作的衔接与登记时不同")
    if row.recorded_us <= done.recorded_us:
        yield Fault("act", row.id, "时间不晚于前一操作")
    if row.id in heads and heads[row.id] != row.chain:
        yield Fault("act", row.id, "与库外留存的链头不符：到此为止的历史被整个改写过")


def _follows(keyed: Keyed, before: bytes, columns: Mapping[str, Any]) -> bool:
    try:
        return bool(chain_value(keyed, before, columns) == columns["chain"])
    except (struct.error, TypeError):
        return False


class _Events:
    """The events in order of position, taken act by act."""

    def __init__(self, conn: Connection) -> None:
        self._rows = _streamed(conn, _EVENTS)
        self._next: Any = next(self._rows, None)
        self.count = 0

    def take(self, act_id: int, link: Link) -> Iterator[Fault]:
        """Hashes the act's events; names gaps, and events that stand where no act of theirs is."""
        while self._next is not None and self._next[0] <= act_id:
            under, position, originator, version, topic, state = self._next
            if position != self.count + 1:
                missing = f"位置 {self.count + 1} 起的事件不在了（下一个是 {position}）"
                yield Fault("stored_event", under, missing)
            self.count = position
            if under == act_id:
                yield from _hashed(link, under, position, originator, version, topic, state)
            else:
                yield Fault("stored_event", under, f"位置 {position} 的事件不在它的操作里（被插入或调换）")
            self._next = next(self._rows, None)

    def rest(self) -> Iterator[Fault]:
        """Events after the last act."""
        for row in () if self._next is None else joined([self._next], self._rows):
            yield Fault("stored_event", row[0], f"位置 {row[1]} 的事件没有对应的操作")


def _hashed(link: Link, under: int, position: int, *event: Any) -> Iterator[Fault]:
    """SQLite keeps whatever is written into a column: what cannot be an event is a fault, no breakdown."""
    try:
        link.event(position, *event)
    except (struct.error, TypeError):
        yield Fault("stored_event", under, f"位置 {position} 的事件读不出来")


class _Lines:
    """Roster entries in the order of the acts that began, or ended, them."""

    def __init__(self, conn: Connection, query: Select[Any]) -> None:
        self._rows = _streamed(conn, query)
        self._next: Any = next(self._rows, None)
        self.stray: list[Fault] = []

    def take(self, act_id: int) -> Iterator[Any]:
        """The entries of the act; those of acts that are not there are put aside."""
        while self._next is not None and self._next[0] <= act_id:
            line, fields = self._next, _fields(self._next.fields)
            if line[0] != act_id:
                self.stray.append(_no_act(line))
            elif fields is None:
                self.stray.append(Fault("roster_entry", act_id, f"学生 {line.child_id} 的名册变动读不出来"))
            else:
                yield line.child_id, line.no, line.changed_on, fields, line.source
            self._next = next(self._rows, None)

    def rest(self) -> Iterator[Fault]:
        """Entries of acts after the last."""
        yield from map(_no_act, () if self._next is None else joined([self._next], self._rows))


def _fields(text: Any) -> dict[str, str] | None:
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _no_act(line: Any) -> Fault:
    return Fault("roster_entry", line[0], f"学生 {line[1]} 的名册变动没有对应的操作")


def _after_the_last(events: _Events, began: _Lines, ended: _Lines) -> Iterator[Fault]:
    for each in (events, began, ended):
        yield from each.rest()


def _streamed(conn: Connection, query: Select[Any]) -> Iterator[Any]:
    rows = conn.execute(query.execution_options(stream_results=True, yield_per=_AT_ONCE))
    for batch in rows.partitions():
        yield from batch
