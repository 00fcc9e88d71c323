"""Import runs: which file was imported when by whom, how far it is, what it did (导入记录).

Not part of the history: a run's row is written beside its acts, which carry its id in theirs. One table
for the command line, whose runs begin when they write, and for the pages, whose runs begin with an upload.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from casework.domain.values import Actor
from casework.store.clock import micros
from casework.store.database import writing
from casework.store.schema import metadata
from casework.store.side import side_writing
from casework.store.store import Store

WAITING, PREVIEWING, PREVIEWED, CHECKING = "waiting", "previewing", "previewed", "checking"
APPLYING, DONE, FAILED, DROPPED = "applying", "done", "failed", "dropped"
STATES = {
    WAITING: "待预览",
    PREVIEWING: "预览中",
    PREVIEWED: "已预览",
    CHECKING: "复核中",
    APPLYING: "写入中",
    DONE: "完成",
    FAILED: "失败",
    DROPPED: "已放弃",
}
"""State → what it is called."""
UNDER_WAY = (WAITING, PREVIEWING, CHECKING, APPLYING)

BY_PAGE, BY_COMMAND = "page", "command"

import_run = Table(
    "import_run",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("door", String(10), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("full", Boolean, nullable=False),
    Column("confirm_names", Boolean, nullable=False),
    Column("all_or_nothing", Boolean, nullable=False),
    Column("account", String(100), nullable=False),
    Column("name", Text, nullable=False),
    Column("post", Text, nullable=False),
    Column("unit", String(100), nullable=False),
    Column("state", String(12), nullable=False),
    Column("rows_done", Integer, nullable=False),
    Column("rows_total", Integer, nullable=False),
    Column("counts", Text, nullable=False),
    Column("fault", Text, nullable=False),
    Column("upload", String(32), nullable=False),
    Column("about", LargeBinary, nullable=True),
    Column("judged_act", BigInteger, nullable=False),
    Column("started_us", BigInteger, nullable=False),
    Column("finished_us", BigInteger, nullable=True),
    Column("lease_owner", String(32), nullable=False),
    Column("lease_until_us", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("furthest", Integer, nullable=False),
    Index(None, "digest"),
    Index(None, "started_us", "run_id"),
    Index(None, "unit", "started_us"),
    Index(None, "state"),
    comment="digest: of the file (page) or of its rows (command); upload: the sealed file while it is kept; "
    "attempts: begun one after the other without getting beyond the furthest row of those before",
)

_c = import_run.c


@dataclass(frozen=True, slots=True)
class Run:
    """One run to write under; one that goes on after an interruption is the same."""

    run_id: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came in by a page: what it is to be taken as, by whom; `upload` names the sealed file."""

    run_id: str
    upload: str
    kind: str
    file_name: str
    size: int
    digest: str
    actor: Actor
    full: bool = False
    confirm_names: bool = False
    all_or_nothing: bool = False


@dataclass(frozen=True, slots=True)
class ImportRun:
    """A run as it stands. `counts` by verb of rows; times in microseconds."""

    run_id: str
    door: str
    kind: str
    file_name: str
    size: int
    full: bool
    confirm_names: bool
    all_or_nothing: bool
    actor: Actor
    state: str
    rows_done: int
    rows_total: int
    counts: Mapping[str, int]
    fault: str
    upload: str
    about: bytes | None
    judged_act: int
    started_us: int
    finished_us: int | None
    lease_until_us: int


class RunPage(NamedTuple):
    """One page of runs, newest first; `after` is the place to go on from, None at the end."""

    runs: list[ImportRun]
    after: tuple[int, str] | None


def begin_run(store: Store, kind: str, file_name: str, digest: str, actor: Actor) -> Run:
    """The unfinished run of this very file by this account at the command line, else a new one."""
    same = (_c.kind == kind, _c.digest == digest, _c.account == actor.account, _c.finished_us.is_(None))
    started = micros(store.now())
    with writing(store.engine) as conn:
        held = conn.scalar(select(_c.run_id).where(*same, _c.door == BY_COMMAND).limit(1))
        if held:
            return Run(held)
        upload = Upload(uuid4().hex, "", kind, file_name, 0, digest, actor)
        conn.execute(insert(import_run).values(_first(upload, BY_COMMAND, APPLYING, started)))
        return Run(upload.run_id)


def finish_run(store: Store, run: Run, counts: Mapping[str, int]) -> None:
    """Marks a run of the command line as complete, with what it did."""
    finished = micros(store.now())
    with writing(store.engine) as conn:
        _set(conn, run.run_id, state=DONE, finished_us=finished, counts=_json(counts))


def add_upload(store: Store, upload: Upload) -> None:
    """A file has come in by a page; it waits for its preview."""
    started = micros(store.now())
    with side_writing(store.engine) as conn:
        conn.execute(insert(import_run).values(_first(upload, BY_PAGE, WAITING, started)))


def move(engine: Engine, run_id: str, before: Collection[str], **values: Any) -> bool:
    """Changes a run that is in one of the states `before`; False when it is not (any more)."""
    with side_writing(engine) as conn:
        chosen = (_c.run_id == run_id, _c.door == BY_PAGE, _c.state.in_(before))
        return bool(conn.execute(update(import_run).where(*chosen).values(**values)).rowcount)


def run_of(conn: Connection, run_id: str) -> ImportRun | None:
    """A run by its id."""
    row = conn.execute(select(import_run).where(_c.run_id == run_id)).first()
    return _read(row) if row else None


def runs_of(
    conn: Connection,
    *,
    units: Collection[str] | None,
    account: str,
    kinds: Collection[str],
    after: tuple[int, str] | None = None,
    size: int,
) -> RunPage:
    """Runs of these units (None: of all, the local operator's too) and of this account, newest first."""
    query = select(import_run).where(_c.kind.in_(kinds))
    if units is not None:
        query = query.where(or_(_c.unit.in_(units) if units else false(), _c.account == account))
    if after:
        query = query.where(tuple_(_c.started_us, _c.run_id) < tuple_(*after))
    rows = conn.execute(query.order_by(_c.started_us.desc(), _c.run_id.desc()).limit(size + 1)).all()
    shown = [_read(row) for row in rows[:size]]
    return RunPage(shown, (shown[-1].started_us, shown[-1].run_id) if len(rows) > size else None)


def stale_runs(conn: Connection, before_us: int) -> list[ImportRun]:
    """Runs of pages begun before an instant and not under way: their file and rows are to go."""
    chosen = (_c.door == BY_PAGE, _c.started_us < before_us, _c.state.not_in(UNDER_WAY))
    query = select(import_run).where(*chosen, or_(_c.about.is_not(None), _c.upload != ""))
    return [_read(row) for row in conn.execute(query)]


def uploads_kept(conn: Connection) -> set[str]:
    """The sealed files that runs still name."""
    return set(conn.scalars(select(_c.upload).where(_c.upload != "")))


def _first(upload: Upload, door: str, state: str, started_us: int) -> dict[str, Any]:
    actor = upload.actor
    return {
        "run_id": upload.run_id,
        "door": door,
        "kind": upload.kind,
        "file_name": upload.file_name,
        "size": upload.size,
        "digest": upload.digest,
        "full": upload.full,
        "confirm_names": upload.confirm_names,
        "all_or_nothing": upload.all_or_nothing,
        "account": actor.account,
        "name": actor.name,
        "post": actor.post,
        "unit": actor.unit,
        "state": state,
        "rows_done": 0,
        "rows_total": 0,
        "counts": "{}",
        "fault": "",
        "upload": upload.upload,
        "about": None,
        "judged_act": 0,
        "started_us": started_us,
        "finished_us": None,
        "lease_owner": "",
        "lease_until_us": 0,
        "attempts": 0,
        "furthest": 0,
    }


def _set(conn: Connection, run_id: str, **values: Any) -> None:
    conn.execute(update(import_run).where(_c.run_id == run_id).values(**values))


def _read(row: Any) -> ImportRun:
    values = dict(row._mapping)
    names = ImportRun.__dataclass_fields__
    actor = Actor(values["account"], values["name"], values["post"], values["unit"])
    counts = json.loads(values["counts"])
    kept = {name: value for name, value in values.items() if name in names and name != "counts"}
    return ImportRun(**kept, actor=actor, counts=counts)


def _json(counts: Mapping[str, int]) -> str:
    return json.dumps(dict(counts), sort_keys=True)
