"""待办: what is overdue, due today, this week; what waits for others; each line opens the form that does it.

Done is done by the event, never by ticking: a line goes when its form is saved and comes back when what
was saved is voided.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy import Row

from casework.domain.permissions import READ_DUTIES
from casework.projections.duty_lines import Line
from casework.projections.duty_places import places_on
from casework.projections.duty_queue import Owed, Queue, Risen
from casework.projections.duty_walk import Key, key_of
from casework.service import Reading
from casework.web.access import allow, this_moment, today, viewer
from casework.web.duties.asked import MINE, OTHERS, PARTS, Asked, days_of, part_of
from casework.web.duties.shown import Shown, ShownDuty
from casework.web.duties.sitting import queue_of

pages = Blueprint("duties", __name__, template_folder="templates")

_SIZE, _LOOKED_THROUGH = 20, 1200
_MOST = {MINE: 99, OTHERS: _SIZE}
"""How many lines of a part are counted; beyond them the page says "and more"."""
Item = Owed | Risen


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the queue: its name, how many lines (`many`: and more), its address."""

    code: str
    name: str
    count: int
    many: bool
    href: str


@pages.get("/duties")
@allow(READ_DUTIES)
def queue() -> str:
    """The queue of whoever looks, in the post acted in."""
    asked = Asked.of(request.args)
    with this_moment() as reading:
        return render_template("duties.html", asked=asked, today=today(), **_values(reading, asked))


def _values(reading: Reading, asked: Asked) -> dict[str, Any]:
    found = queue_of(reading, viewer(), today(), asked.rule)
    first = asked.after == Asked().after
    counted = _counted(reading, asked, found) if first else {}
    if first and asked.klass == asked.village == "":
        items, last = _beginning(counted, asked.when)
    else:
        items, last = _page(reading, asked, found.mine if asked.view == MINE else found.others)
    places = _places(reading, [*items, *(item for lines in counted.values() for item in lines)])
    shown = Shown(reading, viewer(), today(), [item.line for item in items], places)
    return {
        "parts": [_part(asked, part, len(lines)) for part, lines in counted.items()],
        "groups": _groups(reading, items, shown),
        "next": asked.following(last) if last else "",
        "first": first,
        "rules": _rules(reading, counted),
        "rooms": _rooms(reading, counted, asked, places),
    }


def _counted(reading: Reading, asked: Asked, found: Queue) -> dict[str, Sequence[Item]]:
    """The beginning of each part of the queue: as many lines as are counted."""
    days = [days_of(part, reading.reference, today()) for part in PARTS]
    read = found.mine_of if asked.view == MINE else found.others_of
    return dict(zip(PARTS, read(days, _MOST[asked.view] + 1), strict=True))


def _part(asked: Asked, part: str, n: int) -> Part:
    most = _MOST[asked.view]
    return Part(part, PARTS[part], min(n, most), n > most, asked.address(when=part))


def _beginning(counted: Mapping[str, Sequence[Item]], when: str) -> tuple[list[Item], Key | None]:
    """The first page of one part or of the whole queue: its parts follow one another, and are read."""
    chosen = [counted[when]] if when else counted.values()
    found = [item for lines in chosen for item in lines[: _SIZE + 1]][: _SIZE + 1]
    return found[:_SIZE], key_of(found[_SIZE - 1].line) if len(found) > _SIZE else None


def _page(
    reading: Reading, asked: Asked, wanted: Callable[..., Iterator[Item]]
) -> tuple[list[Item], Key | None]:
    """One page of lines, and the key of its last one where more follow."""
    found: list[Item] = []
    looked = 0
    walked = wanted(days_of(asked.when, reading.reference, today()), asked.after)
    while batch := list(islice(walked, _SIZE + 1)):
        looked += len(batch)
        found += _inside(reading, asked, batch)
        if len(found) > _SIZE:
            return found[:_SIZE], key_of(found[_SIZE - 1].line)
        if looked > _LOOKED_THROUGH:
            return found, key_of(batch[-1].line)
    return found, None


def _inside(reading: Reading, asked: Asked, batch: list[Item]) -> list[Item]:
    """Those about children of the class or village asked for."""
    if not (asked.klass or asked.village):
        return batch
    places = _places(reading, batch)
    return [item for item in batch if _lies(places.get(item.line.case), asked)]


def _places(reading: Reading, items: Sequence[Item]) -> Mapping[str, Row[Any]]:
    """Where the children are today."""
    cases = {item.line.case for item in items if item.line.case}
    return places_on(reading.snapshot.conn, reading.snapshot.k, cases, today())


def _lies(place: Row[Any] | None, asked: Asked) -> bool:
    if place is None:
        return False
    return asked.klass in ("", f"{place.grade}{place.klass}") and asked.village in ("", place.village)


def _groups(reading: Reading, items: list[Item], shown: Shown) -> list[tuple[str, str, list[ShownDuty]]]:
    """The lines of the page by part: its code, its name, its lines."""
    by_part = groupby(items, key=lambda item: part_of(item.line.due_day, reading.reference, today()))
    return [(part, PARTS[part], [_shown(shown, item) for item in lines]) for part, lines in by_part]


def _shown(shown: Shown, item: Item) -> ShownDuty:
    return shown.owed(item) if isinstance(item, Owed) else shown.risen(item)


def _lines(counted: Mapping[str, Sequence[Item]]) -> Iterator[Line]:
    return (item.line for lines in counted.values() for item in lines)


def _rules(reading: Reading, counted: Mapping[str, Sequence[Item]]) -> list[tuple[str, str]]:
    """The rules of the lines at hand, to choose from: name and words."""
    policy = reading.reference.duties(today())
    words = {rule.name: rule.must for rule in policy.rules}
    words |= {rule.name: rule.must for rule in policy.unit_rules}
    return [(name, words.get(name, name)) for name in sorted({line.rule for line in _lines(counted)})]


def _rooms(
    reading: Reading, counted: Mapping[str, Sequence[Item]], asked: Asked, places: Mapping[str, Row[Any]]
) -> dict[str, list[tuple[str, str]]]:
    """The classes and villages of the children at hand, where there are several."""
    units, who = reading.reference.units, viewer()
    at_hand = {line.case for line in _lines(counted)}
    inside = [place for case, place in places.items() if case in at_hand and who.reach.holds(case, place)]
    classes = sorted({f"{place.grade}{place.klass}" for place in inside if place.klass})
    villages = sorted({place.village for place in inside if place.village})
    return {
        "klass": [(each, each) for each in classes] if len(classes) > 1 or asked.klass else [],
        "village": [(each, units.name(each)) for each in villages]
        if len(villages) > 1 or asked.village
        else [],
    }
