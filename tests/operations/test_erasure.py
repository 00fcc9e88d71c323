"""清除个人信息: afterwards a child's words are nowhere, and every figure is as it was."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import JSON, LargeBinary, String, select

from casework.commands.erasure import BLANKED, NOTHING_OF_A_CHILD, SEALED, erase_child
from casework.config import Settings
from casework.domain.values import LOCAL_OPERATOR
from casework.errors import BadInput, NotFound, RuleBroken
from casework.operations import erasure
from casework.operations.backup import back_up
from casework.operations.erasure import erase
from casework.operations.erasure_register import read_register, register_of
from casework.operations.heads import heads_file, note_head, read_heads
from casework.operations.restore import restore
from casework.projections.children import records_of
from casework.projections.roster import child as child_table
from casework.projections.verify import verify
from casework.store.database import reading
from casework.store.schema import claim
from casework.tables import metadata
from tests import postgres
from tests.operations.forgotten import CLERK_POST, IN_CLEAR, NAME, NUMBER, PUPIL, TOLD, Place, place
from tests.operations.offices import at_work
from tests.support.uploads import Desk

LONGEST_CODE = 40
REASON = "监护人申请"


def quiet(_line: str) -> None:
    """Nobody listens."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Place, list[Path]]]:
    """The child's county, and every folder in which its words may stand; PostgreSQL: a server of its own."""
    data = tmp_path / "data"
    with ExitStack() as stack:
        if request.param == "sqlite":
            folders, url = [data], f"sqlite:///{data / 'casework.db'}"
        else:
            server = stack.enter_context(postgres.cluster(fsync=True))
            folders, url = [data, server.folder], stack.enter_context(server.database())
        yield stack.enter_context(place(url, data)), folders


def found_in(folders: list[Path]) -> dict[str, list[str]]:
    """Which of the child's words stand in which files, byte for byte."""
    wanted = {word: word.encode() for word in TOLD}
    found: dict[str, list[str]] = {}
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                content = file.read_bytes()
                for word, plain in wanted.items():
                    if plain in content:
                        found.setdefault(word, []).append(str(file.relative_to(folder)))
    return found


def test_after_the_erasure_no_word_of_the_child_is_in_any_file_and_all_figures_are_as_before(
    home: tuple[Place, list[Path]],
) -> None:
    here, folders = home
    before = here.state()
    assert before[1] == []
    assert set(IN_CLEAR) <= set(found_in(folders)), "the search finds what stands in clear"
    erase(here.county.casework, here.settings, here.child, REASON, quiet)
    assert found_in(folders) == {}
    assert here.state() == before
    with here.county.casework.store.snapshot() as snapshot:
        assert list(verify(snapshot.conn, here.county.casework.store.keys.link, {})) == []


def test_erasing_twice_is_erasing_once(sqlite_home: Place) -> None:
    casework = sqlite_home.county.casework
    for _ in range(2):
        erase(casework, sqlite_home.settings, sqlite_home.child, REASON, quiet)
    register = read_register(register_of(sqlite_home.settings), casework.store.keys.link)
    assert [entry.child for entry in register] == [sqlite_home.child]


@pytest.fixture
def sqlite_home(tmp_path: Path) -> Iterator[Place]:
    data = tmp_path / "data"
    with place(f"sqlite:///{data / 'casework.db'}", data) as here:
        yield here


@pytest.mark.parametrize("step", ["note_register", "forget_uploads", "scrub_database"])
def test_killed_in_the_middle_it_goes_on_to_the_end_when_run_again(
    sqlite_home: Place, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    casework, settings = sqlite_home.county.casework, sqlite_home.settings

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(erasure, step, killed)
        erase(casework, settings, sqlite_home.child, REASON, quiet)
    erase(casework, settings, sqlite_home.child, REASON, quiet)
    assert found_in([settings.data_dir]) == {}
    assert read_register(register_of(settings), casework.store.keys.link)


def test_the_reason_names_nobody(sqlite_home: Place) -> None:
    casework, settings = sqlite_home.county.casework, sqlite_home.settings
    for reason in ("", f"{NAME}的家长申请", f"号码 {NUMBER}"):
        with pytest.raises(BadInput):
            erase(casework, settings, sqlite_home.child, reason, quiet)
    with pytest.raises(NotFound):
        erase(casework, settings, "0" * 32, REASON, quiet)


def test_a_roster_does_not_bring_an_erased_child_back(sqlite_home: Place) -> None:
    county = sqlite_home.county
    erase(county.casework, sqlite_home.settings, sqlite_home.child, REASON, quiet)
    for row in (PUPIL, {**PUPIL, "学籍号": ""}, {**PUPIL, "姓名": "另一个名"}):
        outcome = county.take("roster", [row])
        assert not outcome.all_taken
        assert "该生的个人信息已按规定清除" in str(outcome)
    with reading(county.casework.store.engine) as conn:
        assert NAME not in set(conn.scalars(select(child_table.c.name)))
        assert NUMBER not in set(conn.scalars(select(claim.c.key)))


def test_nothing_more_is_written_down_of_an_erased_child(sqlite_home: Place) -> None:
    county = sqlite_home.county
    erase(county.casework, sqlite_home.settings, sqlite_home.child, REASON, quiet)
    visit = {"家访日期": "2026-10-01", "方式": "上门", "见到": "家长", "结果": "犹豫", "记录人": "甲"}
    outcome = county.take("visits", [{**visit, "学籍号": NUMBER, "参加人": "甲/教师/第二初中"}])
    assert not outcome.all_taken


def test_an_import_under_way_is_waited_for(sqlite_home: Place) -> None:
    desk = Desk(sqlite_home.county, sqlite_home.settings.data_dir)
    desk.upload(CLERK_POST, "roster", [PUPIL])
    with pytest.raises(RuleBroken, match="有导入正在进行"):
        erase(sqlite_home.county.casework, sqlite_home.settings, sqlite_home.child, REASON, quiet)


def test_a_child_on_the_roster_only_is_erased_too(sqlite_home: Place) -> None:
    county = sqlite_home.county
    county.take("roster", [{**PUPIL, "学籍号": "G777", "姓名": "司空无案", "证件号": ""}])
    with reading(county.casework.store.engine) as conn:
        child = conn.scalar(select(child_table.c.child_id).where(child_table.c.student_no == "G777"))
    before = sqlite_home.state()
    reply = county.casework.do(
        "erase",
        lambda act, ref: erase_child(act, ref, child_id=str(child), reason=REASON),
        actor=LOCAL_OPERATOR,
    )
    assert reply["verb"] == "erased"
    assert sqlite_home.state() == before


def test_a_register_line_that_nobody_signed_is_refused(sqlite_home: Place) -> None:
    casework, settings = sqlite_home.county.casework, sqlite_home.settings
    erase(casework, settings, sqlite_home.child, REASON, quiet)
    file = register_of(settings)
    file.write_text(file.read_text(encoding="utf-8").replace(sqlite_home.child, "f" * 32), encoding="utf-8")
    with pytest.raises(BadInput, match="第 1 行被改动过"):
        read_register(file, casework.store.keys.link)
    assert note_head(casework, settings)


def test_every_column_that_can_hold_words_is_declared() -> None:
    declared = [BLANKED, SEALED, NOTHING_OF_A_CHILD]
    for table in metadata.sorted_tables:
        for column in table.columns:
            kind = column.type
            wordy = isinstance(kind, JSON | LargeBinary) or (
                isinstance(kind, String) and (kind.length is None or kind.length > LONGEST_CODE)
            )
            places = sum(column.name in each.get(table.name, ()) for each in declared)
            assert places == 1 or not (wordy or places), (
                f"declare {table.name}.{column.name} in commands/erasure"
            )
    for names in declared:
        for name, columns in names.items():
            assert set(columns) <= set(metadata.tables[name].columns.keys())


def _restored(here: Place, backup: Path, folder: Path, register: Path | None) -> tuple[Settings, list[str]]:
    folder.mkdir()
    url = f"sqlite:///{folder / 'casework.db'}"
    told: list[str] = []
    target = replace(here.settings, data_dir=folder, database_url=url)
    restore(target, backup, told.append, register=register)
    return target, told


@pytest.mark.parametrize("where", ["given", "in the data folder"])
def test_an_older_backup_comes_back_without_those_erased_since(
    sqlite_home: Place, tmp_path: Path, where: str
) -> None:
    here, casework = sqlite_home, sqlite_home.county.casework
    backup = back_up(casework, here.settings, tmp_path / "old.backup").file
    before = here.state()
    erase(casework, here.settings, here.child, REASON, quiet)
    register = register_of(here.settings)
    folder = tmp_path / "new"
    if where == "given":
        target, told = _restored(here, backup, folder, register)
    else:
        folder = here.settings.data_dir
        casework.store.engine.dispose()
        for file in folder.glob("casework.db*"):
            file.unlink()
        target, told = here.settings, []
        restore(target, backup, told.append)
    assert found_in([folder]) == {}
    assert any("备份后清除的 1 人" in line for line in told)
    with at_work(target) as again:
        assert Place(here.county, target, here.child).state_of(again) == before
        with again.store.snapshot() as snapshot:
            assert list(verify(snapshot.conn, again.store.keys.link, {})) == []
    assert [entry.child for entry in read_register(register_of(target), casework.store.keys.link)] == [
        here.child
    ]


def test_a_backup_that_was_made_after_the_erasure_needs_no_register(
    sqlite_home: Place, tmp_path: Path
) -> None:
    here = sqlite_home
    erase(here.county.casework, here.settings, here.child, REASON, quiet)
    backup = back_up(here.county.casework, here.settings, tmp_path / "new.backup").file
    _restored(here, backup, tmp_path / "new", None)
    assert found_in([tmp_path / "new"]) == {}


def test_heads_of_acts_that_a_restore_left_behind_no_longer_hold(sqlite_home: Place, tmp_path: Path) -> None:
    here, keyed = sqlite_home, sqlite_home.county.casework.store.keys.link
    backup = back_up(here.county.casework, here.settings, tmp_path / "old.backup").file
    erase(here.county.casework, here.settings, here.child, REASON, quiet)
    later = note_head(here.county.casework, here.settings)
    assert later
    here.county.casework.store.engine.dispose()
    for file in here.settings.data_dir.glob("casework.db*"):
        file.unlink()
    register_of(here.settings).unlink()
    restore(here.settings, backup, quiet)
    kept = read_heads(heads_file(here.settings), keyed)
    assert kept.faults == []
    assert later.act not in kept.chains()
    with at_work(here.settings) as again, again.store.snapshot() as snapshot:
        assert list(verify(snapshot.conn, keyed, kept.chains())) == []


def test_a_head_file_that_was_changed_or_shortened_in_the_middle_is_found(sqlite_home: Place) -> None:
    here, keyed = sqlite_home, sqlite_home.county.casework.store.keys.link
    for day in range(3):
        here.county.take("absences", [{"学籍号": NUMBER, "起始日期": f"2026-09-0{day + 1}", "原因": "病"}])
        assert note_head(here.county.casework, here.settings)
    file = heads_file(here.settings)
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    assert read_heads(file, keyed).faults == []
    for changed in (
        [lines[0], lines[2]],
        [lines[1], lines[0], lines[2]],
        [lines[0].replace("202", "203", 1)],
    ):
        file.write_text("".join(changed), encoding="utf-8")
        assert read_heads(file, keyed).faults


@pytest.mark.postgres
def test_an_older_backup_of_postgresql_comes_back_without_those_erased_since(
    postgres_url: str, empty_database: Callable[[], str], tmp_path: Path
) -> None:
    with place(postgres_url, tmp_path / "data") as here:
        casework = here.county.casework
        backup = back_up(casework, here.settings, tmp_path / "old.backup").file
        before = here.state()
        erase(casework, here.settings, here.child, REASON, quiet)
        (tmp_path / "new").mkdir()
        target = replace(here.settings, data_dir=tmp_path / "new", database_url=empty_database())
        restore(target, backup, quiet, register=register_of(here.settings))
        with at_work(target) as again, again.store.snapshot() as snapshot:
            row = records_of(snapshot.conn, [here.child])[here.child]
            assert (row.name, row.student_no, row.private) == ("", "", None)
            assert here.state_of(again) == before
