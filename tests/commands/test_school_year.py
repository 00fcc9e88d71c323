"""学年升级: previewed, applied in acts of 200, once a school and year; statuses and balances stay."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from casework.commands import school_year
from casework.commands.leavers import verify_leaver
from casework.commands.school_year import begin_promotion, declare_promoted, promote_pupils
from casework.domain import school_year as rules
from casework.domain.values import Actor
from casework.errors import ChangedMeanwhile, NotAllowed, NotFound, RuleBroken
from casework.projections.case_board import case_board
from casework.projections.leavers import leavers
from casework.projections.promotion_plan import Plan, plan_of
from casework.projections.promotions import promotions
from casework.projections.rebuild import rebuild
from casework.projections.reconcile import reconcile
from tests.support.county import County
from tests.support.rows import JUNIOR_SCHOOL, NEAR, pupil, unit
from tests.support.year import (
    ACTORS,
    AUTUMN,
    CLERK,
    JUNIOR_OFFICE,
    NINE,
    OFFICE,
    clean,
    junior,
    number_ids,
    sixth,
    standing,
    year_county,
)

YEAR = 2026


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """The county at the turn of the year."""
    with year_county(database_url) as county:
        yield county


def plan(county: County, school: str = NEAR) -> Plan:
    with county.casework.reading() as reading:
        units, policy = reading.reference.units, reading.reference.school_year("2026-09-01")
        found = units.get(school)
        assert found
        snapshot = reading.snapshot
        return plan_of(snapshot.conn, snapshot.k, units, policy, found, "2026-09-01", "2026-09-03")


def begin(county: County, school: str = NEAR, login: str = OFFICE, **more: Any) -> dict[str, Any]:
    chosen = {"seen": plan(county, school).mark(), "staying": [], "year": YEAR, **more}
    return county.casework.do(
        "begin_promotion",
        lambda act, ref: begin_promotion(act, ref, school=school, **chosen),
        actor=ACTORS[login],
    )


def chunk(county: County, school: str = NEAR, login: str = OFFICE) -> dict[str, Any]:
    return county.casework.do(
        "promote_pupils",
        lambda act, ref: promote_pupils(act, ref, school=school, year=YEAR),
        actor=ACTORS[login],
    )


def promote(county: County, school: str = NEAR, login: str = OFFICE, **more: Any) -> None:
    left = begin(county, school, login, **more)["left"]
    while left:
        left = chunk(county, school, login)["left"]


def figures(county: County, week: str = "2026-W36") -> list[dict[str, Any]]:
    report = county.casework.weekly_report("C", week)
    return report["total"]


def names(pupils: list[Any]) -> list[str]:
    return sorted(each.name.removeprefix("学生") for each in pupils)


def test_the_preview_says_who_goes_where_and_who_needs_a_word(county: County):
    seen = plan(county)
    assert [(each.grade, each.kind, each.next, each.pupils) for each in seen.classes()] == [
        ("四年级", rules.UP, "五年级1班", 2),
        ("六年级", rules.LEAVES_PRIMARY, "", 1),
    ]
    assert names(seen.kept) == ["G4"]
    assert names(seen.unclear) == ["G5"]
    nine = plan(county, NINE)
    assert names(nine.asked) == ["N3"]
    assert nine.beyond == 1


def test_grades_go_up_and_the_last_one_leaves(county: County):
    promote(county)
    assert standing(county, "G1") == (NEAR, "primary", "五年级", "1班", "在籍在校")
    assert standing(county, "G1", "2026-08-31") == (NEAR, "primary", "四年级", "1班", "在籍在校")
    assert standing(county, "G3") == ("", "junior", "", "", "小学毕业")
    promote(county, JUNIOR_SCHOOL, JUNIOR_OFFICE)
    assert standing(county, "J1") == ("", "", "", "", "初中毕业")
    assert standing(county, "J2") == (JUNIOR_SCHOOL, "junior", "初二", "1班", "在籍在校")
    clean(county)


def test_a_nine_year_school_keeps_its_sixth_grade_as_its_seventh(county: County):
    promote(county, NINE, CLERK, staying=[number_ids(county)["N3"]])
    assert standing(county, "N1") == (NINE, "junior", "七年级", "1班", "在籍在校")
    assert standing(county, "N3") == (NINE, "primary", "一年级", "一年级1班", "在籍在校")
    assert standing(county, "N4")[2] == "大班"
    clean(county)


def test_a_class_named_with_its_grade_is_named_anew(county: County):
    promote(county, NINE, CLERK)
    assert standing(county, "N3")[2:4] == ("二年级", "二年级1班")


def test_no_status_changes_and_no_dropout_leaves_the_school_by_paper(county: County):
    def board() -> list[tuple[str, str, str]]:
        with county.casework.reading() as reading:
            rows = reading.snapshot.conn.execute(case_board.select())
            return sorted((row.case_id, row.status, row.school) for row in rows)

    before = board()
    promote(county)
    promote(county, NINE, CLERK)
    assert board() == before
    total = next(row for row in figures(county) if row["stage"] == "all")
    assert total["s_close"] == 2


def test_the_week_balances_when_a_suspected_child_moves_from_primary_to_junior(county: County):
    promote(county, NINE, CLERK)
    rows = {row["stage"]: row for row in figures(county)}
    assert (rows["primary"]["s_out"], rows["junior"]["s_in"], rows["all"]["s_in"]) == (1, 1, 0)
    for row in rows.values():
        gone = sum(row[f"s_{way}"] for way in ("returned", "taught", "deferred", "closed", "other", "out"))
        came = row["s_open"] + row["s_adj"] + row["s_new"] + row["s_in"]
        assert came - gone - row["confirmed"] == row["s_close"]
    clean(county)


def test_a_second_time_changes_nothing(county: County):
    promote(county)
    with county.casework.reading() as reading:
        k = reading.snapshot.k
    assert begin(county)["verb"] == "unchanged"
    with county.casework.reading() as reading:
        assert reading.snapshot.k == k
        (step,) = promotions(reading.snapshot.conn, k, YEAR, [NEAR]).values()
    assert (step.state, step.up, step.left_primary, step.by) == ("done", 2, 1, "教师xiao1")


def test_an_interrupted_promotion_takes_up_where_it_was(
    county: County, monkeypatch: pytest.MonkeyPatch, database_url: str
):
    county.take("roster", [pupil(f"K{at:03d}", 变动日期="2026-03-01") for at in range(50)], AUTUMN)
    monkeypatch.setattr(school_year, "FILES_AT_ONCE", 20)
    begin(county)
    assert chunk(county) == {"moved": 20, "left": 33}
    # Here the process is killed; a person opens the page again, sees the new preview and goes on.
    promote(county)
    assert {standing(county, f"K{at:03d}")[2] for at in range(50)} == {"五年级"}
    with county.casework.reading() as reading:
        (step,) = promotions(reading.snapshot.conn, reading.snapshot.k, YEAR, [NEAR]).values()
    assert (step.state, step.moved) == ("done", 53)
    clean(county)


def test_what_changed_since_the_preview_is_shown_again_first(county: County):
    seen = plan(county).mark()
    county.take("roster", [pupil("G1", 年级="三年级", 变动日期="2026-05-01")], AUTUMN)
    with pytest.raises(ChangedMeanwhile, match="重新核对预览"):
        begin(county, seen=seen)
    assert standing(county, "G2")[2] == "四年级"


def test_a_roster_of_the_new_year_is_not_promoted_again(county: County):
    county.take("roster", [pupil("G1", 年级="五年级"), pupil("G9")], AUTUMN)
    assert names(plan(county).moving) == ["G2", "G3"]
    promote(county)
    assert standing(county, "G9")[2] == "四年级"
    assert standing(county, "G1")[2] == "五年级"


@pytest.mark.parametrize(("taken", "settled"), [("2026-07-31", False), ("2026-08-28", True)])
def test_a_first_roster_taken_in_august_is_not_promoted(county: County, taken: str, settled: bool):
    county.take("roster", [pupil("G9")], datetime.fromisoformat(f"{taken}T09:00:00+08:00"))
    assert ("G9" not in names(plan(county).moving)) is settled


def test_a_school_may_say_that_its_roster_is_of_the_new_year(county: County):
    def declare() -> dict[str, Any]:
        return county.casework.do(
            "declare",
            lambda act, ref: declare_promoted(act, ref, school=NEAR, year=YEAR),
            actor=ACTORS[OFFICE],
        )

    assert declare()["verb"] == "declared"
    with pytest.raises(RuleBroken, match="已经办理过"):
        declare()
    with pytest.raises(RuleBroken, match="无需升级"):
        begin(county)
    assert standing(county, "G1")[2] == "四年级"
    clean(county)


def test_a_merged_school_sends_its_office_to_the_successor(county: County):
    merged = unit(
        NEAR, 单位名称="近小", 学校类别="小学", 所在乡镇代码="T1", 停用日期="2026-09-02", 并入单位代码=NINE
    )
    county.take("units", [merged])
    with pytest.raises(RuleBroken, match="请在一贯校办理"):
        begin(county, login=CLERK)
    assert "G1" in names(plan(county, NINE).moving)
    promote(county, NINE, CLERK)
    assert standing(county, "G1") == (NINE, "primary", "五年级", "1班", "在籍在校")
    clean(county)


@pytest.mark.parametrize("year", [2025, 2027])
def test_only_the_present_year_is_promoted(county: County, year: int):
    with pytest.raises(RuleBroken):
        begin(county, year=year)


def test_another_school_is_answered_as_none(county: County):
    for school in (JUNIOR_SCHOOL, "nichts", "T1"):
        with pytest.raises(NotFound):
            chunk(county, school)
    with pytest.raises(NotAllowed):
        county.casework.do(
            "x",
            lambda act, ref: promote_pupils(act, ref, school=NEAR, year=YEAR),
            actor=Actor("x", "x", "班主任", NEAR),
        )


def unplaced(county: County) -> list[str]:
    with county.casework.reading() as reading:
        snapshot = reading.snapshot
        return [each.name for each in leavers(snapshot.conn, snapshot.k, "2026-09-03", lambda _: True)]


def test_a_leaver_no_junior_school_names_is_put_on_the_list_and_verified_by_a_person(county: County):
    promote(county)
    assert unplaced(county) == ["学生G3"]
    child = number_ids(county)["G3"]

    def verify(login: str = OFFICE) -> dict[str, Any]:
        return county.casework.do(
            "verify", lambda act, ref: verify_leaver(act, ref, child_id=child), actor=ACTORS[login]
        )

    with pytest.raises(NotFound):
        verify(JUNIOR_OFFICE)
    verify()
    with county.casework.reading() as reading:
        rows = reading.snapshot.conn.execute(case_board.select().where(case_board.c.case_id == child))
        (row,) = rows
    assert (row.status, row.lost_type, row.school) == ("verifying", "小升初未衔接", "")
    with pytest.raises(RuleBroken, match="已在关注中"):
        verify()
    clean(county)


def test_the_junior_roster_takes_a_leaver_off_the_list(county: County):
    promote(county)
    county.take("roster", [junior("G3", "七年级", 出生日期="2014-03-01", 现居住地代码="V1")], AUTUMN)
    assert standing(county, "G3") == (JUNIOR_SCHOOL, "junior", "七年级", "1班", "在籍在校")
    assert unplaced(county) == []
    clean(county)


def test_the_tables_made_anew_are_the_live_ones(county: County):
    promote(county)
    rebuild(county.casework.store)
    clean(county)
    with county.casework.store.engine.begin() as conn:
        conn.exec_driver_sql("UPDATE promotion SET up = 77")
    with county.casework.reading() as reading:
        assert any("promotion" in sentence for sentence in reconcile(reading.snapshot))


def test_a_pupil_without_a_readable_grade_waits_for_the_roster(county: County):
    county.take("roster", [sixth("G6") | {"年级": "毕业班", "变动日期": "2026-03-01"}], AUTUMN)
    assert names(plan(county).unclear) == ["G5", "G6"]
    promote(county)
    assert standing(county, "G6")[2] == "毕业班"
