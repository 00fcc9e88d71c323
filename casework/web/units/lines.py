"""The units a manager looks after as lines of a tree: how many children, which files, who answers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import func, select

from casework.domain.hierarchy import managed_units
from casework.domain.permissions import MANAGE_POSTINGS, may
from casework.domain.units import COUNTY, DISTRICT, KINDS, SCHOOL, TOWNSHIPS, VILLAGE, Unit, Units
from casework.domain.values import FOREVER, Day
from casework.projections.case_board import CLOSED_RANK, case_board
from casework.projections.pupil_ledger import pupils_on
from casework.projections.unit_posts import Holders, holders_on
from casework.service import Reading
from casework.web.access import Viewer

KIND_NAMES = {code: name for name, code in KINDS.items()}
SHOWN_AT_ONCE = 200
_b = case_board.c


@dataclass(frozen=True)
class Head:
    """One post a unit should have, and who holds it; no name is a vacancy."""

    post: str
    names: str


@dataclass
class Line:
    """One unit. `pupils`: on the roll of a school, children of school age of a township, None elsewhere."""

    unit: Unit
    above: str
    pupils: int | None
    files: int
    heads: list[Head]

    @property
    def kind(self) -> str:
        """类型 as printed."""
        return KIND_NAMES.get(self.unit.kind, "")

    @property
    def open(self) -> bool:
        """Not closed, whatever the day."""
        return self.unit.closed_on == FOREVER

    @property
    def vacancies(self) -> list[str]:
        """The posts nobody holds."""
        return [head.post for head in self.heads if not head.names] if self.open else []


@dataclass
class Group:
    """A township or 学区 (or the county itself) with the units below it."""

    title: str
    line: Line | None
    lines: list[Line] = field(default_factory=list)

    @property
    def vacancies(self) -> int:
        """How many posts nobody holds, here and below."""
        return sum(len(line.vacancies) for line in (*self.lines, *([self.line] if self.line else [])))

    @property
    def files(self) -> int:
        """Open files of the units below, or of the township itself."""
        own = self.line.files if self.line and self.line.unit.kind in TOWNSHIPS else 0
        return own or sum(line.files for line in self.lines)


def managed_by(units: Units, viewer: Viewer) -> list[Unit]:
    """The units whose postings the viewer looks after, the own one first."""
    return managed_units(units, (viewer.post, viewer.unit)) if may(viewer.post, MANAGE_POSTINGS) else []


def lines_of(reading: Reading, wanted: Iterable[Unit], today: Day) -> list[Line]:
    """A line for each of these units."""
    units, conn, k = reading.reference.units, reading.snapshot.conn, reading.snapshot.k
    chosen = list(wanted)
    counties = sorted({units.county_of(unit.code) for unit in chosen} - {""})
    policy = reading.reference.posts(today)
    expected = {unit.code: policy.expected_at(unit.kind) for unit in chosen}
    held = holders_on(conn, k, {post for posts in expected.values() for post in posts}, today)
    pupils, files = _pupils(reading, counties, today), _files(reading, counties)
    return [
        Line(
            unit,
            units.name(unit.parent) if unit.parent else "",
            pupils.get(unit.code, 0) if unit.kind in (SCHOOL, *TOWNSHIPS) else None,
            files[unit.code],
            [Head(post, said(held, unit.code, post)) for post in expected[unit.code]],
        )
        for unit in chosen
    ]


def said(held: Holders, unit: str, post: str) -> str:
    """The names of those in a post, a stand-in marked so; "" for a vacancy."""
    return "、".join(f"{row.name}（代理）" if row.acting else row.name for row in held.get((unit, post), ()))


def _pupils(reading: Reading, counties: list[str], today: Day) -> Counter[str]:
    counted: Counter[str] = Counter()
    cohorts = reading.reference.weekly(today).entry_years(today)
    for place, pupils, children in pupils_on(
        reading.snapshot.conn, reading.snapshot.k, counties, today, cohorts
    ):
        _, township, school, _ = place
        counted[school] += pupils
        counted[township] += children
    return counted


def _files(reading: Reading, counties: list[str]) -> Counter[str]:
    """Open files by unit of any kind; of a 学区 those of its schools."""
    units = reading.reference.units
    query = (
        select(_b.county, _b.township, _b.village, _b.school, func.count())
        .where(_b.county.in_(counties), _b.rank < CLOSED_RANK)
        .group_by(_b.county, _b.township, _b.village, _b.school)
    )
    counted: Counter[str] = Counter()
    for county, township, village, school, n in reading.snapshot.conn.execute(query):
        for code in {county, township, village, school, units.ancestor(school, DISTRICT)} - {""}:
            counted[code] += n
    return counted


@dataclass(frozen=True)
class Asked:
    """What the list is asked for, as its address says it."""

    q: str = ""
    kind: str = ""
    vacant: bool = False
    closed: bool = False
    county: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether a flat list of what fits is shown, and not the tree."""
        return bool(self.q or self.kind or self.vacant)

    def fits(self, line: Line) -> bool:
        """Whether a unit is among those asked for."""
        unit = line.unit
        return (
            (not self.q or self.q in unit.name or unit.code.startswith(self.q))
            and (not self.kind or line.kind == self.kind)
            and (not self.vacant or bool(line.vacancies))
            and (self.closed or line.open)
        )


def grouped(lines: list[Line], units: Units) -> tuple[list[Group], list[Group]]:
    """(学区 and schools, townships and villages): each in groups, those straight below the county last."""
    by_code = {line.unit.code: line for line in lines}
    schools: dict[str, Group] = {}
    places: dict[str, Group] = {}
    for line in lines:
        unit = line.unit
        if unit.kind == DISTRICT or unit.kind in TOWNSHIPS:
            part = schools if unit.kind == DISTRICT else places
            part.setdefault(unit.code, Group(unit.name, line)).line = line
        elif unit.kind in (SCHOOL, VILLAGE):
            part = schools if unit.kind == SCHOOL else places
            above = unit.parent if unit.kind == SCHOOL else units.standing(unit.parent, FOREVER)
            direct = unit.kind == SCHOOL and (units.get(above) or unit).kind == COUNTY
            title = "县直学校" if direct else units.name(above)
            part.setdefault(above, Group(title, by_code.get(above) if not direct else None)).lines.append(
                line
            )
    return _ordered(schools), _ordered(places)


def _ordered(groups: dict[str, Group]) -> list[Group]:
    return [groups[code] for code in sorted(groups, key=lambda code: (groups[code].line is None, code))]
