"""The table on top of the board: children by township, village, school or responsible person."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from casework.domain.statuses import STATUS_NAMES
from casework.projections.board_queries import OPEN_STATUSES, BoardFilter, Tally, fine_tallies, of_stage
from casework.projections.responsible import (
    PRINCIPAL,
    VILLAGE_HEAD,
    Responsible,
    names,
    responsible_at,
)
from casework.projections.weekly_report import NO_SCHOOL, NO_TOWNSHIP
from casework.service import Reading
from casework.web.access import Viewer, today
from casework.web.board import asked as a
from casework.web.board.asked import Asked
from casework.web.board.shown import VACANT

Counts = Counter[str]
Fine = tuple[str, str, str, str, str, int]


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One row: the place or person, who answers there, the address of its children, counts by status."""

    name: str
    who: str
    href: str
    counts: list[int]
    total: int


@dataclass(frozen=True, slots=True)
class PlaceTable:
    """The table: first heading, heading of `who` ("" = no such column), headings of the statuses, rows."""

    heading: str
    who: str
    statuses: list[str]
    rows: list[PlaceRow]


def tables_for(viewer: Viewer, asked: Asked) -> dict[str, str]:
    """The tables that tell this viewer something at the place asked for: name → title."""
    reach = viewer.reach
    if reach.counties and not asked.place:
        wanted = [a.BY_TOWNSHIP, a.BY_SCHOOL]
    elif reach.schools and not reach.townships and len(reach.schools) == 1:
        wanted = [a.BY_PERSON]
    elif reach.schools and not reach.townships:
        wanted = [a.BY_SCHOOL, a.BY_PERSON]
    else:
        wanted = [a.BY_VILLAGE, a.BY_SCHOOL, a.BY_PERSON]
    return {name: a.TABLES[name] for name in (*wanted, a.NO_TABLE)}


def table_of(
    by: str, reading: Reading, viewer: Viewer, asked: Asked, wanted: BoardFilter, tallies: list[Tally]
) -> PlaceTable:
    """The table asked for, from what is counted already or, for villages and persons, counted for it."""
    counted = [tally for tally in tallies if of_stage(tally, asked.stage)]
    units = reading.reference.units
    if by == a.BY_TOWNSHIP:
        counts = _summed((each.place, each.status, each.n) for each in counted)
        return _places("乡镇", "", counts, lambda code: units.name(code) or NO_TOWNSHIP, asked, "township")
    if by == a.BY_SCHOOL:
        counts = _summed((each.place, each.status, each.n) for each in counted)
        people = responsible_at(reading.snapshot.conn, reading.snapshot.k, counts, today())
        who = {code: names(people.holders(code, PRINCIPAL)) for code in counts}
        table = _places(
            "学校", "校长", counts, lambda code: units.name(code) or NO_SCHOOL, asked, "school", who
        )
        return table
    conn, k = reading.snapshot.conn, reading.snapshot.k
    fine = fine_tallies(conn, viewer.reach, wanted, today())
    people = responsible_at(conn, k, {unit for row in fine for unit in row[:2]}, today())
    if by == a.BY_VILLAGE:
        counts = _summed((row[0], row[4], row[5]) for row in fine)
        who = {code: names(people.holders(code, VILLAGE_HEAD)) for code in counts}
        return _places("村", "村长", counts, lambda code: units.name(code) or "村未定", asked, "village", who)
    return _persons(fine, people, reading, asked)


def _summed(counted: Iterable[tuple[str, str, int]]) -> dict[str, Counts]:
    found: dict[str, Counts] = defaultdict(Counter)
    for key, status, n in counted:
        found[key][status] += n
    return found


def _places(
    heading: str,
    who_heading: str,
    counts: dict[str, Counts],
    name: Callable[[str], str],
    asked: Asked,
    argument: str,
    who: dict[str, str] | None = None,
) -> PlaceTable:
    """Rows by code; what has no code is named but leads nowhere."""
    statuses = _statuses(counts.values())
    rows = [
        PlaceRow(
            name(code),
            ((who or {}).get(code) or VACANT) if who is not None and code else "",
            asked.address(**{argument: code}) if code else "",
            [counts[code][status] for status in statuses],
            counts[code].total(),
        )
        for code in sorted(counts)
    ]
    return PlaceTable(heading, who_heading, [STATUS_NAMES[each] for each in statuses], rows)


def _statuses(counts: Iterable[Counts]) -> list[str]:
    """Columns: those statuses anybody has, in the order of urgency."""
    seen: set[str] = set()
    for each in counts:
        seen |= {status for status, n in each.items() if n}
    return [status for status in OPEN_STATUSES if status in seen]


def _persons(fine: list[Fine], people: Responsible, reading: Reading, asked: Asked) -> PlaceTable:
    """One row a person and post; children whose post is vacant stand under 空缺."""
    units = reading.reference.units
    counts: dict[tuple[str, str, str, str], Counts] = defaultdict(Counter)
    for village, school, grade, klass, status, n in fine:
        room = f"{grade}{klass}"
        roles = (
            ("班主任", f"{units.name(school)} {room}", people.class_teachers(school, grade, klass), room),
            ("校长", units.name(school), people.holders(school, PRINCIPAL), school),
            ("村长", units.name(village), people.holders(village, VILLAGE_HEAD), village),
        )
        for role, place, holders, there in roles:
            for holder in holders:
                counts[role, place, holder.name, holder.login][status] += n
            if there and not holders and (school or role == "村长"):
                counts[role, place, "", ""][status] += n
    statuses = _statuses(counts.values())
    rows = [
        PlaceRow(
            key[2] or VACANT,
            f"{key[0]} · {key[1]}",
            asked.address(person=key[3]) if key[3] else "",
            [counts[key][status] for status in statuses],
            counts[key].total(),
        )
        for key in sorted(counts, key=lambda key: (_ROLES.index(key[0]), key))
    ]
    return PlaceTable("责任人", "岗位", [STATUS_NAMES[each] for each in statuses], rows)


_ROLES = ("村长", "校长", "班主任")
