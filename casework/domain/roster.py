"""The roster of one child: dated field changes and the stretches they make (花名册).

Every entry changes some fields from a day on; a field's value holds until *that field's* next
recorded change. The first row of a child states all fields. Moves made by a case (复学 at another
school, an accepted transfer) are entries too, withdrawn when the case corrects or voids them; a
merged school's children follow its successor without any entry.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import normalize

from casework.domain.places import Place
from casework.domain.statuses import JUNIOR, PRIMARY
from casework.domain.units import Units
from casework.domain.values import FOREVER, Day

ENROLLED = "在籍在校"
COLLEGE = "高校"
ENROLMENTS = (ENROLLED, "县外就读", "未入学", "无学籍", COLLEGE)
LEFT_PRIMARY, LEFT_JUNIOR = LEFT = ("小学毕业", "初中毕业")
"""就读情况 of those who left by 学年升级 until a roster says where they are; no workbook states it."""

FIELDS = (
    "enrolment",
    "school",
    "stage",
    "grade",
    "klass",
    "residence",
    "registration",
    "groups",
    "boarding",
    "hardship",
    "helper",
    "outside_school",
    "outside_place",
)
"""The dated fields. `groups` is text, names joined by 、 in sorted order."""

_UNIT_FIELDS = ("school", "residence", "registration")


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """Field changes from a day on. `no` orders those of one day; `source`: the case entry behind it, or 0."""

    no: int
    on: Day
    values: Mapping[str, str]
    source: int = 0


@dataclass(frozen=True, slots=True)
class RosterSpan:
    """One stretch `[valid_from, valid_to)` of one child's roster fields with the place they resolve to."""

    valid_from: Day
    valid_to: Day
    values: Mapping[str, str]
    place: Place


def field_on(entries: Sequence[RosterEntry], name: str, day: Day) -> str:
    """A field's value on a day, as recorded (mergers not applied)."""
    value = ""
    for entry in _ordered(entries):
        if entry.on <= day and name in entry.values:
            value = entry.values[name]
    return value


def values_on(entries: Sequence[RosterEntry], day: Day) -> dict[str, str]:
    """Every field's value on a day, as `field_on` gives it."""
    values = dict.fromkeys(FIELDS, "")
    for entry in _ordered(entries):
        if entry.on <= day:
            values.update(entry.values)
    return values


def source_on(entries: Sequence[RosterEntry], name: str, day: Day) -> int:
    """The case entry that set a field's value on a day; 0 when a roster did."""
    source = 0
    for entry in _ordered(entries):
        if entry.on <= day and name in entry.values:
            source = entry.source
    return source


def compose(entries: Sequence[RosterEntry], units: Units) -> list[RosterSpan]:
    """The stretches of a child, oldest first; equal neighbours are joined."""
    spans: list[RosterSpan] = []
    values: dict[str, str] = dict.fromkeys(FIELDS, "")
    finished_primary = False
    for on, until, changed in _steps(entries, units):
        values = {**values, **changed}
        for start, end in _cut(on, until, units.cuts(*(values[name] for name in _UNIT_FIELDS))):
            place = _place(start, values, finished_primary, units)
            finished_primary = finished_primary or place.stage == JUNIOR or is_grade_six(place.grade)
            if spans and spans[-1].values == values and spans[-1].place[1:] == place[1:]:
                spans[-1] = RosterSpan(spans[-1].valid_from, end, values, spans[-1].place)
            else:
                spans.append(RosterSpan(start, end, values, place))
    return spans


def _ordered(entries: Iterable[RosterEntry]) -> list[RosterEntry]:
    return sorted(entries, key=lambda entry: (entry.on, entry.no, entry.source))


def _steps(entries: Sequence[RosterEntry], units: Units) -> list[tuple[Day, Day, dict[str, str]]]:
    """(from, to, changed fields) day by day of change; of one day's changes of a field the last holds."""
    days: dict[Day, dict[str, str]] = {}
    for entry in _ordered(entries):
        days.setdefault(entry.on, {}).update(entry.values)
    starts = list(days)
    return [(on, until, days[on]) for on, until in zip(starts, [*starts[1:], FOREVER], strict=True)]


def _cut(on: Day, until: Day, days: Iterable[Day]) -> list[tuple[Day, Day]]:
    """Cuts a stretch where a unit it names was merged: the child belongs to the successor from that day."""
    starts = [on, *(day for day in days if on < day < until)]
    return list(zip(starts, [*starts[1:], until], strict=True))


def _place(on: Day, values: Mapping[str, str], finished_primary: bool, units: Units) -> Place:
    school = units.standing(values["school"], on)
    county, township, village = units.home(school, values["residence"], values["registration"], on)
    return Place(
        on=on,
        county=county,
        township=township,
        village=village,
        school=school,
        stage=_stage(values, finished_primary),
        grade=values["grade"],
        klass=values["klass"],
        enrolment=values["enrolment"],
        groups=tuple(values["groups"].split("、")) if values["groups"] else (),
    )


def _stage(values: Mapping[str, str], finished_primary: bool) -> str:
    """The stage that counts: the roster's 学段; when empty, 初中 after grade 6 or 初中, else 小学.

    Who has left 初中 is in none.
    """
    if values["stage"]:
        return values["stage"]
    if values["enrolment"] == COLLEGE:
        return "college"
    if values["enrolment"] == LEFT_JUNIOR:
        return ""
    return JUNIOR if finished_primary else PRIMARY


_GRADE_SIX = frozenset({"6", "六", "六年级", "6年级", "小六", "小学六年级"})


def is_grade_six(grade: str) -> bool:
    """Whether a grade as written on the roster is the last of 小学."""
    return normalize("NFKC", grade) in _GRADE_SIX


def entry_cohort(birth: Day) -> int:
    """The year on whose 31 August the child is six: school begins then (义务教育法 art. 11)."""
    return int(birth[:4]) + (6 if birth[5:] <= "08-31" else 7)
