"""Files that cannot be read: each says in its own words what it is and what to do."""

import io
import random
import zipfile
from pathlib import Path

import pytest

from casework.errors import BadInput
from casework.importers import package, source
from casework.importers.columns import UNITS
from casework.importers.tables import open_table
from tests.importers.workbooks import SIMPLE_HEADERS, read, xlsx

OLE = bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 600
GOOD = xlsx([SIMPLE_HEADERS, ["G1", "2026-09-14"]])
SHEET = "xl/worksheets/sheet1.xml"


def _rezipped(changes: dict[str, bytes | None], *, good: bytes = GOOD) -> bytes:
    """The good workbook with parts replaced, added or (None) left out."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        parts = {name: old.read(name) for name in old.namelist()} | changes
        for name, content in parts.items():
            if content is not None:
                new.writestr(name, content)
    return file.getvalue()


def _refusal(content: bytes, filename: str) -> str:
    with pytest.raises(BadInput) as refusal:
        list(read(content, filename))
    return refusal.value.message


@pytest.mark.parametrize(
    ("content", "filename", "words"),
    [
        (b"", "空.xlsx", "是空的"),
        (OLE, "旧.xls", "旧格式"),
        (OLE, "旧.xlsx", "旧格式"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "密.xlsx", "打开密码"),
        (b"<html><table></table></html>", "网页.xls", ".xls"),
        (b"<html><table></table></html>", "网页.xlsx", "网页或 XML"),
        (b"PK", "坏.xlsx", "不是 Excel 工作簿"),
        (b"abc", "说明.txt", "既不是 Excel 工作簿"),
        (b"%PDF-1.7", "扫描.pdf", "既不是 Excel 工作簿"),
        ("学籍号,日期".encode("utf-16"), "甲.csv", "UTF-16"),
        (b"\0\1\2\3", "甲.csv", "既不是 Excel 工作簿"),
        (GOOD[: len(GOOD) // 2], "断.xlsx", "已损坏"),
        (_rezipped({SHEET: None}), "缺.xlsx", "已损坏"),
        (_rezipped({SHEET: b"<worksheet><sheetData><row"}), "断.xlsx", "已损坏"),
        (_rezipped({"xl/workbook.xml": b"<x"}), "断.xlsx", "已损坏"),
        (_rezipped({"xl/workbook.xml": None}), "其他.xlsx", "压缩包或其他文档"),
        (_rezipped({"xl/workbook.xml": None, "xl/workbook.bin": b"x"}), "二.xlsb", "二进制工作簿"),
        (xlsx([]), "白.xlsx", "是空的"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, filename: str, words: str) -> None:
    assert words in _refusal(content, filename)


def test_a_file_that_does_not_exist_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="打不开文件"):
        open_table(tmp_path / "没有.xlsx", "没有.xlsx", UNITS)


def test_more_than_fifty_megabytes_are_refused_before_anything_is_read() -> None:
    assert "超过 50 MB" in _refusal(b"PK\x03\x04" + b"\0" * source.MAX_BYTES, "大.xlsx")


def test_a_zip_bomb_is_refused_by_its_declared_size() -> None:
    bomb = _rezipped({"xl/media/image1.png": b"\0" * (package.RATIO_FROM + 1)})
    assert "大得不正常" in _refusal(bomb, "弹.xlsx")


def test_a_zip_bomb_that_lies_about_its_size_is_refused() -> None:
    bomb = bytearray(_rezipped({"xl/sharedStrings.xml": b" " * 30_000_000}))
    true_size, lie = (30_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    assert bomb.count(true_size) == 2
    assert "已损坏" in _refusal(bytes(bomb.replace(true_size, lie)), "谎.xlsx")


def test_a_stray_cell_at_the_far_end_of_the_sheet_is_refused_with_how_to_find_it() -> None:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as good:
        sheet = good.read(SHEET)
    stray = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    message = _refusal(_rezipped({SHEET: sheet.replace(b"</sheetData>", stray)}), "远.xlsx")
    assert "第 1048576 行、第 16384 列" in message and "Ctrl+End" in message


def test_a_zip_with_a_password_is_refused() -> None:
    locked = bytearray(GOOD)
    at = locked.find(b"PK\x01\x02")
    locked[at + 8] |= 1
    assert "压缩密码" in _refusal(bytes(locked), "锁.xlsx")


def test_a_workbook_whose_sheets_are_all_hidden_says_so() -> None:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as good:
        hidden = good.read("xl/workbook.xml").replace(b"<sheet ", b'<sheet state="hidden" ')
    assert "没有可见的工作表" in _refusal(_rezipped({"xl/workbook.xml": hidden}), "藏.xlsx")


def test_any_damage_to_a_workbook_ends_in_a_refusal_or_a_table() -> None:
    dice = random.Random(20260914)
    for _ in range(150):
        damaged = bytearray(GOOD)
        for _ in range(dice.choice([1, 3, 20])):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        try:
            list(read(bytes(damaged), "损.xlsx"))
        except BadInput as refusal:
            assert refusal.message


def test_any_damage_to_the_parts_of_a_workbook_ends_in_a_refusal_or_a_table() -> None:
    dice = random.Random(14092026)
    with zipfile.ZipFile(io.BytesIO(GOOD)) as good:
        parts = {name: good.read(name) for name in good.namelist() if name.startswith("xl/")}
    for _ in range(150):
        name = dice.choice(sorted(parts))
        damaged = bytearray(parts[name])
        for _ in range(dice.choice([1, 3])):
            damaged[dice.randrange(len(damaged))] = dice.randrange(32, 127)
        try:
            list(read(_rezipped({name: bytes(damaged)}), "损.xlsx"))
        except BadInput as refusal:
            assert refusal.message
