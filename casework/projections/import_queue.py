"""Who works on which run of a page (导入任务): a lease in the run's row, kept up while the work goes on.

Several server processes may ask at once: one gets the run. A lease that is not kept up ends, and the
run is taken up again where it was; one that was taken up too often without getting further than ever
before is given up, with a sentence why.
"""

from sqlalchemy import Connection, Engine, func, select, update

from casework.projections.import_runs import (
    APPLYING,
    BY_PAGE,
    FAILED,
    PREVIEWING,
    UNDER_WAY,
    WAITING,
    ImportRun,
    import_run,
    run_of,
)
from casework.store.clock import now_us
from casework.store.side import side_writing

LEASE_US = 20_000_000
"""A worker that gave no sign of life for so long is gone."""
MOST_ATTEMPTS = 5
"""So often a run is taken up without getting beyond the furthest row it ever came to."""
_GIVEN_UP = {
    PREVIEWING: "预览接连五次中断，没有进展；没有写入任何一行。请把文件分成几份再导入，仍不成功请找管理员。",
    APPLYING: "写入接连五次中断，没有进展；已写入的行有效。请重新上传同一文件，已写入的行会显示为“无变化”。",
}

_c = import_run.c


class LeaseLost(Exception):
    """Another worker has taken the run up: this one must stop."""


def take(engine: Engine, owner: str) -> str:
    """Takes the oldest run that waits for work and that nobody works on; its id, "" when there is none.

    The instant is the database's own: a lease lasts in real time, whatever clock stamps the acts.
    Who takes a run up goes through its rows from the first: it has advanced when it came beyond `furthest`.
    """
    with side_writing(engine) as conn:
        now = now_us(conn, None)
        waiting = (_c.door == BY_PAGE, _c.state.in_(UNDER_WAY), _c.lease_until_us < now)
        asked = (_c.run_id, _c.state, _c.attempts, _c.rows_done, _c.furthest)
        query = select(*asked).where(*waiting).order_by(_c.started_us)
        for row in conn.execute(query.limit(1).with_for_update(skip_locked=True)):
            in_vain = row.attempts if row.rows_done <= row.furthest else 0
            if in_vain >= MOST_ATTEMPTS:
                _give_up(conn, row.run_id, row.state, now)
                continue
            state = PREVIEWING if row.state == WAITING else row.state
            values = {"lease_owner": owner, "lease_until_us": now + LEASE_US, "state": state}
            values |= {"attempts": in_vain + 1, "furthest": max(row.rows_done, row.furthest)}
            conn.execute(update(import_run).where(_c.run_id == row.run_id).values(**values))
            return str(row.run_id)
    return ""


def held(conn: Connection, owner: str) -> ImportRun | None:
    """The run this worker holds."""
    found = conn.scalar(select(_c.run_id).where(_c.lease_owner == owner))
    return run_of(conn, found) if found else None


def keep(conn: Connection, run_id: str, owner: str, **values: object) -> None:
    """Keeps the lease up and writes what has changed of the run. Raises LeaseLost."""
    until = now_us(conn, None) + LEASE_US
    mine = (_c.run_id == run_id, _c.lease_owner == owner)
    changed = conn.execute(update(import_run).where(*mine).values(lease_until_us=until, **values))
    if not changed.rowcount:
        raise LeaseLost(run_id)


def release(conn: Connection, run_id: str, owner: str, **values: object) -> None:
    """Ends the work on a run, with what it has come to. Raises LeaseLost."""
    keep(conn, run_id, owner, **values)
    free = {"lease_owner": "", "lease_until_us": 0, "attempts": 0, "furthest": 0}
    conn.execute(update(import_run).where(_c.run_id == run_id).values(**free))


def is_waiting(conn: Connection) -> bool:
    """Whether there is work that nobody does."""
    now = now_us(conn, None)
    query = select(_c.run_id).where(_c.door == BY_PAGE, _c.state.in_(UNDER_WAY), _c.lease_until_us < now)
    return conn.scalar(query.limit(1)) is not None


def runs_under_way(conn: Connection) -> dict[str, int]:
    """How many runs of pages wait or are worked on, by state."""
    query = select(_c.state, func.count()).where(_c.door == BY_PAGE, _c.state.in_(UNDER_WAY))
    return {str(row[0]): int(row[1]) for row in conn.execute(query.group_by(_c.state))}


def _give_up(conn: Connection, run_id: str, state: str, now: int) -> None:
    values = {"state": FAILED, "fault": _GIVEN_UP.get(state, _GIVEN_UP[PREVIEWING]), "finished_us": now}
    conn.execute(update(import_run).where(_c.run_id == run_id).values(**values))
