"""One unit as its page shows it: facts, who holds its posts, what is vacant, what happened to it."""

from collections.abc import Iterator
from dataclasses import dataclass

from casework.domain.posting import PostingRow
from casework.domain.units import SCHOOL, Unit, Units
from casework.domain.values import FOREVER, SINCE_EVER, Day
from casework.errors import NotFound
from casework.projections.children import left_behind
from casework.projections.unit_history import UnitVersion, versions_of
from casework.projections.unit_posts import names_of_logins, postings_at
from casework.service import Reading
from casework.web.access import Viewer
from casework.web.filters import day_text, instant_text
from casework.web.units.lines import Line, lines_of, managed_by
from casework.web.units.rooms import GRADES, rooms_of


@dataclass(frozen=True)
class Happening:
    """One fact of the unit's history: on which day, what, and who told when."""

    on: Day
    what: str
    told: str


@dataclass(frozen=True)
class Vacancy:
    """A post the unit should have and nobody holds; `klass` for one that every class should have."""

    post: str
    klass: str = ""


@dataclass(frozen=True)
class Shown:
    """Everything the page of a unit says. `present` and `past`: its postings; `waiting`: children who
    have still to follow a merger."""

    line: Line
    present: list[PostingRow]
    past: list[PostingRow]
    names: dict[str, str]
    vacancies: list[Vacancy]
    history: list[Happening]
    waiting: int

    def stands_in_for(self, row: PostingRow) -> str:
        """For whom, in words."""
        if not row.acting:
            return ""
        return f"代{self.names.get(row.acting_for, row.acting_for)}" if row.acting_for else "岗位空缺，代管"


def unit_of(reading: Reading, viewer: Viewer, code: str) -> Unit:
    """A unit that the viewer manages. NotFound for any other, existing or not."""
    found = (unit for unit in managed_by(reading.reference.units, viewer) if unit.code == code)
    unit = next(found, None)
    if unit is None:
        raise NotFound("没有这个单位", unit=code)
    return unit


def shown(reading: Reading, unit: Unit, today: Day) -> Shown:
    """The page of a unit."""
    conn, k = reading.snapshot.conn, reading.snapshot.k
    rows = postings_at(conn, k, unit.code)
    present = [row for row in rows if not row.until or row.until >= today]
    line = lines_of(reading, [unit], today)[0]
    return Shown(
        line,
        sorted(present, key=lambda row: (_rank(line, row), _room(row), row.since)),
        [row for row in rows if row not in present],
        names_of_logins(conn, k, {row.acting_for for row in rows if row.acting_for}),
        _vacancies(reading, line, present, today),
        sorted(_history(reading, unit), key=lambda each: each.on, reverse=True),
        len(left_behind(conn, [(unit.code, unit.closed_on)])) if unit.successor else 0,
    )


def _rank(line: Line, row: PostingRow) -> tuple[int, str]:
    """The posts that answer for the unit first."""
    expected = [head.post for head in line.heads]
    return (expected.index(row.post) if row.post in expected else len(expected), row.post)


def _room(row: PostingRow) -> tuple[int, str]:
    """Classes in the order of the grades, which are written 一年级 … 九年级."""
    grade = GRADES.find(row.klass[:1]) if row.klass else -1
    return (grade, row.klass)


def _vacancies(reading: Reading, line: Line, present: list[PostingRow], today: Day) -> list[Vacancy]:
    found = [Vacancy(post) for post in line.vacancies]
    if line.unit.kind != SCHOOL or not line.open:
        return found
    rooms = rooms_of(reading, line.unit.code, today)
    for post in reading.reference.posts(today).each_class:
        held = {row.klass for row in present if row.post == post and row.since <= today}
        alone = [klass for _, klass in rooms]
        for grade, klass in rooms:
            if grade + klass not in held and not (klass in held and alone.count(klass) == 1):
                found.append(Vacancy(post, grade + klass))
    return found


def _history(reading: Reading, unit: Unit) -> Iterator[Happening]:
    units, versions = (
        reading.reference.units,
        versions_of(reading.snapshot.conn, reading.snapshot.k, unit.code),
    )
    before: UnitVersion | None = None
    for version in versions:
        told = f"{instant_text(version.recorded_at)} {version.by}登记"
        for on, what in _changes(units, before.unit if before else None, version.unit):
            yield Happening(on or version.recorded_at.date().isoformat(), what, told)
        before = version
    for each in units:
        if each.successor == unit.code:
            yield Happening(each.closed_on, f"{each.name}并入", "")


def _changes(units: Units, old: Unit | None, new: Unit) -> Iterator[tuple[Day, str]]:
    """(day, what); "" for the day it was told."""
    if old is None:
        yield "" if new.opened_on == SINCE_EVER else new.opened_on, f"设立：{new.name}"
        old = Unit(new.code, new.name, new.kind, category=new.category, opened_on=new.opened_on)
    if old.name != new.name:
        yield "", f"改名：{old.name} → {new.name}"
    if old.category != new.category:
        yield "", f"学校类别：{old.category or '未填'} → {new.category}"
    if old.opened_on != new.opened_on:
        yield "", f"启用日期改为{day_text(new.opened_on)}"
    if (old.closed_on, old.successor) != (new.closed_on, new.successor):
        if new.closed_on == FOREVER:
            yield "", f"撤销停用（原登记自{day_text(old.closed_on)}起停用）"
        else:
            yield new.closed_on, f"停用，并入{units.name(new.successor)}" if new.successor else "停用"
