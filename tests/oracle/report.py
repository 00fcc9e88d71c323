"""The weekly report, counted child by child from the facts known at one instant (weekly.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from tests.oracle.duty_county import DutyCounty, day_told, replay_all
from tests.oracle.judge import County, Unit
from tests.oracle.story import Flow, Move, Place, Story, stories
from tests.oracle.weekly_duties import Due, due_in
from tests.oracle.world import NEVER, Import, several

DAY = timedelta(days=1)
STAGES = ("primary", "junior", "all")
STOCKS = {"suspected": "s", "dropped_out": "d"}
LEAVING = {"returned": "returned", "home_teaching": "taught", "deferred": "deferred", "closed": "closed"}
AT_THE_END = {
    "returned": "returned",
    "home_teaching": "taught",
    "deferred": "deferred",
    "watch": "watch",
    "verifying": "verifying",
    "transferring": "transferring",
}
OF_GROUPS = ("s_close", "d_close", "s_new", "d_new", "s_returned", "d_returned")
KEYS = (
    "s_open d_open s_adj d_adj s_new confirmed d_new relapsed s_returned d_returned s_taught "
    "d_taught s_deferred d_deferred s_closed d_closed s_other d_other s_in d_in s_out d_out s_close "
    "d_close returned taught deferred watch verifying transferring d_never closed_by_reason "
    "d_by_cause term_s_new term_d_new term_returned visits visits_met children_visited "
    "letters_issued letters_served sessions session_hours duties_due duties_on_time duties_late "
    "duties_open pupils due_children dropout_rate filing groups"
).split()
NO_SCHOOL = {"code": "", "name": "无就读学校", "kind": "school"}
NO_TOWNSHIP = "县直/未定"

Holds = Callable[[Place], bool]
Figures = dict[str, Any]
Duties = dict[str, list[Due]]


class Week(NamedTuple):
    """Friday 00:00 to Thursday 24:00, named by the ISO week of its Thursday."""

    first: date
    last: date

    @property
    def term(self) -> date:
        """First day of the term of the week's last day (1 September, 1 March)."""
        year, month = self.last.year, self.last.month
        if month >= 9:
            return date(year, 9, 1)
        return date(year, 3, 1) if month >= 3 else date(year - 1, 9, 1)

    @property
    def age_day(self) -> date:
        """ "the 31 August before the school year" of the week's last day."""
        return date(self.last.year if self.last.month >= 9 else self.last.year - 1, 8, 31)


def week_named(name: str) -> Week:
    """`2026-W38` -> 2026-09-11 … 2026-09-17."""
    year, number = name.split("-W")
    thursday = date.fromisocalendar(int(year), int(number), 4)
    return Week(thursday - 6 * DAY, thursday)


def weekly(
    imports: Iterable[Import], unit_code: str, week: str, known_at: datetime, detail: bool = False
) -> dict[str, Any]:
    """`tables` and `total` of the report of a unit for a week, as known at an instant."""
    return weekly_known(replay_all(imports, known_at), unit_code, week, known_at, detail)


def weekly_known(
    county: DutyCounty, unit_code: str, week: str, known_at: datetime, detail: bool = False
) -> dict[str, Any]:
    """The same from a county replayed up to that instant."""
    days = week_named(week)
    duties = due_in(county, days.first, min(days.last, day_told(known_at)))
    return Report(county, county.units[unit_code], days, duties).tables(detail)


def weekly_of(county: County, unit_code: str, week: str, detail: bool = False) -> dict[str, Any]:
    """The same from a county already replayed, without its duties."""
    return Report(county, county.units[unit_code], week_named(week), {}).tables(detail)


class Report:
    """One report: the set of children of a unit, broken down."""

    def __init__(self, county: County, unit: Unit, week: Week, duties: Duties) -> None:
        self.county, self.unit, self.week, self.duties = county, unit, week, duties
        self.stories = stories(county)

    def tables(self, detail: bool) -> dict[str, Any]:
        """For a city or province the tables are `counties`, the others only with `--detail`."""
        tables = {}
        wide = self.unit.kind in ("city", "province")
        if wide:
            tables["counties"] = self._counties()
        if detail or not wide:
            tables |= {"schools": self._schools(), "townships": self._townships()}
        total = self._rows(self._shown(self.unit), self._in_set, by_pupils=False)
        return {"tables": tables, "total": total}

    # ---- whose children ------------------------------------------------------------------------------------

    def _in_set(self, place: Place) -> bool:
        """ "the set of children of the report's unit (a school's pupils; a township's, 学区's or county's
        children)"."""
        code, kind = self.unit.code, self.unit.kind
        if kind == "school":
            return place.school == code
        if kind == "district":
            return bool(place.school) and self._is_below(place.school)
        if kind in ("township", "subdistrict"):
            return place.township == code
        return place.county != "" and self._is_below(place.county)

    def _is_below(self, code: str) -> bool:
        """Whether a unit is the report's unit or lies below it."""
        while code:
            if code == self.unit.code:
                return True
            found = self.county.units.get(code)
            code = found.parent if found else ""
        return False

    # ---- tables --------------------------------------------------------------------------------------------

    def _counties(self) -> list[Figures]:
        table = []
        for unit in self._units("county"):
            rows = self._rows(self._shown(unit), _at(county=unit.code), by_pupils=False)
            if (self._is_below(unit.code) and self._open(unit)) or _counts(rows):
                table += rows
        return table

    def _schools(self) -> list[Figures]:
        table = []
        for unit in self._units("school"):
            rows = self._rows(self._shown(unit), _at(school=unit.code), by_pupils=True)
            # "open on any day of the week, without 普高/中职, zeros included, plus any other where the set
            # counts"
            listed = self._has_school(unit) and self._open(unit) and unit.category not in ("普高", "中职")
            if listed or _counts(rows):
                table += rows
        # "Children without a school: last row 无就读学校 …, present when not all zero"
        rows = self._rows(NO_SCHOOL, lambda p: p.school == "", by_pupils=True)
        return table + (rows if _counts(rows) else [])

    def _has_school(self, school: Unit) -> bool:
        """ "units of that kind below the unit (schools of a township: by 所在乡镇代码)"."""
        if self.unit.kind in ("township", "subdistrict"):
            return school.location == self.unit.code
        return self._is_below(school.code)

    def _townships(self) -> list[Figures]:
        table = []
        for unit in self._units("township", "subdistrict"):
            rows = self._rows(self._shown(unit), _at(township=unit.code), by_pupils=False)
            if (self._is_below(unit.code) and self._open(unit)) or _counts(rows):
                table += rows
        # "children whose township is not known or outside: row 县直/未定 (the county's code)"
        for unit in self._units("county"):
            shown = {"code": unit.code, "name": NO_TOWNSHIP, "kind": "county"}
            rows = self._rows(shown, _at(township="", county=unit.code), by_pupils=False)
            table += rows if _counts(rows) else []
        return sorted(table, key=lambda row: row["unit"]["code"])  # stable: stages keep their order

    def _units(self, *kinds: str) -> list[Unit]:
        """ "rows in order of unit code"."""
        return [unit for _, unit in sorted(self.county.units.items()) if unit.kind in kinds]

    def _open(self, unit: Unit) -> bool:
        return unit.opens <= self.week.last and unit.closes > self.week.first

    @staticmethod
    def _shown(unit: Unit) -> dict[str, str]:
        """ "街道 subdistrict, reported as township"."""
        kind = "township" if unit.kind == "subdistrict" else unit.kind
        return {"code": unit.code, "name": unit.name, "kind": kind}

    def _rows(self, shown: dict[str, str], row_holds: Holds, by_pupils: bool) -> list[Figures]:
        """ "each row once per stage and once for both"; "in order … primary, junior, all"."""
        rows = []
        for stage in STAGES:

            def holds(place: Place, stage: str = stage) -> bool:
                # "a child in neither is in no figure": `all` = primary or junior
                staged = place.stage in ("primary", "junior") if stage == "all" else place.stage == stage
                return staged and self._in_set(place) and row_holds(place)

            figures = count(self.stories, holds, self.week, self.duties, by_pupils)
            rows.append({"unit": dict(shown), "stage": stage, **figures})
        return rows


def _counts(rows: list[Figures]) -> bool:
    """Whether anything in a unit's rows is not zero."""
    ignored = ("unit", "stage", "dropout_rate", "filing")
    return any(value for row in rows for key, value in row.items() if key not in ignored)


def count(all_stories: list[Story], holds: Holds, week: Week, duties: Duties, by_pupils: bool) -> Figures:
    """Every key of one row: a set of places, one week."""
    row: Figures = dict.fromkeys(KEYS, 0)
    row |= {"closed_by_reason": {}, "d_by_cause": {}, "groups": {}, "filing": "none"}
    for story in all_stories:
        _count_stocks(row, story, holds, week)
        _count_movements(row, story, holds, week)
        _count_work(row, story, holds, week)
        _count_duties(row, story, holds, duties.get(story.child.id, []))
        _count_heads(row, story, holds, week)
    divisor = row["pupils"] if by_pupils else row["due_children"]
    row["dropout_rate"] = _rate(row["d_close"], divisor)
    # "a group is listed when one of its six figures is not 0, then with all six"
    row["groups"] = {name: figures for name, figures in row["groups"].items() if any(figures.values())}
    return row


def _add_groups(row: Figures, place: Place, key: str) -> None:
    """ "By special group … for groups held on the day counted"."""
    for name in place.groups:
        row["groups"].setdefault(name, dict.fromkeys(OF_GROUPS, 0))[key] += 1


def _count_stocks(row: Figures, story: Story, holds: Holds, week: Week) -> None:
    # no filing exists: `s_open` = "stock at the start of the week as known at this known_at", `s_adj` 0
    status, place, _ = story.at_end_of(week.first - DAY)
    if status in STOCKS and place and holds(place):
        row[f"{STOCKS[status]}_open"] += 1
    status, place, step = story.at_end_of(week.last)
    if not place or not holds(place) or step is None:
        return
    if status in STOCKS:
        row[f"{STOCKS[status]}_close"] += 1
        _add_groups(row, place, f"{STOCKS[status]}_close")
    elif status in AT_THE_END:
        row[AT_THE_END[status]] += 1
    if status == "dropped_out":
        # "an empty cell carries on the earlier entry's by business date; none: cause 未填, …"
        cause = step.cause or "未填"
        row["d_by_cause"][cause] = row["d_by_cause"].get(cause, 0) + 1
        row["d_never"] += story.dropout_kind(step) == NEVER


def _count_movements(row: Figures, story: Story, holds: Holds, week: Week) -> None:
    for event in story.events:
        if isinstance(event, Move):
            in_week = week.first <= event.on <= week.last
            before = event.before is not None and holds(event.before)
            # "the child moved between units while in the stock"
            if in_week and event.status in STOCKS and before != holds(event.after):
                row[f"{STOCKS[event.status]}_{'out' if before else 'in'}"] += 1
        elif holds(event.place):  # "counts for the unit the child belongs to on that day"
            if week.first <= event.on <= week.last:
                _count_flow(row, event)
            if week.term <= event.on <= week.last:
                _count_term(row, event)


def _count_flow(row: Figures, flow: Flow) -> None:
    before, after = flow.step.before, flow.step.after
    if before == after:  # "A row naming the status already held …: no move, no flow"
        return
    if after == "closed":
        reason = flow.step.entry.get("销号原因")
        row["closed_by_reason"][reason] = row["closed_by_reason"].get(reason, 0) + 1
    if before == "suspected" and after == "dropped_out":
        row["confirmed"] += 1
    elif after in STOCKS:  # "entered S from neither S nor D"
        new = f"{STOCKS[after]}_new"
        row[new] += 1
        row["relapsed"] += flow.step.was_returned
        _add_groups(row, flow.place, new)
    elif before in STOCKS:
        how = LEAVING.get(after, "other")
        row[f"{STOCKS[before]}_{how}"] += 1
        if how == "returned":
            _add_groups(row, flow.place, f"{STOCKS[before]}_returned")


def _count_term(row: Figures, flow: Flow) -> None:
    before, after = flow.step.before, flow.step.after
    if after in STOCKS and before not in STOCKS:
        row[f"term_{STOCKS[after]}_new"] += 1
    if after == "returned" and before in STOCKS:
        row["term_returned"] += 1


def _count_work(row: Figures, story: Story, holds: Holds, week: Week) -> None:
    """ "Every fact counts at the child's place on its business date"."""

    def counts(on: date) -> bool:
        place = story.place_on(on)
        return week.first <= on <= week.last and place is not None and holds(place)

    visits = [visit for visit in story.visits if counts(visit.on)]
    row["visits"] += len(visits)
    row["visits_met"] += sum(any(met != "无人" for met in several(visit.get("见到"))) for visit in visits)
    row["children_visited"] += bool(visits)
    for letter in story.letters:
        row["letters_issued"] += counts(letter.on)
        served = letter.get("送达日期")
        row["letters_served"] += bool(served) and counts(date.fromisoformat(served))
    sessions = [session for session in story.sessions if counts(session.on)]
    row["sessions"] += len(sessions)
    row["session_hours"] += sum(_number(session.get("课时")) for session in sessions)


def _count_duties(row: Figures, story: Story, holds: Holds, duties: list[Due]) -> None:
    """ "duties falling due in the week", at the child's place on the due day, whoever must do them."""
    for due in duties:
        place = story.place_on(due.on)
        if place is not None and holds(place):
            row["duties_due"] += 1
            row[due.column] += 1


def _count_heads(row: Figures, story: Story, holds: Holds, week: Week) -> None:
    place = story.place_on(week.last)
    if place is None or not holds(place):
        return
    # "在籍在校 roster at schools of the county (无就读学校 row: 0) at the end of the week"
    row["pupils"] += place.school != ""
    # "roster children aged 6–15 on the 31 August before the school year"
    row["due_children"] += 6 <= _age(story.child.born, week.age_day) <= 15


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _number(text: str) -> float:
    number = float(text)
    return int(number) if number == int(number) else number


def _rate(part: int, whole: int) -> float | None:
    """ "4 decimals half up, null when the divisor is 0"."""
    if whole == 0:
        return None
    return float((Decimal(part) / Decimal(whole)).quantize(Decimal("0.0001"), ROUND_HALF_UP))


def _at(**fields: str) -> Callable[[Any], bool]:
    """Places whose fields have these values."""
    return lambda place: all(getattr(place, name) == value for name, value in fields.items())
