"""`casework erase` asks before it erases; `casework verify` says what was changed, and tells the head."""

from pathlib import Path

import pytest
from sqlalchemy import text

from casework.store.database import make_engine, writing
from tests.cli.files import Office
from tests.support.rows import visit

WHY = ("--reason", "监护人申请")


def changed(office: Office, statement: str) -> None:
    engine = make_engine(f"sqlite:///{office.folder / 'data' / 'casework.db'}")
    with writing(engine) as conn:
        conn.execute(text(statement))
    engine.dispose()


def test_an_erasure_at_a_terminal_is_confirmed_by_the_name(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "学生G2")
    assert office.run("erase", "G1", *WHY).code == 2
    monkeypatch.setattr("builtins.input", lambda _: "学生G1")
    done = office.run("erase", "G1", *WHY)
    assert done.code == 0
    assert "密钥已销毁" in done.out
    assert "以前的备份" in done.out


def test_a_script_that_nobody_can_answer_for_erases_with_the_reason_alone(office: Office) -> None:
    assert office.run("erase", "G1", *WHY).code == 0
    assert "此前已清除过" in office.run("erase", "G1", *WHY).out


def test_an_erasure_may_be_run_again_by_the_number_that_is_gone(office: Office) -> None:
    assert office.run("erase", "G1", *WHY, "--yes").code == 0
    again = office.run("erase", "G1", *WHY)
    assert again.code == 0
    assert "此前已清除过" in again.out


def test_nobody_is_erased_without_a_reason_or_by_a_number_that_is_nobodys(office: Office) -> None:
    assert office.run("erase", "G1", "--reason", " ", "--yes").code == 2
    unknown = office.run("erase", "G404", *WHY, "--yes")
    assert unknown.code == 2
    assert "没有这名学生" in unknown.err


def test_a_whole_history_verifies_and_its_head_is_kept(office: Office) -> None:
    office.take("visits", [visit("2026-09-20")])
    for _ in range(2):
        told = office.run("verify")
        assert told.code == 0
        assert "无改动。链头：第" in told.out
    assert len(Path(office.folder / "data" / "heads.jsonl").read_text().splitlines()) == 1
    assert "对照库外留存的链头 1 个" in told.out


def test_what_was_changed_is_named(office: Office) -> None:
    office.take("visits", [visit("2026-09-20")])
    changed(office, "UPDATE act SET name = '某某' WHERE id = 3")
    told = office.run("verify")
    assert told.code == 4
    assert "act：第 3 号操作" in told.out
    assert "请保留现场" in told.out


def test_an_end_that_was_cut_off_is_seen_by_the_kept_head(office: Office) -> None:
    office.take("visits", [visit("2026-09-20")])
    office.run("verify")
    changed(office, "DELETE FROM stored_event WHERE act = (SELECT max(id) FROM act)")
    changed(office, "DELETE FROM act WHERE id = (SELECT max(id) FROM act)")
    told = office.run("verify")
    assert told.code == 4
    assert "库外留存的链头有它，库里没有" in told.out
