"""An interrupted run goes on under its own id: what it answered before is told again, with its reasons."""

from collections.abc import Iterator

import pytest

from casework.importers import run
from casework.service import Casework
from tests.importing.small import Small, reasons
from tests.support.rows import pupil, status


class Interrupted(Exception):
    """The process ends here."""


@pytest.fixture
def one_a_chunk(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Every child, and every roster row, is a chunk of its own."""
    monkeypatch.setattr(run, "FILES_AT_ONCE", 1)
    monkeypatch.setattr(run, "ROWS_AT_ONCE", 1)
    yield monkeypatch


def interrupted_after(
    patched: pytest.MonkeyPatch, county: Small, chunks: int, kind: str, *rows: dict
) -> None:
    """Imports rows in a process that ends after so many chunks."""
    done = 0
    real = Casework.do

    def ends(self, name, command, **more):
        nonlocal done
        done += 1
        if done > chunks:
            raise Interrupted
        return real(self, name, command, **more)

    with patched.context() as inner:
        inner.setattr(Casework, "do", ends)
        with pytest.raises(Interrupted):
            county.take(kind, rows)


def test_what_was_taken_before_is_counted_as_taken_and_nothing_is_written_twice(county: Small, one_a_chunk):
    rows = [status("2026-09-01", "疑似辍学", number) for number in ("G1", "G2", "G3")]
    interrupted_after(one_a_chunk, county, 2, "status", *rows)
    before = county.acts
    assert county.verbs("status", *rows) == {"created": 3}
    assert county.acts == before + 1
    county.clean()


def test_reasons_of_rows_refused_before_are_told_again(county: Small, one_a_chunk):
    rows = [
        status("2026-10-09", "疑似辍学"),
        status("2026-09-01", "疑似辍学"),
        status("2026-09-01", "疑似辍学", "G2"),
    ]
    interrupted_after(one_a_chunk, county, 1, "status", *rows)
    outcome = county.take("status", rows)
    assert "日期 2026-10-09 在将来" in reasons(outcome)
    assert (outcome.counts["refused"], outcome.counts["created"]) == (1, 2)


def test_a_child_that_became_known_in_between_is_not_taken_for_another(county: Small, one_a_chunk):
    rows = [status("2026-09-01", "疑似辍学", number) for number in ("N9", "G1", "G2")]
    interrupted_after(one_a_chunk, county, 1, "status", *rows)
    county.good("roster", pupil("N9"))
    assert county.verbs("status", *rows) == {"created": 3}
    assert county.figure("s_close") == 3
    county.clean()


def test_a_full_roster_that_was_interrupted_knows_whom_it_had_named(county: Small, one_a_chunk):
    rows = [pupil("G1", 班级="9班"), pupil("G2", 班级="9班")]
    with one_a_chunk.context() as patched:
        patched.setattr(run, "finish_run", _ends)
        with pytest.raises(Interrupted):
            county.take("roster", rows, full=True)
    outcome = county.take("roster", rows, full=True)
    assert (outcome.counts["changed"], outcome.unexplained) == (2, [])


def _ends(*_: object) -> None:
    raise Interrupted
