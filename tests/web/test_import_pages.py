"""Import pages over the small county: who may upload what, what the preview says, what is written."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from casework.config import Settings
from casework.importers.columns import COLUMNS
from casework.importers.guide import WORKBOOKS
from casework.importers.tables import open_table
from casework.projections.roster import child
from casework.store.read_log import read_log
from casework.web import create_app
from tests.support.copied import filled_county
from tests.support.county import MASTER_KEY
from tests.support.uploads import Desk, workbook
from tests.web.conftest import Wall
from tests.web.pages import Visitor, untokened
from tests.web.small_county import (
    CALM,
    CLERK,
    HEAD_1,
    HEAD_2,
    INSPECTOR,
    MAYOR,
    NAMES,
    PASSWORD,
    fill_with_accounts,
)

GOOD = {
    "学籍号": "G20260101",
    "姓名": "方新苗",
    "性别": "男",
    "出生日期": "2016-03-04",
    "学校代码": "S1",
    "学段": "小学",
    "年级": "四年级",
    "班级": "1班",
}
BAD = {**GOOD, "学籍号": "G20260102", "姓名": "石不对", "性别": "？", "联系电话": "13912345678"}
MOVED = {
    **GOOD,
    "学籍号": "G20260001",
    "姓名": "张小雨",
    "性别": "女",
    "出生日期": "2016-05-06",
    "班级": "2班",
}


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A county of its own: these tests write."""
    with filled_county(database_url, fill_with_accounts) as county:
        yield Desk(county, tmp_path)


@pytest.fixture
def pages(desk: Desk, tmp_path: Path) -> Flask:
    """The pages, with the desk's folder of uploads."""
    settings = Settings(
        mode="test", data_dir=tmp_path, database_url="", secret_key="k" * 40, master_key=MASTER_KEY
    )
    return create_app(desk.county.casework, settings, wall=Wall())


@pytest.fixture
def sign_in(pages: Flask) -> Callable[[str], Visitor]:
    """A visitor signed in with a login of the small county."""

    def signed_in(login: str) -> Visitor:
        visitor = Visitor(pages.test_client())
        assert visitor.sign_in(login, PASSWORD).status_code == 302
        return visitor

    return signed_in


def send(
    visitor: Visitor, content: bytes, kind: str = "roster", name: str = "表.xlsx", **more: Any
) -> TestResponse:
    """Fills the form in and sends it."""
    form = visitor.client.get("/import").text
    run = form.split('name="run" value="', 1)[1][:32]
    fields = {"csrf_token": visitor.token("/import"), "run": run, "kind": kind, **more}
    return send_form(visitor, "/import", fields, content, name)


def previewed(visitor: Visitor, desk: Desk, rows: list[dict[str, str]], **more: Any) -> str:
    """The address of a run that was uploaded and previewed."""
    answer = send(visitor, workbook(rows), **more)
    assert answer.status_code == 302, answer.text[-3000:]
    visitor.get(answer.location)
    desk.work()
    return answer.location


def send_form(
    visitor: Visitor, address: str, fields: dict[str, str], content: bytes, name: str
) -> TestResponse:
    """A form with a file, as a browser sends it."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{fields[key]}\r\n' for key in fields
    ]
    parts.append(f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n')
    body = "".join(parts).encode() + content + b"\r\n--x--\r\n"
    return visitor.client.post(address, data=body, content_type="multipart/form-data; boundary=x")


def send_bytes(visitor: Visitor, address: str, size: int) -> TestResponse:
    """A form of one large file and nothing else."""
    return send_form(visitor, address, {}, b"0" * size, "表.xlsx")


def post(visitor: Visitor, address: str, status: int = 302) -> TestResponse:
    answer = visitor.client.post(address, data={"csrf_token": visitor.token("/import")})
    assert answer.status_code == status
    return answer


def test_from_the_upload_to_the_history(desk: Desk, sign_in: Callable[[str], Visitor]) -> None:
    head = sign_in(HEAD_1)
    run = previewed(head, desk, [GOOD, BAD, MOVED])
    page = head.get(run)
    assert "可以写入 2 行，另有 1 行被退回" in page.text
    assert ["第 3 行", "退回", "石不对G20260102", "性别：“？”不在可选范围内，可填：男、女"] in [
        [cell.strip() for cell in row] for row in page.rows
    ]
    changed = head.get(f"{run}?rows=changed").text
    assert "班级 原为1班 →改为 2班" in changed
    post(head, f"{run}/apply")
    assert "写入" in head.get(run).text
    desk.work()
    assert "已写入 2 行，退回 1 行" in head.get(run).text
    history = head.get("/import/history").text
    assert "共 3 行：新增 1，变更 1，无变化 0，退回 1" in history
    assert NAMES[HEAD_1] in history


def test_the_refused_rows_come_back_as_a_workbook_that_can_be_imported_again(
    desk: Desk, sign_in: Callable[[str], Visitor]
) -> None:
    head = sign_in(HEAD_1)
    run = previewed(head, desk, [GOOD, BAD])
    answer = head.client.get(f"{run}/refused.xlsx")
    (row,) = open_table(answer.data, "退回.xlsx", COLUMNS["roster"])
    assert (row.cells["姓名"], row.cells["联系电话"]) == ("石不对", "13912345678")
    with desk.county.casework.reading() as reading:
        logged = list(reading.snapshot.conn.scalars(select(read_log.c.what)))
    assert "exported" in logged


def test_the_progress_is_told_to_the_page_that_waits(desk: Desk, sign_in: Callable[[str], Visitor]) -> None:
    head = sign_in(HEAD_1)
    run = send(head, workbook([GOOD])).location
    waiting = head.client.get(run).text
    assert '<meta http-equiv="refresh"' in waiting and "等待预览" in waiting
    told = head.client.get(f"{run}/progress").json
    assert told == {"state": "waiting", "under_way": True, "done": 0, "total": 0}
    desk.work()
    told = head.client.get(f"{run}/progress").json
    assert told is not None and told["under_way"] is False


def test_the_same_form_sent_twice_begins_one_run(desk: Desk, sign_in: Callable[[str], Visitor]) -> None:
    head = sign_in(HEAD_1)
    run = head.client.get("/import").text.split('name="run" value="', 1)[1][:32]
    fields = {"csrf_token": head.token("/import"), "run": run, "kind": "roster"}
    for _ in range(2):
        content = (io.BytesIO(workbook([GOOD])), "表.xlsx")
        answer = head.client.post("/import", data={**fields, "file": content})
        assert answer.location == f"/import/{run}"
    assert desk.work() == 1
    assert head.get("/import/history").text.count("表.xlsx") == 1
    other = sign_in(HEAD_2)
    fields["csrf_token"] = other.token("/import")
    stolen = other.client.post("/import", data={**fields, "file": (io.BytesIO(workbook([GOOD])), "表.xlsx")})
    assert stolen.status_code == 404


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "空.xlsx", "是空的"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + b"0" * 600, "旧.xls", "97-2003"),
        (
            bytes.fromhex("D0CF11E0A1B11AE1") + "EncryptedPackage".encode("utf-16-le"),
            "加密.xlsx",
            "设了打开密码",
        ),
        (b"<html><table></table></html>", "网页.xlsx", "其实是网页"),
        (b"PK\x03\x04" + b"0" * (50 << 20), "大.xlsx", "超过 50 MB 的上限"),
    ],
)
def test_what_is_no_workbook_is_said_on_the_form(
    sign_in: Callable[[str], Visitor], content: bytes, name: str, says: str
) -> None:
    head = sign_in(HEAD_1)
    assert says in head.read(send(head, content, name=name), 400).text


def test_a_broken_workbook_is_told_by_its_run(desk: Desk, sign_in: Callable[[str], Visitor]) -> None:
    head = sign_in(HEAD_1)
    run = send(head, b"PK\x03\x04 broken").location
    desk.work()
    page = head.get(run).text
    assert "没有完成" in page and "重新上传" in page


def test_only_the_upload_takes_large_bodies_and_only_from_who_may_import(
    pages: Flask, sign_in: Callable[[str], Visitor]
) -> None:
    assert send_bytes(sign_in(HEAD_1), "/sign-out", 2 << 20).status_code == 413
    stranger = send_bytes(Visitor(pages.test_client()), "/import", 2 << 20)
    assert (stranger.status_code, stranger.location) == (302, "/sign-in?next=%2Fimport")
    assert send_bytes(sign_in(MAYOR), "/import", 2 << 20).status_code == 403
    assert send_bytes(sign_in(HEAD_1), "/import", 60 << 20).status_code == 413


def test_each_post_is_offered_the_kinds_it_may_import(sign_in: Callable[[str], Visitor]) -> None:
    county, school = sign_in(CLERK).get("/import").text, sign_in(HEAD_1).get("/import").text
    assert "人员岗位表" in county and "人员岗位表" not in school
    assert sign_in(HEAD_1).client.get("/import/templates/staff.xlsx").status_code == 404
    assert sign_in(INSPECTOR).client.get("/import").status_code == 403
    refused = send(sign_in(HEAD_1), workbook([GOOD]), kind="staff")
    assert refused.status_code == 400


@pytest.mark.parametrize("kind", WORKBOOKS)
def test_every_template_has_the_headers_its_import_reads(
    desk: Desk, sign_in: Callable[[str], Visitor], kind: str
) -> None:
    answer = sign_in(CLERK).client.get(f"/import/templates/{kind}.xlsx")
    table = open_table(answer.data, "模板.xlsx", COLUMNS[kind])
    assert (table.unknown_columns, table.missing_optional) == ([], [])
    assert list(table) == []


def test_a_run_is_seen_by_its_unit_and_those_above_alone(
    desk: Desk, sign_in: Callable[[str], Visitor]
) -> None:
    head = sign_in(HEAD_1)
    run = previewed(head, desk, [GOOD, BAD])
    county, other = sign_in(CLERK), sign_in(HEAD_2)
    assert "由上传的人用上传时的岗位写入" in county.get(run).text
    assert NAMES[HEAD_1] in county.get("/import/history").text
    assert "本机操作员" in county.get("/import/history").text
    assert untokened(other.client.get(run)) == untokened(other.client.get("/import/" + "0" * 32))
    assert NAMES[HEAD_1] not in other.get("/import/history").text
    for address in (f"{run}/refused.xlsx", f"{run}/progress"):
        assert other.client.get(address).status_code == 404
    for visitor in (county, other):
        for verb in ("apply", "drop"):
            post(visitor, f"{run}/{verb}", 404)
    with desk.county.casework.reading() as reading:
        assert reading.snapshot.conn.scalar(select(func.count()).select_from(child)) == 4


def test_what_changed_since_the_preview_is_asked_again(desk: Desk, sign_in: Callable[[str], Visitor]) -> None:
    head = sign_in(HEAD_1)
    run = previewed(head, desk, [GOOD, MOVED])
    desk.county.take("roster", [{**GOOD, "班级": "3班"}])
    post(head, f"{run}/apply")
    desk.work()
    page = head.get(run).text
    assert "预览之后数据有变化：1 行" in page and "与上次预览不同 1" in page
    post(head, f"{run}/apply")
    desk.work()
    assert "已写入 2 行" in head.get(run).text


def test_a_full_roster_names_who_is_missing(desk: Desk, sign_in: Callable[[str], Visitor]) -> None:
    head = sign_in(HEAD_1)
    run = previewed(head, desk, [GOOD], full="y")
    page = head.get(f"{run}?rows=absent").text
    assert "张小雨" in page and CALM not in page
    assert "有 1 名在册学生不在表里" in page


def test_giving_up_leaves_nothing_but_the_record(desk: Desk, sign_in: Callable[[str], Visitor]) -> None:
    head = sign_in(HEAD_1)
    run = previewed(head, desk, [GOOD])
    assert post(head, f"{run}/drop").location == "/import"
    assert "已放弃" in head.get(run).text
    post(head, f"{run}/apply", 409)
    assert not list(desk.files._folder.iterdir())


def test_rows_are_paged_by_their_number(desk: Desk, sign_in: Callable[[str], Visitor]) -> None:
    head = sign_in(HEAD_1)
    rows = [{**GOOD, "学籍号": f"G2027{number:04d}", "姓名": f"学生{number}"} for number in range(250)]
    run = previewed(head, desk, rows)
    seen, address = [], f"{run}?rows=created"
    while address:
        page = head.get(address)
        seen += [row[0] for row in page.rows if row and row[0].startswith("第")]
        address = next((link for link in page.links if "after=" in link), "")
    assert seen == [f"第 {number} 行" for number in range(2, 252)]
