"""Imports by a page (网页导入): a file is taken in, previewed, asked to be written, or dropped.

What a person asks for is noted in the run's row; `importers.uploaded` does the work, wherever it runs.
"""

from dataclasses import dataclass
from typing import BinaryIO
from uuid import uuid4

from sqlalchemy.exc import IntegrityError

from casework.domain.values import Actor
from casework.errors import ChangedMeanwhile
from casework.importers.source import Source, kind_of
from casework.projections.import_rows import delete_rows, forget_differences
from casework.projections.import_runs import (
    CHECKING,
    DROPPED,
    FAILED,
    PREVIEWED,
    WAITING,
    ImportRun,
    Upload,
    add_upload,
    move,
)
from casework.service import Casework
from casework.store.clock import micros
from casework.store.sealed_files import SealedFiles
from casework.store.side import side_writing

_OPEN = (WAITING, PREVIEWED, FAILED)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person chooses with a file: full roster, names confirmed, all or nothing."""

    full: bool = False
    confirm_names: bool = False
    all_or_nothing: bool = False


def receive(
    casework: Casework,
    files: SealedFiles,
    *,
    run_id: str,
    kind: str,
    file_name: str,
    plain: BinaryIO,
    actor: Actor,
    choices: Choices,
) -> None:
    """Seals a file and begins its run; the same form sent twice begins one.

    Raises BadInput for what is seen to be no readable workbook: nothing is kept of it.
    """
    name = uuid4().hex
    written = files.write(name, plain)
    try:
        kind_of(Source(files.read(name), file_name))
        upload = Upload(
            run_id,
            name,
            kind,
            file_name,
            written.size,
            written.sha256,
            actor,
            choices.full and kind == "roster",
            choices.confirm_names,
            choices.all_or_nothing,
        )
        add_upload(casework.store, upload)
    except IntegrityError:
        files.delete(name)
    except BaseException:
        files.delete(name)
        raise


def ask_to_write(casework: Casework, run: ImportRun) -> None:
    """A person has seen the preview and wants it written. Asked again, nothing more happens.

    Raises ChangedMeanwhile when the run is no longer one that can be written.
    """
    engine = casework.store.engine
    if move(engine, run.run_id, (PREVIEWED,), state=CHECKING, rows_done=0):
        with side_writing(engine) as conn:
            forget_differences(conn, run.run_id)
    elif run.state in (DROPPED, FAILED):
        raise ChangedMeanwhile("这次导入已经结束，没有写入；请重新上传文件", run=run.run_id)


def drop(casework: Casework, files: SealedFiles, run: ImportRun) -> bool:
    """Gives a run up before it is written: its file and what was said of its rows are deleted."""
    now = micros(casework.store.now())
    engine = casework.store.engine
    values = {"state": DROPPED, "upload": "", "about": None, "finished_us": now}
    if not move(engine, run.run_id, _OPEN, **values):
        return False
    forget(casework, files, run)
    return True


def forget(casework: Casework, files: SealedFiles, run: ImportRun) -> None:
    """Deletes a run's file and rows; that it was, and its counts, stay."""
    if run.upload:
        files.delete(run.upload)
    with side_writing(casework.store.engine) as conn:
        delete_rows(conn, run.run_id)
