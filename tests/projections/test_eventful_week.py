"""A week in which everything happens: each figure against the oracle, and against the children behind it."""

import hashlib
import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from casework.domain.values import SHANGHAI
from casework.errors import BadInput, NotFound
from casework.projections.weekly_cells import FLOWS, STATES, TERM, WORK
from casework.projections.weekly_queries import Asked
from casework.projections.weekly_report import Period, digest_of, weekly_report
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


def test_a_week_is_complete_from_midnight_after_its_last_day():
    period = Period(told.WEEK, "2026-09-11", "2026-09-17", "2026-09-01")
    midnight = datetime(2026, 9, 18, tzinfo=SHANGHAI)
    instants = (midnight - timedelta(microseconds=1), midnight, midnight + timedelta(days=1))
    assert [period.is_over(instant) for instant in instants] == [False, True, True]


@pytest.mark.parametrize("known_at", [told.FIRST_TOLD, told.ALL_TOLD], ids=["at first", "later"])
@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_reports_what_the_oracle_counts(eventful: County, unit: str, known_at: datetime):
    ours = eventful.casework.weekly_report(unit, told.WEEK, known_at=known_at, detail=True)
    theirs = report.weekly(IMPORTS, unit, told.WEEK, known_at, detail=True)
    assert ours["total"] == theirs["total"]
    assert ours["tables"] == theirs["tables"]


def test_visits_asked_for_alone_are_those_of_the_report(eventful: County):
    rows = eventful.casework.weekly_report(told.COUNTY, told.WEEK)["tables"]["schools"]
    with eventful.casework.reading() as reading:
        asked = Asked(reading.snapshot.conn, reading.snapshot.k, (told.COUNTY,), "2026-09-11", "2026-09-17")
        found: Counter[str] = Counter()
        for where, n in asked.visits():
            found[where.school] += n
    assert found == {
        row["unit"]["code"]: row["visits"] for row in rows if row["stage"] == "all" and row["visits"]
    }
    assert len(found) > 1


def test_the_digest_is_of_the_figures_alone_whatever_order_they_stand_in(eventful: County):
    whole = eventful.casework.weekly_report(told.COUNTY, told.WEEK)
    figures = {"total": whole["total"], "tables": whole["tables"]}
    text = json.dumps(figures, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert whole["digest"] == "sha256:" + hashlib.sha256(text.encode("utf-8")).hexdigest()
    turned = [dict(reversed(row.items())) for row in whole["total"]]
    assert digest_of(dict(reversed(whole["tables"].items())), turned) == whole["digest"]


def test_a_village_has_no_report_and_is_told_whose_to_ask_for(eventful: County):
    with pytest.raises(BadInput, match=r"北村是村.*请改用其乡镇代码"):
        eventful.casework.weekly_report(told.VILLAGE, told.WEEK)
    with pytest.raises(NotFound, match="没有单位代码为“nowhere”的单位"):
        eventful.casework.weekly_report("nowhere", told.WEEK)


def test_a_city_is_shown_by_county_and_by_school_only_when_asked(eventful: County):
    with eventful.casework.reading() as reading:
        asked: dict[str, Any] = {"unit": told.CITY, "week": told.WEEK, "known_at": reading.known_at}
        short = weekly_report(reading.snapshot, reading.reference, **asked)
        long = weekly_report(reading.snapshot, reading.reference, **asked, detail=True)
    assert set(short["tables"]) == {"counties"}
    assert set(long["tables"]) == {"counties", "schools", "townships"}
    assert short["total"] == long["total"]
