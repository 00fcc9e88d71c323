"""责任链 pages: a role by place, and the duties of one place by person and child."""

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from casework.domain.duty_policy import DutyPolicy, Role
from casework.domain.permissions import READ_CHAIN
from casework.errors import BadInput, NotFound
from casework.projections.duty_chain import ChainReader, ChainRow, total_of
from casework.projections.duty_counts import DutyCounts
from casework.projections.duty_files import silent_children
from casework.projections.duty_lines import Window
from casework.projections.duty_list import lines_of
from casework.projections.duty_seats import WITHOUT_ACCOUNT, above, holders_on
from casework.service import Reading
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.chain.asked import KNOWN, STATES, Asked, periods_of
from casework.web.chain.shown import DutyLines, names_for
from casework.web.chain.whose import Sight

pages = Blueprint("chain", __name__, template_folder="templates")

_ROWS = 50
NO_PLACE = {"village": "没有登记村的孩子", "township": "没有登记乡镇的孩子", "county": "没有登记县的孩子"}
NO_PLACE |= dict.fromkeys(("school", "class", "guardian", "helper"), "没有学校的孩子")


def counts() -> DutyCounts:
    """What this process keeps of past periods."""
    kept: DutyCounts = current_app.extensions.setdefault("duty_counts", DutyCounts())
    return kept


def asked_now() -> tuple[Asked, Sight]:
    """What is asked for, and what of it the viewer of today may see."""
    with this_moment() as present:
        reference = present.reference
        sight = Sight.of(viewer(), reference.units)
        return Asked.of(request.args, viewer().unit, reference, today()), sight


@pages.get("/chain")
@allow(READ_CHAIN)
def chain() -> str | Response:
    """One role of the chain: its places, least timely first; who has one page only is led there."""
    asked, sight = asked_now()
    if sight.own_only:
        return redirect("/chain/duties")
    scope = sight.scope_below(asked.unit)
    with casework().reading(asked.known_at) as reading:
        reader = ChainReader(reading.snapshot, reading.reference, scope, asked.on, counts())
        roles = sight.roles(reader.policy, scope)
        role = _role(roles, asked.role)
        asked = asked.with_role(role.name)
        schools = sum(1 for code in scope.units if _is_school(reading, code))
        by_class = role.level == "class" and schools == 1
        rows = reader.rows(role, asked.first, asked.last, by_class=by_class)
        values = _shown(reading, rows, role, by_class)
        silent_days = reader.policy.chain.silent_days
        chain_name = reader.policy.chain.name
    return render_template(
        "chain.html",
        asked=asked,
        role=role,
        roles={each.name: each.title for each in roles},
        chain=chain_name,
        total=total_of(rows),
        silent_days=silent_days,
        known_words=KNOWN,
        periods=periods_of(asked, reading.reference),
        known_at=reading.known_at,
        unit_name=reading.reference.units.name(asked.unit),
        named=role.level not in WITHOUT_ACCOUNT and (role.level != "class" or by_class),
        **values,
    )


def _is_school(reading: Reading, code: str) -> bool:
    unit = reading.reference.units.get(code)
    return unit is not None and unit.kind == "school"


def _role(roles: list[Role], name: str) -> Role:
    """The role asked for, else the first; NotFound where the viewer sees none."""
    found = next((role for role in roles if role.name == name), roles[0] if roles else None)
    if found is None:
        raise NotFound("责任链里没有您这个岗位的页面")
    return found


def _shown(reading: Reading, rows: list[ChainRow], role: Role, by_class: bool) -> dict[str, Any]:
    units = reading.reference.units
    names = {
        row.seat: f"{row.seat.grade}{row.seat.klass}" or "未分班"
        if by_class
        else units.name(row.seat.unit) or NO_PLACE[role.level]
        for row in rows
    }
    return {
        "rows": [row for row in rows if row.busy],
        "idle": [row for row in rows if not row.busy],
        "names": names,
    }


def _own(asked: Asked, sight: Sight) -> str:
    """A village head or a class teacher: the own duties at once."""
    with casework().reading(asked.known_at) as reading:
        policy = reading.reference.duties(asked.on)
        role = _role(sight.roles(policy, sight.scope), asked.role)
    person = viewer().login if role.level == "class" else ""
    return _duties(asked.own(role.name, viewer().unit, person), sight)


@pages.get("/chain/duties")
@allow(READ_CHAIN)
def duties() -> str:
    """The duties of one place: who held it, and what became of each."""
    asked, sight = asked_now()
    return _own(asked, sight) if sight.own_only else _duties(asked, sight)


def _duties(asked: Asked, sight: Sight) -> str:
    scope = sight.scope_at(asked.seat)
    with casework().reading(asked.known_at) as reading:
        policy = reading.reference.duties(asked.on)
        role = _named_role(policy, asked.role)
        window = Window(asked.on, asked.first, asked.last)
        found = lines_of(reading.snapshot, reading.reference, scope, window, {role.name})
        here = [
            line
            for line in found
            if line.unit == asked.unit
            and (not (asked.grade or asked.klass) or (line.grade, line.klass) == (asked.grade, asked.klass))
        ]
        told = DutyLines(reading, here, viewer(), asked.on)
        lines = told.of_person(asked.person) if asked.person else told.lines
        standing = told.states(lines)
        chosen = [line for line in lines if asked.state in ("", line.state)]
        page = _page()
        silent = []
        if not asked.person:  # whose child it is, a duty tells; a silent child has none
            silent = silent_children(
                reading.snapshot, scope, asked.seat, role.level, asked.on, policy.chain.silent_days
            )
        values = {
            "people": told.people(named=role.level not in WITHOUT_ACCOUNT and not sight.own_only),
            "below": _below(sight, policy, asked),
            "lines": told.told(chosen[(page - 1) * _ROWS : page * _ROWS]),
            "silent": _silent(silent) if asked.state == "silent" else [],
            "above": _above(reading, policy, asked) if not _is_filled(reading, asked, role) else [],
        }
    return render_template(
        "chain_duties.html",
        asked=asked,
        role=role,
        standing=standing,
        total=len(chosen),
        states=STATES,
        silent_n=len(silent),
        silent_days=policy.chain.silent_days,
        page=page,
        more=page * _ROWS < len(chosen),
        own=sight.own_only,
        known_words=KNOWN,
        periods=periods_of(asked, reading.reference),
        known_at=reading.known_at,
        unit_name=reading.reference.units.name(asked.unit) or NO_PLACE[role.level],
        **values,
    )


def _is_filled(reading: Reading, asked: Asked, role: Role) -> bool:
    """Whether somebody fills the place on the day; of a whole school's class teachers that is not asked."""
    if role.level in WITHOUT_ACCOUNT or (role.level == "class" and not asked.klass):
        return True
    snapshot, seat = reading.snapshot, asked.seat
    return bool(holders_on(snapshot.conn, snapshot.k, reading.reference, [seat], asked.on)[seat])


def _above(reading: Reading, policy: DutyPolicy, asked: Asked) -> list[str]:
    """Who stands above a vacant place, in words."""
    snapshot, units = reading.snapshot, reading.reference.units
    seats = above(policy, units, asked.seat)
    held = holders_on(snapshot.conn, snapshot.k, reading.reference, seats, asked.on)
    return [
        f"{units.name(seat.unit)}{seat.role} {'、'.join(each.name for each in held[seat]) or '空缺'}"
        for seat in seats
    ]


def _below(sight: Sight, policy: DutyPolicy, asked: Asked) -> list[tuple[str, str]]:
    """The pages of the roles at and below the unit: (title, address)."""
    if sight.own_only or not asked.unit or asked.klass:
        return []
    roles = sight.roles(policy, sight.scope_below(asked.unit))
    return [(each.title, asked.page(role=each.name)) for each in roles if each.name != asked.role]


def _silent(cases: list[str]) -> list[tuple[str, str]]:
    """Those of the silent children that the viewer sees: (child, name)."""
    return sorted(names_for(viewer(), cases).items(), key=lambda each: each[1])[:200]


def _named_role(policy: DutyPolicy, name: str) -> Role:
    if name not in policy.chain.roles:
        raise NotFound("责任链里没有这个角色")
    return policy.role(name)


def _page() -> int:
    text = request.args.get("page", "1")
    if not (text.isdecimal() and 0 < int(text) < 100_000):
        raise BadInput("页码应为正整数，请从第一页重新翻页")
    return int(text)
