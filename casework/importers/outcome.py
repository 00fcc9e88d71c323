"""What an import says of its rows: counts, changes, refusals, warnings (导入结果)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from casework.importers.tables import Fault, Row

CREATED, CHANGED, VOIDED, UNCHANGED, REFUSED = "created", "changed", "voided", "unchanged", "refused"


@dataclass(slots=True)
class RowOutcome:
    """One row: its number in the sheet, what becomes of it, old → new, and what the reader is told.

    `told_before`: it was written before an interruption, and only its verb is known now.
    """

    number: int
    verb: str
    faults: list[Fault] = field(default_factory=list)
    changes: Sequence[tuple[str, str, str]] = ()
    warnings: Sequence[str] = ()
    note: str = ""
    child_id: str = ""
    told_before: bool = False

    @property
    def reasons(self) -> list[str]:
        """Why it was refused, each naming column and value."""
        return [_reason(fault) for fault in self.faults]


def _reason(fault: Fault) -> str:
    value = f"“{fault.value}”" if fault.value else "（空）"
    return f"{fault.column}{value}：{fault.why}" if fault.column else fault.why


@dataclass
class ImportOutcome:
    """A whole file. `refused` keeps the rows for the workbook of refused rows."""

    kind: str
    file_name: str
    headers: list[str]
    applied: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refused: list[tuple[RowOutcome, list[str]]] = field(default_factory=list)
    shown: list[RowOutcome] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)

    def add(self, outcome: RowOutcome, original: list[str]) -> None:
        """Counts a row; keeps it when a person must see it."""
        self.counts["read"] += 1
        self.counts[outcome.verb] += 1
        self.warnings += [f"第 {outcome.number} 行：{text}" for text in outcome.warnings]
        if outcome.verb == REFUSED:
            self.refused.append((outcome, original))
            return
        if outcome.note:
            self.warnings.append(f"第 {outcome.number} 行：{outcome.note}")
        if outcome.changes:
            self.shown.append(outcome)

    @property
    def all_taken(self) -> bool:
        """Whether every row was (or would be) taken."""
        return not self.refused


def refused_row(row: Row, *faults: Fault) -> RowOutcome:
    """A row that can not be taken."""
    return RowOutcome(row.number, REFUSED, list(faults) or list(row.faults))
