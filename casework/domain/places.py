"""Where a child is: the dated stretches of the roster that a case carries (名册位置).

A place is a step function of the day: one value per field per day. A case copies the roster's
stretches when it is opened and takes every later roster change in the same act, so that figures can
be folded from the case's own events alone, whatever becomes of the roster later.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from casework.domain.values import Day


class Place(NamedTuple):
    """One stretch of the roster, from `on` until the next stretch begins.

    `school`, `county`, `township`, `village` are unit codes, empty when there is none or it lies
    outside; they are resolved when the roster is written. `stage` is the stage that counts
    ("primary", "junior", … or ""). `groups` are special groups (特殊群体), sorted.
    """

    on: Day
    county: str = ""
    township: str = ""
    village: str = ""
    school: str = ""
    stage: str = ""
    grade: str = ""
    klass: str = ""
    enrolment: str = ""
    groups: tuple[str, ...] = ()

    def as_event(self) -> dict[str, Any]:
        """Plain values for an event's clear part; empty fields are left out."""
        return {
            name: list(value) if name == "groups" else value
            for name, value in zip(self._fields, self, strict=True)
            if value
        }


def place_of(body: Mapping[str, Any]) -> Place:
    """The inverse of `Place.as_event`."""
    groups = body.get("groups")
    return Place(**{**body, "groups": tuple(groups)}) if groups else Place(**body)


def places_of(bodies: Iterable[Mapping[str, Any]]) -> list[Place]:
    """Stretches in order of their first day."""
    return [place_of(body) for body in bodies]


def place_on(places: list[Place], day: Day) -> Place | None:
    """The stretch that holds on `day`; None before the first one."""
    if len(places) == 1:  # most children never moved
        return places[0] if places[0].on <= day else None
    index = bisect_right(places, day, key=_first_day)
    return places[index - 1] if index else None


def _first_day(place: Place) -> Day:
    return place.on
