"""责任链沿革: who held each place of a child's chain when, what each owed, and who did it, as of any day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request

from casework.domain.duty import ENDED, EXCUSED, LATE, ON_TIME, OPEN, OVERDUE
from casework.domain.permissions import EXCUSE_DUTY, READ_CASE
from casework.domain.values import FOREVER, Day, day_after
from casework.errors import BadInput
from casework.projections.case_people import Person, person, seen_until
from casework.projections.chain_history import Held, chain_history, duties_of_child
from casework.projections.duty_above import Rising
from casework.projections.duty_holders import Holder
from casework.projections.duty_lines import Line
from casework.projections.duty_list import late_days, told_days
from casework.service import Reading
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.cases.standing import chain_of
from casework.web.duties.addresses import excuse_page
from casework.web.duties.words import rule_of
from casework.web.weekly.asked import known_at_of

pages = Blueprint("chain_of_case", __name__, template_folder="templates")

THEN, NOW = "then", "now"
STATES = {
    ON_TIME: "按时办结",
    LATE: "逾期办结",
    ENDED: "不再需要办",
    OPEN: "待办",
    OVERDUE: "逾期未办",
    EXCUSED: "已免办",
}


@dataclass(frozen=True, slots=True)
class ShownDuty:
    """One duty of the history. `done`: when and by whom; `excuse`: where the viewer may excuse it."""

    due_day: Day
    must: str
    why: str
    role: str
    answers: str
    state: str
    word: str
    done: str
    excuse: str


@pages.get("/cases/<string(length=32):child_id>/chain")
@allow(READ_CASE)
def history(child_id: str) -> str:
    """The chain of a day and its history; `known=then`: as was known at the end of that day."""
    day, known = _day(), THEN if request.args.get("known") == THEN else NOW
    with this_moment() as present:
        until = seen_until(
            person(present.snapshot.conn, present.snapshot.k, child_id), viewer().reach, today()
        )
    day = min(day, day_after(until, -1)) if until < FOREVER else day
    with casework().reading(known_at_of(day) if known == THEN and day < today() else None) as reading:
        values = _values(reading, child_id, day)
    return render_template("case_chain.html", child_id=child_id, on=day, known=known, today=today(), **values)


def _day() -> Day:
    text = request.args.get("on", "") or today()
    try:
        day = date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise BadInput(f"日期“{text}”看不懂，请写成 2026-09-18 这样") from error
    return min(day, today())


def _values(reading: Reading, child_id: str, day: Day) -> dict[str, Any]:
    conn, k, reference = reading.snapshot.conn, reading.snapshot.k, reading.reference
    who = person(conn, k, child_id)
    lines = duties_of_child(reading.snapshot, reference, child_id, day)
    first = min([day, *(line.begins for line in lines)])
    held = chain_history(conn, k, reference, who.stretches, first, day)
    units = reference.units
    return {
        "name": who.child.name or "已清除",
        "chain": chain_of(who, reading.snapshot, reference, viewer(), day),
        "chain_name": reference.duties(day).chain.name,
        "held": [
            (role, [_told(each, units.name(each.unit)) for each in rows]) for role, rows in held.items()
        ],
        "first": first,
        "duties": _shown(reading, who, lines, day)[::-1],
    }


def _told(held: Held, unit: str) -> dict[str, Any]:
    """One stretch in words; `until` is the last day, "" while it goes on."""
    names = "、".join(each.name for each in held.holders)
    room = f"{held.grade}{held.klass}"
    return {
        "since": held.since,
        "until": day_after(held.until, -1),
        "names": names or "空缺",
        "vacant": bool(held.unit) and not names,
        "where": f"{unit}{room}" if held.unit else "没有这一级",
        "nowhere": not held.unit,
    }


def _shown(reading: Reading, who: Person, lines: list[Line], day: Day) -> list[ShownDuty]:
    conn, k, reference = reading.snapshot.conn, reading.snapshot.k, reading.reference
    rising, told = Rising(conn, k, reference, lines, day), told_days(conn, lines)
    return [_duty(reading, line, rising, told.get((line.origin, line.fulfilled_by)), day) for line in lines]


def _duty(
    reading: Reading, line: Line, rising: Rising, told: tuple[Day, Holder] | None, day: Day
) -> ShownDuty:
    rule, actor = rule_of(line, reading.reference), viewer()
    may_excuse = (
        actor.may(EXCUSE_DUTY)
        and day == today()
        and line.state in (OPEN, OVERDUE, EXCUSED)
        and rising.sits_above(line, actor.login, actor.post, actor.unit)
    )
    masked = actor.masked and not line.posts and line.role == "家长"
    answers = "、".join(each.name for each in rising.holders.of(line))
    return ShownDuty(
        due_day=line.due_day,
        must=rule.must if rule else line.rule,
        why=f"{rule.why if rule else line.rule}（{line.policy}）",
        role=line.role,
        answers="已遮蔽" if masked else answers or "空缺",
        state=line.state,
        word=STATES[line.state],
        done=_done(line, told),
        excuse=excuse_page(line) if may_excuse else "",
    )


def _done(line: Line, told: tuple[Day, Holder] | None) -> str:
    """When it was done and who recorded that; recorded late is said."""
    if not line.fulfilled_on or told is None:
        return ""
    recorded, by = told
    late = late_days(line.due_day, recorded) if line.state == ON_TIME else None
    return f"{line.fulfilled_on} 办，{by.name}登记" + (f"，补登迟 {late} 天" if late else "")
