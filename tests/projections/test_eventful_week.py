"""A week in which everything happens: each figure against the oracle, and against the children behind it."""

from datetime import datetime

import pytest

from casework.projections.weekly_cells import FLOWS, STATES, TERM, WORK
from tests.oracle import eventful as told
from tests.oracle import report
from tests.oracle.eventful import eventful_county
from tests.support.county import County

UNITS = [row["单位代码"] for row in told.UNITS if row["类型"] != "村"]
NEVER_HAPPENS = {"s_adj", "d_adj", "d_other"}
"""Nothing is filed here, so nothing is adjusted; and no rule leads out of 辍学 to anything else."""
IMPORTS = eventful_county()


def test_everything_that_a_report_counts_happens_in_this_week(eventful: County):
    total = eventful.casework.weekly_report(told.COUNTY, told.WEEK)["total"]
    for row in total[:2]:
        silent = {key for key in (*FLOWS, *STATES, *TERM) if not row[key]}
        assert silent <= NEVER_HAPPENS, row["stage"]
    assert all(total[0][key] for key in (*WORK, "session_hours", "d_never", "closed_by_reason", "d_by_cause"))


@pytest.mark.parametrize("known_at", [told.FIRST_TOLD, told.ALL_TOLD], ids=["at first", "later"])
@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_reports_what_the_oracle_counts(eventful: County, unit: str, known_at: datetime):
    ours = eventful.casework.weekly_report(unit, told.WEEK, known_at=known_at, detail=True)
    theirs = report.weekly(IMPORTS, unit, told.WEEK, known_at, detail=True)
    assert ours["total"] == theirs["total"]
    assert ours["tables"] == theirs["tables"]
