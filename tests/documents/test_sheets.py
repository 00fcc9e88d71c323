"""Workbooks out: the same look, the same bytes, and never a formula from somebody's text."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from python_calamine import load_workbook

from casework.documents import sheets
from casework.documents.sheets import Sheet, write_workbook
from casework.errors import BadInput

CREATED = datetime(2026, 9, 14, 8, 0, tzinfo=UTC)


def _written(*given: Sheet) -> bytes:
    file = io.BytesIO()
    write_workbook(file, given, created=CREATED)
    return file.getvalue()


def _part(content: bytes, part: str) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as workbook:
        return workbook.read(part).decode()


def _cells(content: bytes) -> list[list[object]]:
    return [[*row] for row in load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()]


@pytest.mark.parametrize(
    "text", ["=1+1", "+86", "-5", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")', "{=1}", "http://x"]
)
def test_text_that_looks_like_a_formula_or_link_is_written_as_text(text: str) -> None:
    content = _written(Sheet("表", ["甲"], [[text]], title_lines=[text]))
    assert _cells(content) == [[text], ["甲"], [text]]
    assert "<f>" not in _part(content, "xl/worksheets/sheet1.xml")
    assert "hyperlink" not in _part(content, "xl/worksheets/sheet1.xml")


def test_the_same_sheets_give_the_same_bytes() -> None:
    sheet = Sheet("表", ["甲", "乙"], [["一", 1], ["二", 2.5]], number_formats={"乙": "0.0"})
    assert _written(sheet) == _written(sheet)


def test_numbers_stay_numbers_and_long_ones_keep_every_digit() -> None:
    content = _written(Sheet("表", ["甲", "乙", "丙"], [[7, 2.5, 522627201409141234], [None, "", 0]]))
    assert _cells(content)[1:] == [[7.0, 2.5, "522627201409141234"], ["", "", 0.0]]


def test_the_header_is_frozen_filtered_and_printed_on_every_page() -> None:
    content = _written(Sheet("表", ["甲", "乙"], [["一", "二"]], title_lines=["标题", "说明"]))
    sheet = _part(content, "xl/worksheets/sheet1.xml")
    assert '<pane ySplit="3"' in sheet
    assert '<autoFilter ref="A3:B4"' in sheet
    assert 'orientation="landscape"' in sheet and 'paperSize="9"' in sheet and 'fitToHeight="0"' in sheet
    assert "$3:$3" in _part(content, "xl/workbook.xml")


def test_a_table_without_rows_is_still_a_whole_workbook() -> None:
    assert _cells(_written(Sheet("表", ["甲", "乙"], []))) == [["甲", "乙"]]


def test_chinese_text_gets_room_for_its_width() -> None:
    content = _written(Sheet("表", ["甲", "乙"], [["某县某镇某村民委员会", "x"]], widths=None))
    columns = _part(content, "xl/worksheets/sheet1.xml")
    assert 'max="1" width="21.7' in columns and 'max="2" width="6.7' in columns


def test_titles_excel_would_refuse_are_made_acceptable_and_distinct() -> None:
    names = ["按学校/乡镇", "按学校?乡镇", "长" * 40, "长" * 40, "", "'引'"]
    content = _written(*(Sheet(name, ["甲"], []) for name in names))
    assert load_workbook(io.BytesIO(content)).sheet_names == [
        "按学校 乡镇",
        "按学校 乡镇(2)",
        "长" * 31,
        "长" * 28 + "(2)",
        "Sheet",
        "引",
    ]


def test_text_longer_than_a_cell_says_that_it_was_cut() -> None:
    (_, (cell,)) = _cells(_written(Sheet("表", ["甲"], [["长" * 40000]])))
    assert len(str(cell)) == sheets.MAX_TEXT and str(cell).endswith("已截断）")


def test_more_rows_than_excel_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_ROWS", 3)
    with pytest.raises(BadInput, match="超过 Excel"):
        _written(Sheet("表", ["甲"], [["一"], ["二"], ["三"]]))


def test_a_failure_midway_leaves_no_half_workbook_behind(tmp_path: Path) -> None:
    def rows() -> Iterator[list[str]]:
        yield ["一"]
        raise BadInput("中断")

    target = tmp_path / "表.xlsx"
    with pytest.raises(BadInput, match="中断"):
        write_workbook(target, [Sheet("表", ["甲"], rows())], created=CREATED)
    assert list(tmp_path.iterdir()) == []


def test_a_path_gets_the_whole_workbook(tmp_path: Path) -> None:
    target = tmp_path / "表.xlsx"
    write_workbook(target, [Sheet("表", ["甲"], [["一"]])], created=CREATED)
    assert target.read_bytes() == _written(Sheet("表", ["甲"], [["一"]]))
