"""From what commands answer to what an import says of each row."""

from collections.abc import Sequence

from casework.commands.letters import LetterRow
from casework.commands.roster import Taken
from casework.domain import ledger
from casework.domain.ledger import Fact, Verdict
from casework.importers.differences import Change, column_of, corrected, voided
from casework.importers.outcome import CHANGED, CREATED, REFUSED, UNCHANGED, VOIDED, RowOutcome
from casework.importers.tables import Fault, Row

_VERBS = {
    ledger.RECORDED: CREATED,
    ledger.CORRECTED: CHANGED,
    ledger.VOIDED: VOIDED,
    ledger.UNCHANGED: UNCHANGED,
    ledger.REFUSED: REFUSED,
}


def outcomes_of(rows: Sequence[Row], taken: Sequence[Taken]) -> list[RowOutcome]:
    """Rows of the roster, units and staff."""
    return [
        RowOutcome(
            row.number,
            each.verb,
            [Fault(each.column, row.cells.get(each.column, ""), each.note)] if each.verb == REFUSED else [],
            each.changes,
            each.warnings,
            each.note,
            each.child_id,
        )
        for row, each in zip(rows, taken, strict=True)
    ]


def outcome_of(
    kind: str, row: Row, fact: Fact | LetterRow, verdict: Verdict, warnings: Sequence[str]
) -> RowOutcome:
    """A row of a case ledger."""
    verb = _VERBS[verdict.verb]
    if verb == REFUSED:
        column = column_of(kind, fact, verdict.field)
        fault = Fault(column, row.cells.get(column, ""), verdict.note)
        return RowOutcome(row.number, verb, [fault], warnings=warnings)
    changes: list[Change] = []
    if verb == CHANGED:
        changes = corrected(kind, fact, verdict)
    elif verb == VOIDED:
        changes = voided(kind, verdict)
    return RowOutcome(row.number, verb, [], changes, warnings, verdict.note)
