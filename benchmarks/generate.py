"""A county's history, written through the ordinary commands: acts, aggregates, sealed private parts.

Deterministic from the seed except for random ids and keys. Each year's stream depends only on how
long ago the year was, so a county of two years equals the last two of a county of twenty. Read models
of files are made at the end by the ordinary rebuild: the same rows as act by act, in a tenth of the time.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from random import Random
from typing import Any, TypeVar

from sqlalchemy import Engine, select

from benchmarks.cases import EVENTS_OF_A_CASE, LESSONS_A_YEAR, YEARS_TAUGHT, Desk, Entry, cases_of_year
from benchmarks.land import Land, land_of
from benchmarks.pupils import Pupil, pupil
from benchmarks.size import LAST_FRIDAY, SEED, Size
from casework.commands.case_facts import take_facts
from casework.commands.letters import LetterRow, take_letters
from casework.commands.policies import adopt_defaults
from casework.commands.roster import RosterRow, take_roster_rows
from casework.commands.units import take_unit_rows
from casework.domain.case_file import ABSENCES, LETTERS, SESSIONS, STATUSES, VISITS
from casework.domain.ledger import REFUSED, Fact
from casework.domain.values import LOCAL_OPERATOR, SHANGHAI
from casework.projections.rebuild import rebuild
from casework.projections.reference import Reference
from casework.projections.registers import project_registers
from casework.projections.roster import child
from casework.service import Casework, make_store
from casework.store.act import Act
from casework.store.database import reading
from casework.store.history import Recorded
from casework.store.keys import KeyRing
from casework.store.store import Store

MASTER_KEY = bytes(range(32))
ROWS_OF_AN_ACT = 1000
FILES_OF_AN_ACT = 200
_LEDGERS = (ABSENCES, STATUSES, VISITS, LETTERS, SESSIONS)
_MOVED_A_YEAR = 0.02
_FORMER_STAY = 3

T = TypeVar("T")


def open_county(engine: Engine, now: Callable[[], datetime]) -> Casework:
    """The application over a benchmark's database, with a clock of its own."""
    return Casework(make_store(engine, KeyRing(MASTER_KEY), now))


def generate(engine: Engine, size: Size, say: Callable[[str], None]) -> None:
    """Writes the whole history into an empty database."""
    generator = _Generator(engine, size, say)
    generator.run()
    say("  重建读模型")
    rebuild(generator.store)


def writing_store(engine: Engine, now: Callable[[], datetime]) -> Store:
    """A store whose acts write only what later commands ask for: units, policies, postings."""
    return Store(engine, KeyRing(MASTER_KEY), now, _registers_alone)


def _registers_alone(act: Act, recorded: list[Recorded]) -> None:
    project_registers(act.conn, act.id, recorded)


class _Generator:
    def __init__(self, engine: Engine, size: Size, say: Callable[[str], None]) -> None:
        self._size = size
        self._say = say
        self._land: Land = land_of(size.pupils)
        self._engine = engine
        self._now = datetime.combine(_first_friday(size.years - 1), time(9), SHANGHAI)
        self.store = writing_store(engine, lambda: self._now)
        self._casework = Casework(self.store)
        self._waiting: defaultdict[date, defaultdict[str, list[Entry]]]
        self._waiting = defaultdict(lambda: defaultdict(list))
        self._moves: defaultdict[date, list[RosterRow]] = defaultdict(list)
        self._ids: dict[str, str] = {}
        self._mark = self.store.keys.mark

    def run(self) -> None:
        """Year by year, Friday by Friday."""
        self._do("init", lambda act, _: {"adopted": adopt_defaults(act)})
        self._do("units", self._units)
        order = list(range(self._size.pupils))
        Random(SEED).shuffle(order)  # an export is sorted by anything, hardly by school
        self._roster((self._resident(number).row() for number in order), "名册")
        for age in range(self._size.years - 1, -1, -1):
            self._plan_year(age)
            friday = _first_friday(age)
            while friday <= min(_first_friday(age - 1) - timedelta(days=1), LAST_FRIDAY):
                self._friday(friday)
                friday += timedelta(days=7)
            self._say(f"  {friday.year} 年 9 月止")

    def _units(self, act: Act, reference: Reference) -> dict[str, Any]:
        taken = take_unit_rows(act, reference.units, self._land.rows())
        _refuse_nothing(each.note for each in taken if each.verb == REFUSED)
        return {"units": len(taken)}

    def _resident(self, number: int) -> Pupil:
        return pupil(self._land, number, LAST_FRIDAY.year)

    def _plan_year(self, age: int) -> None:
        rng = Random(f"{SEED} {age}")
        start = _first_friday(age)
        lessons = self._size.events_a_year * 3 // 10
        taught = max(lessons // (LESSONS_A_YEAR * YEARS_TAUGHT), 1)
        cases = int((self._size.events_a_year - lessons) / EVENTS_OF_A_CASE)
        chosen = self._pupils_of(rng, age, cases + taught)
        desk = Desk(rng, self._mark, f"{start.year}")
        for entry in cases_of_year(rng, desk, start, chosen[taught:], chosen[:taught]):
            self._waiting[entry.friday][entry.ledger].append(entry)

    def _pupils_of(self, rng: Random, age: int, count: int) -> list[Pupil]:
        """The year's children: of today's roster for the last two years, before them former pupils."""
        if age < 2:
            half = range(age * self._size.pupils // 2, (age + 1) * self._size.pupils // 2)
            moved = rng.sample(half, int(self._size.pupils * _MOVED_A_YEAR))
            self._plan_moves(rng, age, [self._resident(number) for number in moved])
            return [self._resident(number) for number in rng.sample(half, count)]
        first = self._size.pupils + age * 2 * count
        start = _first_friday(age)
        former = [pupil(self._land, first + each, start.year) for each in range(count)]
        self._moves[start] += [each.row(f"{start.year}-09-01") for each in former]
        self._plan_moves(rng, age, rng.sample(former, count // 3))
        left = _first_friday(age - _FORMER_STAY)
        self._moves[left] += [each.leaves(f"{left.year}-09-01") for each in former]
        return former

    def _plan_moves(self, rng: Random, age: int, movers: Sequence[Pupil]) -> None:
        for each in movers:
            friday = _first_friday(age) + timedelta(weeks=rng.randint(1, 50))
            schools = self._land.junior if each.school in self._land.junior else self._land.primary
            day = friday - timedelta(days=rng.randrange(5))
            self._moves[friday].append(each.moves(rng.choice(schools).code, day.isoformat()))

    def _friday(self, friday: date) -> None:
        self._now = datetime.combine(friday, time(9), SHANGHAI)
        self._roster(self._moves.pop(friday, ()), "变动")
        for ledger in _LEDGERS:
            self._ledger(ledger, self._waiting[friday][ledger])
        del self._waiting[friday]

    def _ledger(self, ledger: str, entries: Sequence[Entry]) -> None:
        by_child: dict[str, list[Any]] = {}
        for entry in entries:
            by_child.setdefault(self._id_of(entry.pupil), []).append(entry.fact)
        for chunk in _chunks(sorted(by_child.items()), FILES_OF_AN_ACT):
            self._do(f"bench.{ledger}", self._taking(ledger, dict(chunk)))

    def _taking(self, ledger: str, facts: dict[str, list[Any]]) -> Callable[[Act, Reference], dict[str, Any]]:
        today = self._now.date().isoformat()

        def command(act: Act, reference: Reference) -> dict[str, Any]:
            if ledger == LETTERS:
                letters: dict[str, list[LetterRow]] = facts
                verdicts = take_letters(act, letters, today=today)
            else:
                plain: dict[str, list[Fact]] = facts
                verdicts = take_facts(act, reference.units, ledger, plain, today=today)
            _refuse_nothing(
                verdict.note for each in verdicts.values() for verdict in each if verdict.verb == REFUSED
            )
            return {"files": len(verdicts)}

        return command

    def _roster(self, rows: Iterator[RosterRow] | Sequence[RosterRow], what: str) -> None:
        done = 0
        for chunk in _chunks(rows, ROWS_OF_AN_ACT):

            def command(act: Act, reference: Reference, chunk: list[RosterRow] = chunk) -> dict[str, Any]:
                today = self._now.date().isoformat()
                taken = take_roster_rows(act, reference.units, chunk, today=today)
                _refuse_nothing(each.note for each in taken if each.verb == REFUSED)
                return {"rows": len(taken)}

            self._do("bench.roster", command)
            done += len(chunk)
            if done % 50_000 == 0:
                self._say(f"  {what} {done} 行")

    def _id_of(self, each: Pupil) -> str:
        number = each.person.student_no
        if number not in self._ids:
            with reading(self._engine) as conn:
                self._ids = dict(conn.execute(select(child.c.student_no, child.c.child_id)).tuples().all())
        return self._ids[number]

    def _do(self, name: str, command: Callable[[Act, Reference], dict[str, Any]]) -> None:
        self._casework.do(name, command, actor=LOCAL_OPERATOR)


def _first_friday(age: int) -> date:
    """The first Friday of the year that began `age` + 1 years before the end."""
    return LAST_FRIDAY - timedelta(weeks=52 * (age + 1) - 1)


def _refuse_nothing(notes: Iterator[str]) -> None:
    """An honest history is legal: whatever the rules refuse is the generator's mistake."""
    for note in notes:
        raise AssertionError(note)


def _chunks(values: Iterator[T] | Sequence[T], size: int) -> Iterator[list[T]]:
    waiting = iter(values)
    while chunk := list(islice(waiting, size)):
        yield chunk
