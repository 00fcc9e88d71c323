"""Whether this server can do its work now (就绪检查): each question answered in a sentence.

`RED`: pages cannot work rightly. `WARN`: they do, but somebody should look. An old backup turns
nothing red: sending everybody away would not make it younger.
"""

import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from sqlalchemy import Engine, make_url

from casework.bootstrap import documents_lacking
from casework.config import Settings
from casework.errors import CaseworkError
from casework.operations.scheduled import standing
from casework.service import Casework
from casework.store import lease
from casework.store.database import reading
from casework.store.migration import head, is_being_restored, is_rebuild_owed, revision_of
from casework.telemetry import logs

OK, WARN, RED = "ok", "warn", "red"
PATIENCE_S = 3.0
KEPT_S = 2.0
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What one check found; `words` for a person."""

    check: str
    state: str
    words: str


class Readiness:
    """The checks of one server process. Asked often, it looks every two seconds at most."""

    def __init__(self, casework: Casework, settings: Settings) -> None:
        self._casework = casework
        self._settings = settings
        self._looking = ThreadPoolExecutor(1, thread_name_prefix="readiness")
        self._seen: tuple[float, Sequence[Answer]] = (-KEPT_S, ())

    def answers(self) -> Sequence[Answer]:
        """What every check finds; the database has three seconds to say something."""
        since, seen = self._seen
        if monotonic() - since < KEPT_S:
            return seen
        looked = [*self._of_database(), disks(self._settings)]
        self._seen = (monotonic(), looked)
        return looked

    def _of_database(self) -> list[Answer]:
        asked = self._looking.submit(database_checks, self._casework)
        try:
            return asked.result(timeout=PATIENCE_S)
        except TookTooLong:
            asked.cancel()
            return [Answer("database", RED, f"数据库 {PATIENCE_S:.0f} 秒内没有回答")]


def is_red(answers: Sequence[Answer]) -> bool:
    """Whether any check is."""
    return any(each.state == RED for each in answers)


def database_checks(casework: Casework) -> list[Answer]:
    """All that is asked of the database; what depends on a sound one is not asked of another."""
    try:
        found = _shape(casework.store.engine)
        if is_red(found):
            return found
        return [*found, _rules(casework), _backups(casework), _worker(casework.store.engine)]
    except Exception as error:  # whatever it is, the server is not ready
        logs.fault("the readiness of the database could not be seen", error)
        return [Answer("database", RED, "连不上数据库，或读不出来：请看服务日志和数据库日志")]


def _shape(engine: Engine) -> list[Answer]:
    with reading(engine) as conn:
        found, restoring, owed = revision_of(conn), is_being_restored(conn), is_rebuild_owed(conn)
    answers = [Answer("database", OK, "连得上")]
    if found == head() and not owed:
        answers.append(Answer("migration", OK, f"结构 {found}，是最新的"))
    else:
        words = (
            "结构已升级，读模型还没有重建" if found == head() else f"结构是 {found or '空'}，应为 {head()}"
        )
        answers.append(Answer("migration", RED, f"{words}：请运行 casework migrate"))
    restored = (
        Answer("restore", RED, "恢复没有做完：请重新运行 casework restore")
        if restoring
        else Answer("restore", OK, "没有未做完的恢复")
    )
    return [*answers, restored]


def _rules(casework: Casework) -> Answer:
    missing = documents_lacking(casework)
    if missing:
        return Answer("policies", RED, f"还没有采用政策文件 {'、'.join(missing)}：请运行 casework migrate")
    return Answer("policies", OK, "政策文件齐全")


def _backups(casework: Casework) -> Answer:
    try:
        with casework.reading() as moment:
            found = standing(moment)
    except CaseworkError as refusal:
        return Answer("backup", WARN, refusal.message)
    if found.warning:
        return Answer("backup", WARN, found.warning)
    at = (
        f"最近一次成功的备份是 {found.last.ended_at:%Y-%m-%d %H:%M}" if found.last else "还没有到该备份的时候"
    )
    return Answer("backup", OK, at)


def _worker(engine: Engine) -> Answer:
    if lease.is_held(engine, lease.WORKER):
        return Answer("worker", OK, "定时任务有进程在做")
    return Answer("worker", WARN, "没有进程在做定时任务：备份会停下，请看 casework-worker 服务")


def disks(settings: Settings) -> Answer:
    """The room left where the program writes; the tightest place speaks."""
    rooms = {folder: _room(folder) for folder in folders(settings)}
    folder = min(rooms, key=lambda each: rooms[each])
    words = f"{folder} 所在磁盘还剩 {rooms[folder] / 1000:.1f} GB"
    if rooms[folder] < settings.disk_reserve_mb:
        return Answer("disk", RED, f"{words}，不足 {settings.disk_reserve_mb} MB：请腾出空间")
    return Answer("disk", OK, words)


def folders(settings: Settings) -> list[Path]:
    """Where data are written: the data folder, SQLite's file, the backups."""
    url = make_url(settings.database_url) if settings.database_url else None
    named = [settings.data_dir, settings.backups]
    if url is not None and url.drivername == "sqlite" and url.database:
        named.append(Path(url.database).absolute().parent)
    return list(dict.fromkeys(named))


def _room(folder: Path) -> float:
    """Megabytes free there, or at the nearest folder above that exists."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free / _MB
