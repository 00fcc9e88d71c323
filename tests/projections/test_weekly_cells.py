"""The cells of the report by themselves: which figure a change is, in and out of rows, hours and rates."""

import pytest

from casework.domain import statuses as s
from casework.projections.weekly_cells import Figures, Grid, Where, flow_of, state_key

LEAVING = {
    s.RETURNED: "returned",
    s.HOME_TEACHING: "taught",
    s.DEFERRED: "deferred",
    s.CLOSED: "closed",
    s.WATCH: "other",
    s.VERIFYING: "other",
    s.TRANSFERRING: "other",
}


@pytest.mark.parametrize("before", ["", *s.STATUS_NAMES])
@pytest.mark.parametrize("after", s.STATUS_NAMES)
def test_a_change_is_a_movement_into_a_stock_out_of_one_or_neither(before: str, after: str):
    expected = ""
    if (before, after) == (s.SUSPECTED, s.DROPPED_OUT):
        expected = "confirmed"
    elif before in s.OUT and after in LEAVING:
        expected = f"{before[0]}_{LEAVING[after]}"
    elif before not in s.OUT and after in s.OUT:
        expected = f"{after[0]}_new"
    assert flow_of(before, after) == expected


def test_a_status_that_is_no_stock_has_a_figure_of_its_own_but_for_what_is_closed():
    assert {state_key(status) for status in s.STATUS_NAMES if status not in s.OUT} == {
        *("returned", "taught", "deferred", "watch", "verifying", "transferring"),
        None,
    }
    assert state_key(s.CLOSED) is None


@pytest.mark.parametrize(
    ("tenths", "hours"), [(0, 0), (5, 0.5), (10, 1), (15, 1.5), (20, 2), (25, 2.5), (3, 0.3), (110, 11)]
)
def test_hours_are_whole_where_they_can_be(tenths: int, hours: float):
    told = Figures(tenths=tenths).as_json(by_pupils=True)["session_hours"]
    assert told == hours and type(told) is type(hours)


@pytest.mark.parametrize(
    ("out", "whole", "rate"),
    [(1, 3, 0.3333), (2, 3, 0.6667), (1, 20_000, 0.0001), (1, 20_001, 0.0), (0, 5, 0.0)],
)
def test_the_rate_has_four_decimals_and_a_half_goes_up(out: int, whole: int, rate: float):
    figures = Figures()
    figures.n.update({"d_close": out, "pupils": whole})
    assert figures.as_json(by_pupils=True)["dropout_rate"] == rate
    assert figures.as_json(by_pupils=False)["dropout_rate"] is None
    figures.n.update({"due_children": whole})
    assert figures.as_json(by_pupils=False)["dropout_rate"] == rate


def test_a_group_stands_in_a_row_with_all_its_figures_or_not_at_all():
    figures = Figures()
    figures.groups["低保"]["s_new"] += 1
    figures.groups["孤儿"]["s_new"] += 0
    told = figures.as_json(by_pupils=True)["groups"]
    assert told == {
        "低保": {"s_close": 0, "d_close": 0, "s_new": 1, "d_new": 0, "s_returned": 0, "d_returned": 0}
    }


def test_a_row_in_which_anything_at_all_happened_is_shown():
    assert not Figures().any()
    assert not Figures(tenths=0).any()
    figure, reason, visited = Figures(), Figures(), Figures()
    figure.n["visits"] = 1
    reason.reasons["毕业"] = 1
    visited.visited.add("child")
    assert all(each.any() for each in (figure, reason, visited))


# ---- rows -------------------------------------------------------------------------------------

HERE = Where("A", "T1", "S1", "primary")


def moved(before: Where, after: Where) -> dict[tuple[str, str], dict[str, int]]:
    grid = Grid(lambda where: where.school or None)
    grid.move("s", before, after)
    grid.move("s", before, after, 2)
    return {at: dict(figures.n) for at, figures in grid.rows.items()}


def test_a_move_is_out_of_one_row_and_into_the_other():
    assert moved(HERE, HERE._replace(school="S2")) == {
        ("S1", "primary"): {"s_out": 3},
        ("S1", "all"): {"s_out": 3},
        ("S2", "primary"): {"s_in": 3},
        ("S2", "all"): {"s_in": 3},
    }


def test_a_move_of_stage_alone_stays_within_the_row_of_all():
    assert moved(HERE, HERE._replace(stage="junior")) == {
        ("S1", "primary"): {"s_out": 3},
        ("S1", "junior"): {"s_in": 3},
    }


def test_a_move_that_no_row_can_see_is_none():
    assert moved(HERE, HERE._replace(township="T2")) == {}


@pytest.mark.parametrize(
    "away", [HERE._replace(school=""), HERE._replace(stage="senior"), HERE._replace(stage="")]
)
def test_who_comes_from_outside_or_goes_there_moves_in_one_row_only(away: Where):
    assert moved(HERE, away) == {("S1", "primary"): {"s_out": 3}, ("S1", "all"): {"s_out": 3}}
    assert moved(away, HERE) == {("S1", "primary"): {"s_in": 3}, ("S1", "all"): {"s_in": 3}}


def test_only_rows_where_something_is_counted_have_a_code():
    grid = Grid(lambda where: where.school)
    for figures in grid.at(HERE):
        figures.n["visits"] += 1
    list(grid.at(HERE._replace(school="S2")))
    assert grid.codes() == {"S1"}
    assert list(grid.at(HERE._replace(stage="senior"))) == []
