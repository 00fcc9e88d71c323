"""The door: what changes anything goes through `Casework.do`, what reads goes through `reading`.

Web, command line, importers and jobs use the same object, so a rule written once holds everywhere.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import Engine

from casework.accounts import Accounts
from casework.domain.account_policy import AccountPolicy
from casework.domain.values import Actor, Day, day_of
from casework.projections.duty_lines import Window
from casework.projections.duty_list import duty_list
from casework.projections.live import LiveProjection
from casework.projections.reference import Reference, ReferenceReader
from casework.projections.weekly_report import weekly_report
from casework.store.act import Act
from casework.store.clock import Clock
from casework.store.keys import KeyRing
from casework.store.snapshot import Snapshot
from casework.store.store import Reply, Store
from casework.telemetry.acts import Passage, timed_projection

T = TypeVar("T")
Command = Callable[[Act, Reference], Reply]


class _TakenBack(Exception):
    """Ends an act that was only tried: everything it did is undone."""


@dataclass(frozen=True)
class Reading:
    """One moment to read from: a snapshot, and the units and policies known then.

    `known_at` is the instant asked for, else the present: what a report prints.
    """

    snapshot: Snapshot
    reference: Reference
    known_at: datetime


class ProjectedStore(Store):
    """A store whose acts write the read models, by the very `references` that judge its commands.

    One reader for both: the rules' version is asked for once in an act, and the unit tree held once.
    """

    def __init__(self, engine: Engine, keys: KeyRing, clock: Clock | None) -> None:
        self.references = ReferenceReader()
        super().__init__(engine, keys, clock, timed_projection(LiveProjection(self.references)))


class Casework:
    """The application over one store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._references = store.references if isinstance(store, ProjectedStore) else ReferenceReader()
        self.accounts = Accounts(store.engine, store.keys, self.account_rules)

    def do(
        self,
        name: str,
        command: Command,
        *,
        actor: Actor,
        command_id: str = "",
        content: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Runs one command as one act. The same `command_id` and content get the first reply again."""
        stated = json.dumps(content or {}, ensure_ascii=False, sort_keys=True).encode()

        def body(act: Act) -> Reply:
            passage.begins(act)
            return command(act, self._references.at(act.conn, act.id - 1))

        with Passage(name) as passage:
            return self.store.run(
                command=name, actor=actor, command_id=command_id or uuid4().hex, content=stated, body=body
            )

    def try_out(self, name: str, command: Command, look: Callable[[Act], T], *, actor: Actor) -> T:
        """What `look` sees after the very command ran; then everything is taken back (预览)."""
        seen: list[T] = []

        def body(act: Act) -> Reply:
            passage.begins(act)
            command(act, self._references.at(act.conn, act.id - 1))
            seen.append(look(act))
            passage.taken_back()
            raise _TakenBack

        with suppress(_TakenBack), Passage(name) as passage:
            self.store.run(command=name, actor=actor, command_id=uuid4().hex, content=b"", body=body)
        return seen[-1]

    @contextmanager
    def reading(self, known_at: datetime | None = None) -> Iterator[Reading]:
        """What is known now, or was known at an instant."""
        now = known_at or self.store.now()
        with self.store.snapshot(known_at) as snapshot:
            reference = self._references.at(snapshot.conn, snapshot.k)
            yield Reading(snapshot, reference, max(now, snapshot.known_at or now))

    def printing(self, known_at: datetime | None = None) -> AbstractContextManager[Reading]:
        """As `reading`, for what is printed with its time: asked again by that time, it says the same.

        It waits for acts that are being written: they are stamped earlier than the time printed.
        """
        return self.reading(known_at or self.store.present())

    def account_rules(self) -> AccountPolicy:
        """账号规则 of the present day."""
        with self.reading() as reading:
            return reading.reference.accounts(day_of(reading.known_at))

    def weekly_report(
        self, unit: str, week: str, *, known_at: datetime | None = None, detail: bool = False
    ) -> dict[str, Any]:
        """周监测报告 of a unit and a week, as known at an instant."""
        with self.printing(known_at) as reading:
            return weekly_report(
                reading.snapshot,
                reading.reference,
                unit=unit,
                week=week,
                known_at=reading.known_at,
                detail=detail,
            )

    def duties(
        self, unit: str, *, on: Day = "", first: Day = "", last: Day = "", known_at: datetime | None = None
    ) -> dict[str, Any]:
        """责任事项 of a unit and all below: pending at the end of `on`, or falling due in [first, last]."""
        with self.printing(known_at) as reading:
            return duty_list(
                reading.snapshot,
                reading.reference,
                unit=unit,
                window=Window(on or day_of(reading.known_at), first, last),
                known_at=reading.known_at,
            )


def make_store(engine: Engine, keys: KeyRing, clock: Clock | None) -> ProjectedStore:
    """A store whose acts write the read models."""
    return ProjectedStore(engine, keys, clock)
