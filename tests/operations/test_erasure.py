"""清除个人信息: afterwards a child's words are nowhere, and every figure is as it was."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import JSON, LargeBinary, String, select

from casework.commands.erasure import BLANKED, NOTHING_OF_A_CHILD, SEALED, erase_child
from casework.domain.values import LOCAL_OPERATOR
from casework.errors import BadInput, NotFound, RuleBroken
from casework.operations import erasure
from casework.operations.erasure import erase
from casework.operations.erasure_register import read_register, register_of
from casework.operations.heads import note_head
from casework.projections.roster import child as child_table
from casework.projections.verify import verify
from casework.store.database import reading
from casework.store.schema import claim
from casework.tables import metadata
from tests import postgres
from tests.operations.forgotten import CLERK_POST, IN_CLEAR, NAME, NUMBER, PUPIL, TOLD, Place, place
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
