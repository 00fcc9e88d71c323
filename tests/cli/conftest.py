"""A county's computer with units and children, made once and copied."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from casework.cli import main
from tests.cli.files import Office, xlsx_file
from tests.support.rows import UNITS, pupil

NOW = "2026-10-01T09:00"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder after `init` and the first two imports."""
    folder = tmp_path_factory.mktemp("office")
    with pytest.MonkeyPatch.context() as patched:
        _settle(patched, folder)
        assert main(["init"]) == 0
        for kind, rows in (("units", UNITS), ("roster", [pupil("G1"), pupil("G2")])):
            assert main(["import", kind, str(xlsx_file(folder / "表.xlsx", rows)), "--apply"]) == 0
    yield folder


@pytest.fixture
def office(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Office:
    """A copy of that computer."""
    shutil.copytree(installed / "data", tmp_path / "data")
    _settle(monkeypatch, tmp_path)
    capsys.readouterr()
    return Office(tmp_path, capsys)


def _settle(patched: pytest.MonkeyPatch, folder: Path) -> None:
    patched.setenv("CASEWORK_DATA_DIR", str(folder / "data"))
    patched.setenv("CASEWORK_MODE", "test")
    patched.setenv("CASEWORK_NOW", NOW)
