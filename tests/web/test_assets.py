"""What a teacher's phone has to fetch before the first page stands: few kilobytes, compressed."""

import gzip
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from flask.testing import FlaskClient

from casework.web.assets import STATIC
from tests.web.pages import Visitor
from tests.web.small_county import HEAD_1

BUDGET = 120_000


def transferred(client: FlaskClient, address: str) -> int:
    """Bytes on the wire for one file, as a browser asks for it."""
    answer = client.get(address, headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert answer.status_code == 200, address
    return len(answer.data)


def test_a_teachers_first_page_is_less_than_120_kilobytes(signed_in: Callable[[str], Visitor]) -> None:
    teacher = signed_in(HEAD_1)
    page = teacher.client.get("/students")
    assert page.status_code == 200
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text))
    assert any(".css" in file for file in files)
    assert len(page.data) + sum(transferred(teacher.client, file) for file in files) < BUDGET


def test_our_own_styles_are_sent_compressed_and_whole(visitor: Visitor) -> None:
    plain = visitor.client.get("/static/app.css", buffered=True).data
    packed = visitor.client.get("/static/app.css", headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain


SERVING = "import sys; from casework.web import assets; print(assets.served(), flush=True); sys.stdin.read()"


def serving(temporary: Path) -> tuple[subprocess.Popen[str], Path]:
    """A process that serves files until its standard input ends; the folder it serves them from."""
    environ = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": os.getcwd()}
    process = subprocess.Popen(
        (sys.executable, "-c", SERVING), env=environ, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout
    return process, Path(process.stdout.readline().strip())


def test_the_folder_of_a_killed_server_is_removed_by_the_next_and_that_of_a_living_one_is_not(tmp_path: Path):
    (killed, left_behind), (living, in_use) = serving(tmp_path), serving(tmp_path)
    before = sorted(in_use.rglob("*"))
    killed.kill()
    killed.communicate()
    assert sorted(tmp_path.iterdir()) == sorted((left_behind, in_use))
    last, its_own = serving(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted((in_use, its_own))
    assert sorted(in_use.rglob("*")) == before
    for process in (living, last):
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert not list(tmp_path.iterdir())


def test_what_others_put_in_the_temporary_folder_under_such_a_name_hinders_nobody(tmp_path: Path):
    (tmp_path / "casework-files-file").write_text("x")
    (tmp_path / "casework-files-link").symlink_to(STATIC, target_is_directory=True)
    process, folder = serving(tmp_path)
    assert (folder / "app.css.gz").is_file()
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert {each.name for each in tmp_path.iterdir()} == {"casework-files-file", "casework-files-link"}
    assert (STATIC / "app.css").is_file()
