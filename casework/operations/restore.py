"""Restoring a backup into an empty place (恢复): step by step, and nobody is served before it proved itself.

Whatever fails, the place is as empty as it was found.
"""

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import delete, update

from casework.accounts.tables import session
from casework.bootstrap import adopt_shipped, make_casework
from casework.config import Settings
from casework.errors import BadInput
from casework.operations.archive import DATABASE, UPLOADS, unpack
from casework.operations.erasure import note_register, replay
from casework.operations.erasure_register import Entry, read_register, register_of
from casework.operations.files import private_room
from casework.operations.heads import note_head
from casework.operations.manifest import Manifest, is_newer, master_mark
from casework.operations.places import Place, place_of
from casework.operations.proof import NotProved, prove, reports_differ, rows_differ
from casework.projections.rebuild import rebuild
from casework.projections.reconcile import reconcile
from casework.projections.verify import Verified, verify
from casework.service import Casework
from casework.store.clock import micros
from casework.store.database import writing
from casework.store.keys import KeyRing
from casework.store.lease import lease
from casework.store.migration import head, knows, settle_rebuild, upgrade_on

Tell = Callable[[str], None]


@dataclass
class Restoring:
    """One restore under way: the manifest, the unpacked files, the place and the application over it."""

    settings: Settings
    manifest: Manifest
    room: Path
    place: Place
    casework: Casework
    despite: bool
    erasures: list[Entry]


@dataclass(frozen=True)
class Step:
    """One step; `run` does it and says what it found, or raises CaseworkError to stop everything."""

    name: str
    run: Callable[[Restoring], str]


def restore(
    settings: Settings, file: Path, tell: Tell, *, despite: bool = False, register: Path | None = None
) -> Manifest:
    """Restores a backup into the empty place the settings name; `tell` gets a line for each step.

    `despite`: what was wrong in the county before it was backed up is told and kept, for who has no better.
    `register`: another register of erasures (清除登记), besides the one in the data folder.
    Raises BadInput for a file, key or place that will not do, NotProved when the proof fails.
    """
    place, key = place_of(settings.database_url), settings.key_of_backups()
    _refuse_kept_files(settings)
    erasures = _registered(settings, register)
    with place.held(), private_room(place.room_in(settings.data_dir)) as room:
        started = time.monotonic()
        manifest = _unpack(settings, file, key, room, place)
        _told(tell, "读出备份", f"{len(manifest.files)} 个文件，逐个核对无误", started)
        try:
            started = time.monotonic()
            url = place.load(room / DATABASE)
            _told(tell, "装入数据库", f"第 {manifest.facts.act} 号操作为止", started)
            casework = make_casework(replace(settings, database_url=url))
            _run_steps(Restoring(settings, manifest, room, place, casework, despite, erasures), tell)
        except BaseException:
            place.leave()
            raise
    return manifest


def check(settings: Settings, file: Path) -> Manifest:
    """Reads a backup to its last byte without restoring it. Raises as `restore` does for the file."""
    key = settings.key_of_backups()
    try:
        with file.open("rb") as opened:
            return unpack(opened, key, None, lambda manifest: None)
    except OSError as error:
        raise BadInput(f"读不了备份文件 {file}：{error.strerror}") from error


def _run_steps(work: Restoring, tell: Tell) -> None:
    try:
        for step in STEPS:
            started = time.monotonic()
            _told(tell, step.name, step.run(work), started)
    finally:
        work.casework.store.engine.dispose()
    _put_back_uploads(work)
    try:
        work.place.open()
    except BaseException:
        shutil.rmtree(work.settings.uploads, ignore_errors=True)
        raise
    _note_where_we_are(work)


def _note_where_we_are(work: Restoring) -> None:
    """The heads of the acts that the backup lacks no longer hold; the register knows all erasures."""
    casework = make_casework(work.settings)
    try:
        note_head(casework, work.settings, restored=True)
        note_register(casework, work.settings)
    finally:
        casework.store.engine.dispose()


def _registered(settings: Settings, register: Path | None) -> list[Entry]:
    """Which children were erased, by the register of this place and by the one that was given."""
    keyed = KeyRing(settings.master_key).link
    if register is not None and not register.exists():
        raise BadInput(f"没有清除登记文件 {register}")
    files = [register_of(settings), *([register] if register else [])]
    return [entry for file in files for entry in read_register(file, keyed)]


def _told(tell: Tell, name: str, found: str, started: float) -> None:
    tell(f"{name}：{found}（{time.monotonic() - started:.1f} 秒）")


def _refuse_kept_files(settings: Settings) -> None:
    with suppress(FileNotFoundError):
        if any(settings.uploads.iterdir()):
            raise BadInput(f"{settings.uploads} 里已有文件：恢复只写入空的目录，请先移走")


def _unpack(settings: Settings, file: Path, key: bytes, room: Path, place: Place) -> Manifest:
    try:
        with file.open("rb") as opened:
            return unpack(opened, key, room, lambda manifest: _accept(settings, manifest, place))
    except OSError as error:
        raise BadInput(f"备份文件 {file} 没有读出来：{error.strerror}") from error


def _accept(settings: Settings, manifest: Manifest, place: Place) -> None:
    """Refuses a backup that could be unpacked but not used here."""
    facts = manifest.facts
    if is_newer(manifest.program) or not knows(facts.migration):
        raise BadInput(f"这份备份由更新版本的程序（{manifest.program}）写成，请先升级本程序，再恢复")
    if facts.kind != place.kind:
        wanted, here = _KINDS[facts.kind], _KINDS[place.kind]
        raise BadInput(
            f"这份备份来自 {wanted}，而 CASEWORK_DATABASE_URL 是 {here}："
            f"请先恢复到 {wanted}，再用 casework copy-to 搬到 {here}"
        )
    if manifest.master_mark != master_mark(KeyRing(settings.master_key)):
        raise BadInput("主密钥与这份备份不符，恢复后读不出个人信息：请换用做备份时的 CASEWORK_MASTER_KEY")


_KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def _rows(work: Restoring) -> str:
    facts = work.manifest.facts
    with work.casework.store.snapshot() as snapshot:
        prove(rows_differ(facts, snapshot))
    return f"{len(facts.rows)} 张表、{sum(facts.rows.values())} 行，与备份时相同"


def _shape(work: Restoring) -> str:
    before = work.manifest.facts.migration
    if before != head():
        with writing(work.casework.store.engine) as conn:
            upgrade_on(conn)
        rebuild(work.casework.store)
        settle_rebuild(work.casework.store.engine)
    adopted = adopt_shipped(work.casework)
    moved = f"由 {before} 升级到 {head()}，读模型已重建" if before != head() else f"{head()}，已是最新"
    return moved + (f"；采用默认政策 {'、'.join(adopted)}" if adopted else "")


def _devices(work: Restoring) -> str:
    """A device signed out since the backup would be signed in again: all of them sign in anew."""
    engine = work.casework.store.engine
    now = micros(work.casework.store.now())
    with writing(engine) as conn:
        ended = conn.execute(update(session).where(session.c.revoked_us.is_(None)).values(revoked_us=now))
        conn.execute(delete(lease))
    return f"{ended.rowcount} 台，须重新登录"


def _erasures(work: Restoring) -> str:
    """Who was erased since the backup is erased before anybody is served; its uploads go with it."""
    again = replay(work.casework, work.room / UPLOADS, work.erasures)
    known = len({entry.child for entry in work.erasures})
    if not known:
        return "没有清除登记（如有别处保存的，请用 --erasures 重新恢复）"
    return f"登记 {known} 人，其中备份后清除的 {again} 人，已再次清除"


def _history(work: Restoring) -> str:
    """Every act as it was recorded: a backup may have been made of a database that was tampered with."""
    done = Verified()
    with work.casework.store.snapshot() as snapshot:
        found = verify(snapshot.conn, work.casework.store.keys.link, {}, done)
        faults = [fault.sentence() for fault in found]
    return f"{done.acts} 次操作、{done.events} 个事件，无改动{_kept(work, faults)}"


def _read_models(work: Restoring) -> str:
    """What follows from the events is made anew if it did not: a county may have been backed up so."""
    found = _differences(work)
    if not found:
        return "一致"
    rebuild(work.casework.store)
    left = _differences(work)
    kept = _kept(work, left)
    return f"备份时已有出入（{found[0]}），已由事件重建{kept}"


def _differences(work: Restoring) -> list[str]:
    with work.casework.store.snapshot() as snapshot:
        return reconcile(snapshot)


def _reports(work: Restoring) -> str:
    facts = work.manifest.facts
    with work.casework.store.snapshot(k=facts.act) as snapshot:
        differing = reports_differ(facts, snapshot)
    if differing is None:
        return "统计口径的版本已不同，未比对"
    kept = _kept(work, differing)
    return f"{len(facts.reports) - len(differing)} 份周报的数字与备份时相同{kept}"


def _kept(work: Restoring, differences: list[str]) -> str:
    """Refuses what does not prove itself; who asked for it all the same is told what it is."""
    if differences and not work.despite:
        raise NotProved(
            f"恢复的数据自证不符，未启用，已清空：{'；'.join(differences[:5])}。"
            "请先试另一份备份；没有更好的，可加 --despite-differences 保留"
        )
    return f"；不符而按要求保留的：{'；'.join(differences)}" if differences else ""


def _put_back_uploads(work: Restoring) -> None:
    uploads = work.settings.uploads
    for file in sorted((work.room / UPLOADS).glob("*")):
        uploads.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.move(file, uploads / file.name)


STEPS = (
    Step("核对行数", _rows),
    Step("核对结构", _shape),
    Step("校验历史", _history),
    Step("退出所有设备", _devices),
    Step("补做清除", _erasures),
    Step("核对读模型与事件", _read_models),
    Step("核对周报", _reports),
)
"""What stands between a loaded database and its first user, in this order; each may refuse."""
