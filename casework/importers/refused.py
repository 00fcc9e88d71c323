"""The rows that were refused, as a table to be corrected and imported again (退回表).

It has the original's headers and cells, all as text, then 原行号 and 错误原因, which the next import passes
over. A cell that Excel had spoilt is shown the way it will be refused again if left alone. The caller
writes it with `documents.sheets`: importers and documents do not know each other.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from casework.importers.columns import OUR_COLUMNS, REASON_COLUMN, SOURCE_ROW_COLUMN, folded

REFUSED_TITLE = "退回的行"


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A refused row: its number in the file, its cells (`Table.original`), the reasons in Chinese."""

    number: int
    original: Sequence[str]
    reasons: Sequence[str]


@dataclass(frozen=True)
class RefusedTable:
    """Headers and rows of text, ready for a `Sheet`; `rows` can be read once."""

    headers: list[str]
    rows: Iterator[list[str]]


def refused_table(headers: Sequence[str], refused: Iterable[RefusedRow]) -> RefusedTable:
    """The refused rows under the headers of the table they came from (`Table.headers`)."""
    kept = [at for at, header in enumerate(headers) if folded(header) not in OUR_COLUMNS]
    return RefusedTable(
        headers=[*(headers[at] for at in kept), SOURCE_ROW_COLUMN, REASON_COLUMN],
        rows=(
            [*(row.original[at] for at in kept), str(row.number), "；".join(row.reasons)] for row in refused
        ),
    )
