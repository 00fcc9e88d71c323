"""Refused rows: corrected in their own workbook and imported again."""

import io

from casework.documents.sheets import Sheet, write_workbook
from casework.importers.refused import REFUSED_TITLE, RefusedRow, refused_table
from casework.importers.tables import Table
from tests.importers.workbooks import CREATED, read, xlsx

HEADERS = ["序号", "学籍号（必填）", "日期", "原因"]


def _refused_again(table: Table, reason: str = "找不到这个孩子") -> bytes:
    refused = [RefusedRow(row.number, table.original(row), [reason]) for row in table]
    again = refused_table(table.headers, refused)
    file = io.BytesIO()
    write_workbook(file, [Sheet(REFUSED_TITLE, again.headers, again.rows)], created=CREATED)
    return file.getvalue()


def test_refused_rows_keep_headers_cells_and_unknown_columns_and_gain_a_reason() -> None:
    table = read(xlsx([["标题"], HEADERS, [7, "G1", 46279, "=1+1"]], formats={(2, 2): "yyyy/m/d"}))
    again = read(_refused_again(table))
    assert list(again.headers) == [*HEADERS, "原行号", "错误原因"]
    (row,) = again
    assert again.original(row) == ["7", "G1", "2026-09-14", "=1+1", "3", "找不到这个孩子"]


def test_refused_rows_import_again_and_our_own_columns_are_passed_over_in_silence() -> None:
    table = read(xlsx([HEADERS, [7, "G1", "2026/9/14", "远"]]))
    again = read(_refused_again(table))
    assert again.unknown_columns == ["序号"]
    assert [row.cells for row in again] == [row.cells for row in table]


def test_times_marks_and_amounts_mean_the_same_when_they_come_again() -> None:
    headers = ["学籍号", "日期", "时间", "课时", "签字"]
    table = read(xlsx([headers, ["G1", 46279, 0.75, 1.5, True]], formats={(1, 1): "yyyy/m/d"}))
    again = read(_refused_again(table))
    assert [row.cells for row in again] == [row.cells for row in table]


def test_rows_refused_twice_carry_one_reason() -> None:
    table = read(xlsx([HEADERS, [7, "G1", "2026/9/14", "远"]]))
    twice = read(_refused_again(read(_refused_again(table, "一")), "二"))
    (row,) = twice
    assert list(twice.headers).count("错误原因") == 1
    assert twice.original(row)[-1] == "二"


def test_a_spoilt_cell_left_alone_is_refused_again() -> None:
    headers = ["学籍号", "日期", "原因", "班级"]
    table = read(xlsx([headers, [522627201409141234, "d", "#N/A", 46279]], formats={(1, 3): "m-d"}))
    (first,), (second,) = table, read(_refused_again(table))
    assert [fault.column for fault in first.faults] == ["学籍号", "原因", "班级"]
    assert [fault.column for fault in second.faults] == ["学籍号", "原因", "班级"]
