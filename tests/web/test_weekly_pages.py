"""The weekly report's page, the children behind its numbers, its workbook: the same figures everywhere."""

import io
import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from python_calamine import CalamineWorkbook

from casework.web.weekly.columns import COLUMN_GROUPS, GROUP_COLUMNS, STAGES
from casework.web.weekly.sheet import number_of
from tests.support.county import County
from tests.web.pages import StrictPage, Visitor
from tests.web.small_county import CLERK, HEAD_1, HEAD_2, HILL, MOON, RAIN

SignedIn = Callable[[str], Visitor]
WEEKS = ("2026-W37", "2026-W38", "2026-W39", "2026-W41")


def figures(page: StrictPage) -> dict[str, list[str]]:
    """Row name → the figures shown in the table."""
    return {
        row[0].replace("本周都是 0", "").strip(): [cell.strip() for cell in row[1:]] for row in page.rows[2:]
    }


@pytest.mark.parametrize("view", COLUMN_GROUPS)
@pytest.mark.parametrize("week", WEEKS)
def test_the_page_shows_the_reports_own_figures(county: County, signed_in: SignedIn, week: str, view: str):
    visitor, report = signed_in(CLERK), county.casework.weekly_report("C1", week)
    columns = [column for _, group in COLUMN_GROUPS[view] for column in group]
    for table in ("schools", "townships"):
        for stage in STAGES:
            page = visitor.get(f"/weekly?week={week}&view={view}&by={table}&stage={stage}")
            rows = [("合计", row) for row in report["total"]]
            rows += [(row["unit"]["name"], row) for row in report["tables"][table]]
            expected = {
                name: [number_of(column, row[column.key], lambda: "").text for column in columns]
                for name, row in rows
                if row["stage"] == stage
            }
            assert figures(page) == expected
            assert report["digest"] in page.text and f"第 {report['act']} 号" in page.text


def test_the_page_shows_the_groups_of_the_total(county: County, signed_in: SignedIn):
    page = signed_in(CLERK).get("/weekly?week=2026-W37&view=groups")
    [total] = [
        row for row in county.casework.weekly_report("C1", "2026-W37")["total"] if row["stage"] == "all"
    ]
    shown = figures(page)
    assert shown["留守儿童"] == [str(total["groups"]["留守儿童"][column.key]) for column in GROUP_COLUMNS]


def count_of(page: StrictPage) -> float:
    """The number at the head of a list."""
    heading = next(words for words in page.text.split(" 回到周报 ")[1:])
    return float(heading.split()[1].replace(",", ""))


@pytest.mark.parametrize("week", WEEKS)
def test_behind_every_number_stand_that_many_children(signed_in: SignedIn, week: str):
    visitor, followed = signed_in(CLERK), 0
    for view in (*COLUMN_GROUPS, "groups"):
        for link in visitor.get(f"/weekly?week={week}&view={view}").links:
            if not link.startswith("/weekly/children"):
                continue
            page = visitor.get(link)
            figure = parse_qs(urlsplit(link).query)["figure"][0]
            if figure not in ("session_hours",):
                assert len(page.rows) - 1 == count_of(page), link
            followed += 1
    assert followed > 10


def test_a_late_entry_is_unknown_then_and_known_now(signed_in: SignedIn):
    visitor = signed_in(CLERK)
    then = visitor.get("/weekly?week=2026-W38&known_at=2026-09-18T12:00")
    now = visitor.get("/weekly?week=2026-W38")
    assert figures(then)["合计"] != figures(now)["合计"]
    behind = [link for link in now.links if "figure=confirmed" in link]
    assert HILL in visitor.get(behind[0]).text
    assert not [link for link in then.links if "figure=confirmed" in link]


def test_the_links_keep_the_very_moment_the_page_was_counted_at(signed_in: SignedIn, county: County):
    visitor = signed_in(CLERK)
    link = next(link for link in visitor.get("/weekly?week=2026-W37").links if "figure=s_close" in link)
    known = parse_qs(urlsplit(link).query)["known_at"][0]
    assert known == county.casework.weekly_report("C1", "2026-W37")["known_at"]


def test_a_week_that_is_not_over_says_so(signed_in: SignedIn):
    visitor = signed_in(CLERK)
    assert "本周还没有结束" in visitor.get("/weekly").text
    assert "没有结束" not in visitor.get("/weekly?week=2026-W37").text
    assert "那时本周还没有结束" in visitor.get("/weekly?week=2026-W38&known_at=2026-09-15T12:00").text


def test_a_school_reads_its_own_report_first_and_only(signed_in: SignedIn):
    page = signed_in(HEAD_1).get("/weekly?week=2026-W37")
    assert "第一小学" in page.text and "第二初中" not in page.text
    assert figures(page)["合计"] == figures(page)["第一小学"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("week=2026", "统计周“2026”写法不对"),
        ("week=2026-W99", "写法不对"),
        ("known_at=yesterday", "看不懂"),
        ("known_at=2030-01-01T00:00", "晚于现在"),
    ],
)
def test_an_address_that_makes_no_report_says_what_to_write(signed_in: SignedIn, query: str, said: str):
    assert said in signed_in(CLERK).get(f"/weekly?{query}", 400).text


@pytest.mark.parametrize(
    "query",
    [
        "figure=nonsense&table=total",
        "figure=s_new&table=nonsense",
        "figure=s_new&table=total&stage=x",
        "figure=visits&table=total&name=低保",
        "figure=pupils&table=total&after=x",
        "figure=s_new&table=total&page=0",
        "figure=s_new&table=counties",
    ],
)
def test_a_number_that_is_in_no_report_is_refused(signed_in: SignedIn, query: str):
    signed_in(CLERK).get(f"/weekly/children?row=C1&{query}", 400)


def test_the_workbook_holds_the_same_figures_and_names_its_children(county: County, signed_in: SignedIn):
    answer = signed_in(CLERK).client.get("/weekly.xlsx?week=2026-W38")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    assert book.sheet_names == ["汇总", "乡镇", "学生名单", "说明"]
    report = county.casework.weekly_report("C1", "2026-W38")
    summary = book.get_sheet_by_name("汇总").to_python()
    headers, total = summary[2], summary[5]
    assert total[headers.index("本期期末疑似人数")] == report["total"][2]["s_close"]
    assert total[headers.index("疑似转为辍学")] == report["total"][2]["confirmed"] == 1
    people = book.get_sheet_by_name("学生名单").to_python()
    listed = {row[1]: dict(zip(people[2], row, strict=True)) for row in people[3:]}
    assert set(listed) == {RAIN, HILL, MOON}
    assert listed[HILL]["离校日期"] == "2026-09-08" and listed[HILL]["去向"] == "县外工地"
    assert listed[RAIN]["复学日期"] == "2026-09-15" and listed[RAIN]["安置方式"] == "插班"
    assert listed[HILL]["最近劝返结果"] == "犹豫" and listed[HILL]["劝返次数"] == 1
    everything = json.dumps([book.get_sheet_by_name(name).to_python() for name in book.sheet_names])
    assert "13900001234" not in everything and "990126201305060002" not in everything
    notes = {str(row[0]): row[1] for row in book.get_sheet_by_name("说明").to_python()[3:]}
    assert notes["校验码"] == report["digest"] and "路知遥" in str(notes["导出人"])


def test_the_first_page_says_how_things_stand(signed_in: SignedIn):
    page = signed_in(HEAD_2).get("/")
    assert "闵舒禾，您好" in page.text and HILL in page.text and RAIN not in page.text
