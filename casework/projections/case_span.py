"""`case_span`: every stretch of one case in one status and one place, in business days and known time.

The one table from which the stocks and movements of every report are counted. Each row carries the
edge by which it was entered (`prev_*`), so a week's movements are a range scan on `valid_from`.
"""

from sqlalchemy import (
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    literal_column,
)

from casework.domain.case_file import CaseFile
from casework.domain.timeline import Span
from casework.projections.bitemporal import Bitemporal, Row
from casework.store.schema import metadata

_DAY, _CODE, _WORD = String(10), String(40), String(40)

case_span = Table(
    "case_span",
    metadata,
    Column("known_from", Integer, nullable=False),
    Column("known_to", Integer, nullable=False),
    Column("case_id", String(32), nullable=False),
    Column("valid_from", _DAY, nullable=False),
    Column("valid_to", _DAY, nullable=False),
    Column("no", Integer, nullable=False),
    Column("status", _WORD, nullable=False),
    Column("county", _CODE, nullable=False),
    Column("township", _CODE, nullable=False),
    Column("village", _CODE, nullable=False),
    Column("school", _CODE, nullable=False),
    Column("stage", _WORD, nullable=False),
    Column("grade", _WORD, nullable=False),
    Column("klass", _WORD, nullable=False),
    Column("groups", Text, nullable=False),
    Column("cause", _WORD, nullable=False),
    Column("lost_type", _WORD, nullable=False),
    Column("reason", _WORD, nullable=False),
    Column("relapse", Integer, nullable=False),
    Column("prev_status", _WORD, nullable=False),
    Column("prev_county", _CODE, nullable=False),
    Column("prev_township", _CODE, nullable=False),
    Column("prev_school", _CODE, nullable=False),
    Column("prev_stage", _WORD, nullable=False),
)

_s = case_span.c

LEFT_COUNTY = _s.prev_county != _s.county
"""Edges by which a child left one county for another."""

COUNTED = _s.status != literal_column("'closed'")
"""Statuses that are counted at the end of a week; written so that a query shows it means that index."""

Index(None, _s.case_id)
# A week's movements of one county are one range of `valid_from`; those who left it are found by prev_county.
Index(
    "ix_case_span_movements", _s.county, _s.valid_from, _s.known_to, _s.known_from, _s.status, _s.prev_status
)
Index(
    "ix_case_span_left_county",
    _s.prev_county,
    _s.valid_from,
    sqlite_where=LEFT_COUNTY,
    postgresql_where=LEFT_COUNTY,
)
# Stocks, wholly from the index. `known_to` leads: every span was open-ended until the next entry
# superseded it, so what is still believed and not yet over is few rows whatever the history.
Index(
    "ix_case_span_stock",
    *(_s.county, _s.known_to, _s.valid_to, _s.valid_from, _s.known_from, _s.status),
    *(_s.township, _s.school, _s.stage, _s.groups, _s.cause, _s.lost_type),
    sqlite_where=COUNTED,
    postgresql_where=COUNTED,
)

CASE_SPANS = Bitemporal(case_span, "case_id", ("no", "valid_from"))


def rows_of(file: CaseFile) -> set[Row]:
    """The span rows of a file as it now stands, in the order of the table's value columns."""
    return {_row(span) for span in file.spans()}


def _row(span: Span) -> Row:
    return (*span[:15], int(span.relapse), *span[16:])
