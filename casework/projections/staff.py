"""The people of a unit and their posts (单位人员), read from the register of postings."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, distinct, func, select

from casework.domain.values import FOREVER, Day
from casework.projections.bitemporal import believed_at
from casework.projections.registers import posting

_p = posting.c
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class StaffPost:
    """One posting of a person; `since` and `until` are both days in post ("" while it lasts)."""

    post: str
    unit: str
    klass: str
    area: str
    since: Day
    until: Day

    def lasts_on(self, day: Day) -> bool:
        """In post on a day, or going to be."""
        return (self.until or FOREVER) >= day


@dataclass(frozen=True, slots=True)
class Person:
    """One login with all its postings everywhere, the oldest first."""

    login: str
    name: str
    posts: tuple[StaffPost, ...]

    def held(self, day: Day) -> list[tuple[str, str]]:
        """(post, unit) that still count: those lasting, or the last ones once all have ended."""
        lasting = [each for each in self.posts if each.lasts_on(day)]
        latest = max(each.until or FOREVER for each in self.posts)
        counted = lasting or [each for each in self.posts if each.until == latest]
        return [(each.post, each.unit) for each in counted]


def people_of(conn: Connection, k: int, unit: str) -> list[Person]:
    """Everybody who holds or held a post at a unit, by name."""
    query = select(_p.login).distinct().where(_p.unit == unit, *believed_at(posting, k))
    return people(conn, k, list(conn.scalars(query)))


def people(conn: Connection, k: int, logins: Iterable[str]) -> list[Person]:
    """Persons by login, sorted by name; a login without any posting is nobody."""
    wanted, found = sorted(set(logins)), dict[str, list[StaffPost]]()
    names: dict[str, str] = {}
    columns = (_p.login, _p.name, _p.post, _p.unit, _p.klass, _p.area, _p.since, _p.until)
    for start in range(0, len(wanted), _AT_ONCE):
        query = (
            select(*columns)
            .where(_p.login.in_(wanted[start : start + _AT_ONCE]), *believed_at(posting, k))
            .order_by(_p.since, _p.posting_id)
        )
        for login, name, *post in conn.execute(query):
            names[login] = name
            found.setdefault(login, []).append(StaffPost(*post))
    made = [Person(login, names[login], tuple(posts)) for login, posts in found.items()]
    return sorted(made, key=lambda person: (person.name, person.login))


def staff_counts(conn: Connection, k: int, day: Day) -> dict[str, int]:
    """Unit → persons in post on a day."""
    query = (
        select(_p.unit, func.count(distinct(_p.login)))
        .where((_p.until == "") | (_p.until >= day), *believed_at(posting, k))
        .group_by(_p.unit)
    )
    return {row[0]: row[1] for row in conn.execute(query)}
