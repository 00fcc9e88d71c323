"""The list of duties of a unit on a day, as JSON values: what `casework duties` prints (责任事项清单)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from casework.domain.duty import ON_TIME
from casework.domain.units import NO_UNIT, Units
from casework.domain.values import SHANGHAI, Day, day_after, day_of, days_between
from casework.errors import BadInput, NotFound
from casework.projections.duty_holders import Holder, Holders
from casework.projections.duty_lines import (
    AT_ONCE,
    Line,
    Scope,
    Window,
    scope_of,
    single_lines,
    with_excuses,
)
from casework.projections.duty_periods import period_lines
from casework.projections.duty_units import unit_lines
from casework.projections.reference import Reference
from casework.projections.roster import child
from casework.store.clock import instant
from casework.store.schema import act, stored_event
from casework.store.snapshot import Snapshot

_NO_SCHOOL = "无就读学校"


def lines_of(
    snapshot: Snapshot,
    reference: Reference,
    scope: Scope,
    window: Window,
    roles: Collection[str] | None = None,
) -> list[Line]:
    """The duties asked for (of these roles), each as it stands at the end of the window's day."""
    conn, k = snapshot.conn, snapshot.k

    def wanted(role: str) -> bool:
        return roles is None or role in roles

    found = [
        *single_lines(conn, k, reference, scope, window),
        *period_lines(snapshot, reference, scope, window, lambda rule: wanted(rule.role)),
        *unit_lines(snapshot, reference, scope, window),
    ]
    told = with_excuses(conn, k, (line for line in found if wanted(line.role)))
    told = [line for line in told if window.takes(line)]
    return [line.on(window.on) for line in told]


def duty_list(
    snapshot: Snapshot, reference: Reference, *, unit: str, window: Window, known_at: datetime
) -> dict[str, Any]:
    """The duties of a unit and all below, by due instant, rule and child. NotFound for an unknown unit."""
    asked = reference.units.get(unit)
    if asked is None:
        raise NotFound(f"没有代码为“{unit}”的单位", unit=unit)
    if window.first > window.last:
        raise BadInput(f"起止日期颠倒：{window.first} 晚于 {window.last}")
    conn, k = snapshot.conn, snapshot.k
    lines = lines_of(snapshot, reference, scope_of(reference.units, unit), window)
    holders = Holders(conn, k, reference, lines, window.on)
    names, told = marks_of(conn, lines), told_days(conn, lines)
    rows = [_row(line, holders.of(line), reference.units, names, told) for line in lines]
    return {
        "unit": {"code": asked.code, "name": asked.name, "kind": asked.reported_kind},
        "on": window.on,
        "known_at": known_at.astimezone(SHANGHAI).isoformat(),
        "act": k,
        "duties": sorted(rows, key=lambda row: (row["due"], row["rule"], row["child"] or "", row["begins"])),
    }


def _row(
    line: Line,
    holders: Sequence[Holder],
    units: Units,
    names: Mapping[str, str],
    told: Mapping[tuple[str, int], tuple[Day, Holder]],
) -> dict[str, Any]:
    unit = units.get(line.unit) or NO_UNIT
    recorded, by = told.get((line.origin, line.fulfilled_by), ("", None))
    return {
        "rule": line.rule,
        "policy": line.policy,
        "role": line.role,
        "unit": {"code": line.unit, "name": unit.name or _NO_SCHOOL, "kind": unit.reported_kind},
        "holders": [{"login": each.login or None, "name": each.name} for each in holders],
        "child": names.get(line.case, line.case) or None,
        "begins": line.begins,
        "due_day": line.due_day,
        "due": f"{day_after(line.due_day)}T00:00:00+08:00",
        "state": line.state,
        "fulfilled_on": line.fulfilled_on or None,
        "fulfilled_by": {"login": by.login, "name": by.name} if by else None,
        "recorded_late_days": late_days(line.due_day, recorded) if line.state == ON_TIME else None,
    }


def late_days(due_day: Day, recorded: Day) -> int | None:
    """How many days after the due day a fact done on time was recorded; None in time, or without a fact."""
    return days_between(due_day, recorded) if recorded > due_day else None


def marks_of(conn: Connection, lines: Sequence[Line]) -> dict[str, str]:
    """Case → the child's 学籍号; those without one are named by the case id."""
    wanted = sorted({line.case for line in lines if line.case})
    found: dict[str, str] = {}
    query = select(child.c.child_id, child.c.student_no).where(child.c.student_no != "")
    for start in range(0, len(wanted), AT_ONCE):
        found.update(
            dict(conn.execute(query.where(child.c.child_id.in_(wanted[start : start + AT_ONCE]))).all())
        )
    return found


def told_days(conn: Connection, lines: Sequence[Line]) -> dict[tuple[str, int], tuple[Day, Holder]]:
    """(file, version) → the day on which the fact that fulfils was recorded, and by whom."""
    e = stored_event.c
    wanted: dict[str, set[int]] = {}
    for line in lines:
        if line.fulfilled_by:
            wanted.setdefault(line.origin, set()).add(line.fulfilled_by)
    cases, found = sorted(wanted), {}
    columns = (e.originator_id, e.version, act.c.recorded_us, act.c.account, act.c.name)
    query = select(*columns).join(act, act.c.id == e.act)
    for start in range(0, len(cases), AT_ONCE):
        chunk = cases[start : start + AT_ONCE]
        versions = sorted(set().union(*(wanted[case] for case in chunk)))
        chosen = query.where(e.originator_id.in_(chunk), e.version.in_(versions))
        for row in conn.execute(chosen):
            told = (day_of(instant(row.recorded_us)), Holder(row.account, row.name))
            found[row.originator_id, row.version] = told
    return found
