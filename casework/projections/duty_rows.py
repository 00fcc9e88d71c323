"""`duty`: the duties that arise once, as each file tells them, in known time (责任事项).

No state, no person and no "overdue" is stored: those are functions of the row and a day, and holders
are joined from the postings. Duties that come round each week, month or quarter have no rows: they
follow from `case_span` and `activity` (see `duty_periods`).
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    literal_column,
    select,
)

from casework.domain import case_file
from casework.domain.case_file import PLACES, CaseFile
from casework.domain.duties import NOTHING, Judged, judge, rules_begun
from casework.domain.duty import Duty
from casework.domain.duty_rulebook import Rulebook
from casework.domain.units import Units
from casework.domain.values import OPEN, SINCE_EVER, Day
from casework.projections.bitemporal import Bitemporal, Row, State
from casework.projections.reference import Reference, adoptions_of
from casework.projections.registers import policy
from casework.store.schema import metadata

_DAY, _CODE, _WORD = String(10), String(40), String(40)
_DOCUMENTS = ("duties", "calendar")
"""The policies from which duties follow."""

# Numbers first: among texts PostgreSQL would fill up before each.
duty = Table(
    "duty",
    metadata,
    Column("known_from", Integer, nullable=False),
    Column("known_to", Integer, nullable=False),
    Column("no", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("fulfilled_by", Integer, nullable=False),
    Column("case_id", String(32), nullable=False),
    Column("rule", String(60), nullable=False),
    Column("unit", _CODE, nullable=False),
    Column("grade", _WORD, nullable=False),
    Column("klass", _WORD, nullable=False),
    Column("begins", _DAY, nullable=False),
    Column("due_day", _DAY, nullable=False),
    Column("fulfilled_on", _DAY, nullable=False),
    Column("stopped_on", _DAY, nullable=False),
    Column("county", _CODE, nullable=False),
    Column("township", _CODE, nullable=False),
    Column("school", _CODE, nullable=False),
    Column("stage", _WORD, nullable=False),
)
Index(None, duty.c.case_id)

_d = duty.c
_NONE: ColumnElement[str] = literal_column("''")
_UNDONE = (_d.fulfilled_on == _NONE) & (_d.known_to == literal_column(str(OPEN)))
PENDING = _UNDONE & (_d.stopped_on == _NONE)
"""What is still to be done, as far as is known now: written so that a query shows it means the index."""

ENDING = _UNDONE & (_d.stopped_on != _NONE)
"""What nobody did, and what its condition stops: still to be done until that day."""

# What is to be done at a unit and in a county, by its day: read for a queue, and counted for the reminders
# in this order, without touching the rows.
Index(
    "ix_duty_pending", *(_d.unit, _d.due_day, _d.rule, _d.grade, _d.klass, _d.begins),
    sqlite_where=PENDING, postgresql_where=PENDING,
)  # fmt: skip
Index(
    "ix_duty_county", *(_d.county, _d.due_day, _d.rule, _d.begins),
    sqlite_where=PENDING, postgresql_where=PENDING,
)  # fmt: skip
Index("ix_duty_ending", _d.unit, _d.stopped_on, sqlite_where=ENDING, postgresql_where=ENDING)
# What fell due somewhere in a week.
Index("ix_duty_due", _d.county, _d.due_day, _d.known_to)
Index("ix_duty_unit", _d.unit, _d.due_day, _d.known_to)

duty_excuse = Table(
    "duty_excuse",
    metadata,
    Column("case_id", String(32), nullable=False),
    Column("duty_key", String(80), nullable=False),
    Column("excused_on", _DAY, nullable=False),
    Column("known_from", Integer, nullable=False),
    Column("known_to", Integer, nullable=False),
    PrimaryKeyConstraint("case_id", "duty_key", "known_from"),
    comment="Duties that the level above excused (免办), those that come round too",
)

EXCUSES = Bitemporal(duty_excuse, "case_id", ("duty_key",))
DUTIES = Bitemporal(duty, "case_id", ("rule", "no", "seq"))
RULE_AT = DUTIES.values.index("rule")
_STORED = len(DUTIES.values)


def excuses_of(file: CaseFile) -> set[Row]:
    """The duties of a file that are excused, in the order of the table's value columns."""
    return set(file.excused.items())


def concerned(file: CaseFile, book: Rulebook, ledgers: Collection[str]) -> list[str]:
    """Names of the rules whose duties in a file may change when these of its ledgers do."""
    rules = book.duty_rules()
    asked = rules.names if PLACES in ledgers else rules.begun_by(ledgers) | rules.read_from(ledgers)
    return rules_begun(file, book, asked)


def rows_of(file: CaseFile, book: Rulebook, names: Collection[str] | None = None) -> set[Row]:
    """The duty rows of a file by these rules (by all), in the order of the table's value columns."""
    names = book.duty_rules().names if names is None else names
    return {_row(duty) for each in judge(file, book, names).values() for duty in each.duties}


def _row(duty: Duty) -> Row:
    """A duty as its row: without what its rule says, which readers ask of the policy of the day it began."""
    return duty[:_STORED]


class DutyStates:
    """The duties of one file, state by state: what an act cannot have changed is not judged again."""

    def __init__(self) -> None:
        self.states: list[State] = []
        self._judged: dict[str, Judged] = {}

    def judge(self, act: int, file: CaseFile, book: Rulebook, ledgers: Collection[str], since: Day) -> None:
        """Notes what an act changes that touched these ledgers, with facts of the day `since` and later."""
        rules, judged = book.duty_rules(), self._judged
        names = rules.begun_by(ledgers)
        if PLACES in ledgers:
            names.update(judged)
            since = SINCE_EVER
        else:
            read = rules.read_from(ledgers)
            names.update(name for name in read if name in judged and since <= judged[name].settled_after)
        if names:
            self._note(act, names, judge(file, book, names, judged, since))

    def judge_anew(self, act: int, file: CaseFile, book: Rulebook) -> None:
        """Notes what an act changes that changed the rules themselves."""
        found = judge(file, book, rules_begun(file, book, book.duty_rules().names))
        self._note(act, self._judged.keys() | found.keys(), found)

    def _note(self, act: int, names: Iterable[str], found: Mapping[str, Judged]) -> None:
        rows: set[Row] = set()
        gone: set[Row] = set()
        for name in names:
            before, after = self._judged.pop(name, NOTHING), found.get(name)
            if after is not None:
                self._judged[name] = after
            now = after.duties if after else ()
            if now != before.duties:
                rows.update(map(_row, now))
                gone.update(DUTIES.identity_of(duty) for duty in before.duties)
        if rows or gone:
            self.states.append((act, rows, gone))


@dataclass(frozen=True)
class Rulebooks:
    """The rules by act: `books[i]` holds from act `acts[i]` on; the first ones are no rules at all."""

    acts: Sequence[int]
    books: Sequence[Rulebook]

    def at(self, act: int) -> Rulebook:
        """The rules known at an act."""
        return self.books[bisect_right(self.acts, act) - 1]

    def changed_between(self, after: int, until: int) -> list[int]:
        """The acts after one and before another that changed the rules."""
        return [each for each in self.acts if after < each < until]


def rulebooks(conn: Connection, k: int) -> Rulebooks:
    """Every state of the rules up to act `k`."""
    query = select(policy.c.known_from).where(policy.c.name.in_(_DOCUMENTS), policy.c.known_from <= k)
    acts = [0, *sorted(set(conn.scalars(query)))]
    return Rulebooks(acts, [Reference(Units([]), adoptions_of(conn, act)) for act in acts])


def excuses_touched(ledgers: Iterable[str]) -> bool:
    """Whether events of these ledgers excuse a duty."""
    return case_file.EXCUSES in ledgers


def changes_rules(names: Iterable[str]) -> bool:
    """Whether adopting documents of these names changes duties."""
    return not set(names).isdisjoint(_DOCUMENTS)
