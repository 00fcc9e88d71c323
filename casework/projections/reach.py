"""Whose children a person sees in one post, today: the one answer for pages and for commands.

The post must be held: by the register of postings, on that day. A person may hold the same post at
the same unit several times (two classes): the reaches add up.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from sqlalchemy import BindParameter, Connection, bindparam, or_, select

from casework.domain.permissions import (
    BY_AREA,
    BY_CHILD,
    BY_CLASS,
    BY_UNIT,
    REACHES,
    Reach,
    Room,
    reach_of,
    reach_of_area,
)
from casework.domain.units import Units
from casework.domain.values import Day
from casework.projections.bitemporal import believed_at
from casework.projections.postings import HeldPost, posts_of
from casework.projections.roster import HELPED, roster_span
from casework.projections.scope import within

_s = roster_span.c
_DAY: BindParameter[Day] = bindparam("day")
_K: BindParameter[int] = bindparam("k")
_WORDS: BindParameter[str] = bindparam("words", expanding=True)
# Made once: every page of a class teacher asks.
_MEANT = (
    select(_s.grade, _s.klass)
    .distinct()
    .where(_s.school == bindparam("school"), _s.valid_from <= _DAY, _s.valid_to > _DAY)
    .where(_s.known_from <= _K, _s.known_to > _K)
    .where(or_(_s.klass.in_(_WORDS), (_s.grade + _s.klass).in_(_WORDS)))
)
_of_unit = lru_cache(256)(reach_of)
"""By the unit tree it was asked of: a tree never changes, it is replaced."""


def reach_for(conn: Connection, k: int, units: Units, *, login: str, post: str, unit: str, day: Day) -> Reach:
    """The reach of a login in a post at a unit; nobody when the post is not held on that day."""
    held = [each for each in posts_of(conn, k, login, day) if (each.post, each.unit) == (post, unit)]
    return reach_in(conn, k, units, held, day)


def reach_in(conn: Connection, k: int, units: Units, held: Iterable[HeldPost], day: Day) -> Reach:
    """The reach of postings of one post at one unit."""
    reaches = [_reach(conn, k, units, each, day) for each in held]
    found = reaches[0] if reaches else Reach("")
    for reach in reaches[1:]:
        found = found.joined(reach)
    return found


def _reach(conn: Connection, k: int, units: Units, held: HeldPost, day: Day) -> Reach:
    kind, nobody = REACHES.get(held.post), Reach(held.unit, past=False)
    if kind == BY_UNIT:
        return _of_unit(units, held.unit)
    if kind == BY_CLASS:
        return replace(nobody, rooms=_rooms(conn, k, held.unit, _words(held.klass), day))
    if kind == BY_AREA:
        words = _words(held.area)
        area = reach_of_area(units, held.unit, words)
        return replace(area, rooms=_rooms(conn, k, held.unit, words, day))
    if kind == BY_CHILD:
        return replace(nobody, children=_helped(conn, k, _of_unit(units, held.unit), held.name, day))
    return nobody


def _words(text: str) -> list[str]:
    return [word for each in text.split("、") if (word := each.strip())]


def _rooms(conn: Connection, k: int, school: str, words: list[str], day: Day) -> frozenset[Room]:
    """The classes of a school that are meant: 年级+班级, or 班级 alone where the school has only one such."""
    if not words:
        return frozenset()
    found = conn.execute(_MEANT, {"school": school, "words": words, "day": day, "k": k})
    rooms = [(school, grade, klass) for grade, klass in found]
    return frozenset(room for word in words for room in _meant(rooms, word))


def _meant(rooms: list[Room], word: str) -> list[Room]:
    exact = [room for room in rooms if room[1] + room[2] == word]
    alone = [room for room in rooms if room[2] == word]
    return exact or (alone if len(alone) == 1 else [])


def _helped(conn: Connection, k: int, reach: Reach, name: str, day: Day) -> frozenset[str]:
    """The children whose 帮扶责任人 on the roster carries this name, within the unit's reach."""
    query = select(_s.child_id).where(
        HELPED,
        _s.helper == name,
        _s.valid_from <= day,
        _s.valid_to > day,
        within(roster_span, reach),
        *believed_at(roster_span, k),
    )
    return frozenset(conn.scalars(query)) if name else frozenset()
