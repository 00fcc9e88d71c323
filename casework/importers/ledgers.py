"""Rows of a case ledger find their child, and all rows of one child go together (台账导入).

One of 学籍号, 证件号, or 姓名+出生日期 must point to exactly one child; a name that differs from the
roster's must be confirmed by a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from casework.commands.case_facts import take_facts
from casework.commands.identity import Person
from casework.commands.import_reach import ImportReach
from casework.commands.letters import LetterRow, take_letters
from casework.domain.held_once import CERTIFICATE, STUDENT_NO, visit_number
from casework.domain.ledger import Fact, Verdict
from casework.domain.units import Units
from casework.domain.values import Day
from casework.importers.cells import parse_day
from casework.importers.outcome import RowOutcome
from casework.importers.reading import Cells
from casework.importers.tables import Fault, Row
from casework.importers.takes import outcome_of
from casework.projections.children import certificate_types, named, records_of
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.claims import Claims
from casework.store.snapshot import Snapshot


@dataclass(slots=True)
class LedgerRow:
    """One row with its reading and, once found, its child."""

    row: Row
    cells: Cells
    fact: Fact | LetterRow
    child_id: str = ""
    warnings: list[str] = field(default_factory=list)


_UNKNOWN = "不在花名册上，请核对{what}，或先把该生导入花名册"


def find_children(
    snapshot: Snapshot, rows: Sequence[LedgerRow], reach: ImportReach, *, confirm_names: bool
) -> None:
    """Finds the child of every row; a row that points to none or to several gets a fault.

    A child beyond the importer's reach is not found, like one that does not exist.
    """
    persons = [_person(each.cells) for each in rows]
    claims = Claims(snapshot.conn, snapshot.k)
    numbers = claims.owners(STUDENT_NO, (each.student_no for each in persons if each.student_no))
    certificates = _by_certificate(snapshot, claims, persons)
    names = named(snapshot.conn, ((each.name, each.birth) for each in persons if _by_name(each)))
    met = set(numbers.values()).union(*certificates.values(), *names.values())
    hidden = reach.hidden(snapshot.conn, met)
    for at, (each, person) in enumerate(zip(rows, persons, strict=True)):
        found = {
            "学籍号": {numbers[person.student_no]} - hidden if person.student_no in numbers else set(),
            "证件号": certificates.get(at, set()) - hidden,
        }
        if _by_name(person):
            found["姓名"] = set(names.get((person.name, person.birth), ())) - hidden
        each.child_id = _only(each.cells, found)
    _check_names(snapshot, rows, confirm_names)


def _by_certificate(snapshot: Snapshot, claims: Claims, persons: Sequence[Person]) -> dict[int, set[str]]:
    """Children by the position of the row whose 证件号 points to them; without 证件类型, whatever the type.

    Most numbers are of identity cards, so the other types are looked for only where none is.
    """
    numbered = {at: each for at, each in enumerate(persons) if each.cert_no}
    found = _owners(snapshot, claims, {at: [each] for at, each in numbered.items()})
    untyped = {at: each for at, each in numbered.items() if not each.cert_type and not found[at]}
    if untyped:
        types = certificate_types(snapshot.conn)
        of_any_type = {at: [replace(each, cert_type=one) for one in types] for at, each in untyped.items()}
        found.update(_owners(snapshot, claims, of_any_type))
    return found


def _owners(snapshot: Snapshot, claims: Claims, asked: Mapping[int, Sequence[Person]]) -> dict[int, set[str]]:
    """By position: the children that hold one of these certificates."""
    hashes = {
        at: [snapshot.keys.hmac(CERTIFICATE, each.certificate()) for each in persons]
        for at, persons in asked.items()
    }
    held = claims.owners(CERTIFICATE, (each for keys in hashes.values() for each in keys))
    return {at: {held[each] for each in keys if each in held} for at, keys in hashes.items()}


def _person(cells: Cells) -> Person:
    try:
        birth = parse_day(cells.text("出生日期")) or ""
    except ValueError as error:
        birth = ""
        cells.fault("出生日期", str(error))
    return Person(
        name=cells.text("姓名"),
        birth=birth,
        student_no=cells.text("学籍号"),
        cert_type=cells.text("证件类型"),
        cert_no=cells.text("证件号").upper(),
    )


def _by_name(person: Person) -> bool:
    """Name and birth are asked only where there is no number."""
    return bool(person.name and person.birth and not person.student_no and not person.cert_no)


def _only(cells: Cells, found: dict[str, set[str]]) -> str:
    numbers = found["学籍号"] & found["证件号"] or found["学籍号"] | found["证件号"]
    if len(numbers) > 1:
        cells.fault(*_ambiguous(found))
        return ""
    if numbers:
        return numbers.pop()
    candidates = found.get("姓名")
    if candidates is not None:
        if len(candidates) == 1:
            return next(iter(candidates))
        count = len(candidates)
        why = f"姓名和出生日期对应 {count} 名学生，" + (
            "请补填学籍号或证件号" if count else "该生" + _UNKNOWN.format(what="姓名和出生日期")
        )
        cells.fault("姓名", why)
        return ""
    column = "学籍号" if cells.text("学籍号") or not cells.text("证件号") else "证件号"
    stated = cells.text(column)
    cells.fault(
        column,
        f"候选 0 名：该生{_UNKNOWN.format(what=column)}"
        if stated
        else "学籍号、证件号、姓名加出生日期三者须填其一，用来确定是哪名学生",
    )
    return ""


def _ambiguous(found: Mapping[str, set[str]]) -> tuple[str, str]:
    """(column, why) of numbers that point to more than one child."""
    count = len(found["证件号"])
    if count > 1:
        return "证件号", f"证件号对应 {count} 名学生（证件类型不同），请补填证件类型或学籍号"
    return "学籍号", "学籍号和证件号分别指向两名学生，请核对"


def _check_names(snapshot: Snapshot, rows: Sequence[LedgerRow], confirm_names: bool) -> None:
    records = records_of(snapshot.conn, (each.child_id for each in rows if each.child_id))
    for each in rows:
        name, record = each.cells.text("姓名"), records.get(each.child_id)
        if not name or record is None or record.name in (name, ""):
            continue
        said = f"花名册上该生为“{record.name}”，本表为“{name}”"
        if confirm_names:
            each.warnings.append(f"{said}，已按号码确认为同一人")
        else:
            each.cells.fault("姓名", f"{said}；请核对号码，确认是同一人后选择“确认姓名”再导入")


def take(
    act: Act, reference: Reference, kind: str, rows: Sequence[LedgerRow], *, today: Day
) -> list[RowOutcome]:
    """One chunk: whole children, all their rows of the sheet."""
    by_child: dict[str, list[LedgerRow]] = {}
    for each in rows:
        by_child.setdefault(each.child_id, []).append(each)
    verdicts = _verdicts(act, reference, kind, by_child, today)
    waiting = {child_id: iter(each) for child_id, each in verdicts.items()}
    outcomes = []
    for each in rows:
        outcome = outcome_of(kind, each.row, each.fact, next(waiting[each.child_id]), each.warnings)
        outcome.child_id = each.child_id
        outcomes.append(outcome)
    return outcomes


def _verdicts(
    act: Act, reference: Reference, kind: str, by_child: dict[str, list[LedgerRow]], today: Day
) -> dict[str, list[Verdict]]:
    if kind == "letters":
        letters = {
            child: [each.fact for each in rows if isinstance(each.fact, LetterRow)]
            for child, rows in by_child.items()
        }
        return take_letters(act, letters, today=today)
    facts = {
        child: [each.fact for each in rows if isinstance(each.fact, Fact)] for child, rows in by_child.items()
    }
    return take_facts(act, reference.units, kind if kind != "status" else "statuses", facts, today=today)


def foreign_letters(rows: Sequence[LedgerRow], units: Units, reach: ImportReach) -> None:
    """A letter enters the register of its issuer, and raises its numbers: only the issuer or above may."""
    for each in rows:
        if isinstance(each.fact, LetterRow):
            issuer = each.fact.letter.body["issuer"]
            if issuer in units and not reach.holds_unit(units, issuer):
                each.cells.fault("签发单位代码", "只能登记本单位签发的文书，其他单位的请由签发单位或县里登记")


def contradictions(rows: Sequence[LedgerRow]) -> None:
    """Two children under one 记录编号 or 文号 in one sheet: neither row can be taken."""
    owners: dict[str, set[str]] = {}
    for each in rows:
        key = _shared_key(each)
        if key:
            owners.setdefault(key, set()).add(each.child_id)
    for each in rows:
        key = _shared_key(each)
        if key and len(owners[key]) > 1:
            column = "文号" if isinstance(each.fact, LetterRow) else "记录编号"
            each.cells.faults.append(
                Fault(column, each.cells.text(column), "同一编号在本表中用于两名学生，请核对")
            )


def _shared_key(each: LedgerRow) -> str:
    if isinstance(each.fact, LetterRow):
        return each.fact.letter.key if each.fact.letter.body.get("number") else ""
    return visit_number(each.fact.key)
