"""Only a whole backup comes back, only with its keys, only into an empty place; else nothing stays."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text, update

from casework.accounts.tables import session
from casework.config import Settings
from casework.errors import BadInput, CaseworkError
from casework.operations import restore as restoring
from casework.operations.archive import DATABASE, unpack, write_archive
from casework.operations.backup import back_up
from casework.operations.manifest import Manifest
from casework.operations.proof import NotProved
from casework.operations.restore import check, restore
from casework.store.database import make_engine, reading, writing
from casework.store.migration import RESTORING, is_current, upgrade
from casework.store.sealed_stream import HEAD_SIZE, DamagedFile, WrongKey
from tests.operations.offices import BACKUP_KEY, at_work, elsewhere, left_in, told


def silent(_line: str) -> None:
    """Nobody looks."""


@pytest.fixture
def place(county: Settings, tmp_path: Path) -> Settings:
    """An empty computer with the keys."""
    return elsewhere(county, tmp_path / "new")


def rewritten(backup: Path, change: Callable[[Manifest], Manifest], room: Path) -> Path:
    """The same backup with another manifest, sealed as one that was made so."""
    room.mkdir()
    with backup.open("rb") as file:
        manifest = unpack(file, BACKUP_KEY, room, lambda _: None)
    target = backup.with_name("changed.backup")
    with target.open("wb") as file:
        write_archive(file, BACKUP_KEY, change(manifest), {DATABASE: room / DATABASE})
    return target


def with_facts(**changed: object) -> Callable[[Manifest], Manifest]:
    return lambda manifest: manifest.model_copy(update={"facts": manifest.facts.model_copy(update=changed)})


def test_what_comes_back_is_the_county(county: Settings, backup: Path, place: Settings) -> None:
    restore(place, backup, silent)
    assert told(place) == told(county)
    with at_work(county) as casework, at_work(place) as again:
        report = casework.weekly_report("C", "2026-W38", detail=True)
        assert again.weekly_report("C", "2026-W38", detail=True) == report


def test_a_damaged_or_shortened_backup_is_refused_and_leaves_nothing(backup: Path, place: Settings) -> None:
    whole = backup.read_bytes()
    places = (0, 20, HEAD_SIZE - 1, HEAD_SIZE, HEAD_SIZE + 700, len(whole) // 2, len(whole) - 1)
    spoilt = [whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1 :] for at in places]
    spoilt += [whole[:length] for length in (0, 30, HEAD_SIZE, len(whole) // 2, len(whole) - 1)]
    for content in (*spoilt, whole + b"\0"):
        backup.write_bytes(content)
        with pytest.raises(DamagedFile):
            restore(place, backup, silent)
        with pytest.raises(DamagedFile):
            check(place, backup)
        assert left_in(place.data_dir) == []


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"backup_key": bytes(32)}, "CASEWORK_BACKUP_KEY"),
        ({"backup_key": None}, "CASEWORK_BACKUP_KEY"),
        ({"master_key": bytes(32)}, "CASEWORK_MASTER_KEY"),
    ],
)
def test_the_wrong_key_is_named(backup: Path, place: Settings, changed: dict, refusal: str) -> None:
    with pytest.raises(BadInput, match=refusal):
        restore(replace(place, **changed), backup, silent)
    assert left_in(place.data_dir) == []


def test_a_wrong_backup_key_is_not_called_damage(backup: Path, place: Settings) -> None:
    with pytest.raises(WrongKey):
        restore(replace(place, backup_key=bytes(32)), backup, silent)


def test_a_backup_of_a_newer_program_asks_to_upgrade_first(
    backup: Path, place: Settings, tmp_path: Path
) -> None:
    newer = rewritten(
        backup, lambda manifest: manifest.model_copy(update={"program": "99.1"}), tmp_path / "r1"
    )
    with pytest.raises(BadInput, match=r"99\.1.*先升级"):
        restore(place, newer, silent)
    newer = rewritten(backup, with_facts(migration="9999"), tmp_path / "r2")
    with pytest.raises(BadInput, match="先升级"):
        restore(place, newer, silent)
    assert left_in(place.data_dir) == []


@pytest.mark.parametrize("there", ["casework.db", "casework.db-wal", "uploads/a.sealed"])
def test_a_place_that_is_not_empty_is_left_as_it_is(backup: Path, place: Settings, there: str) -> None:
    (place.data_dir / there).parent.mkdir(exist_ok=True)
    (place.data_dir / there).write_bytes(b"theirs")
    with pytest.raises(BadInput, match="先移走"):
        restore(place, backup, silent)
    assert left_in(place.data_dir) == [there]
    assert (place.data_dir / there).read_bytes() == b"theirs"


def false_figures(manifest: Manifest) -> Manifest:
    first, *others = manifest.facts.reports
    return with_facts(reports=[first.model_copy(update={"digest": "sha256:0"}), *others])(manifest)


def false_rows(manifest: Manifest) -> Manifest:
    return with_facts(rows={**manifest.facts.rows, "child": 41})(manifest)


@pytest.mark.parametrize(("change", "named"), [(false_figures, "2026-W40"), (false_rows, "child 应有 41 行")])
def test_what_does_not_prove_itself_is_not_kept(
    backup: Path, place: Settings, tmp_path: Path, change: Callable[[Manifest], Manifest], named: str
) -> None:
    with pytest.raises(NotProved, match=named):
        restore(place, rewritten(backup, change, tmp_path / "room"), silent)
    assert left_in(place.data_dir) == []


def test_a_county_that_was_backed_up_with_wrong_read_models_comes_back_with_right_ones(
    county: Settings, place: Settings, tmp_path: Path
) -> None:
    """Nobody is served other figures than before unasked; who has no better backup may ask for it."""
    with at_work(county) as casework:
        with writing(casework.store.engine) as conn:
            conn.execute(text("UPDATE case_span SET status = 'returned' WHERE status = 'dropped_out'"))
        made = back_up(casework, county, tmp_path / "x.backup")
    with pytest.raises(NotProved, match="周报"):
        restore(place, made.file, silent)
    assert left_in(place.data_dir) == []
    lines: list[str] = []
    restore(place, made.file, lines.append, despite=True)
    assert any("case_span" in line and "已由事件重建" in line for line in lines)
    assert any("不符而按要求保留的：单位 C" in line for line in lines)
    assert told(place)[2] == []


def test_sources_that_disagree_are_kept_only_when_asked(
    county: Settings, place: Settings, tmp_path: Path
) -> None:
    with at_work(county) as casework:
        with writing(casework.store.engine) as conn:
            conn.execute(text("DELETE FROM claim WHERE key = 'K00001'"))
        made = back_up(casework, county, tmp_path / "x.backup")
    with pytest.raises(NotProved, match="学籍号 K00001"):
        restore(place, made.file, silent)
    restore(place, made.file, silent, despite=True)
    assert told(place)[0] == told(county)[0]


def test_every_device_signs_in_anew(county: Settings, place: Settings, tmp_path: Path) -> None:
    with at_work(county) as casework:
        with writing(casework.store.engine) as conn:
            values = {column.name: 0 for column in session.c} | {"revoked_us": None, "stay": True}
            conn.execute(session.insert().values({**values, "token_hash": "t", "login": "a", "device": "d"}))
            conn.execute(update(session).values(posting_id="", stage=""))
        made = back_up(casework, county, tmp_path / "x.backup")
    restore(place, made.file, silent)
    with at_work(place) as casework, reading(casework.store.engine) as conn:
        assert conn.scalars(select(session.c.revoked_us)).one()


def test_a_backup_of_one_kind_of_database_says_the_way_to_the_other(
    backup: Path, county: Settings, postgres_url: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=r"先恢复到 SQLite.*copy-to"):
        restore(elsewhere(county, tmp_path / "new", postgres_url), backup, silent)


def test_a_backup_of_an_older_program_is_brought_up_to_date(
    backup: Path, county: Settings, place: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows fewer tables, its read models are made anew, and its figures are still proved."""

    def older(manifest: Manifest) -> Manifest:
        rows = {name: count for name, count in manifest.facts.rows.items() if name != "village_confirmation"}
        return with_facts(migration="0000", rows=rows)(manifest)

    monkeypatch.setattr(restoring, "knows", lambda revision: revision == "0000")
    lines: list[str] = []
    restore(place, rewritten(backup, older, tmp_path / "room"), lines.append)
    assert any("由 0000 升级到" in line and "重建" in line for line in lines)
    assert told(place) == told(county)


class TestOnPostgresql:
    """The same on a server, where a restore cannot get its name at the end."""

    @pytest.fixture
    def made(self, server_county: Settings, tmp_path: Path) -> Path:
        with at_work(server_county) as casework:
            return back_up(casework, server_county, tmp_path / "x.backup").file

    def test_whatever_fails_the_database_is_empty_again_and_a_killed_restore_can_be_repeated(
        self,
        server_county: Settings,
        made: Path,
        empty_database: Callable[[], str],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        place = elsewhere(server_county, tmp_path / "new", empty_database())
        with pytest.raises(NotProved):
            restore(place, rewritten(made, false_rows, tmp_path / "room"), silent)
        with opened(place) as engine:
            assert inspect(engine).get_table_names() == []

        with monkeypatch.context() as killed:
            killed.setattr("casework.operations.places._Server.leave", lambda self: None)
            killed.setattr(restoring, "STEPS", (restoring.STEPS[0], restoring.Step("死", _dies)))
            with pytest.raises(KeyboardInterrupt):
                restore(place, made, silent)
        with opened(place) as engine:
            assert inspect(engine).has_table(RESTORING)
            assert not is_current(engine)  # so it is not served
            with pytest.raises(BadInput, match="恢复没有做完"):
                upgrade(engine)

        restore(place, made, silent)
        assert told(place) == told(server_county)
        with pytest.raises(CaseworkError, match="已有数据表"):
            restore(place, made, silent)
        assert told(place) == told(server_county)


def _dies(_work: restoring.Restoring) -> str:
    raise KeyboardInterrupt


@contextmanager
def opened(place: Settings) -> Iterator:
    engine = make_engine(place.database_url)
    try:
        yield engine
    finally:
        engine.dispose()
