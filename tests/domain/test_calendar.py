"""School days and working days: the default year, and a year the county adopted."""

from importlib.resources import files

import pytest

from casework.domain.calendar import Calendar
from casework.domain.policy_documents import parse
from casework.errors import BadInput

TEXT = (files("casework") / "policy" / "calendar.toml").read_text(encoding="utf-8")

ADOPTED = """
[years.2026]
terms = [["2026-03-02", "2026-07-03"], ["2026-09-01", "2026-12-31"]]
closed = ["2026-11-13"]
make_up = ["2026-10-10"]
"""


def calendar(adopted: str = "") -> Calendar:
    """The shipped calendar, with an adopted year when given."""
    document = parse("calendar", TEXT.replace("[statutory]", adopted + "\n[statutory]"))
    assert isinstance(document, Calendar)
    return document


@pytest.mark.parametrize(
    ("day", "taught"),
    [
        ("2026-09-01", True),
        ("2026-09-05", False),  # Saturday
        ("2026-08-31", False),  # summer
        ("2026-01-19", True),
        ("2026-01-20", False),  # winter break begins
        ("2024-02-29", False),  # the break runs to the end of February, leap years too
        ("2026-03-02", True),
        ("2026-10-01", False),  # 国庆节
    ],
)
def test_a_year_by_default_teaches_weekdays_outside_breaks_and_holidays(day: str, taught: bool) -> None:
    assert calendar().is_school_day(day) is taught


def test_an_adopted_year_decides_by_its_own_terms_closures_and_make_up_days() -> None:
    year = calendar(ADOPTED)
    assert year.is_school_day("2026-10-10")
    assert not year.is_school_day("2026-11-13")
    assert year.is_school_day("2026-07-03")
    assert not year.is_school_day("2026-10-02")


def test_the_nth_school_day_skips_weekends_and_holidays() -> None:
    assert calendar().school_day("2026-09-30", 1) == "2026-10-08"
    assert calendar().school_day("2026-09-04", 0) == "2026-09-04"
    assert calendar().school_day("2026-09-05", 0) == "2026-09-07"
    assert calendar().school_day("2026-09-04", 7) == "2026-09-15"


def test_a_last_day_on_a_holiday_moves_to_the_next_working_day() -> None:
    assert calendar().working_day_from("2026-10-01") == "2026-10-08"
    assert calendar().working_day_from("2026-07-15") == "2026-07-15"


def test_a_fault_in_a_policy_text_names_file_and_key() -> None:
    with pytest.raises(BadInput, match=r"calendar.*default\.weekdays\.0"):
        parse("calendar", TEXT.replace('weekdays = ["monday"', 'weekdays = ["周一"'))
