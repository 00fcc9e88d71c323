"""`casework import`: preview by default, what is printed, exit codes, the workbook of refused rows."""

from datetime import datetime
from pathlib import Path

import pytest
from python_calamine import load_workbook

from casework.importers.columns import REASON_COLUMN
from tests.cli.files import Office
from tests.support.rows import FAR, LEDGERS, NEAR, posting, pupil, status, unit, visit


def test_a_preview_writes_nothing_and_says_how_to_apply(office: Office):
    before = office.stored()
    said = office.run("import", "roster", office.xlsx([pupil("G9")]))
    assert said.code == 0
    assert "读取 1 行：新增 1，变更 0，作废 0，无变化 0，退回 0" in said.out
    assert "以上为预览，未写入；加 --apply 写入可接受的行" in said.out
    assert office.stored() == before


@pytest.mark.parametrize("apply", [[], ["--apply"]])
def test_the_exit_code_says_whether_every_row_was_taken_in_preview_and_import_alike(
    office: Office, apply: list
):
    good, bad = office.csv([pupil("G9")], "好.csv"), office.csv([pupil("G8", 性别="？")], "坏.csv")
    assert office.run("import", "roster", good, *apply).code == 0
    said = office.run("import", "roster", bad, *apply)
    assert said.code == 3
    assert "第 2 行退回：性别“？”：“？”不在可选范围内，可填：男、女" in said.out


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("空.csv", b"", "是空的"),
        ("旧.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "旧格式的 Excel 97-2003"),
        ("坏.xlsx", b"PK\x03\x04" + b"\0" * 100, "损坏"),
        ("乱.csv", "姓名,性别\n甲,男\n".encode("utf-16"), "UTF-16"),
        ("别.csv", "甲,乙\n1,2\n".encode(), "表头"),
    ],
)
def test_a_file_that_can_not_be_read_is_one_sentence_and_code_2(
    office: Office, name: str, content: bytes, why: str
):
    path = office.folder / name
    path.write_bytes(content)
    before = office.stored()
    said = office.run("import", "roster", path, "--apply")
    assert (said.code, said.out) == (2, "")
    assert why in said.err and said.err.startswith("错误：")
    assert office.stored() == before


@pytest.mark.parametrize("what", ["没有这个文件.xlsx", "."])
def test_a_path_that_is_no_file_is_code_2(office: Office, what: str):
    said = office.run("import", "roster", office.folder / what)
    assert said.code == 2 and "打不开文件" in said.err


def test_an_empty_sheet_and_a_sheet_of_refused_rows_are_ordinary(office: Office):
    empty = office.folder / "空表.csv"
    empty.write_text("姓名,性别,出生日期,学段\n", encoding="utf-8")
    said = office.run("import", "roster", empty, "--apply")
    assert said.code == 0 and "读取 0 行" in said.out
    said = office.take("roster", [{"姓名": "只有姓名", "性别": "", "出生日期": "", "学段": ""}])
    assert said.code == 3 and "出生日期（空）：此格必填" in said.out


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_the_encodings_of_the_field_is_taken_and_the_encoding_said(office: Office, encoding: str):
    said = office.run("import", "roster", office.csv([pupil("G9", "龘䶮")], encoding=encoding), "--apply")
    assert said.code == 0
    assert {"utf-8": "不带 BOM", "utf-8-sig": "带 BOM", "gb18030": "GB18030"}[encoding] in said.out
    assert (
        office.run("import", "roster", office.xlsx([pupil("G9", "龘䶮")]), "--apply").out.count("无变化 1")
        == 1
    )


def test_titles_synonyms_full_width_headers_and_unknown_columns(office: Office):
    row = pupil("G9")
    renamed = {"姓名": "学生姓名", "学籍号": " 学 籍 号 ", "监护人": "监护人", "班级": "班级（必填）"}
    row = {renamed.get(header, header): text for header, text in row.items()} | {"备用": "x"}
    said = office.run(
        "import", "roster", office.xlsx([row], titles=["某县学生花名册", "2026年秋季"]), "--apply"
    )
    assert said.code == 0, said.out
    assert "以下列不认识，已忽略：备用" in said.out


def test_refused_rows_come_back_as_a_workbook_that_imports_once_corrected(office: Office):
    rows = [pupil("G8"), pupil("G9", 性别="？", 备注栏="留着"), pupil("G10", 出生日期="2027-01-01")]
    back = office.folder / "退回.xlsx"
    said = office.run("import", "roster", office.xlsx(rows), "--apply", "--refused", back)
    assert said.code == 3 and str(back) in said.out
    with load_workbook(str(back)) as workbook:
        header, *refused = (list(map(str, row)) for row in workbook.get_sheet_by_index(0).to_python())
    assert [row[header.index("学籍号")] for row in refused] == ["G9", "G10"]
    assert refused[0][header.index("备注栏")] == "留着"
    assert "性别“？”" in refused[0][header.index(REASON_COLUMN)]
    fixed = [dict(zip(header, row, strict=True)) for row in refused]
    fixed[0]["性别"], fixed[1]["出生日期"] = "男", "2017-01-01"
    said = office.run("import", "roster", office.xlsx(fixed, "改好.xlsx"), "--apply")
    assert said.code == 0 and "新增 2" in said.out
    assert "已忽略：备注栏\n" in said.out


def test_the_workbook_of_refused_rows_left_as_it_is_is_refused_again(office: Office):
    back = office.folder / "退回.xlsx"
    office.run("import", "roster", office.xlsx([pupil("G9", 性别="？")]), "--refused", back)
    assert office.run("import", "roster", back, "--apply").code == 3


def test_a_place_that_can_not_be_written_is_said(office: Office):
    path = office.folder / "没有的目录" / "退回.xlsx"
    said = office.run("import", "roster", office.xlsx([pupil("G9", 性别="？")]), "--refused", path)
    assert said.code == 2 and "写不进" in said.err


def test_all_or_nothing_takes_all_or_says_that_it_took_none(office: Office):
    before = office.stored()
    said = office.take("roster", [pupil("G9"), pupil("G8", 性别="？")], "--all-or-nothing")
    assert said.code == 3 and "按 --all-or-nothing 未写入任何一行" in said.out
    assert office.stored() == before
    said = office.take("roster", [pupil("G9"), pupil("G8")], "--all-or-nothing")
    assert said.code == 0 and "新增 2" in said.out and "未写入" not in said.out
    assert "无变化 2" in office.take("roster", [pupil("G9"), pupil("G8")]).out


def test_a_full_roster_lists_names_and_numbers_and_removes_nobody(office: Office):
    said = office.take("roster", [pupil("G1")], "--full")
    assert said.code == 0
    assert "全册比对：1 名在册学生不在本表中" in said.out and "学生G2 G2" in said.out
    assert "全册比对" not in office.take("roster", [pupil("G1"), pupil("G2")], "--full").out


def test_full_is_for_the_roster_only(office: Office):
    assert office.run("import", "visits", office.xlsx([visit("2026-09-10")]), "--full").code == 2


def test_names_are_confirmed_by_an_option(office: Office):
    row = visit("2026-09-10", 姓名="别名")
    assert office.take("visits", [row]).code == 3
    said = office.take("visits", [row], "--confirm-names")
    assert said.code == 0 and "已按号码确认为同一人" in said.out


def test_an_import_may_stand_in_a_logins_name(office: Office):
    office.take("staff", [posting("w1", "校长")])
    assert office.take("status", [status("2026-09-10", "疑似辍学")], "--as", "w1").code == 0
    said = office.take("visits", [visit("2026-09-10")], "--as", "nobody")
    assert said.code == 2 and "登录名“nobody”今天没有任何岗位" in said.err
    assert any("'w1','教师w1','校长','S1'" in line for line in office.stored())


def test_old_and_new_are_printed_and_what_was_said_is_not(office: Office):
    office.take("visits", [visit("2026-09-10")])
    said = office.run("import", "visits", office.xlsx([visit("2026-09-10", 结果="拒绝", 谈话要点="新的话")]))
    assert "第 2 行将变更：结果：犹豫 → 拒绝；谈话要点：（不显示） → （有更改，不显示）" in said.out
    assert "新的话" not in said.out


def test_a_merger_previews_whom_it_moves(office: Office):
    office.take("staff", [posting("w1")])
    row = unit(NEAR, 单位名称="近小", 停用日期="2026-09-01", 并入单位代码=FAR)
    said = office.run("import", "units", office.xlsx([row]))
    assert "2 名学生" in said.out and "校长 教师w1（w1）" in said.out


def test_a_number_that_excel_rounded_is_refused_with_its_place(office: Office):
    path = office.xlsx([pupil("G9")])
    from xlsxwriter import Workbook

    with Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet()
        for at, (header, text) in enumerate((pupil("G9") | {"证件号": "x"}).items()):
            sheet.write_string(0, at, header)
            if header == "证件号":
                sheet.write_number(1, at, 510105201603010027)
            else:
                sheet.write_string(1, at, text)
    said = office.run("import", "roster", path, "--apply")
    assert said.code == 3 and "第 2 行退回：证件号" in said.out and "只保留 15 位数字" in said.out


def test_days_may_be_excel_dates_or_written_in_the_fields_ways(office: Office):
    ways = ["2026-09-10", "2026/9/11", "2026年9月12日", "20260913"]
    assert office.take("visits", [visit(way) for way in ways]).code == 0
    path = office.folder / "日期.xlsx"
    from xlsxwriter import Workbook

    with Workbook(str(path)) as workbook:
        sheet, look = workbook.add_worksheet(), workbook.add_format({"num_format": "yyyy/m/d"})
        for at, (header, text) in enumerate(visit("2026-09-10").items()):
            sheet.write_string(0, at, header)
            if header == "家访日期":
                sheet.write_datetime(1, at, datetime(2026, 9, 10), look)
            else:
                sheet.write_string(1, at, text)
    assert "无变化 1" in office.run("import", "visits", path, "--apply").out


@pytest.mark.parametrize("kind", LEDGERS)
def test_every_ledger_goes_through_the_command_line(office: Office, kind: str):
    rows = [LEDGERS[kind]("2026-09-10")]
    assert "新增 1" in office.take(kind, rows).out
    assert "无变化 1" in office.take(kind, rows).out
    assert office.run("reconcile").code == 0


def test_nothing_is_imported_before_init(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setenv("CASEWORK_DATA_DIR", str(tmp_path / "leer"))
    monkeypatch.setenv("CASEWORK_MODE", "test")
    fresh = Office(tmp_path, capsys)
    said = fresh.run("import", "roster", fresh.csv([pupil()]))
    assert said.code == 2 and "请先运行 casework init" in said.err
