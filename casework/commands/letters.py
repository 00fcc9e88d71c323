"""文书登记: letters issued elsewhere, their service, and their voiding, as an old register tells them.

A letter's number is claimed for ever in the register of its issuer and kind: never reused, a voided
one stays visible. A school can not issue an order letter (义务教育法第五十八条), whatever the file says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from casework.commands.case_facts import Child, cases_of, children_of, date_fault
from casework.domain.case_file import LETTERS
from casework.domain.held_once import LETTER_NUMBER
from casework.domain.ledger import CORRECTED, RECORDED, REFUSED, UNCHANGED, VOIDED, Fact, Verdict
from casework.domain.letter_numbers import series_place
from casework.domain.student_case import StudentCase
from casework.domain.values import Day
from casework.store.act import Act


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One row: the letter, and what the row says of its service and voiding (each may be absent)."""

    letter: Fact
    service: Mapping[str, Any] | None = None
    service_private: Mapping[str, str] = field(default_factory=dict)
    service_mark: str = ""


def take_letters(
    act: Act, rows: Mapping[str, Sequence[LetterRow]], *, today: Day
) -> dict[str, list[Verdict]]:
    """Takes what can be taken; per child one verdict a row, in the rows' order."""
    children = children_of(act, dict.fromkeys(rows, ()))
    cases = cases_of(act, children)
    owners = act.owners_of(LETTER_NUMBER, [row.letter.key for each in rows.values() for row in each])
    verdicts: dict[str, list[Verdict]] = {}
    for child_id, letters in rows.items():
        case = cases[child_id]
        verdicts[child_id] = _take(act, case, letters, children[child_id], owners, today)
        if any(verdict.verb in (RECORDED, CORRECTED, VOIDED) for verdict in verdicts[child_id]):
            act.save(case)
    return verdicts


def _take(
    act: Act,
    case: StudentCase,
    rows: Sequence[LetterRow],
    child: Child,
    owners: dict[str, str],
    today: Day,
) -> list[Verdict]:
    faults = {at: fault for at, row in enumerate(rows) if (fault := _fault(row, case, child, owners, today))}
    faults.update(_two_services(rows, faults))
    first_seen_voided = _record_before_voiding(case, rows, faults)
    good = [row.letter for at, row in enumerate(rows) if at not in faults]
    settled = iter(case.take(LETTERS, good))
    verdicts = []
    for at, row in enumerate(rows):
        verdict = faults.get(at) or next(settled)
        if verdict.verb in (RECORDED, CORRECTED, UNCHANGED) and row.service is not None:
            _serve(case, row, verdict)
        if at in first_seen_voided and verdict.verb == VOIDED:
            verdict.verb, verdict.note = RECORDED, "登记时已作废"
        if verdict.verb == RECORDED:
            _number(act, row.letter, case.child_id, owners)
        verdicts.append(verdict)
    return verdicts


def _record_before_voiding(
    case: StudentCase, rows: Sequence[LetterRow], faults: Mapping[int, Verdict]
) -> set[int]:
    """An old register names voided letters too: those we never saw are recorded first, then voided."""
    ledger = case.file.ledgers[LETTERS]
    unseen = {
        at: row
        for at, row in enumerate(rows)
        if at not in faults
        and row.letter.void_reason
        and ledger.find(row.letter.key) is None
        and not ledger.voided_with(row.letter.key)
    }
    case.take(LETTERS, [replace(row.letter, void_reason="") for row in unseen.values()])
    for row in unseen.values():
        no = ledger.find(row.letter.key)
        if row.service is not None and no is not None:
            case.serve_letter(no, row.service_mark, row.service, row.service_private or None)
    return set(unseen)


def _serve(case: StudentCase, row: LetterRow, verdict: Verdict) -> None:
    """A letter that is voided is not served any more; one already served so stays as it is."""
    if row.service is None or verdict.no not in case.file.ledgers[LETTERS].live:
        return
    before = case.file.services.get(verdict.no, {})
    done = case.serve_letter(verdict.no, row.service_mark, row.service, row.service_private or None)
    if verdict.verb == UNCHANGED and done != UNCHANGED:
        verdict.verb, verdict.note = CORRECTED, "更正送达" if before else "补登送达"
        verdict.old = {"service": before}


def _two_services(rows: Sequence[LetterRow], faults: Mapping[int, Verdict]) -> dict[int, Verdict]:
    """Two rows of one sheet that tell one letter's service differently contradict each other."""
    marks: dict[str, set[str]] = {}
    for at, row in enumerate(rows):
        if at not in faults and row.service and not row.letter.void_reason:
            marks.setdefault(row.letter.key, set()).add(row.service_mark)
    note = "同一表中有两行写同一份文书的送达但内容不同，请只保留正确的一行"
    return {
        at: Verdict(REFUSED, note=note, field="service")
        for at, row in enumerate(rows)
        if at not in faults and len(marks.get(row.letter.key, ())) > 1
    }


def _fault(
    row: LetterRow, case: StudentCase, child: Child, owners: Mapping[str, str], today: Day
) -> Verdict | None:
    letter = row.letter
    number = letter.body.get("number")
    if number and owners.get(letter.key, child.child_id) != child.child_id:
        note = f"文号“{number}”已用于另一名学生的文书，文号不能重复使用"
        return Verdict(REFUSED, note=note, field="key")
    voided = case.file.ledgers[LETTERS].voided_with(letter.key)
    marks = {case.file.ledgers[LETTERS].voided[no]["mark"] for no in voided}
    if number and voided and not letter.void_reason and letter.mark not in marks:
        note = f"文号“{number}”已作废，作废的文号不能再用，请换用新文号"
        return Verdict(REFUSED, note=note, field="key")
    if note := _service_fault(row, today):
        return Verdict(REFUSED, note=note, field="service")
    if note := date_fault(letter, child, today):
        return Verdict(REFUSED, note=note, field="on")
    return None


def _service_fault(row: LetterRow, today: Day) -> str:
    if row.service and row.service["on"] < row.letter.body["on"]:
        return f"送达日期 {row.service['on']} 早于签发日期 {row.letter.body['on']}，请核对"
    if row.service and row.service["on"] > today:
        return f"送达日期 {row.service['on']} 在将来（今天是 {today}）"
    return ""


def _number(act: Act, letter: Fact, child_id: str, owners: dict[str, str]) -> None:
    """The number is claimed for ever, and the issuer's own series goes on above it."""
    body = letter.body
    if not body.get("number"):
        return
    act.claim(LETTER_NUMBER, letter.key, child_id)
    owners[letter.key] = child_id
    place = series_place(body["number"], body["on"])
    if place:
        act.raise_number(body["issuer"], body["kind"], *place)
