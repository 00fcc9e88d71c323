"""Erasing a child everywhere (清除个人信息): the act, the uploads, the files of the database, the register.

Each step is safe to be done again: run once more after an interruption, the command goes on to its end.
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from casework.commands.erasure import BLANKED, erase_child
from casework.config import Settings
from casework.domain.values import LOCAL_OPERATOR
from casework.errors import NotFound, RuleBroken
from casework.operations.erasure_register import Entry, erasures, note_erasures, register_of
from casework.projections.import_runs import (
    BY_PAGE,
    DROPPED,
    PREVIEWED,
    UNDER_WAY,
    import_run,
    move,
    stale_runs,
    uploads_kept,
)
from casework.service import Casework
from casework.store.clock import micros
from casework.store.database import reading
from casework.store.scrubbing import scrub
from casework.store.sealed_files import SealedFiles
from casework.tables import metadata

_FOR_EVER = 1 << 62
_JUST_COMING_IN_S = 60.0

Tell = Callable[[str], None]


def erase(casework: Casework, settings: Settings, child_id: str, reason: str, tell: Tell) -> None:
    """Erases one child from everything the system keeps; `tell` gets a line for each step.

    Raises RuleBroken while an import is under way, NotClean when files could not be cleaned: run it again.
    """
    _refuse_imports(casework)
    reply = _act(casework, child_id, reason)
    if reply["verb"] == "erased":
        rows = "、".join(f"{name} {n} 行" for name, n in sorted(reply["rows"].items()))
        tell(f"密钥已销毁；已清空或删除：{rows}")
    else:
        tell("此前已清除过，接着做完后面的清理")
    note_register(casework, settings)
    tell(f"已记入清除登记 {register_of(settings)}：恢复旧备份时先照此清除")
    tell(f"等待导入的文件和预览已删除：{forget_uploads(casework, settings.uploads)} 次导入")
    scrub_database(casework)
    tell("数据库文件和日志里的残留已清理")


def replay(casework: Casework, uploads: Path, entries: Iterable[Entry]) -> int:
    """Erases again what was erased after a backup; how many children. Its files are cleaned of them."""
    with reading(casework.store.engine) as conn:
        done = {entry.child for entry in erasures(conn)}
    again = 0
    for entry in entries:
        if entry.child not in done:
            again += _erased_again(casework, entry)
    if again:
        forget_uploads(casework, uploads)
        scrub_database(casework)
    return again


def _erased_again(casework: Casework, entry: Entry) -> int:
    try:
        return int(_act(casework, entry.child, entry.reason)["verb"] == "erased")
    except NotFound:
        return 0  # the child came after the backup


def note_register(casework: Casework, settings: Settings) -> None:
    """Brings the register outside the database up to date."""
    with reading(casework.store.engine) as conn:
        note_erasures(conn, settings, casework.store.keys.link)


def scrub_database(casework: Casework) -> None:
    """Leaves in the database's files nothing that its tables no longer hold."""
    scrub(casework.store.engine, (metadata.tables[name] for name in BLANKED))


def _act(casework: Casework, child_id: str, reason: str) -> dict[str, Any]:
    return casework.do(
        "erase_child",
        lambda act, reference: erase_child(act, reference, child_id=child_id, reason=reason),
        actor=LOCAL_OPERATOR,
    )


def _refuse_imports(casework: Casework) -> None:
    with reading(casework.store.engine) as conn:
        c = import_run.c
        busy = conn.scalar(select(c.run_id).where(c.door == BY_PAGE, c.state.in_(UNDER_WAY)).limit(1))
    if busy:
        raise RuleBroken("有导入正在进行，其中可能有这名学生：请等它结束，再运行一次")


def forget_uploads(casework: Casework, folder: Path) -> int:
    """Deletes every kept upload and preview: a sheet names many children, and who they are is sealed."""
    engine, files, now = casework.store.engine, SealedFiles(folder, casework.store.keys), casework.store.now()
    with reading(engine) as conn:
        runs = stale_runs(conn, _FOR_EVER)
    for run in runs:
        dropped = {"state": DROPPED, "finished_us": micros(now)} if run.state == PREVIEWED else {}
        states = {run.state} - set(UNDER_WAY)
        if move(engine, run.run_id, states, upload="", about=None, **dropped) and run.upload:
            files.delete(run.upload)
    with reading(engine) as conn:
        named = uploads_kept(conn)
    for name in set(files.older_than(time.time() - _JUST_COMING_IN_S)) - named:
        files.delete(name)
    return len(runs)
