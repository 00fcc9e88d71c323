"""Uploads whose workers die: taken up again where they were, for as long as they get further."""

from uuid import uuid4

import pytest
from sqlalchemy import update

from casework.importers import judging
from casework.importers.judging import Judging
from casework.projections import import_queue
from casework.projections.import_runs import ImportRun, import_run
from casework.store.side import side_writing
from tests.importing.small_desk import OFFICE, children, pupil
from tests.support.uploads import Desk

CHUNK = 10


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten rows are taken at a time; their end alone says how far the work is, however slow the machine."""
    monkeypatch.setattr("casework.importers.run.ROWS_AT_ONCE", CHUNK)
    monkeypatch.setattr(judging, "_AT_ONCE", CHUNK)
    monkeypatch.setattr(judging, "_SHOW_EVERY_S", float("inf"))


class Killed(BaseException):
    """The worker's process ends here."""


def die_after(monkeypatch: pytest.MonkeyPatch, chunks: int) -> None:
    """The process ends when it has judged so many chunks of rows that no one before it has written."""
    left = [chunks]
    whole = Judging._flush

    def flush(self: Judging) -> None:
        whole(self)
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    monkeypatch.setattr(Judging, "_flush", flush)


def lapse(desk: Desk) -> None:
    """Twenty seconds go by."""
    with side_writing(desk.county.casework.store.engine) as conn:
        conn.execute(update(import_run).values(lease_until_us=1))


def interrupted(desk: Desk, monkeypatch: pytest.MonkeyPatch, run_id: str, chunks: int) -> ImportRun:
    """Another worker takes the run up and dies after so many chunks; how the run stands then."""
    with monkeypatch.context() as patch:
        die_after(patch, chunks)
        with pytest.raises(Killed):
            desk.work(uuid4().hex)
    lapse(desk)
    return desk.run(run_id)


@pytest.mark.parametrize("asked", [False, True])
def test_a_worker_that_dies_in_the_middle_is_replaced(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, asked: bool
) -> None:
    run_id = desk.upload(OFFICE, "roster", [pupil(number) for number in range(100, 150)])
    if asked:
        desk.work()
        desk.write(run_id)
    with monkeypatch.context() as patch:
        die_after(patch, 3)
        with pytest.raises(Killed):
            desk.work("first")
    assert desk.work("second") == 0, "while the lease lasts nobody else takes it"
    lapse(desk)
    desk.work("second")
    run = desk.run(run_id)
    assert (run.state, run.counts["created"], run.counts["read"]) == (
        "done" if asked else "previewed",
        50,
        50,
    )
    assert len(desk.rows(run_id, "created")) == 50
    assert children(desk) == (54 if asked else 4)


def test_a_run_that_kills_every_worker_is_given_up_with_a_sentence(desk: Desk) -> None:
    run_id = desk.upload(OFFICE, "roster", [pupil(101)])
    engine = desk.county.casework.store.engine
    for _ in range(import_queue.MOST_ATTEMPTS):
        assert import_queue.take(engine, "doomed") == run_id
        lapse(desk)
    assert import_queue.take(engine, "last") == ""
    assert desk.run(run_id).state == "failed"
    assert "没有写入" in desk.run(run_id).fault


def test_a_preview_that_gets_further_each_time_is_never_given_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = desk.upload(OFFICE, "roster", [pupil(number) for number in range(100, 190)])
    for chunks in range(1, 9):
        run = interrupted(desk, monkeypatch, run_id, chunks)
        assert (run.state, run.rows_done) == ("previewing", chunks * CHUNK)
    desk.work("last")
    run = desk.run(run_id)
    assert (run.state, run.fault, run.counts["created"]) == ("previewed", "", 90)


def test_a_write_that_gets_further_each_time_is_never_given_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = desk.preview(OFFICE, "roster", [pupil(number) for number in range(100, 190)]).run_id
    desk.write(run_id)
    for written in range(1, 9):
        run = interrupted(desk, monkeypatch, run_id, 1)
        assert (run.state, run.rows_done, children(desk)) == (
            "applying",
            written * CHUNK,
            4 + written * CHUNK,
        )
    desk.work("last")
    assert (desk.run(run_id).state, children(desk)) == ("done", 94)


def test_what_gets_no_further_than_once_before_is_given_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = desk.upload(OFFICE, "roster", [pupil(number) for number in range(100, 190)])
    interrupted(desk, monkeypatch, run_id, 3)
    for chunks in (1, 2, 3, 1, 2):
        assert interrupted(desk, monkeypatch, run_id, chunks).state == "previewing"
    assert desk.work("last") == 0
    run = desk.run(run_id)
    assert run.state == "failed"
    assert "没有进展；没有写入任何一行" in run.fault


def test_a_write_stuck_at_a_row_is_given_up_and_what_is_written_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = desk.preview(OFFICE, "roster", [pupil(number) for number in range(100, 150)]).run_id
    desk.write(run_id)
    interrupted(desk, monkeypatch, run_id, 2)
    for _ in range(import_queue.MOST_ATTEMPTS):
        assert import_queue.take(desk.county.casework.store.engine, "doomed") == run_id
        lapse(desk)
    assert desk.work("last") == 0
    run = desk.run(run_id)
    assert (run.state, children(desk)) == ("failed", 24)
    assert "已写入的行有效" in run.fault


def test_how_far_the_rows_were_judged_again_is_not_asked_of_their_writing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = desk.preview(OFFICE, "roster", [pupil(number) for number in range(100, 190)]).run_id
    desk.county.take("roster", [pupil(300, "S2", 学段="初中", 年级="七年级")])
    desk.write(run_id)
    assert interrupted(desk, monkeypatch, run_id, 8).state == "checking"
    # The rows are judged again in nine chunks and their rest; the first is written by the one who dies next.
    assert interrupted(desk, monkeypatch, run_id, 11).state == "applying"
    for _ in range(import_queue.MOST_ATTEMPTS):
        assert interrupted(desk, monkeypatch, run_id, 1).state == "applying"
    desk.work("last")
    assert (desk.run(run_id).state, children(desk)) == ("done", 95)
