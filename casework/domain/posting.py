"""The aggregate of one posting: a person holds a post at a unit from a day to a day (岗位任职).

Both days are in post. History is never rewritten silently: who was responsible on a day always has
one answer, as known then and as known now.

A stand-in (代理) holds the post like anybody else and answers for it; the posting says that it is a
stand-in's, and whose. Who is stood in for stays in post unless their own posting ends.
"""

from dataclasses import dataclass
from uuid import UUID, uuid5

from casework.domain.events import Aggregate
from casework.domain.values import FOREVER, Day
from casework.errors import RuleBroken

_NAMESPACE = UUID("0d3f4c1a-2f83-4f0b-8f61-7f4b9b7f1c22")


def posting_id(login: str, post: str, unit: str, since: Day) -> UUID:
    """The aggregate's id: login, post, unit and first day make the same posting."""
    return uuid5(_NAMESPACE, "\n".join((login, post, unit, since)))


@dataclass(frozen=True, slots=True)
class PostingRow:
    """One posting as stated; `until` "" while it lasts. Days are both in post.

    `acting`: a stand-in's (代理); `acting_for`: the login stood in for, "" when the post is vacant.
    """

    login: str
    name: str
    post: str
    unit: str
    since: Day
    until: Day = ""
    klass: str = ""
    area: str = ""
    acting: bool = False
    acting_for: str = ""

    @property
    def id(self) -> str:
        """The posting's id, 32 hex characters."""
        return posting_id(self.login, self.post, self.unit, self.since).hex

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What may not be held twice at once by one person."""
        return self.login, self.post, self.unit, self.klass

    def overlaps(self, other: "PostingRow") -> bool:
        """Whether both are in post on some day."""
        return self.since <= (other.until or FOREVER) and other.since <= (self.until or FOREVER)


class Posting(Aggregate):
    """One person's posting. `row` is how it now stands; `voided`: it never was."""

    TOPIC = "posting"

    class Event(Aggregate.Event):
        """Anything that happens to a posting."""

        TOPIC = "posting.Event"

    class Begun(Event, Aggregate.Created):
        """任职，或代理."""

        TOPIC = "posting.Begun"
        login: str
        name: str
        post: str
        unit: str
        klass: str
        area: str
        since: Day
        until: Day
        acting: bool
        acting_for: str

    class Changed(Event):
        """任职变更: name as written, class, area of responsibility, last day, 代理."""

        TOPIC = "posting.Changed"
        name: str
        klass: str
        area: str
        until: Day
        acting: bool
        acting_for: str

        def apply(self, aggregate: "Posting") -> None:
            """Replaces what may change; a voided posting stands again."""
            old = aggregate.row
            changed = (self.name, old.post, old.unit, old.since, self.until, self.klass, self.area)
            aggregate.row = PostingRow(old.login, *changed, self.acting, self.acting_for)
            aggregate.voided = False

    class Voided(Event):
        """任职作废: recorded by mistake, the person never was in this post."""

        TOPIC = "posting.Voided"
        reason: str

        def apply(self, aggregate: "Posting") -> None:
            """Takes the posting out."""
            aggregate.voided = True

    row: PostingRow

    def __init__(
        self,
        login: str,
        name: str,
        post: str,
        unit: str,
        klass: str,
        area: str,
        since: Day,
        until: Day,
        acting: bool,
        acting_for: str,
    ) -> None:
        self.row = PostingRow(login, name, post, unit, since, until, klass, area, acting, acting_for)
        self.voided = False

    @classmethod
    def begin(cls, row: PostingRow) -> "Posting":
        """A new posting."""
        return cls._create(
            cls.Begun,
            id=UUID(row.id),
            login=row.login,
            name=row.name,
            post=row.post,
            unit=row.unit,
            klass=row.klass,
            area=row.area,
            since=row.since,
            until=row.until,
            acting=row.acting,
            acting_for=row.acting_for,
        )

    def change(self, row: PostingRow) -> bool:
        """Takes over what differs; False when nothing does."""
        if row == self.row and not self.voided:
            return False
        if row.id != self.row.id:
            raise RuleBroken("登录名、岗位、单位和任职日期不能更改；如登记有误，请作废后重新登记")
        self.trigger_event(
            self.Changed,
            name=row.name,
            klass=row.klass,
            area=row.area,
            until=row.until,
            acting=row.acting,
            acting_for=row.acting_for,
        )
        return True

    def void(self, reason: str) -> None:
        """The person never was in this post; what was recorded stays in the history."""
        if self.voided:
            raise RuleBroken("这条任职已经作废")
        if not reason.strip():
            raise RuleBroken("请写明作废的原因")
        self.trigger_event(self.Voided, reason=reason.strip())
