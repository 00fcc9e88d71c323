"""What is printed with the time it was known at says the same when it is asked again by that time."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from casework.domain.values import LOCAL_OPERATOR
from tests.support.county import County
from tests.support.rows import COUNTY, UNITS, pupil


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """A county of one pupil on either database."""
    opened = County(database_url)
    opened.take("units", UNITS)
    opened.take("roster", [pupil()])
    opened.now += timedelta(days=1)
    yield opened
    opened.close()


def test_a_report_waits_for_an_act_that_is_stamped_and_not_yet_written(county: County) -> None:
    stamped, go_on = threading.Event(), threading.Event()
    printed: list[dict[str, Any]] = []

    def slow(act: Any, _: Any) -> dict[str, Any]:
        stamped.set()
        go_on.wait(10)
        act.touch()
        return {"k": act.id}

    def write() -> None:
        replies.append(county.casework.do("slow", slow, actor=LOCAL_OPERATOR))

    replies: list[dict[str, Any]] = []
    writer = threading.Thread(target=write)
    reader = threading.Thread(
        target=lambda: printed.append(county.casework.weekly_report(COUNTY, "2026-W01"))
    )
    writer.start()
    stamped.wait(10)
    county.now += timedelta(seconds=1)
    reader.start()
    reader.join(0.3)
    assert reader.is_alive() and printed == []
    go_on.set()
    writer.join()
    reader.join()
    assert printed[0]["act"] == replies[0]["k"]


def test_a_list_of_duties_says_by_its_own_time_what_it_said(county: County) -> None:
    found = county.casework.duties(COUNTY)
    county.now += timedelta(seconds=1)
    county.take("roster", [pupil("G2")])
    again = county.casework.duties(COUNTY, known_at=county.now - timedelta(seconds=1))
    assert (found["act"], found["known_at"]) == (again["act"], again["known_at"])
