"""缺勤, 情况报告表 and 到校检查 on pages: one tap and a reason, the list of those away, the days to look."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from casework.store.read_log import EXPORTED, read_log
from tests.support.county import County
from tests.support.field import TEACH_1, county_at_work
from tests.web.pages import Visitor
from tests.web.small_county import CLERK, HEAD_1, NAMES, PASSWORD, RAIN
from tests.web.test_status_pages import filled

SignIn = Callable[[str], Visitor]
Ids = dict[str, str]


@pytest.fixture
def county(sqlite_url: str) -> Iterator[County]:
    """A county of one's own, with a school office."""
    with county_at_work(sqlite_url) as county:
        made = datetime(2026, 10, 1, tzinfo=UTC)
        for login in (HEAD_1, CLERK):
            county.casework.accounts.make(login, NAMES[login], PASSWORD, now=made)
        yield county


def send(visitor: Visitor, address: str, **more: str) -> str:
    answer = visitor.client.post(address, data=filled(visitor, address, **more))
    assert answer.status_code == 303, answer.text[:3000]
    return answer.location


def test_today_away_then_back(signed_in: SignIn, ids: Ids):
    teacher, case = signed_in(TEACH_1), f"/cases/{ids[RAIN]}"
    page = teacher.get(send(teacher, f"{case}/absences/new", why="生病")).text
    assert "缺勤已登记。" in page and "没来上学第 1 个教学日" in page and "原因生病" in page
    listed = teacher.get("/absences").text
    assert RAIN in listed and "缺勤第 1 个教学日" in listed
    assert "1 名学生缺勤，还没有登记返校" in signed_in(HEAD_1).get("/").text
    end = next(link for link in teacher.get(case).links if link.endswith("/end"))
    page = teacher.get(send(teacher, end, until="2026-10-09")).text
    assert "返校已登记。" in page and "没来上学第" not in page and "后登记返校" in page
    assert "没有缺勤的学生" in teacher.get("/absences").text


def test_those_away_are_listed_by_school_and_leave_as_a_workbook(county: County, signed_in: SignIn, ids: Ids):
    head = signed_in(HEAD_1)
    send(head, f"/cases/{ids[RAIN]}/absences/new", why="生病")
    bureau = signed_in(CLERK)
    assert RAIN in bureau.get("/absences?school=S1").text
    assert "换一个乡镇或学校看看" in bureau.get("/absences?school=S2").text
    bureau.get("/absences?school=nirgends", 404)
    assert "/absences.xlsx" in head.get("/absences").links
    book = CalamineWorkbook.from_filelike(io.BytesIO(head.client.get("/absences.xlsx").data))
    rows = book.get_sheet_by_index(0).to_python()
    assert ["当前缺勤" in str(rows[0][0]), rows[-1][1], rows[-1][9]] == [True, RAIN, 1]
    with county.casework.store.engine.connect() as conn:
        taken = conn.scalars(select(read_log.c.detail).where(read_log.c.what == EXPORTED)).all()
    assert taken == ["/absences.xlsx?rows=1"]
    teacher = signed_in(TEACH_1)
    assert "/absences.xlsx" not in teacher.get("/absences").links
    teacher.get("/absences.xlsx", 403)


def test_an_absence_is_corrected_with_a_reason_and_voided(signed_in: SignIn, ids: Ids):
    teacher, case = signed_in(TEACH_1), f"/cases/{ids[RAIN]}"
    send(teacher, f"{case}/absences/new", on="2026-10-08", other="牙疼")
    address = next(link for link in teacher.get(case).links if "/absences/" in link and "correct" in link)
    refused = teacher.client.post(address, data=filled(teacher, address, on="2026-10-09"))
    assert "请写一句为什么要改" in teacher.read(refused, 400).text
    page = teacher.get(send(teacher, address, on="2026-10-09", reason="记错一天")).text
    assert "原因牙疼" in page and "更正原因记错一天" in page
    void = address.replace("correct", "void")
    token = teacher.token(address)
    answer = teacher.client.post(void, data={"csrf_token": token, "form_id": "f1", "void_reason": "来了"})
    assert answer.status_code == 303 and "作废理由：来了" in teacher.get(case).text


def test_the_report_is_filled_in_from_the_file_and_printed(signed_in: SignIn, ids: Ids):
    teacher, case = signed_in(TEACH_1), f"/cases/{ids[RAIN]}"
    send(teacher, f"{case}/absences/new", on="2026-10-08", why="没有请假")
    page = teacher.get(f"{case}/reports/new").text
    assert "自2026年10月8日起没有到校，到今天是第 2 个教学日。原因：没有请假。" in page
    printed = teacher.get(send(teacher, f"{case}/reports/new", destination="外婆家"))
    for words in ("辍学（疑似辍学）学生情况报告表", "外婆家", "填表人：何班青", "上门家访，见到家长"):
        assert words in printed.text
    assert "上报《辍学（疑似辍学）学生情况报告表》" in teacher.get(case).text


def test_the_days_to_look_stand_on_the_case(signed_in: SignIn, ids: Ids):
    teacher, case = signed_in(TEACH_1), f"/cases/{ids[RAIN]}"
    page = teacher.get(case).text
    assert "到校检查（复学后第 1 个教学日）：应在9月16日，还没有做" in page
    page = teacher.get(send(teacher, f"{case}/checks/new", found="不在校", note="座位空着")).text
    assert "到校检查已登记：不在校" in page and "第 1 天 10-09 不在校" in page
    assert "到校检查（复学后第 3 个教学日）" in page and "座位空着" in page
    address = next(link for link in teacher.get(case).links if "/checks/" in link and "correct" in link)
    page = teacher.get(send(teacher, address, found="在校上课", reason="后来看到了")).text
    assert "到校检查：在校上课 已更正" in page
