"""Hostile workbooks: what an upload names, unpacks to, or would like to run."""

import io
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from casework.errors import BadInput
from casework.importers.columns import COLUMNS
from casework.importers.tables import open_table
from casework.web import create_app
from tests.importers.workbooks import xlsx
from tests.security.test_injection import BREAK, raw
from tests.support.county import County
from tests.web.conftest import SETTINGS, Wall
from tests.web.pages import Visitor
from tests.web.small_county import HEAD_1, PASSWORD

ABSENCES = COLUMNS["absences"]
ROWS = [["学籍号", "姓名", "起始日期"], ["G20260001", "张小雨", "2026-10-08"]]
SECRET = "root:x:0:0"
ENTITY = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 40 if n > 1 else "&a;" * 40}">' for n in range(1, 10))
    + "]>"
)


def remade(change: Callable[[str, bytes], bytes], more: dict[str, bytes] | None = None) -> bytes:
    """An ordinary workbook with its parts changed, and further parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx(ROWS))) as book, zipfile.ZipFile(made, "w") as other:
        for name in book.namelist():
            other.writestr(name, change(name, book.read(name)))
        for name, content in (more or {}).items():
            other.writestr(name, content)
    return made.getvalue()


def with_type(part: str, doctype: str, text: str) -> bytes:
    """The workbook with a document type in one part, its entity used in a name."""

    def change(name: str, content: bytes) -> bytes:
        if not name.endswith(part):
            return content
        head, rest = content.split(b"?>", 1)
        return head + b"?>" + doctype.encode() + rest.replace("张小雨".encode(), text.encode())

    return remade(change)


PARTS = (
    "workbook.xml",
    "workbook.xml.rels",
    "sharedStrings.xml",
    "sheet1.xml",
    "[Content_Types].xml",
    "styles.xml",
)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("doctype", "text"), [(ENTITY, "&a;"), (LAUGHS, "&a9;")], ids=["file", "laughs"])
def test_entities_read_no_file_and_do_not_multiply(part: str, doctype: str, text: str):
    started, said = time.monotonic(), ""
    try:
        table = open_table(with_type(part, doctype, text), "名单.xlsx", ABSENCES)
        said = str([row.cells for row in table])
    except BadInput as refused:
        said = refused.message
    assert SECRET not in said and len(said) < 10_000
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("part", ["workbook.xml", "workbook.xml.rels"])
def test_a_document_type_is_refused_as_a_broken_file(part: str):
    with pytest.raises(BadInput, match="已损坏"):
        open_table(with_type(part, ENTITY, "&a;"), "名单.xlsx", ABSENCES)


def test_macros_links_and_objects_are_only_bytes():
    more = {
        "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 Auto_Open",
        "xl/externalLinks/externalLink1.xml": b"<externalLink/>",
        "xl/embeddings/oleObject1.bin": b"MZ",
        "../../../tmp/casework-escaped": b"x",
        "/etc/cron.d/casework": b"* * * * * root true",
    }
    table = open_table(remade(lambda _, content: content, more), "名单.xlsm", ABSENCES)
    assert [row.cells["姓名"] for row in table] == ["张小雨"]
    assert not Path("/tmp/casework-escaped").exists() and not Path("/etc/cron.d/casework").exists()


def test_a_formula_is_read_as_what_it_showed_and_never_worked_out():
    rows = [ROWS[0], ["G20260001", "=1+1", "2026-10-08"]]
    assert [row.cells["姓名"] for row in open_table(xlsx(rows), "名单.xlsx", ABSENCES)] == ["=1+1"]


@pytest.fixture
def pages(county: County, wall: Wall, tmp_path: Path) -> Flask:
    """The pages, with a folder for uploads."""
    return create_app(county.casework, replace(SETTINGS, data_dir=tmp_path / "data"), wall=wall)


@pytest.mark.parametrize(
    "name",
    [
        "../../../../tmp/casework-escaped.csv",
        "/etc/cron.d/x.csv",
        "..\\..\\x.csv",
        f"{BREAK}.csv",
        "a\0b.csv",
        "|sh.csv",
    ],
)
def test_the_name_of_an_upload_is_a_word_and_no_path(pages: Flask, tmp_path: Path, name: str):
    head = Visitor(pages.test_client())
    assert head.sign_in(HEAD_1, PASSWORD).status_code == 302
    run = head.client.get("/import").text.split('name="run" value="', 1)[1][:32]
    content = (io.BytesIO("学籍号,姓名\nG1,甲\n".encode()), name)
    form = {"csrf_token": head.token("/import"), "run": run, "kind": "roster", "file": content}
    answer = head.client.post("/import", data=form)
    assert answer.status_code in (302, 400), answer.text[:500]
    assert not raw(head.client.get("/import").text + head.client.get("/import/history").text)
    kept = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert all(each.parent.name == "uploads" and each.name.removesuffix(".sealed").isalnum() for each in kept)
    assert all(each.stat().st_mode & 0o077 == 0 for each in kept)
    assert not any("甲".encode() in each.read_bytes() for each in kept)
    assert not Path("/tmp/casework-escaped.csv").exists()
