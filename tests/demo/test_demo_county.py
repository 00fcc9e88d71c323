"""The demo county: its size, its people, and that nothing in it exists."""

from collections import Counter
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from casework.demo import ACCOUNTS, Batch, batches, write
from casework.demo.names import check_digit
from casework.demo.pupils import WRONG_CHECKS
from tests.demo.ledgers import Cells, child_key, rows_of

POSTS = (
    "局长 副局长 基教股 资助中心 特教专干 学籍管理员 资助专干 镇长 乡镇分管领导 乡镇干部 村长 村支书 "
    "校长 班主任 任课教师 包片领导 包片教师 帮扶责任人 代理家长 督导 学区"
).split()


@pytest.fixture(scope="module")
def term() -> list[Batch]:
    return list(batches())


@pytest.fixture(scope="module")
def children(term: list[Batch]) -> list[Cells]:
    return rows_of(term[0], "roster")


def test_the_same_seed_tells_the_same_story_and_another_seed_another(term: list[Batch]) -> None:
    assert list(batches()) == term
    assert list(batches(7)) != term


def test_the_county_has_twelve_schools_three_townships_and_eighteen_villages(term: list[Batch]) -> None:
    kinds = Counter(row["类型"] for row in rows_of(term[0], "units"))
    assert kinds == {"县": 1, "学区": 2, "乡镇": 2, "街道": 1, "村": 18, "学校": 12}


def test_six_thousand_pupils_sit_in_schools_and_a_few_children_in_none(children: list[Cells]) -> None:
    situations = Counter(row["就读情况"] for row in children)
    assert situations["在籍在校"] == 6000
    assert 20 < len(children) - 6000 < 60
    assert len({child_key(row) for row in children}) == len(children)


def test_every_post_is_held_and_every_class_has_its_teacher(term: list[Batch], children: list[Cells]) -> None:
    staff = rows_of(term[0], "staff")
    assert {row["岗位"] for row in staff} == set(POSTS)
    taught = {(row["单位代码"], row["班级"]) for row in staff if row["岗位"] == "班主任"}
    assert {(row["学校代码"], row["年级"] + row["班级"]) for row in children if row["学校代码"]} == taught


def test_one_principal_hands_over_in_mid_term_and_one_village_stays_without_head(term: list[Batch]) -> None:
    later = [row for batch in term[1:] for row in rows_of(batch, "staff")]
    principals = [row for row in later if row["岗位"] == "校长" and row["单位代码"] == "9901260008"]
    assert [bool(row["离任日期"]) for row in principals] == [True, False]
    assert [row["离任日期"] for row in later if row["岗位"] == "村长"] == ["2026-10-09"]


def test_every_account_is_a_login_of_the_staff_workbooks_in_that_post(term: list[Batch]) -> None:
    staff = [row for batch in term for row in rows_of(batch, "staff")]
    known = {(row["登录名"], row["姓名"], row["岗位"], row["单位代码"]) for row in staff}
    assert {(a.login, a.name, a.post, a.unit) for a in ACCOUNTS} <= known
    assert len({a.unit for a in ACCOUNTS if a.post == "校长"}) == 12


def test_identity_numbers_were_never_issued_and_their_check_digits_are_right_but_for_the_intended_ones(
    children: list[Cells],
) -> None:
    numbers = [row["证件号"] for row in children if row["证件号"]]
    assert {number[:4] for number in numbers} == {"9901"}
    assert len(set(numbers)) == len(numbers)
    assert sum(check_digit(number[:17]) != number[17] for number in numbers) == WRONG_CHECKS
    assert all(row["证件号"][6:14] == row["出生日期"].replace("-", "") for row in children if row["证件号"])
    assert 10 < len(children) - len(numbers) < 60


def test_phones_can_not_be_dialled(term: list[Batch], children: list[Cells]) -> None:
    assert {row["联系电话"][:3] for row in [*children, *rows_of(term[0], "staff")]} == {"120"}


def test_groups_and_hardship_come_at_plausible_shares(children: list[Cells]) -> None:
    groups = Counter(group for row in children for group in row["特殊群体"].split("；") if group)
    assert 400 < groups["留守儿童"] < 900
    assert 400 < groups["脱贫户"] < 900
    assert 150 < groups["低保"] < 400
    assert len(groups) >= 18
    assert {row["困难认定等级"] for row in children} == {"", "特别困难", "困难", "一般困难"}


def test_written_workbooks_hold_the_rows_below_a_title(term: list[Batch], tmp_path: Path) -> None:
    paths = write(term[3], tmp_path)
    assert [path.name for path in paths] == [file.file_name for file in term[3].files]
    for path, file in zip(paths, term[3].files, strict=True):
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        top = sheet.index(list(file.headers))
        assert top == (file.kind in ("absences", "status", "visits", "letters"))
        assert len(sheet) - top - 1 == len(file.rows)
