"""`aid_grant`: every grant of aid, and every reason why there was none, as they stand now (资助台账).

At the child's place of the day of payment (for a reason: of the term's first day). Only the present: what
was paid as known then is told by `activity`. Lists and totals of a school, a term or a programme are read
from here by index.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    delete,
    insert,
)

from casework.domain.case_file import AID, LEDGER_OF_TOPIC, PLACES, CaseFile
from casework.domain.places import Place, place_on
from casework.projections.bitemporal import Row
from casework.store.history import Recorded
from casework.store.schema import metadata

_CODE = String(40)

aid_grant = Table(
    "aid_grant",
    metadata,
    Column("case_id", String(32), nullable=False),
    Column("no", Integer, nullable=False),
    Column("county", _CODE, nullable=False),
    Column("township", _CODE, nullable=False),
    Column("village", _CODE, nullable=False),
    Column("school", _CODE, nullable=False),
    Column("stage", _CODE, nullable=False),
    Column("year", String(9), nullable=False),
    Column("term", String(4), nullable=False),
    Column("programme", _CODE, nullable=False),
    Column("paid_on", String(10), nullable=False),
    Column("fen", BigInteger, nullable=False),
    Column("way", _CODE, nullable=False),
    Column("voucher", String(100), nullable=False),
    Column("unpaid", _CODE, nullable=False),
    PrimaryKeyConstraint("case_id", "no"),
    comment="Aid given to children as it stands now; unpaid: the reason why there was none",
)

COLUMNS = tuple(column.name for column in aid_grant.columns)
ORDER = ("paid_on", "case_id", "no")
"""The order of lists; newest first."""

for _place in ("county", "school"):
    Index(
        f"ix_aid_grant_{_place}",
        *(aid_grant.c[name] for name in (_place, "year", "term", *ORDER)),
    )
    # Totals are summed from the index alone.
    Index(
        f"ix_aid_grant_{_place}_sums",
        *(aid_grant.c[name] for name in (_place, "year", "term", "unpaid", "programme", "fen")),
    )

_NOWHERE = Place(on="")


def rows_of(case: str, file: CaseFile) -> list[Row]:
    """The rows of a file, in the order of `COLUMNS`."""
    return [_row(case, file, no, body) for no, body in file.ledgers[AID].live.items()]


def _row(case: str, file: CaseFile, no: int, body: Any) -> Row:
    place = place_on(file.places, body["on"]) or _NOWHERE
    return (
        case,
        no,
        *(place.county, place.township, place.village, place.school, place.stage),
        *(body["year"], body["term"], body["programme"], body["on"]),
        *(body["fen"], body.get("way", ""), body.get("voucher", ""), body.get("unpaid", "")),
    )


def project_aid(conn: Connection, recorded: Iterable[Recorded], files: Mapping[str, CaseFile]) -> None:
    """Writes what the events of an act change: grants follow the child's place, too."""
    cases = {
        event.originator: files[event.originator]
        for event in recorded
        if _concerns(LEDGER_OF_TOPIC.get(event.topic), files[event.originator])
    }
    if not cases:
        return
    conn.execute(delete(aid_grant).where(aid_grant.c.case_id.in_(cases)))
    rows = [
        dict(zip(COLUMNS, row, strict=True)) for case, file in cases.items() for row in rows_of(case, file)
    ]
    if rows:
        conn.execute(insert(aid_grant), rows)


def _concerns(ledger: str | None, file: CaseFile) -> bool:
    return ledger == AID or (ledger == PLACES and bool(file.ledgers[AID].live))
