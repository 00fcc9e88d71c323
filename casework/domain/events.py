"""The base of every aggregate and event: the event-sourcing library's, without its clock.

Who acted and when stands in the act (one row per command), not in the events. The library wants
a `timestamp` in every event: here it is one constant, never stored and never read.

An aggregate declares `TOPIC`, nests `class Event(Aggregate.Event)` with a `TOPIC`, and gives
every event its own `TOPIC`; its first event is `class Opened(Event, Aggregate.Created)`. An event
without a topic of its own is refused by the library when the module is imported. Fields of
events are JSON values (text, int, bool, None, list, dict): what is loaded is what was decided.

Personal data of an event sits in one field `private: Mapping[str, str] | None = None`, stored sealed
under the key of the child it concerns: `child_id` of the event if it has one, else the aggregate.
Aggregates never keep `private` in their state: of a loaded event it is an unopened handle.
"""

from datetime import UTC, datetime

from eventsourcing.domain import Aggregate as LibraryAggregate

NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class Aggregate(LibraryAggregate):
    """Base of the project's aggregates (one file of the field: a case, a unit, a posting …)."""

    class Event(LibraryAggregate.Event):
        """Base of the project's events; its `timestamp` is always `NO_TIME`."""

        def __post_init__(self) -> None:
            """A tuple is held as the list it will be when loaded: live and replayed are equal."""
            super().__post_init__()
            for name, value in vars(self).items():
                if type(value) is tuple:
                    object.__setattr__(self, name, list(value))

        @staticmethod
        def create_timestamp() -> datetime:
            """The library asks for a time; the act has it, the event does not."""
            return NO_TIME

    class Created(Event, LibraryAggregate.Created):
        """Base of every aggregate's first event."""
