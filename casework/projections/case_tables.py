"""Which events change which rows of the read models of a file, live and rebuilt.

The rows known at an act are a function of the file as known at that act, and of nothing else: no
other table, no clock. Live, the act's own aggregates are at hand; a rebuild folds each file's events
act by act. Both compare once per act.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection, Table

from casework.domain.case_file import LEDGER_OF_TOPIC, PLACES, STATUSES, Body, CaseFile
from casework.domain.duty_rulebook import Rulebook
from casework.domain.values import FOREVER, OPEN, SINCE_EVER, Day
from casework.projections import (
    activity,
    aid_grants,
    case_board,
    case_span,
    duty_rows,
    letters,
    status_proposals,
)
from casework.projections.bitemporal import Row, State
from casework.projections.duty_rows import Rulebooks
from casework.store.history import Recorded


@dataclass(slots=True)
class Touched:
    """What one act's events of one file touched: the timeline, the places, single facts.

    `since`: the earliest day that any of it is about.
    """

    timeline: bool = False
    places: bool = False
    facts: set[int] = field(default_factory=set)
    ledgers: set[str] = field(default_factory=set)
    rules: bool = False
    since: Day = FOREVER

    def add(self, topic: str, version: int, body: Body) -> None:
        """Notes one event."""
        ledger = LEDGER_OF_TOPIC.get(topic)
        if ledger is None:
            return
        self.ledgers.add(ledger)
        self.places = self.places or ledger == PLACES
        self.timeline = self.timeline or ledger in (PLACES, STATUSES)
        if ledger in activity.LEDGERS:
            self.facts.add(body.get("no", version))


def project_cases(
    conn: Connection,
    act: int,
    recorded: Iterable[Recorded],
    files: Mapping[str, CaseFile],
    book: Rulebook,
) -> None:
    """Writes the difference one act makes; `files` are its files as they stand after it."""
    touched: dict[str, Touched] = {}
    for event in recorded:
        touched.setdefault(event.originator, Touched()).add(event.topic, event.version, event.clear)
    timeline = [case for case, what in touched.items() if what.timeline]
    before = case_span.CASE_SPANS.known_now(conn, timeline)
    after = {case: case_span.rows_of(files[case]) for case in timeline}
    case_span.CASE_SPANS.change(conn, act, before, after)
    _change_activities(conn, act, touched, files)
    concerned = {case: duty_rows.concerned(files[case], book, what.ledgers) for case, what in touched.items()}
    change_duties(conn, act, {case: (files[case], names) for case, names in concerned.items() if names}, book)
    _change_excuses(conn, act, touched, files)


def _change_excuses(
    conn: Connection, act: int, touched: Mapping[str, Touched], files: Mapping[str, CaseFile]
) -> None:
    excused = [case for case, what in touched.items() if duty_rows.excuses_touched(what.ledgers)]
    if excused:
        after = {case: duty_rows.excuses_of(files[case]) for case in excused}
        duty_rows.EXCUSES.change(conn, act, duty_rows.EXCUSES.known_now(conn, excused), after)


def change_duties(
    conn: Connection, act: int, files: Mapping[str, tuple[CaseFile, Collection[str]]], book: Rulebook
) -> None:
    """Writes the difference an act makes to the duties of these files, by the rules named for each."""
    if files:
        known = duty_rows.DUTIES.known_now(conn, files)
        before = {
            case: {row for row in known[case] if row[duty_rows.RULE_AT] in names}
            for case, (_, names) in files.items()
        }
        after = {case: duty_rows.rows_of(file, book, names) for case, (file, names) in files.items()}
        duty_rows.DUTIES.change(conn, act, before, after)


def change_all_duties(conn: Connection, act: int, files: Mapping[str, CaseFile], book: Rulebook) -> None:
    """Writes the difference that other rules, or another calendar, make to the duties of these files."""
    before = duty_rows.DUTIES.known_now(conn, files)
    after = {case: duty_rows.rows_of(file, book) for case, file in files.items()}
    duty_rows.DUTIES.change(conn, act, before, after)


def _change_activities(
    conn: Connection, act: int, touched: Mapping[str, Touched], files: Mapping[str, CaseFile]
) -> None:
    moved = [case for case, what in touched.items() if what.places]
    still = {case: what.facts for case, what in touched.items() if not what.places}
    table = activity.ACTIVITIES
    before = table.known_now(conn, moved)
    numbers = set().union(*still.values()) if still else set()
    known = table.known_with(conn, still, "no", numbers) if numbers else {}
    for case, facts in still.items():
        before[case] = {row for row in known.get(case, ()) if row[activity.NO_AT] in facts}
    after = {case: activity.rows_of(files[case]) for case in moved}
    after |= {case: activity.rows_of(files[case], facts) for case, facts in still.items()}
    table.change(conn, act, before, after)


def file_of(events: Iterable[Recorded]) -> CaseFile:
    """The file that these events make."""
    file = CaseFile()
    for event in events:
        file.evolve(event.topic, event.version, event.clear)
    return file


def fold_case(
    case: str, events: Sequence[Recorded], rules: Rulebooks, only: str = ""
) -> tuple[list[Row], ...]:
    """All rows of one file from its events in order, a list for each of `CASE_TABLES`.

    `only`: the name of one of the tables; the lists of the others stay empty then.
    """
    file, folds = CaseFile(), _Folds(only)
    for act, touched in _states(file, events, rules):
        folds.take(act, file, touched, rules)
    asked = zip(CASE_TABLES, (*folds.rows(case), *_as_it_stands(case, file, events[-1].version)), strict=True)
    return tuple(rows() if only in ("", each.table.name) else [] for each, rows in asked)


class _Folds:
    """The states of one file, act by act, for each of the tables that keep known time."""

    def __init__(self, only: str) -> None:
        self._of_spans = only in ("", case_span.case_span.name)
        self._of_deeds = only in ("", activity.activity.name)
        self._of_duties = only in ("", duty_rows.duty.name)
        self._spans: list[State] = []
        self._deeds: list[State] = []
        self._duties = duty_rows.DutyStates()
        self._excuses: list[State] = []

    def take(self, act: int, file: CaseFile, touched: Touched, rules: Rulebooks) -> None:
        """Notes the file as it stands after an act."""
        if self._of_spans and touched.timeline:
            self._spans.append((act, case_span.rows_of(file), None))
        if self._of_deeds and touched.places:
            self._deeds.append((act, activity.rows_of(file), None))
        elif self._of_deeds and touched.facts:
            scope = activity.scope_of(touched.facts)
            self._deeds.append((act, activity.rows_of(file, touched.facts), scope))
        if self._of_duties and touched.rules:
            self._duties.judge_anew(act, file, rules.at(act))
        elif self._of_duties:
            self._duties.judge(act, file, rules.at(act), touched.ledgers, touched.since)
        if duty_rows.excuses_touched(touched.ledgers):
            self._excuses.append((act, duty_rows.excuses_of(file), None))

    def rows(self, case: str) -> tuple[Callable[[], list[Row]], ...]:
        """How to get the rows of these tables, in the order of `CASE_TABLES`."""
        return (
            lambda: list(case_span.CASE_SPANS.fold(case, self._spans)),
            lambda: list(activity.ACTIVITIES.fold(case, self._deeds)),
            lambda: list(duty_rows.DUTIES.fold(case, self._duties.states)),
            lambda: list(duty_rows.EXCUSES.fold(case, self._excuses)),
        )


def _as_it_stands(case: str, file: CaseFile, version: int) -> tuple[Callable[[], list[Row]], ...]:
    """How to get the rows of the tables that hold the present alone, in the order of `CASE_TABLES`."""
    return (
        lambda: [case_board.row_of(case, file, version)],
        lambda: status_proposals.rows_of(case, file),
        lambda: letters.rows_of(case, file),
        lambda: aid_grants.rows_of(case, file),
    )


def _states(file: CaseFile, events: Iterable[Recorded], rules: Rulebooks) -> Iterator[tuple[int, Touched]]:
    """Folds `file` act by act; yields each act with what it touched, acts that changed the rules included."""
    last = 0
    for act, group in groupby(events, key=attrgetter("act")):
        yield from ((each, Touched(rules=True)) for each in rules.changed_between(last, act) if last)
        touched = Touched()
        for event in group:
            touched.since = min(touched.since, _about(file, event))
            file.evolve(event.topic, event.version, event.clear)
            touched.add(event.topic, event.version, event.clear)
        last = act
        yield act, touched
    yield from ((each, Touched(rules=True)) for each in rules.changed_between(last, OPEN))


def _about(file: CaseFile, event: Recorded) -> Day:
    """The earliest day that an event is about: its own, and that of the fact it replaces or voids."""
    ledger = file.ledgers.get(LEDGER_OF_TOPIC.get(event.topic, ""))
    before = ledger.live.get(event.clear.get("no", 0)) if ledger else None
    days = [event.clear.get("on"), before["on"] if before else None]
    return min((day for day in days if day), default=SINCE_EVER)


@dataclass(frozen=True)
class CaseTable:
    """One read model folded from files: its table, and its columns in the order of folded rows."""

    table: Table
    columns: tuple[str, ...]


CASE_TABLES = (
    CaseTable(case_span.case_span, case_span.CASE_SPANS.columns),
    CaseTable(activity.activity, activity.ACTIVITIES.columns),
    CaseTable(duty_rows.duty, duty_rows.DUTIES.columns),
    CaseTable(duty_rows.duty_excuse, duty_rows.EXCUSES.columns),
    CaseTable(case_board.case_board, case_board.COLUMNS),
    CaseTable(status_proposals.status_proposal, status_proposals.COLUMNS),
    CaseTable(letters.letter, letters.COLUMNS),
    CaseTable(aid_grants.aid_grant, aid_grants.COLUMNS),
)
