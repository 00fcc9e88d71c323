"""The store: every change is one act, in one order; every reader sees one moment."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Engine, bindparam, insert, select

from casework.domain.values import OPEN, SHANGHAI, Actor
from casework.errors import BadInput
from casework.store import snapshot as snapshots
from casework.store.act import Act
from casework.store.chain import BEGINNING
from casework.store.clock import Clock, instant, micros, now_us
from casework.store.database import LOCK_PATIENCE_S, is_sqlite, reading, wait_for_writers, writing
from casework.store.failures import CommandReused, StoreBusy, is_passing
from casework.store.history import Recorded
from casework.store.keys import KeyRing
from casework.store.mapper import to_json
from casework.store.schema import act as act_table
from casework.store.snapshot import Snapshot

Reply = dict[str, Any]
Body = Callable[[Act], Reply]
Project = Callable[[Act, list[Recorded]], None]

ATTEMPTS = 5
_a = act_table.c
# Made once: composing a statement takes several times as long as SQLite needs to answer it.
_LAST = select(_a.recorded_us).order_by(_a.id.desc()).limit(1)
_same = act_table.alias()
_BEFORE = (
    select(_a.id, _a.recorded_us, _a.chain, _same.c.content_hmac, _same.c.reply)
    .outerjoin_from(act_table, _same, _same.c.command_id == bindparam("command"))
    .order_by(_a.id.desc())
    .limit(1)
)
_ACT = insert(act_table)
_in_act: ContextVar[bool] = ContextVar("casework_in_act", default=False)


class Store:
    """Acts in, snapshots out.

    `clock` None: the time is the database's (PostgreSQL) or this machine's (SQLite). `project` is
    called once at the end of every act that wrote something, with its events in order; it writes
    through `act.conn`.
    """

    def __init__(self, engine: Engine, keys: KeyRing, clock: Clock | None, project: Project) -> None:
        self.engine = engine
        self.keys = keys
        self._clock = clock
        self._project = project

    def run(self, *, command: str, actor: Actor, command_id: str, content: bytes, body: Body) -> Reply:
        """Run `body` as one act and return its reply (plain JSON, no personal data: it is kept in clear).

        The same `command_id` with the same command and content returns the first reply without
        running `body`; with another content raises CommandReused. An act that wrote nothing leaves
        no trace, a repeat runs it again. Any error rolls everything back; failures that pass by
        themselves (busy, deadlock, lost connection) are tried again from the beginning, `body`
        included, up to 5 times, then StoreBusy.
        """
        if _in_act.get():
            raise RuntimeError("an act inside an act would wait for itself")
        fingerprint = self.keys.hmac("command", command.encode() + b"\0" + content)
        entered = _in_act.set(True)
        try:
            return self._persistently(
                lambda conn: self._act(conn, command, actor, command_id, fingerprint, body)
            )
        finally:
            _in_act.reset(entered)

    @contextmanager
    def snapshot(self, known_at: datetime | None = None, *, k: int | None = None) -> Iterator[Snapshot]:
        """What is known now, or was at the instant `known_at`, or at act `k`; writes are rolled back.

        Asked again with the same `known_at` or `k`, it is the same for ever. Raises BadInput for a
        `known_at` later than both the clock and the last act, or an act that does not exist.
        """
        if known_at is not None:
            self._settle(known_at)
        with reading(self.engine) as conn:
            if known_at is not None:
                yield snapshots.at_instant(conn, self.keys, known_at)
            else:
                yield snapshots.at_act(conn, self.keys, k)

    def act_at(self, known_at: datetime) -> int:
        """The last act known at `known_at` (0: none yet). Raises BadInput as `snapshot` does."""
        with self.snapshot(known_at) as found:
            return found.k

    def now(self) -> datetime:
        """The present, by the clock that stamps acts. Only PostgreSQL's is asked in the database."""
        if self._clock is not None:
            return instant(micros(self._clock()))
        if is_sqlite(self.engine):
            return datetime.now(SHANGHAI)
        with reading(self.engine) as conn:
            return instant(now_us(conn, self._clock))

    def present(self) -> datetime:
        """The instant to ask by what is printed with its time: no act is stamped later than it.

        A plain look at the present does not wait for acts on their way, which are stamped already.
        """
        with reading(self.engine) as conn:
            last_us = conn.scalar(_LAST) or 0
            return instant(max(now_us(conn, self._clock), last_us))

    def _persistently(self, transaction: Callable[[Connection], Reply]) -> Reply:
        deadline = time.monotonic() + LOCK_PATIENCE_S
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with writing(self.engine) as conn:
                    return transaction(conn)
            except Exception as error:
                if not is_passing(error):
                    raise
                if attempt == ATTEMPTS or time.monotonic() > deadline:
                    raise StoreBusy("系统正忙，这次操作没有保存，请稍后再试", attempts=attempt) from error
            time.sleep(0.02 * attempt)
        raise AssertionError("unreachable")

    def _act(
        self, conn: Connection, command: str, actor: Actor, command_id: str, fingerprint: str, body: Body
    ) -> Reply:
        last_id, last_us, last_link, earlier = _before(conn, command_id, fingerprint)
        if earlier is not None:
            return earlier
        recorded_us = max(now_us(conn, self._clock), last_us + 1)
        if last_id + 1 >= OPEN:
            raise RuntimeError("every number of an act is used up")
        act = Act(last_id + 1, instant(recorded_us), actor, conn, self.keys.on(conn))
        reply = to_json(body(act)).decode()
        act.flush()
        if act.wrote:
            self._project(act, act.recorded)
            row = {
                "id": act.id,
                "recorded_us": recorded_us,
                "command_id": command_id,
                "command": command,
                "content_hmac": fingerprint,
                "account": actor.account,
                "name": actor.name,
                "post": actor.post,
                "unit": actor.unit,
                "reply": reply,
            }
            conn.execute(_ACT, {**row, **act.link.closed(last_link, row)})
        return cast("Reply", json.loads(reply))

    def _settle(self, known_at: datetime) -> None:
        """Nothing may still be on its way to a time ≤ `known_at` when it is read."""
        with reading(self.engine) as conn:
            last_us = conn.scalar(_LAST) or 0
            now = now_us(conn, self._clock)
        asked = micros(known_at)
        if asked <= last_us:
            return
        if asked > now:
            raise BadInput(
                f"查看时点 {known_at:%Y-%m-%d %H:%M} 晚于现在，那时的数据还没有，请改为不晚于现在的时间",
                known_at=known_at.isoformat(),
            )
        wait_for_writers(self.engine)


def _before(conn: Connection, command_id: str, fingerprint: str) -> tuple[int, int, bytes, Reply | None]:
    """The last act's number, time and link, and what the same command was answered before."""
    row = conn.execute(_BEFORE, {"command": command_id}).first()
    if row is None:
        return 0, 0, BEGINNING, None
    last_id, last_us, link, content, reply = row
    if content is not None and content != fingerprint:
        raise CommandReused("这次操作的编号已用于另一项操作，请刷新页面后重新提交", command=command_id)
    return last_id, last_us, bytes(link), None if content is None else json.loads(reply)
