"""Sheets as they come: very long cells, many rows, nothing in them, only bad rows; memory that stays flat."""

import tracemalloc
from pathlib import Path

import pytest

from casework.errors import BadInput
from casework.importers.columns import COLUMNS
from casework.importers.outcome import ImportOutcome
from casework.importers.run import Options, import_table
from casework.importers.tables import open_table
from tests.cli.files import csv_file, xlsx_file
from tests.importing.small import Small, reasons
from tests.support.rows import FAR, HILL, NEAR, posting, pupil, status, visit


def read(county: Small, kind: str, path: Path, *, apply: bool = False) -> ImportOutcome:
    table = open_table(path, path.name, COLUMNS[kind])
    return import_table(county.casework, kind, table, Options(actor=county.actor, apply=apply))


def test_twenty_megabytes_in_one_cell_of_a_csv_are_refused_with_the_row(county: Small, tmp_path: Path):
    path = csv_file(tmp_path / "长.csv", [visit("2026-09-10", 谈话要点="话" * 7_000_000)])
    with pytest.raises(BadInput, match="单元格过长") as refusal:
        read(county, "visits", path, apply=True)
    assert refusal.value.ids["row"] == 2


def test_the_longest_cell_that_excel_holds_is_taken(county: Small, tmp_path: Path):
    path = xlsx_file(tmp_path / "长.xlsx", [visit("2026-09-10", 谈话要点="话" * 32_767)])
    assert read(county, "visits", path, apply=True).counts["created"] == 1


def test_a_word_in_other_width_is_the_dictionarys_word(county: Small):
    suspected = status("2026-09-14", "疑似辍学", 原因="学习困难／厌学；网瘾")
    posts = posting("q1", "村(居)委会主任", HILL), posting("q2", "学区／中心校", "D")
    county.good("status", suspected)
    county.good("staff", *posts)
    county.again("status", suspected)
    county.again("staff", *posts)


def test_names_of_any_length_and_kind_are_taken_as_they_are(county: Small):
    names = ["阿卜杜热合曼·吐尔逊", "O'Neil; DROP TABLE", "=1+1", "王" * 300, "𠮷野", "张\t三"]
    rows = [pupil(f"N{at}", name) for at, name in enumerate(names)]
    county.good("roster", *rows)
    county.again("roster", *rows)


@pytest.mark.parametrize(
    ("kind", "row", "column"),
    [
        ("roster", pupil("G" * 41), "学籍号"),
        ("roster", pupil("G9", 班级="班" * 41), "班级"),
        ("roster", pupil("G9", 民族="族" * 41), "民族"),
        ("visits", visit("2026-09-10", 记录编号="F" * 101), "记录编号"),
    ],
)
def test_a_code_too_long_for_one_is_refused_on_every_database(
    database_url: str, tmp_path: Path, kind: str, row: dict, column: str
):
    county = Small(database_url)
    outcome = read(county, kind, csv_file(tmp_path / "长.csv", [row]), apply=True)
    assert f"{column}“" in reasons(outcome) and "可能填错了列" in reasons(outcome)
    county.close()


def test_invisible_control_characters_are_refused_with_their_column(county: Small, tmp_path: Path):
    path = xlsx_file(tmp_path / "控制.xlsx", [pupil("G9", "张\x01三")])
    assert "姓名“" in reasons(read(county, "roster", path, apply=True))


@pytest.mark.parametrize("kind", sorted(COLUMNS.keys() - {"aid"}))
def test_a_sheet_without_rows_changes_nothing(county: Small, kind: str, tmp_path: Path):
    path = tmp_path / "空.csv"
    path.write_text(",".join(column.name for column in COLUMNS[kind]) + "\n\n,,,\n", encoding="utf-8")
    before = county.acts
    assert read(county, kind, path, apply=True).counts["read"] == 0
    assert county.acts == before


@pytest.mark.parametrize("kind", sorted(COLUMNS.keys() - {"aid"}))
def test_a_sheet_of_rows_that_hold_only_a_name_refuses_each_with_its_reasons(
    county: Small, kind: str, tmp_path: Path
):
    name = next((column.name for column in COLUMNS[kind] if column.name in ("姓名", "单位名称")), "")
    path = tmp_path / "只有名.csv"
    header = [column.name for column in COLUMNS[kind]]
    lines = [header, *(["某" if each == name else "" for each in header] for _ in range(3))]
    path.write_text("\n".join(",".join(line) for line in lines), encoding="utf-8")
    before = county.rows()
    outcome = read(county, kind, path, apply=True)
    assert outcome.counts["refused"] == 3
    assert reasons(outcome).count("必填") + reasons(outcome).count("须填") >= 3
    after = county.rows()
    assert {**after, "import_run": 0} == {**before, "import_run": 0}


def test_a_frozen_clock_orders_acts_all_the_same(county: Small):
    for at in range(3):
        county.good("visits", visit(f"2026-09-1{at}"))
    with county.casework.reading(county.now) as reading:
        seen = reading.snapshot.k
    assert seen < county.acts


def test_a_preview_of_many_rows_keeps_little_in_memory(county: Small, tmp_path: Path):
    """More than twice the rows may not take twice the memory: rows go through in chunks."""
    peaks = []
    for count in (1_050, 2_500):
        rows = [pupil(f"M{at}", "", NEAR if at % 2 else FAR) for at in range(count)]
        path = csv_file(tmp_path / f"{count}.csv", rows)
        del rows
        tracemalloc.start()
        assert read(county, "roster", path).counts["created"] == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0], peaks


@pytest.mark.soak
def test_a_hundred_thousand_rows_are_previewed_applied_and_unchanged_again(sqlite_url: str, tmp_path: Path):
    county = Small(sqlite_url, children=False)
    path = csv_file(tmp_path / "十万.csv", [pupil(f"M{at}") for at in range(100_000)])
    assert read(county, "roster", path).counts["created"] == 100_000
    assert read(county, "roster", path, apply=True).counts["created"] == 100_000
    assert read(county, "roster", path, apply=True).counts["unchanged"] == 100_000
    county.clean()
    county.close()
