"""Which child a row means: one of 学籍号, 证件号, or 姓名+出生日期 must point to exactly one."""

import pytest

from tests.importing.small import Small
from tests.support.rows import BORN, LEDGERS, pupil, visit

CARD = "510105201603010027"


def by(kind: str, **who: str) -> dict[str, str]:
    """A row of a ledger that names its child by these cells alone."""
    row = {name: text for name, text in LEDGERS[kind]("2026-09-10").items() if name != "学籍号"}
    return {**row, **who}


@pytest.mark.parametrize("kind", LEDGERS)
def test_a_child_is_named_by_number_certificate_or_name_and_birth_alike(county: Small, kind: str):
    county.good("roster", pupil("G9", "李四", 证件号=CARD))
    county.good(kind, by(kind, 学籍号="G9"))
    county.again(kind, by(kind, 证件号=CARD))
    county.again(kind, by(kind, 姓名="李四", 出生日期="2016/3/1"))
    county.again(kind, by(kind, 学籍号="G9", 证件号=CARD.lower(), 姓名="李四"))


@pytest.mark.parametrize("kind", LEDGERS)
def test_a_certificate_of_any_type_points_to_its_child_without_the_type(county: Small, kind: str):
    county.good("roster", pupil("G9", "李四", 证件类型="其他", 证件号="E88"))
    county.good(kind, by(kind, 证件号="E88"))
    county.again(kind, by(kind, 证件类型="其他", 证件号="E88"))
    assert "证件号“E88”：候选 0 名" in county.bad(kind, by(kind, 证件类型="护照", 证件号="E88"))


def test_a_number_under_two_certificate_types_says_how_many_children_it_means(county: Small):
    county.good("roster", pupil("G8", "张三", 证件类型="护照", 证件号="E88"))
    county.good("roster", pupil("G9", "李四", 证件类型="其他", 证件号="E88"))
    assert "证件号对应 2 名学生" in county.bad("visits", by("visits", 证件号="E88"))
    county.good("visits", by("visits", 证件号="E88", 学籍号="G9"))


@pytest.mark.parametrize("kind", LEDGERS)
def test_a_child_that_is_not_on_the_roster_is_refused_with_that_reason(county: Small, kind: str):
    assert "学籍号“G99”：候选 0 名：该生不在花名册上" in county.bad(kind, by(kind, 学籍号="G99"))
    assert "证件号“1”：候选 0 名：该生不在花名册上" in county.bad(kind, by(kind, 证件号="1"))


def test_a_name_and_birth_that_point_to_several_or_none_say_how_many(county: Small):
    county.good("roster", pupil("N1", "王小红"), pupil("N2", "王小红"))
    assert "对应 2 名学生，请补填学籍号或证件号" in county.bad(
        "visits", by("visits", 姓名="王小红", 出生日期=BORN)
    )
    assert "对应 0 名学生" in county.bad("visits", by("visits", 姓名="王小红", 出生日期="2015-01-01"))


def test_a_row_that_names_nobody_says_what_is_needed(county: Small):
    assert "三者须填其一" in county.bad("visits", by("visits"))
    assert "三者须填其一" in county.bad("visits", by("visits", 姓名="学生G1"))


def test_two_numbers_of_two_children_in_one_row_are_refused(county: Small):
    county.good("roster", pupil("G9", 证件号=CARD))
    assert "分别指向两名学生" in county.bad("visits", visit("2026-09-10", "G1", 证件号=CARD))


def test_another_name_than_the_rosters_must_be_confirmed(county: Small):
    row = visit("2026-09-10", 姓名="学生甲")
    assert "花名册上该生为“学生G1”，本表为“学生甲”" in county.bad("visits", row)
    outcome = county.good("visits", row, confirm_names=True)
    assert "已按号码确认为同一人" in outcome.warnings[0]
    county.again("visits", row, confirm_names=True)


def test_one_record_number_is_one_childs_for_ever(county: Small):
    county.good("visits", visit("2026-09-10", 记录编号="F1"))
    assert "记录编号“F1”：记录编号“F1”已用于另一名学生" in county.bad(
        "visits", visit("2026-09-11", "G2", 记录编号="F1")
    )
    county.good("visits", visit("2026-09-10", 记录编号="F1", 作废原因="写错学生"))
    assert "已用于另一名学生" in county.bad("visits", visit("2026-09-11", "G2", 记录编号="F1"))
    county.good("visits", visit("2026-09-12", 记录编号="F1", 备注="改期"))
    county.clean()


@pytest.mark.parametrize(("kind", "number"), [("visits", {"记录编号": "F1"}), ("letters", {})])
def test_one_number_for_two_children_in_one_sheet_is_refused_for_both(county: Small, kind: str, number: dict):
    row = LEDGERS[kind]
    why = county.bad(kind, row("2026-09-10", **number), row("2026-09-10", "G2", **number))
    assert "第 2 行" in why and "第 3 行" in why and "用于两名学生" in why


# ---- the roster: who is new, who is known ----------------------------------------------------


def test_a_certificate_of_another_child_is_asked(county: Small):
    county.good("roster", pupil("G9", 证件号=CARD))
    why = county.bad("roster", pupil("G10", 证件号=CARD))
    assert "学籍号为 G9 的学生相同，两名学生不能共用一个证件号" in why and "证件号“" in why


def test_two_numbers_of_two_children_are_asked(county: Small):
    county.good("roster", pupil("G9", 证件号=CARD))
    assert "分别指向名册中的两名学生" in county.bad("roster", pupil("G1", 证件号=CARD))


def test_the_same_number_with_another_name_is_asked_and_confirmed(county: Small):
    assert "名册为“学生G1”，本表为“学生改”" in county.bad("roster", pupil("G1", "学生改"))
    outcome = county.good("roster", pupil("G1", "学生改"), confirm_names=True)
    assert ("姓名", "学生G1", "学生改") in outcome.shown[0].changes
    county.again("roster", pupil("G1", "学生改"))


@pytest.mark.parametrize(
    "rows",
    [
        [pupil("G8", 证件号=CARD), pupil("G9", 证件号=CARD)],
        [pupil("G8", "甲"), pupil("G8", "乙")],
        [pupil("G8", 班级="1班"), pupil("G8", 班级="2班")],
        [pupil("G8", 班级="1班", 变动日期="2026-09-01"), pupil("G8", 班级="2班", 变动日期="2026/9/1")],
        [pupil("G8", 证件号=CARD), pupil("G8", 证件号="510105201603010043", 变动日期="2026-09-01")],
    ],
    ids=["one certificate", "two names", "two classes", "one day written twice", "two certificates"],
)
def test_rows_of_one_sheet_that_contradict_each_other_are_refused_all(county: Small, rows: list):
    assert county.verbs("roster", *rows) == {"refused": 2}


def test_a_child_without_any_number_is_known_by_name_birth_and_guardian(county: Small):
    row = pupil("", "无号", 监护人="赵母")
    county.good("roster", row)
    county.again("roster", row)
    assert county.verbs("roster", pupil("", "无号", 监护人="钱父")) == {"created": 1}
    assert "对应名册中 2 名学生" in county.bad("roster", pupil("", "无号", 监护人=""))


def test_a_row_without_number_means_the_numbered_child_of_that_name(county: Small):
    county.again("roster", pupil("", "学生G1", 监护人="家长G1"))


def test_a_number_given_later_to_a_child_without_one_is_asked_first(county: Small):
    county.good("roster", pupil("", "无号"))
    row = pupil("G20", "无号", 监护人="家长")
    assert "而没有这个号码的学生" in county.bad("roster", row)
    assert county.verbs("roster", row, confirm_names=True) == {"changed": 1}
    county.again("roster", row)
    county.clean()


def test_a_student_number_given_later_to_a_known_certificate_needs_no_question(county: Small):
    county.good("roster", pupil("", "有证", 证件号=CARD))
    assert county.verbs("roster", pupil("G21", "有证", 证件号=CARD, 监护人="家长")) == {"changed": 1}


@pytest.mark.parametrize(
    ("number", "warning"),
    [
        ("51010520160301002X", "校验位不对"),
        ("5101052016030100", "应为 18 位"),
        ("510105201502280021", "与出生日期 2016-03-01 不一致"),
        ("51010520160230002A", "不应有的字符"),
        ("510105201602300020", "出生日期不存在"),
    ],
)
def test_a_wrong_identity_number_is_a_warning_and_never_a_bar(county: Small, number: str, warning: str):
    outcome = county.good("roster", pupil("G9", 证件号=number))
    assert warning in outcome.warnings[0]


def test_a_missing_or_other_certificate_is_normal(county: Small):
    assert county.good("roster", pupil("G8"), pupil("G9", 证件类型="其他", 证件号="川临01")).warnings == []
