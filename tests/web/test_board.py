"""The board's page: who stands on it, in which order, with whom to talk to; its filters and its workbook."""

import io
from collections.abc import Callable

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from casework.store.read_log import EXPORTED, read_log
from tests.support.county import County
from tests.web.pages import Visitor
from tests.web.small_county import CALM, CLERK, HEAD_1, HEAD_2, HILL, INSPECTOR, MAYOR, MOON, RAIN, TEACHER

SignedIn = Callable[[str], Visitor]
Ids = dict[str, str]


def names(visitor: Visitor, address: str = "/board") -> list[str]:
    """The names of the list, in order."""
    rows = visitor.get(address).rows
    return [name for row in rows for name in (RAIN, HILL, MOON, CALM) if row and row[0].startswith(name)]


def test_the_most_urgent_child_comes_first(signed_in: SignedIn):
    assert names(signed_in(CLERK)) == [HILL, RAIN, MOON]


def test_a_line_says_what_an_official_needs(signed_in: SignedIn):
    line = next(row for row in signed_in(CLERK).get("/board").rows if row and row[0].startswith(HILL))
    text = " ".join(" ".join(line).split())
    assert "辍学离校 31 天" in text and "第二初中 七年级1班住河口乡" in text and "外出务工" in text
    assert "29 天前，犹豫共 1 次" in text
    assert "劝返复学通知书10月8日签发，还没有送达" in text
    assert "班主任 空缺校长 闵舒禾" in text


@pytest.mark.parametrize(("login", "seen"), [(HEAD_1, [RAIN]), (HEAD_2, [HILL, MOON]), (MAYOR, [RAIN, MOON])])
def test_everyone_sees_their_own_children(signed_in: SignedIn, login: str, seen: list[str]):
    assert names(signed_in(login)) == seen


@pytest.mark.parametrize(
    ("filters", "seen"),
    [
        ("status=dropped_out", [HILL]),
        ("school=S2", [HILL, MOON]),
        ("township=T1", [RAIN, MOON]),
        ("village=V1", [RAIN]),
        ("stage=primary", [RAIN, MOON]),
        ("group=留守儿童", [RAIN]),
        ("cause=外出务工", [HILL]),
        ("silent=30", [RAIN, MOON]),
        ("name=李", [HILL]),
        ("name=lidashan", [HILL]),
        ("name=zx", [RAIN]),
        ("person=cun1", [RAIN]),
        ("person=xz2", [HILL, MOON]),
        ("person=nobody", []),
        ("township=T2&school=S2", [HILL]),
    ],
)
def test_filters_are_in_the_address(signed_in: SignedIn, filters: str, seen: list[str]):
    assert names(signed_in(CLERK), f"/board?{filters}") == seen


def test_counts_on_top_are_the_reports(signed_in: SignedIn):
    text = signed_in(CLERK).get("/board").text
    assert "全部 3" in text and "辍学 1" in text and "已复学(巩固期) 2" in text
    report = signed_in(CLERK).get("/weekly?view=states").text
    assert "复学巩固" in report


def test_the_county_sees_it_by_township_and_school(signed_in: SignedIn):
    rows = [[cell.strip() for cell in row] for row in signed_in(CLERK).get("/board").rows]
    assert ["乡镇", "辍学", "已复学(巩固期)", "合计"] in rows
    assert ["青山镇", "0", "2", "2"] in rows and ["河口乡", "1", "0", "1"] in rows
    rows = [[cell.strip() for cell in row] for row in signed_in(CLERK).get("/board?by=schools").rows]
    assert ["第二初中", "闵舒禾", "1", "1", "2"] in rows


def test_the_township_sees_it_by_village_and_by_responsible_person(signed_in: SignedIn):
    rows = [[cell.strip() for cell in row] for row in signed_in(MAYOR).get("/board?by=villages").rows]
    assert ["石桥村", "韦彩莲", "1", "1"] in rows
    page = signed_in(MAYOR).get("/board?by=people")
    rows = [[cell.strip() for cell in row] for row in page.rows]
    assert ["韦彩莲", "村长 · 石桥村", "1", "1"] in rows
    assert ["空缺", "班主任 · 第一小学 四年级1班", "1", "1"] in rows
    assert "/board?person=cun1&by=people" in page.links


def test_children_who_only_go_to_school_here_stand_apart(county: County, signed_in: SignedIn):
    assert "在本地上学、住外地" not in signed_in(MAYOR).get("/board").text
    assert names(signed_in(MAYOR), "/board?part=elsewhere") == []


def test_an_inspector_reads_masked_names_and_cannot_search_them(signed_in: SignedIn):
    visitor = signed_in(INSPECTOR)
    page = visitor.get("/board")
    assert HILL not in page.text and "李**" in page.text
    assert visitor.get("/board?name=李").text == visitor.get("/board?name=无").text
    visitor.get("/board.xlsx", status=403)


def test_who_sees_single_children_only_has_no_board(signed_in: SignedIn):
    signed_in(TEACHER).get("/board", status=403)


def test_places_that_are_not_there_are_not_found(signed_in: SignedIn):
    signed_in(HEAD_1).get("/board?school=S9", status=404)
    signed_in(CLERK).get("/board?township=S1", status=404)
    assert names(signed_in(HEAD_1), "/board?school=S2") == []


def test_the_old_lists_address_leads_here(signed_in: SignedIn):
    response = signed_in(CLERK).client.get("/children?status=returned")
    assert response.headers["Location"] == "/board?status=returned"


def test_a_cut_address_is_refused(signed_in: SignedIn):
    signed_in(CLERK).get("/board?after=1", status=400)


def test_the_workbook_holds_what_is_asked_for_masked_and_is_logged(county: County, signed_in: SignedIn):
    response = signed_in(CLERK).client.get("/board.xlsx?school=S2&name=l")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(response.data)).get_sheet_by_index(0).to_python()
    head = next(at for at, row in enumerate(rows) if row[0] == "序号")
    line = dict(zip(rows[head], rows[head + 1], strict=True))
    assert len(rows) == head + 2 and line["姓名"] == HILL and line["状态"] == "辍学"
    assert (
        line["离校日期"] == "2026-09-08" and line["已下达文书及日期"] == "劝返复学通知书 2026-10-08，未送达"
    )
    assert line["证件号"] == "990126**********02" and line["联系电话"] == "139****1234"
    assert "990126201305060002" not in str(rows)
    with county.casework.store.engine.connect() as conn:
        logged = conn.execute(select(read_log).order_by(read_log.c.id.desc())).first()
    assert logged is not None and logged.what == EXPORTED and logged.account == CLERK
    assert logged.detail == "/board.xlsx?school=S2&rows=1"
