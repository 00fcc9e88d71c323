"""What a cell of a workbook or of CSV text becomes."""

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from casework.documents.sheets import Sheet, write_workbook
from casework.errors import BadInput
from casework.importers.columns import Column
from casework.importers.tables import WHOLE_ROW, open_table
from tests.importers.workbooks import CREATED, SIMPLE_HEADERS, one_row, read, xlsx

A_DAY = 46279  # 2026-09-14 as Excel counts


def test_excel_dates_become_days() -> None:
    assert one_row(["G1", A_DAY], formats={1: "yyyy/m/d"}).cells["日期"] == "2026-09-14"
    assert one_row(["G1", A_DAY], formats={1: 'yyyy"年"m"月"d"日"'}).cells["日期"] == "2026-09-14"
    assert one_row(["G1", A_DAY + 0.5], formats={1: "yyyy/m/d h:mm"}).cells["日期"] == "2026-09-14"


def test_excel_times_become_hours_and_minutes() -> None:
    assert one_row(["G1", "d", "", 0.354166666], formats={3: "h:mm"}).cells["时间"] == "08:30"
    assert one_row(["G1", "d", "", 0.354166666]).cells["时间"] == "08:30"
    assert one_row(["G1", "d", "", 0.9999999], formats={3: "h:mm"}).cells["时间"] == "23:59"
    assert one_row(["G1", "d", "", A_DAY + 0.5], formats={3: "yyyy/m/d h:mm"}).cells["时间"] == "12:00"
    assert one_row(["G1", "d", "", 0.5], formats={3: "[h]:mm"}).cells["时间"] == "12:00"


def test_numbers_become_text_without_loss() -> None:
    row = one_row([152627201409149, 20260914, 2152000001, "", 1.5])
    assert [row.cells[name] for name in ("学籍号", "日期", "原因", "课时")] == [
        "152627201409149",
        "20260914",
        "2152000001",
        "1.5",
    ]
    assert one_row(["G1", "d", 0.1 + 0.2, "", 0.00001]).cells["原因"] == "0.3"
    assert one_row(["G1", "d", "", "", 0.00001]).cells["课时"] == "0.00001"
    assert not row.faults


def test_a_number_excel_has_rounded_is_refused_with_what_to_do() -> None:
    (fault,) = one_row([522627201409141234, "2026-09-14"]).faults
    assert (fault.column, fault.value) == ("学籍号", "5.22627201409141E+17")
    assert "文本" in fault.why and "重新填写" in fault.why


def test_a_class_that_excel_turned_into_a_date_is_refused() -> None:
    row = one_row(["G1", "d", "", "", "", "", A_DAY], formats={6: "m-d"})
    assert [fault.column for fault in row.faults] == ["班级"]
    assert "日期" in row.faults[0].why


def test_an_error_value_is_refused_and_not_taken_for_empty() -> None:
    row = one_row(["G1", "2026-09-14", "#N/A"])
    assert [(fault.column, fault.value) for fault in row.faults] == [("原因", "#N/A")]


def test_a_tick_box_becomes_yes_or_no() -> None:
    assert one_row(["G1", "d", "", "", "", True]).cells["签字"] == "是"


def test_cells_are_trimmed_of_every_kind_of_blank() -> None:
    row = one_row(["\u3000G1\u00a0", " 2026-09-14\t", "\u202a家里 困难\u202c\n"])
    assert [row.cells[name] for name in ("学籍号", "日期", "原因")] == ["G1", "2026-09-14", "家里 困难"]


def test_names_keep_their_characters() -> None:
    assert one_row(["G1", "d", "阿依古丽·买买提（㐂）"]).cells["原因"] == "阿依古丽·买买提（㐂）"


def test_blank_rows_are_left_out_and_numbers_stay_those_of_excel() -> None:
    content = xlsx([SIMPLE_HEADERS, ["G1", "d"], [], ["  ", "\u3000"], ["G2", "d"]])
    assert [row.number for row in read(content)] == [2, 5]


def test_a_row_numbered_in_advance_but_not_filled_in_is_blank() -> None:
    content = xlsx([["序号", *SIMPLE_HEADERS], [1, "G1", "d"], [2], [3]])
    assert [row.number for row in read(content)] == [2]


def test_every_column_of_the_kind_has_text_even_when_the_sheet_lacks_it() -> None:
    (row,) = read(xlsx([["学籍号", "日期"], ["G1", "d"]]))
    assert row.cells["原因"] == ""


def test_a_table_can_be_read_again() -> None:
    table = read(xlsx([SIMPLE_HEADERS, ["G1", "d"], ["G2", "d"]]))
    assert [row.cells for row in table] == [row.cells for row in table]


def test_only_the_first_visible_sheet_is_read_and_that_is_said() -> None:
    file = io.BytesIO()
    write_workbook(
        file,
        [Sheet("一月", SIMPLE_HEADERS, [["G1", "d"]]), Sheet("二月", SIMPLE_HEADERS, [["G2", "d"]])],
        created=CREATED,
    )
    table = read(file.getvalue())
    assert (table.sheet, [row.cells["学籍号"] for row in table]) == ("一月", ["G1"])
    assert "“二月”" in table.notes[0]


# CSV

CSV = "学籍号,日期,原因\nG1,2026/9/14,家庭困难\n"


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", "UTF-8（不带 BOM）"), ("utf-8-sig", "UTF-8（带 BOM）"), ("gb18030", "GB18030")],
)
def test_the_encoding_of_csv_is_found_and_said(encoding: str, said: str) -> None:
    table = read(CSV.encode(encoding), "甲.csv")
    (row,) = table
    assert (row.cells["学籍号"], row.cells["原因"], row.number) == ("G1", "家庭困难", 2)
    assert said in table.encoding_note and "逗号" in table.encoding_note


def test_rare_characters_of_gb18030_are_read() -> None:
    (row,) = read("学籍号,日期,原因\nG1,d,𬱖䶮\n".encode("gb18030"), "甲.csv")
    assert row.cells["原因"] == "𬱖䶮"


@pytest.mark.parametrize(("delimiter", "name"), [(";", "分号"), ("\t", "制表符")])
def test_other_delimiters_are_found(delimiter: str, name: str) -> None:
    table = read(f'说明，见附件\n学籍号{delimiter}日期\n"G{delimiter}1"{delimiter}d\n'.encode(), "甲.csv")
    (row,) = table
    assert (row.cells["学籍号"], row.number) == (f"G{delimiter}1", 3)
    assert name in table.encoding_note


def test_a_quoted_line_break_stays_in_its_cell_and_rows_count_as_in_excel() -> None:
    rows = list(read('学籍号,日期,原因\nG1,d,"一\n二"\n\nG2,d,\n'.encode(), "甲.csv"))
    assert [(row.number, row.cells["原因"]) for row in rows] == [(2, "一\n二"), (4, "")]


def test_an_open_quote_in_csv_does_not_swallow_the_rest_in_silence() -> None:
    with pytest.raises(BadInput, match="引号不成对"):
        list(read('学籍号,日期,原因\nG1,d,"一\nG2,d,二\n'.encode(), "甲.csv"))


def test_a_csv_row_longer_than_its_header_is_refused() -> None:
    (row,) = read("学籍号,日期,原因\nG1,d,家远,路难\n".encode(), "甲.csv")
    assert [(fault.column, fault.value) for fault in row.faults] == [(WHOLE_ROW, "路难")]


def test_empty_cells_beyond_the_header_do_not_matter() -> None:
    (row,) = read("学籍号,日期,原因\nG1,d,家远,,\n".encode(), "甲.csv")
    assert not row.faults


@pytest.mark.parametrize("spoilt", ["5.22627E+17", "1.38E+10", "522627201409141000", "5226272014091410000"])
def test_a_number_spoilt_before_it_became_csv_is_refused(spoilt: str) -> None:
    (row,) = read(f"学籍号,日期\n{spoilt},d\n".encode(), "甲.csv")
    assert [(fault.column, fault.value) for fault in row.faults] == [("学籍号", spoilt)]


@pytest.mark.parametrize("whole", ["522627201409140000", "110101199001010000"])
def test_a_valid_identity_number_that_ends_in_zeros_is_taken(whole: str) -> None:
    number = next(
        candidate
        for area in range(100)
        if (candidate := f"{int(whole[:6]) + area}{whole[6:17]}0")[17] == ric.calc_check_digit(candidate)
    )
    assert number.endswith("000")
    (row,) = read(f"学籍号,日期\n{number},d\n".encode(), "甲.csv")
    assert not row.faults


@pytest.mark.parametrize("content", [b"\xff\xff\x80abc,\n", "学籍号,日期\n".encode() + b"\xff\xff\n"])
def test_text_in_no_known_encoding_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput, match="文字编码认不出来"):
        read(content, "甲.csv")


def test_a_csv_without_header_says_how_it_was_read() -> None:
    with pytest.raises(BadInput, match="GB18030"):
        read("甲,乙\n".encode("gb18030"), "甲.csv")


def test_a_path_is_read_like_bytes(tmp_path: Path) -> None:
    path = tmp_path / "甲.csv"
    path.write_bytes(CSV.encode())
    columns = (Column("学籍号", required=True),)
    assert [row.cells for row in open_table(path, path.name, columns)] == [{"学籍号": "G1"}]


# What is written is read again

_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zs", "Zl", "Zp"]) | st.sampled_from(" =+-@，、;\"'"),
    max_size=30,
).map(str.strip)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(_TEXT, min_size=3, max_size=3), max_size=6))
def test_what_is_written_is_read_again(rows: list[list[str]]) -> None:
    columns = (Column("甲", required=True), Column("乙"), Column("丙"))
    file = io.BytesIO()
    write_workbook(file, [Sheet("表", ["甲", "乙", "丙"], rows, title_lines=["标题"])], created=CREATED)
    read_again = [list(row.cells.values()) for row in open_table(file.getvalue(), "表.xlsx", columns)]
    assert read_again == [row for row in rows if any(row)]
