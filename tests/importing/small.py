"""What the import tests ask of a county: take rows, tell what became of them, count what is stored."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from casework.domain.values import LOCAL_OPERATOR, OPEN
from casework.importers.outcome import ImportOutcome
from casework.projections import roster as tables
from casework.projections.reconcile import reconcile
from casework.store.database import make_engine
from casework.store.schema import metadata
from tests.support.county import County
from tests.support.rows import FAR, UNITS, pupil

NOW = datetime.fromisoformat("2026-10-01T09:00:00+08:00")
TODAY = "2026-10-01"


class Small(County):
    """The county of `tests.support.rows`, today the first of October 2026."""

    def __init__(self, url: str, *, children: bool = True) -> None:
        super().__init__(url)
        self.now = NOW
        self.good("units", *UNITS)
        if children:
            self.good("roster", pupil("G1"), pupil("G2"), pupil("G3", "", FAR, 现居住地代码="V2"))

    @classmethod
    def copy(cls, template: "Small") -> "Small":
        """The same county in another memory: a tenth of the time of making it."""
        engine = make_engine("sqlite:///:memory:")
        with template.casework.store.engine.connect() as old, engine.connect() as new:
            _sqlite(old).backup(_sqlite(new))
        return cls.over(engine, NOW)

    actor = LOCAL_OPERATOR

    def good(self, kind: str, *rows: Mapping[str, str], **options: Any) -> ImportOutcome:
        """Imports rows that must all be taken."""
        outcome = self.take(kind, rows, **options)
        assert outcome.all_taken, reasons(outcome)
        return outcome

    def again(self, kind: str, *rows: Mapping[str, str], **options: Any) -> None:
        """Imports rows that must change nothing, by what is said and by what is stored."""
        before = self.acts
        outcome = self.good(kind, *rows, **options)
        assert outcome.counts["unchanged"] == len(rows), outcome.counts
        assert self.acts == before

    def bad(self, kind: str, *rows: Mapping[str, str], **options: Any) -> str:
        """Imports rows of which at least one is refused; the reasons as one text."""
        outcome = self.take(kind, rows, **options)
        assert outcome.refused
        return reasons(outcome)

    def verbs(self, kind: str, *rows: Mapping[str, str], **options: Any) -> dict[str, int]:
        """How many rows were created, changed, voided, unchanged, refused."""
        counts = dict(self.take(kind, rows, **options).counts)
        counts.pop("read")
        return {verb: count for verb, count in counts.items() if count}

    @property
    def acts(self) -> int:
        """The last act."""
        with self.casework.reading() as reading:
            return reading.snapshot.k

    def rows(self) -> dict[str, int]:
        """How many rows every table holds."""
        with self.casework.reading() as reading:
            conn = reading.snapshot.conn
            counts = {
                table.name: conn.scalar(select(func.count()).select_from(table)) or 0
                for table in metadata.sorted_tables
            }
        return counts

    def places(self, number: str = "G1") -> list[tuple[str, ...]]:
        """(from, school, township, class, enrolment) of a child's stretches, as believed now."""
        s, c = tables.roster_span.c, tables.child.c
        query = (
            select(s.valid_from, s.school, s.township, s.klass, s.enrolment)
            .join(tables.child, c.child_id == s.child_id)
            .where(c.student_no == number, s.known_to == OPEN)
            .order_by(s.valid_from)
        )
        with self.casework.reading() as reading:
            return [tuple(row) for row in reading.snapshot.conn.execute(query)]

    def schools(self, number: str = "G1") -> list[tuple[str, str]]:
        """(from, school) of a child's stretches, neighbours of one school joined."""
        joined: list[tuple[str, str]] = []
        for since, school, *_ in self.places(number):
            if not joined or joined[-1][1] != school:
                joined.append((since, school))
        return joined

    def figure(self, key: str, week: str = "2026-W39", unit: str = "C", row: str = "") -> Any:
        """One figure of the weekly report: of the unit's total, or of a school's row."""
        report = self.casework.weekly_report(unit, week)
        rows = report["tables"]["schools"] if row else report["total"]
        return next(each for each in rows if each["stage"] == "all" and row in ("", each["unit"]["code"]))[
            key
        ]

    def clean(self) -> None:
        """Everything stored follows from the events."""
        with self.casework.reading() as reading:
            assert reconcile(reading.snapshot) == []


def _sqlite(conn: Connection) -> sqlite3.Connection:
    raw = conn.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw


def reasons(outcome: ImportOutcome) -> str:
    """Why rows were refused, each with its number."""
    return "\n".join(f"第 {row.number} 行 {'；'.join(row.reasons)}" for row, _ in outcome.refused)
