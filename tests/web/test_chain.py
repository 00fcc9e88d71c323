"""责任链 pages: who sees which part, what a number opens, any past day by two knowledges."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from casework.web import create_app
from tests.support.county import County
from tests.support.field import TEACH_1, TEACH_2, county_at_work
from tests.web.conftest import SETTINGS
from tests.web.pages import StrictPage, Visitor
from tests.web.small_county import (
    CALM,
    CHIEF,
    CLERK,
    DISTRICT,
    HEAD_1,
    HEAD_2,
    HILL,
    INSPECTOR,
    MAYOR,
    MOON,
    NAMES,
    PASSWORD,
    RAIN,
    TEACHER,
    at,
    fill,
)

SignIn = Callable[[str], Visitor]


def row_of(page: StrictPage, name: str) -> dict[str, str]:
    """A row of the page's first table by its heading, as heading → text."""
    headings = page.rows[0]
    row = next(row for row in page.rows if row and row[0] == name)
    return dict(zip(headings, (cell.strip() for cell in row), strict=False))


def test_the_county_sees_every_role_and_every_place(signed_in: SignIn) -> None:
    visitor = signed_in(CLERK)
    page = visitor.get("/chain")
    for title in ("教体局局长", "镇长", "校长", "村长", "家长", "师长"):
        assert title in page.text
    heads = visitor.get("/chain?role=校长")
    assert row_of(heads, "第二初中") == {
        "单位": "第二初中",
        "责任人": NAMES[HEAD_2],
        "及时率": "0%",
        "办结率": "100%",
        "应办": "1",
        "按时办结": "0",
        "逾期办结": "1",
        "逾期未办": "0",
        "未到期": "1",
        "免办": "0",
        "在册孩子": "2",
        "14 天无动静": "0",
        "待签文书": "0",
        "下级空缺转来": "6",
    }
    assert row_of(heads, "第一小学")["下级空缺转来"] == "5"


def test_a_vacancy_is_told_in_words_with_who_stands_above(signed_in: SignIn) -> None:
    visitor = signed_in(CLERK)
    assert row_of(visitor.get("/chain?role=局长"), "试验县")["责任人"] == "空缺"
    page = visitor.get("/chain/duties?role=师长&unit=S2&grade=七年级&klass=1班")
    assert f"这个岗位空缺，事项由上一级负责：第二初中校长 {NAMES[HEAD_2]}" in page.text


def test_a_number_opens_its_duties_with_child_reason_and_day(signed_in: SignIn) -> None:
    visitor = signed_in(CLERK)
    page = visitor.get("/chain/duties?role=校长&unit=S2&state=late")
    row = page.rows[-1]
    assert row[0] == HILL and "签发劝返复学通知书" in row[1] and "2026年9月17日" in row[2]
    assert "逾期 21 天" in row[3] and "2026年10月8日" in row[4] and row[5] == NAMES[HEAD_2]
    assert any(link.startswith("/cases/") for link in page.links)


def test_each_sees_its_own_unit_and_below_and_nothing_else(signed_in: SignIn) -> None:
    mayor = signed_in(MAYOR)
    assert "教体局局长" not in mayor.get("/chain").text
    assert row_of(mayor.get("/chain"), "青山镇")["责任人"] == NAMES[MAYOR]
    assert [row[0] for row in mayor.get("/chain?role=校长").rows[1:]] == ["第一小学"]
    for address in (
        "/chain?unit=T2",
        "/chain/duties?role=校长&unit=S2",
        "/reviews?unit=S2",
        "/chain?unit=C1",
    ):
        mayor.get(address, 404)
    principal = signed_in(HEAD_1)
    assert [row[0] for row in principal.get("/chain").rows[1:]] == ["第一小学"]
    principal.get("/chain/duties?role=校长&unit=S2", 404)
    district = signed_in(DISTRICT)
    assert [row[0] for row in district.get("/chain?role=校长").rows[1:]] == ["第二初中"]
    signed_in(TEACHER).get("/chain", 403)


def test_an_inspector_reads_initials_only(signed_in: SignIn) -> None:
    visitor = signed_in(INSPECTOR)
    for address in ("/chain/duties?role=师长&unit=S2", "/reviews?unit=S2", "/chain/duties?role=家长&unit=S2"):
        text = visitor.get(address).text
        assert HILL not in text and MOON not in text and "李家长" not in text
    assert "李**" in visitor.get("/chain/duties?role=师长&unit=S2").text
    visitor.get("/reviews.xlsx?unit=S2", 403)


def test_a_village_head_and_a_class_teacher_have_their_own_page(sqlite_url: str) -> None:
    with county_at_work(sqlite_url) as county:
        app = create_app(county.casework, SETTINGS, wall=lambda: datetime(2026, 10, 9, 7, tzinfo=UTC))

        def opened(login: str) -> StrictPage:
            visitor = Visitor(app.test_client())
            visitor.sign_in(login, PASSWORD)
            assert visitor.client.get("/chain").headers["Location"].endswith("/chain/duties")
            for stranger in ("/chain/duties?unit=S2&role=校长", "/chain/duties?unit=C1&role=局长"):
                assert "签发" not in visitor.get(stranger).text
            assert "责任考核" in visitor.get("/reviews?unit=S2&login=xz2").text
            assert NAMES[HEAD_2] not in visitor.get("/reviews?unit=S2&login=xz2").text
            return visitor.get("/chain/duties")

        assert RAIN in opened(TEACH_1).text and HILL not in opened(TEACH_1).text
        assert HILL in opened(TEACH_2).text and RAIN not in opened(TEACH_2).text
        assert "村长 石桥村" in opened(CHIEF).text and CALM not in opened(CHIEF).text


@pytest.fixture
def told_late(sqlite_url: str) -> Iterator[Visitor]:
    """The clerk of a county in which a visit of September was told in October."""
    county = County(sqlite_url)
    fill(county)
    visit = {
        "学籍号": "G20260002",
        "姓名": HILL,
        "家访日期": "2026-09-15",
        "开始时间": "18:00",
        "方式": "上门",
        "参加人": "温若谷/校长/第一小学",
        "见到": "家长",
        "结果": "犹豫",
        "谈话要点": "补登记",
        "记录人": "温若谷",
    }
    assert not county.take("visits", [visit], at("2026-10-09T16:00")).refused
    county.casework.accounts.make(CLERK, NAMES[CLERK], PASSWORD, now=datetime(2026, 10, 1, tzinfo=UTC))
    app = create_app(county.casework, SETTINGS, wall=lambda: datetime(2026, 10, 9, 8, tzinfo=UTC))
    visitor = Visitor(app.test_client())
    visitor.sign_in(CLERK, PASSWORD)
    yield visitor
    county.close()


def test_a_past_day_reads_differently_as_known_then_and_as_known_now(told_late: Visitor) -> None:
    then = told_late.get("/chain?role=师长&unit=S2&on=2026-09-20&known=then")
    now = told_late.get("/chain?role=师长&unit=S2&on=2026-09-20")
    assert row_of(then, "七年级1班")["按时办结"] == "0"
    assert row_of(now, "七年级1班")["按时办结"] == "1"
    assert "按当时所知" in then.text and "按现在所知" in now.text
    assert row_of(then, "七年级1班")["责任人"] == "空缺"


def test_an_address_cut_short_or_odd_is_answered_in_words(signed_in: SignIn) -> None:
    visitor = signed_in(CLERK)
    for address in (
        "/chain?on=morgen",
        "/chain?on=2030-01-01",
        "/chain?from=2026-10-01&to=2026-09-01",
        "/chain?from=2001-10-01",
        "/chain/duties?role=校长&unit=S2&page=x",
    ):
        visitor.get(address, 400)
    visitor.get("/chain/duties?role=谁&unit=S2", 404)
    for address in ("/chain?unit=nichts", "/reviews?unit=", "/reviews?unit=nichts", "/reviews?login=wer"):
        visitor.get(address, 404)
    assert "校长" in visitor.get("/chain?role=谁").text
