"""The read log's page: who opened, revealed, exported what; a child is named only to who may see it."""

import io
from collections.abc import Callable

import pytest
from python_calamine import CalamineWorkbook

from tests.web.pages import Visitor
from tests.web.small_county import CLERK, DISTRICT, HEAD_1, HEAD_2, HILL, INSPECTOR, MAYOR, MOON, RAIN

SignedIn = Callable[[str], Visitor]
Ids = dict[str, str]


def reveal(visitor: Visitor, child_id: str, **form: str) -> None:
    """Shows a masked value."""
    token = visitor.token(f"/cases/{child_id}")
    visitor.read(visitor.client.post(f"/cases/{child_id}/reveal", data={"csrf_token": token, **form}))


def lines(visitor: Visitor, address: str = "/read-log") -> list[str]:
    """The lines, each as one text."""
    return [" ".join(" ".join(row).split()) for row in visitor.get(address).rows[1:]]


@pytest.fixture
def read(signed_in: SignedIn, ids: Ids) -> None:
    """Heads and clerk read something."""
    signed_in(HEAD_1).get(f"/cases/{ids[RAIN]}")
    signed_in(HEAD_2).get(f"/cases/{ids[HILL]}?known_at=2026-09-20")
    reveal(signed_in(HEAD_2), ids[MOON], field="phone", reason="通知家长")
    signed_in(HEAD_2).client.get("/board.xlsx?status=dropped_out")


@pytest.mark.usefixtures("read")
def test_the_county_sees_who_read_what(signed_in: SignedIn):
    found = lines(signed_in(CLERK))
    assert found[0] == "2026-10-09 15:00 闵舒禾 校长 · 第二初中 导出 在册学生名单，辍学，1 行"
    assert f"2026-10-09 15:00 闵舒禾 校长 · 第二初中 显示原文 {MOON} 联系电话：通知家长" in found
    assert f"2026-10-09 15:00 闵舒禾 校长 · 第二初中 打开个案 {HILL} 截至 2026-09-20 所知" in found
    assert f"2026-10-09 15:00 温若谷 校长 · 第一小学 打开个案 {RAIN}" in found


@pytest.mark.usefixtures("read")
def test_a_school_sees_its_own_people_and_names_only_its_children(signed_in: SignedIn):
    found = lines(signed_in(HEAD_1))
    assert found and all("第一小学" in line for line in found)
    # 王秋月 was this school's when the head opened the file; now she is not.
    assert not any(HILL in line for line in found)


@pytest.mark.usefixtures("read")
def test_who_is_out_of_reach_has_no_name(signed_in: SignedIn, ids: Ids):
    signed_in(HEAD_1).get(f"/cases/{ids[MOON]}")
    newest = lines(signed_in(HEAD_1))[0]
    assert MOON not in newest and "不在查看范围内的学生" in newest
    assert MOON in lines(signed_in(CLERK))[0]


@pytest.mark.usefixtures("read")
def test_filters_are_in_the_address(signed_in: SignedIn, ids: Ids):
    visitor = signed_in(CLERK)
    assert all("显示原文" in line for line in lines(visitor, "/read-log?what=revealed"))
    assert all("温若谷" in line for line in lines(visitor, f"/read-log?account={HEAD_1}"))
    assert all(HILL in line for line in lines(visitor, f"/read-log?child={ids[HILL]}"))
    assert lines(visitor, "/read-log?first=2026-10-09&last=2026-10-09")
    assert "没有查阅记录" in visitor.get("/read-log?last=2026-10-08").text
    visitor.get("/read-log?first=gestern", status=400)
    visitor.get("/read-log?after=x", status=400)


@pytest.mark.usefixtures("read")
def test_pages_go_on_where_the_last_one_ended(signed_in: SignedIn, ids: Ids):
    visitor = signed_in(CLERK)
    for _ in range(55):
        visitor.client.get(f"/cases/{ids[RAIN]}")
    first = visitor.get("/read-log")
    more = next(link for link in first.links if "after=" in link)
    assert len(first.rows) == 51 and visitor.get(more).rows


@pytest.mark.usefixtures("read")
def test_the_workbook_says_the_same_and_is_itself_written_down(signed_in: SignedIn):
    visitor = signed_in(CLERK)
    response = visitor.client.get("/read-log.xlsx?what=revealed")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(response.data)).get_sheet_by_index(0).to_python()
    head = next(at for at, row in enumerate(rows) if row[0] == "时间")
    assert {row[5] for row in rows[head + 1 :]} == {"显示原文"}
    assert lines(visitor)[0].startswith("2026-10-09 15:00 路知遥 基教股 · 试验县 导出 查阅记录，显示原文，")


@pytest.mark.parametrize("login", [MAYOR, INSPECTOR, DISTRICT])
def test_other_posts_have_no_read_log(signed_in: SignedIn, login: str):
    signed_in(login).get("/read-log", status=403)
    signed_in(login).get("/read-log.xlsx", status=403)
