"""What is inside an .xlsx before anything loads it: honest sizes, the first sheet, its extent, its errors.

The library that reads cells trusts the file: it unpacks whatever is declared, makes room for the whole
rectangle up to the last cell (one stray cell in XFD1048576 would be 17 thousand million), and gives
error values (#N/A) as empty cells. So the parts it will load are first unpacked here, piece by piece.
"""

import lzma
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from posixpath import join, normpath
from typing import BinaryIO
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile

from casework.errors import BadInput

MAX_UNPACKED = 1024**3
MAX_RATIO = 200
# Small files may compress as well as they like.
RATIO_FROM = 64 * 1024**2
MAX_CELLS = 40_000_000

_MAX_INDEX_PART = 4 * 1024**2
_PIECE = 1024**2
_MAX_ROW = 16 * 1024**2
_WORKBOOK = "xl/workbook.xml"
_LOADED = re.compile(r"\[Content_Types\]\.xml|xl/(?:_rels/)?[^/]+\.(?:xml|rels)", re.IGNORECASE)
_REFERENCE = re.compile(rb"([A-Z]{1,3})([0-9]{1,7})")
_ERROR_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*\bt=[\"']e[\"'][^>]*)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_ERROR_PLACE = re.compile(rb"(?:^|\s)r=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_ERROR_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)<")


# What zipfile, its decompressors and expat raise on damaged bytes.
_BROKEN = (
    BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    ElementTree.ParseError,
    LookupError,
    NotImplementedError,
    EOFError,
    OSError,
    ValueError,
)


@dataclass
class SheetExtent:
    """A sheet's last row and column (from 1) and its error values by row: (column from 0, text).

    `others` are the names of the visible sheets beside it.
    """

    name: str
    others: tuple[str, ...] = ()
    rows: int = 0
    columns: int = 0
    errors: dict[int, list[tuple[int, str]]] = field(default_factory=dict)


def inspect(file: BinaryIO, filename: str) -> SheetExtent:
    """The first visible sheet of a workbook that is safe to load; `BadInput` when it is not."""
    try:
        with ZipFile(file) as package:
            _refuse_bomb(package, filename)
            (name, part), *others = _visible_sheets(package, filename)
            _unpack_loaded(package)
            extent = SheetExtent(name, tuple(other for other, _ in others))
            _measure(extent, package, part)
    except _BROKEN as problem:
        raise broken(filename) from problem
    if extent.rows * extent.columns > MAX_CELLS:
        raise BadInput(
            f"工作表“{name}”的范围太大（到第 {extent.rows} 行、第 {extent.columns} 列）。"
            "表格以外的远处可能误填了内容：请按 Ctrl+End 找到并删除后保存再导入。"
        )
    return extent


def broken(filename: str) -> BadInput:
    """The refusal of a workbook that cannot be unpacked or parsed."""
    return BadInput(
        f"工作簿“{filename}”已损坏，读不出内容。请用 Excel 或 WPS 打开并另存一份，或重新导出后再导入。"
    )


def _refuse_bomb(package: ZipFile, filename: str) -> None:
    parts = package.infolist()
    if any(part.flag_bits & 1 for part in parts):
        raise BadInput(f"文件“{filename}”加了压缩密码，读不了。请取消密码后再导入。")
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts) or 1
    if unpacked > MAX_UNPACKED or (unpacked > RATIO_FROM and unpacked > MAX_RATIO * packed):
        raise BadInput(
            f"文件“{filename}”解压后有 {unpacked / 1024**2:.0f} MB，大得不正常，为安全起见不予读取。"
            "请只保留要导入的工作表，删去多余的行和格式后另存一份再导入。"
        )


def _visible_sheets(package: ZipFile, filename: str) -> list[tuple[str, str]]:
    """Name and part of every worksheet the user sees (some templates begin with hidden dictionaries)."""
    names = {name.lower(): name for name in package.namelist()}
    if _WORKBOOK not in names:
        if "xl/workbook.bin" in names:
            raise BadInput(f"“{filename}”是二进制工作簿（.xlsb）。请另存为 Excel 工作簿（.xlsx）后再导入。")
        raise BadInput(f"“{filename}”是压缩包或其他文档，不是 Excel 工作簿（.xlsx）。请检查是否选错了文件。")
    targets = {
        item.get("Id"): normpath(join("/xl", item.get("Target", ""))).lstrip("/").lower()
        for item in _parsed(package, names["xl/_rels/workbook.xml.rels"])
        if item.get("Type", "").endswith("/worksheet")
    }
    sheets = []
    for sheet in _parsed(package, names[_WORKBOOK]).iter():
        if not sheet.tag.endswith("}sheet") or sheet.get("state", "visible") != "visible":
            continue
        key = next((value for attribute, value in sheet.items() if attribute.endswith("}id")), None)
        if key in targets:
            sheets.append((sheet.get("name", ""), names[targets[key]]))
    if not sheets:
        raise BadInput(f"工作簿“{filename}”里没有可见的工作表。请取消隐藏或检查文件后再导入。")
    return sheets


def _parsed(package: ZipFile, part: str) -> ElementTree.Element:
    if package.getinfo(part).file_size > _MAX_INDEX_PART:
        raise BadZipFile(part)
    return ElementTree.fromstring(_without_entities(package.read(part)))


def _without_entities(xml: bytes) -> bytes:
    """No office program writes a document type; whoever does wants entities that name files or multiply."""
    if b"<!DOCTYPE" in xml.replace(b"\0", b""):  # also when it is UTF-16
        raise ValueError("a document type in a workbook")
    return xml


def _unpack_loaded(package: ZipFile) -> None:
    """Unpack every other part that will be loaded: a lying size or a broken one shows here."""
    for part in package.namelist():
        if _LOADED.fullmatch(part):
            for _ in _pieces(package, part):
                pass


def _pieces(package: ZipFile, part: str) -> Iterator[bytes]:
    with package.open(part) as stream:
        while piece := stream.read(_PIECE):
            yield piece


def _measure(extent: SheetExtent, package: ZipFile, part: str) -> None:
    rest = b""
    for piece in _pieces(package, part):
        *rows, rest = (rest + piece).split(b"row>")
        if len(rest) > _MAX_ROW:
            raise BadZipFile(part)
        for row in rows:
            _note_last_cell(extent, row)
            if b't="e"' in row or b"t='e'" in row:
                _note_errors(extent, row)


def _note_last_cell(extent: SheetExtent, row: bytes) -> None:
    """Rows and their cells come in order, so the last reference of each row is its end."""
    at = row.rfind(b' r="')
    match = _REFERENCE.match(row, at + 4) if at >= 0 else None
    if match:
        extent.rows = max(extent.rows, int(match[2]))
        extent.columns = max(extent.columns, _column_number(match[1]))


def _note_errors(extent: SheetExtent, row: bytes) -> None:
    for attributes, content in _ERROR_CELL.findall(row):
        place, value = _ERROR_PLACE.search(attributes), _ERROR_VALUE.search(content)
        if place and value:
            found = (_column_number(place[1]) - 1, value[1].decode("ascii", "replace"))
            extent.errors.setdefault(int(place[2]), []).append(found)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
