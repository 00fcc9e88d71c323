"""Whether a county stays where the contracts say one thing only (see OPEN_QUESTIONS)."""

from __future__ import annotations

from datetime import date

from tests.oracle.judge import Child, County, Unit

SEATED = "在籍在校"
NEVER = date.max
LONG_AGO = date(2010, 9, 1)


def is_clear(county: County) -> bool:
    """True when no child's places depend on an open reading."""
    mergers = [unit for unit in county.units.values() if unit.successor]
    return all(_is_clear(county, child, mergers) for child in county.children.values())


def _is_clear(county: County, child: Child, mergers: list[Unit]) -> bool:
    return (
        not _collides(child)
        and _sits_well(county, child)
        and all(_merged_once(child, unit) for unit in mergers)
        and _kind_is_told(child)
    )


def _collides(child: Child) -> bool:
    """Two sources speak of one field on one day."""
    for name in ("school", "enrolment"):
        days = [change.on for change in child.all_changes(name)]
        if len(days) != len(set(days)):
            return True
    return False


def _sits_well(county: County, child: Child) -> bool:
    """在籍在校 always with an open school and a stage, other 就读情况 never with a school."""
    days = {*child.days_of_change(), *(unit.closes for unit in county.units.values() if unit.closes < NEVER)}
    for on in days:
        school, enrolment = child.value("school", on), child.value("enrolment", on)
        if (enrolment == SEATED) != (school != ""):
            return False
        if school and (not child.value("stage", on) or not _is_open(county.units[school], on)):
            return False
    return True


def _is_open(unit: Unit, on: date) -> bool:
    # a place "since ever" may stand in a school opened long ago
    return unit.opens <= max(on, LONG_AGO) and on < unit.closes


def _merged_once(child: Child, closed: Unit) -> bool:
    """The merger moved the child exactly if it sat in the closed school the day before."""
    recorded = child.recorded.get("school", {}).get(closed.closes)
    moved = recorded is not None and recorded.source == "merger"
    before = [change for change in child.all_changes("school") if change.on < closed.closes]
    return moved == (bool(before) and before[-1].value == closed.code)


def _kind_is_told(child: Child) -> bool:
    """失学类型 is written where "a school ever held the child" is a matter of reading."""
    elsewhere = any(c.value not in (SEATED, "未入学") for c in child.all_changes("enrolment"))
    silent = any(step.after == "dropped_out" and not step.dropout_kind for step in child.steps)
    return not (elsewhere and silent)
