"""What reminders count is what the list of duties says, line by line, for random counties."""

from collections import Counter
from collections.abc import Iterator

import pytest

from casework.domain.units import COUNTY
from casework.domain.values import Day, day_after, day_of
from casework.projections.duty_lines import Window, scope_of
from casework.projections.duty_list import lines_of
from casework.projections.duty_periods import helpers_of, named_on
from casework.projections.reminder_counts import Group, group_of, pending_of_units, pending_singles
from casework.projections.reminder_periods import pending_of_periods
from casework.service import Reading
from tests.oracle import duty_making
from tests.oracle.duty_county import ACTS
from tests.support.acts import take_acts
from tests.support.county import County

AHEAD = 40


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    opened = County(database_url)
    yield opened
    opened.close()


def counted(reading: Reading, today: Day) -> Counter[Group]:
    found: Counter[Group] = Counter()
    for count in (pending_singles, pending_of_periods, pending_of_units):
        for group, n in count(reading.snapshot, reading.reference, today, AHEAD):
            found[group._replace(township="")] += n
    return Counter({group: n for group, n in found.items() if n and (group.unit or group.county)})


def listed(reading: Reading, today: Day) -> Counter[Group]:
    snapshot, reference = reading.snapshot, reading.reference
    escalation = reference.duties(today).escalation
    found: Counter[Group] = Counter()
    for unit in (unit for unit in reference.units if unit.kind == COUNTY):
        lines = lines_of(snapshot, reference, scope_of(reference.units, unit.code), Window(today))
        helpers = helpers_of(snapshot.conn, snapshot.k, {line.case for line in lines if line.case})
        for line in lines:
            if line.due_day > day_after(today, AHEAD) or not line.pending(today):
                continue
            by_helper = line.role == "帮扶责任人"
            helper = named_on(helpers.get(line.case, ()), today) if by_helper else ""
            if not line.unit and not line.county:
                continue  # a child who is in no county is nobody's
            found[group_of(line, today, escalation)._replace(helper=helper, township="")] += 1
    return found


@pytest.mark.parametrize("seed", range(6))
def test_groups_add_up_to_the_list_of_duties(county: County, seed: int) -> None:
    for each in duty_making.autumn(seed):
        if each.kind in (*ACTS, "policy"):
            take_acts(county, each)
        else:
            county.take(each.kind, each.rows, each.at)
    last = day_of(county.now)
    seen = 0
    with county.casework.reading() as reading:
        for days in (0, 1, 2, 5, 9, 20, 35, 60):
            today = day_after(last, days)
            ours, theirs = counted(reading, today), listed(reading, today)
            assert ours == theirs, (today, ours - theirs, theirs - ours)
            seen += sum(ours.values())
    assert seen
