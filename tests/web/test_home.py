"""The first page's few figures are the weekly report's of this moment, whoever looks."""

import re
from collections.abc import Callable

import pytest

from casework.web.home.routes import _GLANCE
from tests.support.county import County
from tests.web.pages import Visitor
from tests.web.small_county import CLERK, DISTRICT, HEAD_1, MAYOR

UNITS = {CLERK: "C1", HEAD_1: "S1", MAYOR: "T1", DISTRICT: "D1"}
_SHOWN = re.compile(r'class="glance-n[^"]*">([\d,]+)<')


@pytest.mark.parametrize("login", UNITS)
def test_the_figures_on_the_first_page_are_the_reports(
    county: County, signed_in: Callable[[str], Visitor], login: str
) -> None:
    shown = [int(number.replace(",", "")) for number in _SHOWN.findall(signed_in(login).client.get("/").text)]
    report = county.casework.weekly_report(UNITS[login], "2026-W42")
    total = next(row for row in report["total"] if row["stage"] == "all")
    assert shown == [total[column.key] for column in _GLANCE]
