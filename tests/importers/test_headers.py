"""Which row is the header, and which header means which column."""

import pytest

from casework.errors import BadInput
from casework.importers.columns import COLUMNS, folded
from casework.importers.tables import open_table
from tests.importers.workbooks import ABSENCES, SIMPLE_HEADERS, read, xlsx


def _absences(headers: list[str], *above: list[str]):
    cells = ["x" for _ in headers]
    return open_table(xlsx([*above, headers, cells]), "缺勤.xlsx", ABSENCES)


def test_title_rows_above_the_header_are_normal() -> None:
    table = read(
        xlsx([["某县缺勤登记表"], [], ["填报单位：某校", "学籍号"], SIMPLE_HEADERS, ["G1", "20260914"]])
    )
    assert table.header_row == 4
    assert [row.number for row in table] == [5]


def test_a_table_that_does_not_begin_in_column_a_is_read_with_its_own_columns() -> None:
    table = read(xlsx([[None, None], [None, *SIMPLE_HEADERS], [None, "G1", "20260914"]]))
    (row,) = table
    assert (table.header_row, row.number, row.cells["学籍号"]) == (2, 3, "G1")
    assert table.original(row)[:2] == ["", "G1"]


@pytest.mark.parametrize(
    "written",
    [
        "学籍号",
        " 学籍号 ",
        "学\n籍号",
        "学 籍　号",
        "*学籍号",
        "学籍号*",
        "学籍号＊",
        "学籍号（必填）",
        "【必填】学籍号",
    ],
)
def test_a_header_matches_however_it_is_spaced_or_marked(written: str) -> None:
    assert _absences([written, "起始日期"]).unknown_columns == []


def test_full_width_brackets_and_letters_match_half_width_ones() -> None:
    assert folded("金额（元）") == "金额(元)"
    headers = ["学籍号", "学年", "学期", "项目代码", "金额（元）", "发放日期"]
    (row,) = open_table(
        xlsx([headers, ["G1", "2026-2027", "秋", "A", "1250", "20260914"]]), "a.xlsx", COLUMNS["aid"]
    )
    assert row.cells["金额(元)"] == "1250"


def test_a_synonym_means_its_column() -> None:
    headers = ["学生姓名", "性别", "出生日期", "学段", "身份证号", "监护人电话", "困难类型", "监护人关系"]
    (row,) = open_table(xlsx([headers, list("甲女生小证电困关")]), "名册.xlsx", COLUMNS["roster"])
    assert [row.cells[name] for name in ("姓名", "证件号", "联系电话", "特殊群体", "与监护人关系")] == list(
        "甲证电困关"
    )


def test_unknown_and_missing_columns_are_named() -> None:
    table = _absences(["序号", "学籍号", "起始日期", "班主任意见"])
    assert table.unknown_columns == ["序号", "班主任意见"]
    assert "截止日期" in table.missing_optional and "备注" in table.missing_optional


@pytest.mark.parametrize("headers", [["证件号", "起始日期"], ["姓名", "出生日期", "起始日期"]])
def test_a_ledger_may_name_the_child_without_a_school_roll_number(headers: list[str]) -> None:
    assert _absences(headers).missing_optional


def test_a_ledger_that_cannot_name_the_child_is_refused() -> None:
    with pytest.raises(BadInput, match="缺少“学籍号”"):
        _absences(["姓名", "起始日期"])


def test_without_header_the_nearest_row_and_what_it_lacks_are_shown() -> None:
    with pytest.raises(BadInput) as refusal:
        _absences(["学籍号", "姓名", "开始"], ["标题"])
    assert "第 2 行，缺少“起始日期”" in refusal.value.message
    assert "学籍号、姓名、开始" in refusal.value.message


def test_without_any_known_header_all_required_ones_are_named() -> None:
    with pytest.raises(BadInput, match="“学籍号”、“起始日期”"):
        _absences(["甲", "乙"])


def test_a_header_below_the_thirtieth_row_is_not_looked_for() -> None:
    blank: list[list[str]] = [["说明"]] * 30
    with pytest.raises(BadInput, match="前 30 行"):
        _absences(["学籍号", "起始日期"], *blank)


def test_two_headers_of_one_meaning_are_refused_with_their_letters() -> None:
    with pytest.raises(BadInput, match="第 A 列“证件号”和第 C 列“身份证号”都是“证件号”"):
        _absences(["证件号", "起始日期", "身份证号"])


def test_every_kind_has_columns_with_distinct_names_and_synonyms() -> None:
    for kind, columns in COLUMNS.items():
        meanings = [folded(text) for column in columns for text in (column.name, *column.synonyms)]
        assert len(meanings) == len(set(meanings)), kind
        assert any(column.required for column in columns), kind


@pytest.mark.parametrize("kind", ["absences", "status", "visits", "letters", "sessions", "aid"])
def test_every_ledger_can_name_the_child_three_ways(kind: str) -> None:
    assert {"学籍号", "姓名", "证件类型", "证件号", "出生日期"} <= {column.name for column in COLUMNS[kind]}


@pytest.mark.parametrize("kind", ["absences", "status", "visits", "sessions"])
def test_ledgers_of_facts_take_notes_and_voids(kind: str) -> None:
    assert {"备注", "作废原因"} <= {column.name for column in COLUMNS[kind]}
