"""From what commands answer to what an import says of each row."""

from collections.abc import Sequence

from casework.commands.roster import Taken
from casework.domain import ledger
from casework.domain.ledger import Verdict
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
            [Fault("", "", each.note)] if each.verb == REFUSED else [],
            each.changes,
            each.warnings,
            each.note,
        )
        for row, each in zip(rows, taken, strict=True)
    ]


def outcome_of(row: Row, verdict: Verdict, warnings: Sequence[str]) -> RowOutcome:
    """A row of a case ledger."""
    verb = _VERBS[verdict.verb]
    faults = [Fault("", "", verdict.note)] if verb == REFUSED else []
    changes = [("登记内容", "原登记", "本表内容")] if verb in (CHANGED, VOIDED) else []
    return RowOutcome(row.number, verb, faults, changes, warnings, verdict.note)
