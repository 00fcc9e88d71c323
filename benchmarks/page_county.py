"""Two counties for the pages: the same pupils, a thousand open files in one, a hundred thousand in the other.

Written through the ordinary commands; kept beside the other databases. Far more files than any county
has: a page must not notice. The class whose teacher is measured is the same in both, and all of its
children have open files in both: 我的学生 is as long in one as in the other. The backup and the reminders
of the day are done: a server that owes them begins with them, beside the pages.
"""

import os
import shutil
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from random import Random

from benchmarks.databases import WRITTEN, Say, match_indexes, shape
from benchmarks.generate import MASTER_KEY
from benchmarks.land import COUNTY_CODE, land_of
from benchmarks.pupils import pupil
from benchmarks.size import LAST_FRIDAY, SEED
from casework.bootstrap import initialise, make_casework
from casework.commands.case_facts import take_facts
from casework.commands.postings import PostingRow, take_posting_rows
from casework.commands.roster import RosterRow, take_roster_rows
from casework.commands.units import take_unit_rows
from casework.config import Settings
from casework.domain.case_file import STATUSES, VISITS
from casework.domain.ledger import Fact, fact_of
from casework.domain.values import LOCAL_OPERATOR, SHANGHAI
from casework.jobs import reminders
from casework.projections.reference import Reference
from casework.service import Casework
from casework.store.act import Act
from casework.store.backup_log import SCHEDULED, BackupNote, note_backup
from casework.store.database import make_engine
from casework.store.store import Reply
from casework.tables import metadata

VERSION = 2
_WRITTEN_TOO = ("posting", "board_tally", "account", "session")
PASSWORD = "benchmark-pages"
SERVED_AT = f"{LAST_FRIDAY}T18:00:00+08:00"
"""The time at which the counties are served: the day's jobs are behind them."""
CLERK, TEACHER = "bench-clerk", "bench-teacher"
_GRADE, _CLASS = "7", "1班"
FILES_OF_AN_ACT = 200
MASTER_KEY_TEXT = MASTER_KEY.hex()


def settings_of(folder: Path) -> Settings:
    """The settings the county is written and served with."""
    environ = {
        "CASEWORK_MODE": "test",
        "CASEWORK_DATA_DIR": str(folder),
        "CASEWORK_MASTER_KEY": MASTER_KEY_TEXT,
        "CASEWORK_SECRET_KEY": "benchmark-" * 5,
    }
    return Settings.from_env({**os.environ, **environ})


def page_county(place: Path, pupils: int, files: int, say: Say) -> Path:
    """The data folder of a county with so many pupils and open files, made when it is not there yet."""
    folder = place / f"pages-{pupils}-{files}-v{VERSION}-{shape((*WRITTEN, *_WRITTEN_TOO))}"
    if folder.exists():
        return folder
    making = folder.with_suffix(".making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    _Writer(making, pupils, files, say).run()
    making.rename(folder)
    return folder


def copy_of(county: Path, place: Path) -> Path:
    """A copy to serve, with the tables and indexes of today; on the disk, so that no page waits for it."""
    copy = Path(shutil.copytree(county, place / "county"))
    engine = make_engine(settings_of(copy).database_url)
    metadata.create_all(engine)
    match_indexes(engine)
    engine.dispose()
    for name in copy.iterdir():
        with name.open("rb") as written:
            os.fsync(written.fileno())
    return copy


class _Writer:
    def __init__(self, folder: Path, pupils: int, files: int, say: Say) -> None:
        self._pupils, self._files, self._say = pupils, files, say
        self._now = datetime.combine(LAST_FRIDAY - timedelta(days=30), time(9), SHANGHAI)
        self._casework: Casework = make_casework(settings_of(folder), lambda: self._now)
        self._land = land_of(pupils)
        self._children: list[str] = []
        self._class: list[str] = []

    def run(self) -> None:
        """Units, staff, roster, then the files, 200 in an act."""
        initialise(self._casework)
        self._do("units", lambda act, known: take_unit_rows(act, known.units, self._land.rows()))
        self._roster()
        self._staff()
        others = Random(SEED).sample(self._children, self._files - len(self._class))
        chosen = [*self._class, *others]
        self._now = datetime.combine(LAST_FRIDAY, time(9), SHANGHAI)
        for start in range(0, len(chosen), FILES_OF_AN_ACT):
            chunk = chosen[start : start + FILES_OF_AN_ACT]
            self._do("files", partial(self._open, chunk))
            if start % 20_000 == 0:
                self._say(f"  {start} 份个案")
        self._now = datetime.fromisoformat(SERVED_AT)
        self._end_the_day()
        self._casework.store.engine.dispose()

    def _do(self, name: str, command: Callable[[Act, Reference], object]) -> None:
        def body(act: Act, known: Reference) -> Reply:
            command(act, known)
            return {}

        self._casework.do(f"bench.{name}", body, actor=LOCAL_OPERATOR)

    def _roster(self) -> None:
        today = self._now.date().isoformat()
        for start in range(0, self._pupils, 1000):
            numbers = range(start, min(start + 1000, self._pupils))
            rows = [pupil(self._land, number, LAST_FRIDAY.year).row() for number in numbers]

            def take(act: Act, known: Reference, rows: list[RosterRow] = rows) -> None:
                taken = take_roster_rows(act, known.units, rows, today=today)
                for row, each in zip(rows, taken, strict=True):
                    mine = self._is_measured(row)
                    (self._class if mine else self._children).append(each.child_id)

            self._do("roster", take)

    def _is_measured(self, row: RosterRow) -> bool:
        room = tuple(row.fields.get(name) for name in ("school", "grade", "klass"))
        return room == (self._land.junior[0].code, _GRADE, _CLASS)

    def _staff(self) -> None:
        school = self._land.junior[0]
        rows = [
            PostingRow(login=CLERK, name="样板股长", post="基教股", unit=COUNTY_CODE, since="2020-01-01"),
            PostingRow(
                login=TEACHER,
                name="样板班主任",
                post="班主任",
                unit=school.code,
                since="2020-01-01",
                klass=f"{_GRADE}{_CLASS}",
            ),
        ]
        self._do("staff", lambda act, known: take_posting_rows(act, known.units, rows))
        for row in rows:
            self._casework.accounts.make(row.login, row.name, PASSWORD, now=self._now)

    def _end_the_day(self) -> None:
        """The backup is only noted as made: what it costs is no part of a page."""
        note_backup(self._casework.store.engine, BackupNote(self._now, SCHEDULED, "not kept"))
        reminders.look(self._casework)

    def _open(self, chunk: list[str], act: Act, known: Reference) -> None:
        today = self._now.date().isoformat()
        rng = Random(chunk[0])

        def mark(text: str) -> str:
            return act.mark(text)

        for ledger in (STATUSES, VISITS):
            facts = {}
            for child_id in chunk:
                on = (LAST_FRIDAY - timedelta(days=rng.randint(1, 25))).isoformat()
                facts[child_id] = [_status(on, mark) if ledger == STATUSES else _visit(on, mark)]
            take_facts(act, known.units, ledger, facts, today=today)


def _status(on: str, mark: Callable[[str], str]) -> Fact:
    body = {"on": on, "change": "suspected", "causes": ["学习困难/厌学"]}
    return fact_of(f"{on} suspected", body, {"recorder": "样板股长"}, mark)


def _visit(on: str, mark: Callable[[str], str]) -> Fact:
    body = {"on": on, "start": "10:00", "mode": "上门", "met": ["家长"], "outcome": "犹豫", "units": ["学校"]}
    return fact_of(f"{on} 10:00", body, {"talk": "了解情况", "recorder": "样板班主任"}, mark)
