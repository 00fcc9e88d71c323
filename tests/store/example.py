"""A small aggregate for the store's tests, built as the project's own are, and shorthands for acts."""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from uuid import UUID, uuid4

from eventsourcing.domain import event

from casework.domain.events import Aggregate
from casework.domain.values import Actor
from casework.store import Act, Reply, Store

TEACHER = Actor(account="u1", name="王老师", post="班主任", unit="S01")

_numbers = count(1)


class Diary(Aggregate):
    """A diary of visits to one child."""

    TOPIC = "diary"

    class Event(Aggregate.Event):
        TOPIC = "diary.Event"

    class Opened(Event, Aggregate.Created):
        TOPIC = "diary.Opened"
        school: str

    class VisitNoted(Event):
        TOPIC = "diary.VisitNoted"
        on: str
        met: Sequence[str] = ()
        private: Mapping[str, str] | None = None

    class SiblingNoted(Event):
        """Concerns another child than the diary's."""

        TOPIC = "diary.SiblingNoted"
        child_id: str
        private: Mapping[str, str] | None = None

    @event(Opened)
    def __init__(self, school: str) -> None:
        self.school = school
        self.days: list[str] = []
        self.met: list[Sequence[str]] = []

    @staticmethod
    def create_id(**_: object) -> UUID:
        return uuid4()

    def note_visit(self, on: str, met: Sequence[str] = (), words: str | None = None) -> None:
        private = None if words is None else {"words": words}
        self.trigger_event(self.VisitNoted, on=on, met=met, private=private)

    def note_sibling(self, child_id: str, words: str) -> None:
        self.trigger_event(self.SiblingNoted, child_id=child_id, private={"words": words})

    @event(VisitNoted)
    def _visit_noted(self, on: str, met: Sequence[str], private: object) -> None:
        self.days.append(on)
        self.met.append(met)

    @event(SiblingNoted)
    def _sibling_noted(self) -> None:
        pass


class Grown(Aggregate):
    """Its first event once called the school `place`."""

    TOPIC = "grown"

    class Event(Aggregate.Event):
        TOPIC = "grown.Event"

    class Opened(Event, Aggregate.Created):
        TOPIC = "grown.Opened"
        class_version = 2
        school: str

        @staticmethod
        def upcast_v1_v2(fields: dict[str, object]) -> None:
            fields["school"] = fields.pop("place")


class Stranger(Aggregate):
    """Another class of aggregate."""

    TOPIC = "stranger"

    class Event(Aggregate.Event):
        TOPIC = "stranger.Event"

    class Opened(Event, Aggregate.Created):
        TOPIC = "stranger.Opened"

    @event(Opened)
    def __init__(self) -> None:
        pass


def new_command_id() -> str:
    return f"c{next(_numbers)}-{uuid4().hex}"


def do(store: Store, body: Callable[[Act], object], *, command_id: str = "", content: bytes = b"") -> Reply:
    """Run `body` as an act of the teacher's, under a new command id unless one is given.

    What it returns is the reply if it is a dict; else the reply is empty.
    """

    def replying(act: Act) -> Reply:
        reply = body(act)
        return reply if isinstance(reply, dict) else {}

    return store.run(
        command="diary",
        actor=TEACHER,
        command_id=command_id or new_command_id(),
        content=content,
        body=replying,
    )


def open_diary(store: Store, *visits: str, words: str | None = None) -> str:
    """A stored diary with these visits; its id."""

    def body(act: Act) -> Reply:
        diary = Diary(school="S01")
        for day in visits:
            diary.note_visit(day, words=words)
        act.save(diary)
        return {"id": diary.id.hex}

    return do(store, body)["id"]


def erase(store: Store, child_id: str) -> None:
    """Destroy the child's key in an act of its own."""
    do(store, lambda act: {"destroyed": act.destroy_key(child_id)})
