"""The aggregate of one unit's own duties (单位事项办结): counts and campaigns done, with their evidence.

A duty of a unit is named by its rule and the day it falls due. It is done by a record that says when and
what came of it; a record is corrected or voided with a reason, and the level above may excuse the duty.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from casework.domain.events import Aggregate
from casework.domain.values import Day
from casework.errors import RuleBroken

_NAMESPACE = UUID("3f2a6c0e-8f5e-4f0b-9a43-6f1d0c7b52e4")
Private = Mapping[str, str] | None
DutyName = tuple[str, Day]
"""Rule and due day."""


@lru_cache(10_000)
def unit_duties_id(unit: str) -> UUID:
    """The aggregate's id: one a unit."""
    return uuid5(_NAMESPACE, unit)


class Done(NamedTuple):
    """What was recorded: the number of the record, the day it was done, the figure (-1: none).

    `said`: the private part: evidence, recorder; sealed when loaded.
    """

    no: int
    on: Day
    figure: int
    said: Any = None


class Excused(NamedTuple):
    """The day from which the level above excused a duty, and the reason, sealed when loaded."""

    on: Day
    said: Any = None


class UnitDuties(Aggregate):
    """What one unit did of its own duties. `done`, `excused`: by rule and due day."""

    TOPIC = "unit_duty"

    class Event(Aggregate.Event):
        """Anything that happens to a unit's duties."""

        TOPIC = "unit_duty.Event"

    class Opened(Event, Aggregate.Created):
        """The first record of a unit."""

        TOPIC = "unit_duty.Opened"
        unit: str

    class Completed(Event):
        """办结: done on a day; `figure` is what was counted, -1 where nothing is."""

        TOPIC = "unit_duty.Completed"
        rule: str
        due_day: Day
        on: Day
        figure: int = -1
        private: Private = None

        def apply(self, aggregate: "UnitDuties") -> None:
            """Notes the record."""
            done = Done(self.originator_version, self.on, self.figure, self.private)
            aggregate.done[self.rule, self.due_day] = done

    class Corrected(Event):
        """办结更正: record `no` now reads so."""

        TOPIC = "unit_duty.Corrected"
        no: int
        rule: str
        due_day: Day
        on: Day
        figure: int = -1
        private: Private = None

        def apply(self, aggregate: "UnitDuties") -> None:
            """Notes the record as it now reads."""
            aggregate.done[self.rule, self.due_day] = Done(self.no, self.on, self.figure, self.private)

    class Voided(Event):
        """办结作废: record `no` never counted."""

        TOPIC = "unit_duty.Voided"
        no: int
        rule: str
        due_day: Day
        private: Private = None

        def apply(self, aggregate: "UnitDuties") -> None:
            """Takes the record away."""
            del aggregate.done[self.rule, self.due_day]

    class DutyExcused(Event):
        """免办: the level above excuses the duty from a day on."""

        TOPIC = "unit_duty.DutyExcused"
        rule: str
        due_day: Day
        on: Day
        private: Private = None

        def apply(self, aggregate: "UnitDuties") -> None:
            """Notes the excuse."""
            aggregate.excused[self.rule, self.due_day] = Excused(self.on, self.private)

    class DutyExcuseVoided(Event):
        """撤销免办."""

        TOPIC = "unit_duty.DutyExcuseVoided"
        rule: str
        due_day: Day
        private: Private = None

        def apply(self, aggregate: "UnitDuties") -> None:
            """Takes the excuse back."""
            del aggregate.excused[self.rule, self.due_day]

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self.done: dict[DutyName, Done] = {}
        self.excused: dict[DutyName, Excused] = {}

    @classmethod
    def open(cls, unit: str) -> "UnitDuties":
        """A unit of which nothing is recorded."""
        return cls._create(cls.Opened, id=unit_duties_id(unit), unit=unit)

    def complete(self, duty: DutyName, *, on: Day, figure: int, private: Private) -> int:
        """Records that a duty is done; returns the record's number."""
        if duty in self.done:
            raise RuleBroken("这一项已经登记办结；内容有误的，请打开那条记录更正", unit=self.unit)
        rule, due_day = duty
        self.trigger_event(self.Completed, rule=rule, due_day=due_day, on=on, figure=figure, private=private)
        return self.version

    def correct(self, duty: DutyName, *, on: Day, figure: int, private: Private) -> None:
        """The record now reads so; the reason is kept in `private`."""
        no, (rule, due_day) = self._record(duty).no, duty
        self.trigger_event(
            self.Corrected, no=no, rule=rule, due_day=due_day, on=on, figure=figure, private=private
        )

    def void(self, duty: DutyName, reason: str) -> None:
        """The record never counted."""
        no, (rule, due_day) = self._record(duty).no, duty
        self.trigger_event(self.Voided, no=no, rule=rule, due_day=due_day, private={"reason": reason})

    def excuse(self, duty: DutyName, *, on: Day, private: Private) -> None:
        """免办: the duty need not be done."""
        if duty in self.excused:
            raise RuleBroken("这一项已经免办，请刷新后再看", unit=self.unit)
        rule, due_day = duty
        self.trigger_event(self.DutyExcused, rule=rule, due_day=due_day, on=on, private=private)

    def demand(self, duty: DutyName, *, private: Private) -> None:
        """撤销免办: the duty must be done after all."""
        if duty not in self.excused:
            raise RuleBroken("这一项没有免办，请刷新后再看", unit=self.unit)
        rule, due_day = duty
        self.trigger_event(self.DutyExcuseVoided, rule=rule, due_day=due_day, private=private)

    def _record(self, duty: DutyName) -> Done:
        held = self.done.get(duty)
        if held is None:
            raise RuleBroken("这条办结记录已作废或不存在，请刷新后再看", unit=self.unit)
        return held
