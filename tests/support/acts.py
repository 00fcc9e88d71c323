"""Acts that no workbook carries, written to children's files as the commands write them.

The rows are those of `tests.oracle.duty_county`: 姓名, 日期 and, of proposals, 办理.
"""

from collections.abc import Callable

from casework.commands.case_facts import cases_of, children_of
from casework.commands.policies import adopt_policy
from casework.domain.case_file import CHECKS, DECISIONS, REPORTS
from casework.domain.ledger import RECORDED, fact_of
from casework.domain.student_case import StudentCase
from casework.domain.values import LOCAL_OPERATOR
from casework.projections.duty_lines import Window, scope_of
from casework.projections.duty_list import lines_of
from casework.projections.reference import Reference
from casework.projections.roster import child
from casework.store.act import Act
from casework.store.store import Reply
from tests.oracle.world import Import, Row
from tests.support.county import County

LEDGERS: dict[str, tuple[str, dict[str, object]]] = {
    "checks": (CHECKS, {"present": True}),
    "reports": (REPORTS, {}),
    "decisions": (DECISIONS, {"step": "约谈"}),
}


def take_acts(county: County, each: Import) -> None:
    """Does one round of acts at its instant, each an act of its own."""
    county.now = each.at
    for row in each.rows:
        if each.kind == "policy":
            command = _adopt(row)
        else:
            child_id = ids_of(county)[row["姓名"]]
            command = _on_file(child_id, _act(each.kind, row, _key(county, child_id, row)))
        county.casework.do(each.kind, command, actor=LOCAL_OPERATOR)


def _adopt(row: Row) -> Callable[[Act, Reference], Reply]:
    def adopt(act: Act, reference: Reference) -> Reply:
        return {"adopted": adopt_policy(act, name=row["name"], text=row["text"], effective_from=row["from"])}

    return adopt


def _on_file(child_id: str, do: Callable[[Act, StudentCase], None]) -> Callable[[Act, Reference], Reply]:
    def command(act: Act, reference: Reference) -> Reply:
        case = cases_of(act, children_of(act, {child_id: ()}))[child_id]
        do(act, case)
        act.save(case)
        return {}

    return command


def _key(county: County, child_id: str, row: Row) -> str:
    """What names the duty that a row of excuses is about."""
    if "rule" not in row:
        return ""
    window = Window(row["日期"], row["due"], row["due"])
    with county.casework.reading() as reading:
        top = next(unit.code for unit in reading.reference.units if not unit.parent)
        scope = scope_of(reading.reference.units, top)
        lines = lines_of(reading.snapshot, reading.reference, scope, window)
    wanted = (child_id, row["rule"], row["begins"])
    (key,) = {line.key for line in lines if (line.case, line.rule, line.begins) == wanted}
    return key


def _act(kind: str, row: Row, key: str) -> Callable[[Act, StudentCase], None]:
    if kind == "excuses":
        return lambda act, case: case.excuse_duty(key, on=row["日期"], private=None)
    if kind == "proposals":
        return lambda act, case: _propose(act, case, row)
    return lambda act, case: _record(act, case, kind, row)


def _record(act: Act, case: StudentCase, kind: str, row: Row) -> None:
    ledger, more = LEDGERS[kind]
    fact = fact_of(row["日期"], {"on": row["日期"], **more}, {}, act.mark)
    assert case.take(ledger, [fact])[0].verb == RECORDED


def _propose(act: Act, case: StudentCase, row: Row) -> None:
    on = row["日期"]
    if row["办理"] == "propose":
        body = {"change": "closed", "on": on, "reason": row["销号原因"], "evidence": row["证据编号"]}
        case.propose(body, by="甲", proposed_on=on, private=None)
        return
    no = next(iter(case.file.open_proposals()))
    if row["办理"] == "approve":
        case.approve(no, by="乙", decided_on=on, on=on, mark=act.mark, private=None)
    elif row["办理"] == "decline":
        case.decline(no, by="乙", decided_on=on, reason="材料不全")
    else:
        case.withdraw(no, by="甲", decided_on=on, reason="")


def ids_of(county: County) -> dict[str, str]:
    """Name → child id."""
    with county.casework.reading() as reading:
        return {row.name: row.child_id for row in reading.snapshot.conn.execute(child.select())}
