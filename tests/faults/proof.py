"""What must be true of the database, whatever was killed: each acknowledged write once, nothing half."""

from collections import Counter
from itertools import pairwise

from sqlalchemy import select

from casework.domain.case_file import LETTERS, VISITS
from casework.projections.case_history import history_of
from casework.projections.import_runs import DONE, import_run
from casework.projections.letters import letter
from casework.projections.reconcile import reconcile
from casework.projections.roster import child
from casework.projections.verify import verify
from casework.store.schema import act, number_series
from casework.store.snapshot import Snapshot
from tests.faults.clients import ROWS, Sent
from tests.faults.site import FaultSite


def sound(site: FaultSite) -> None:
    """The read models follow from the events, the chain of acts is whole, its numbers and times ascend."""
    with site.casework.reading() as reading:
        conn = reading.snapshot.conn
        assert reconcile(reading.snapshot) == []
        faults = list(verify(conn, site.casework.store.keys.link, {}))
        assert not faults, [fault.sentence() for fault in faults]
        acts = conn.execute(select(act.c.id, act.c.recorded_us).order_by(act.c.id)).all()
    assert [row.id for row in acts] == list(range(1, len(acts) + 1))
    assert all(one.recorded_us < other.recorded_us for one, other in pairwise(acts))


def verified_against_heads(site: FaultSite) -> None:
    """`casework verify` as an administrator runs it, with the heads kept outside the database."""
    code, told = site.run("verify")
    assert code == 0, told


def all_there_once(site: FaultSite, sent: Sent) -> None:
    """Acknowledged: exactly once. Given up: at most once. Nothing that nobody sent."""
    with site.casework.reading() as reading:
        _visits(reading.snapshot, sent, site)
        _letters(reading.snapshot, sent)
        _imports(reading.snapshot, sent)


def _visits(snapshot: Snapshot, sent: Sent, site: FaultSite) -> None:
    found: Counter[tuple[str, str]] = Counter()
    for child_id in site.children.values():
        for line in history_of(snapshot, child_id, open_private=True).lines:
            if line.ledger == VISITS:
                assert len(line.versions) == 1 and line.now.said
                found[line.now.said["talk"], f"/children/{child_id}/visits/{line.no}"] += 1
    texts = Counter(talk for talk, _ in found.elements())
    assert set(texts.values()) <= {1}, texts.most_common(3)
    assert set(texts) <= set(sent.visits)
    told = {(talk, at) for talk, at in sent.visits.items() if at}
    assert told <= set(found), told - set(found)


def _letters(snapshot: Snapshot, sent: Sent) -> None:
    rows = snapshot.conn.execute(select(letter).order_by(letter.c.n)).all()
    assert [row.n for row in rows] == list(range(1, len(rows) + 1)), "no gap, no repeat"
    last = snapshot.conn.scalars(select(number_series.c.last)).all()
    assert list(last) == ([len(rows)] if rows else [])
    issued = snapshot.conn.scalars(select(act.c.command_id).where(act.c.command == "issue_letter")).all()
    assert len(issued) == len(rows) and set(issued) <= set(sent.letters)
    there = {f"/cases/{row.case_id}/letters/{row.no}": row for row in rows}
    told = [at for at in sent.letters.values() if at]
    assert len(set(told)) == len(told) and set(told) <= set(there)
    assert all(there[at].served_on for at, saved in sent.served.items() if saved)
    for row in rows:
        lines = history_of(snapshot, row.case_id, open_private=False).lines
        services = [line for line in lines if line.ledger == "services" and line.no == row.no]
        assert len(services) == bool(row.served_on)
        assert sum((line.ledger, line.no) == (LETTERS, row.no) for line in lines) == 1


def _imports(snapshot: Snapshot, sent: Sent) -> None:
    runs = {row.run_id: row for row in snapshot.conn.execute(select(import_run))}
    for run_id, done in sent.imported.items():
        assert done and runs[run_id].state == DONE, run_id
    kinds = Counter(runs[run_id].kind for run_id in sent.imported)
    new = [row for row in snapshot.conn.execute(child.select()) if row.student_no.startswith("N")]
    assert len(new) == kinds["roster"] * ROWS
    visited: Counter[int] = Counter()
    for row in new:
        lines = history_of(snapshot, row.child_id, open_private=False).lines
        visited[sum(line.ledger == VISITS for line in lines)] += 1
    assert set(visited) <= {0, 1} and visited[1] == kinds["visits"] * ROWS
