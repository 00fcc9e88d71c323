"""The aggregate of one posting: a person holds a post at a unit from a day to a day (岗位任职).

Both days are in post. History is never rewritten silently: who was responsible on a day always has
one answer, as known then and as known now.
"""

from uuid import UUID, uuid5

from casework.domain.events import Aggregate
from casework.domain.values import Day

_NAMESPACE = UUID("0d3f4c1a-2f83-4f0b-8f61-7f4b9b7f1c22")


def posting_id(login: str, post: str, unit: str, since: Day) -> UUID:
    """The aggregate's id: login, post, unit and first day make the same posting."""
    return uuid5(_NAMESPACE, "\n".join((login, post, unit, since)))


class Posting(Aggregate):
    """One person's posting. `until` is the last day in post, "" while it lasts."""

    TOPIC = "posting"

    class Event(Aggregate.Event):
        """Anything that happens to a posting."""

        TOPIC = "posting.Event"

    class Begun(Event, Aggregate.Created):
        """任职."""

        TOPIC = "posting.Begun"
        login: str
        name: str
        post: str
        unit: str
        klass: str
        area: str
        since: Day
        until: Day

    class Changed(Event):
        """任职变更: name as written, class, area of responsibility, last day."""

        TOPIC = "posting.Changed"
        name: str
        klass: str
        area: str
        until: Day

        def apply(self, aggregate: "Posting") -> None:
            """Replaces what may change."""
            aggregate.name, aggregate.klass = self.name, self.klass
            aggregate.area, aggregate.until = self.area, self.until

    def __init__(
        self, login: str, name: str, post: str, unit: str, klass: str, area: str, since: Day, until: Day
    ) -> None:
        self.login, self.name, self.post, self.unit = login, name, post, unit
        self.klass, self.area, self.since, self.until = klass, area, since, until

    @classmethod
    def begin(
        cls, *, login: str, name: str, post: str, unit: str, klass: str, area: str, since: Day, until: Day
    ) -> "Posting":
        """A new posting."""
        return cls._create(
            cls.Begun,
            id=posting_id(login, post, unit, since),
            login=login,
            name=name,
            post=post,
            unit=unit,
            klass=klass,
            area=area,
            since=since,
            until=until,
        )

    def change(self, *, name: str, klass: str, area: str, until: Day) -> bool:
        """Takes over what differs; False when nothing does."""
        if (name, klass, area, until) == (self.name, self.klass, self.area, self.until):
            return False
        self.trigger_event(self.Changed, name=name, klass=klass, area=area, until=until)
        return True
