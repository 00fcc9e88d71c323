"""The duty columns of the weekly report, by the oracle of duties: what fell due, judged at the week's end."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from tests.oracle.duties import judge
from tests.oracle.duty_county import DutyCounty
from tests.oracle.duty_life import Life
from tests.oracle.duty_rules import raised

COLUMNS = {
    "on_time": "duties_on_time",
    "late": "duties_late",
    "open": "duties_open",
    "overdue": "duties_open",
}


class Due(NamedTuple):
    """A duty of a child that counts: its due day and its column beside 应办."""

    on: date
    column: str


def due_in(county: DutyCounty, first: date, last: date) -> dict[str, list[Due]]:
    """Child → the duties that fell due from `first` to `last`, as they stood at the end of `last`."""
    found: dict[str, list[Due]] = {}
    for child in county.children.values():
        life = Life(county, child, last)
        for each in raised(life):
            if first <= each.due_day <= last and (column := COLUMNS.get(judge(life, each).state)):
                found.setdefault(child.id, []).append(Due(each.due_day, column))
    return found
