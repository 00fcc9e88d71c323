"""Letters on pages: what may be issued and why not, the text first, the service, the paper, the register."""

import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from casework.projections.letters import letter
from casework.store.read_log import read_log
from tests.support.county import County
from tests.support.field import TEACH_2, county_at_work
from tests.support.letters import HEAD_OF_1, HEAD_OF_2, ORDER, PERSUASION, REPORT, issue, serve, service
from tests.web.pages import Visitor
from tests.web.small_county import CALM, CLERK, HEAD_1, HEAD_2, HILL, INSPECTOR, MAYOR, NAMES, PASSWORD, RAIN

SignIn = Callable[[str], Visitor]


@pytest.fixture
def county(sqlite_url: str) -> Iterator[County]:
    """A county of one's own; 张小雨 stays away again since 10-08."""
    with county_at_work(sqlite_url) as county:
        for login in (HEAD_1, HEAD_2, CLERK, INSPECTOR):
            county.casework.accounts.make(
                login, NAMES[login], PASSWORD, now=datetime(2026, 10, 1, tzinfo=UTC)
            )
        away = {
            "学籍号": "G20260001",
            "日期": "2026-10-08",
            "变化": "疑似辍学",
            "原因": "上学远",
            "登记人": "甲",
        }
        county.take("status", [away])
        yield county


def new(child: str, kind: str = "") -> str:
    return f"/cases/{child}/letters/new" + (f"?kind={kind}" if kind else "")


def fields(visitor: Visitor, address: str) -> MultiDict[str, str]:
    """The form of a page as a browser would send it untouched."""
    text = visitor.client.get(address).text
    start = re.search(r'<form class="(?:letter|visit)-form', text)
    assert start, address
    form = text[start.start() : text.index('class="save-bar"')]
    found: MultiDict[str, str] = MultiDict()
    for tag in re.findall(r"<input[^>]*>", form):
        values = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if values.get("type") not in ("radio", "checkbox") or " checked" in tag:
            found.add(values["name"], values.get("value", ""))
    for name, words in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>([^<]*)</textarea>', form):
        found.add(name, words)
    return found


def send(visitor: Visitor, address: str, **more: str) -> Any:
    form = fields(visitor, address)
    form.update(more)
    for name, value in more.items():
        form.setlist(name, [value])
    return visitor.client.post(address.split("?")[0], data=form)


def first_of(county: County, issuer: str) -> Any:
    with county.casework.reading() as reading:
        query = select(letter).where(letter.c.issuer == issuer).order_by(letter.c.no)
        return reading.snapshot.conn.execute(query).first()


def test_a_school_chooses_among_what_it_may_issue_and_reads_why_not_the_rest(
    signed_in: SignIn, ids: dict[str, str]
):
    page = signed_in(HEAD_1).get(new(ids[RAIN]))
    assert [link for link in page.links if "letters/new?kind=" in link] == [
        f"/cases/{ids[RAIN]}/letters/new?kind=%E5%8A%9D%E8%BF%94%E5%A4%8D%E5%AD%A6%E9%80%9A%E7%9F%A5%E4%B9%A6"
    ]
    for words in (
        "限期复学通知书只能由乡镇人民政府或县级教育行政部门签发（义务教育法第五十八条），第一小学无权签发",
        "本次离校以来还没有送达过劝返复学通知书",
        "义务教育入学通知书用于从未入学、小升初未衔接的学生",
    ):
        assert words in page.text


def test_the_address_of_a_forbidden_letter_is_refused_with_the_law(signed_in: SignIn, ids: dict[str, str]):
    visitor = signed_in(HEAD_1)
    assert "义务教育法第五十八条" in visitor.get(new(ids[RAIN], ORDER), 422).text
    form = fields(visitor, new(ids[RAIN], PERSUASION))
    form["kind"] = ORDER
    assert "第一小学无权签发" in visitor.read(visitor.client.post(new(ids[RAIN]), data=form), 422).text


def test_the_text_is_read_before_it_is_issued_and_stays_as_it_was(
    signed_in: SignIn, ids: dict[str, str], county: County
):
    visitor, address = signed_in(HEAD_1), new(ids[RAIN], PERSUASION)
    page = visitor.get(address)
    for words in (
        "张家长（张小雨的父母或者其他法定监护人）：",
        "自2026年10月8日起没有到校上课",
        "温若谷 校长",
    ):
        assert words in page.text
    answer = send(visitor, address)
    assert answer.status_code == 303
    county.take("staff", [
        {"登录名": HEAD_1, "姓名": "温若谷", "岗位": "校长", "单位代码": "S1", "任职日期": "2026-08-01",
         "离任日期": "2026-10-08"},
        {"登录名": "xz9", "姓名": "新校长", "岗位": "校长", "单位代码": "S1", "任职日期": "2026-10-09"},
    ])  # fmt: skip
    seen = signed_in(CLERK).get(answer.location)
    assert "已签发，编号 义劝通字〔2026〕第001号" in seen.text
    assert "校长：温若谷" in seen.text and "未送达" in seen.text and "新校长" not in seen.text


def test_sent_twice_is_one_letter_and_a_stale_form_shows_both_versions(
    signed_in: SignIn, ids: dict[str, str], county: County
):
    visitor, address = signed_in(HEAD_1), new(ids[RAIN], PERSUASION)
    form = fields(visitor, address)
    first, second = (visitor.client.post(new(ids[RAIN]), data=form) for _ in range(2))
    assert first.location == second.location
    page = visitor.read(visitor.client.post(new(ids[RAIN]), data={**form, "form_id": "f" * 32}), 409)
    assert "此个案已被他人更新" in page.text and "您看到的" in page.text
    asked = visitor.read(send(visitor, address), 422)
    assert "还没有送达" in asked.text and "仍要再签发一份" in asked.text
    assert send(visitor, address, again="y").status_code == 303


def test_what_a_letter_asks_for_is_shown_in_its_text_before_it_is_issued(
    signed_in: SignIn, ids: dict[str, str], county: County
):
    no = first_of(county, "S2").no
    serve(county, HEAD_OF_2, ids[HILL], no, service("2026-10-08"))
    county.now = datetime.fromisoformat("2026-10-16T09:00:00+08:00")
    visitor, address = signed_in(HEAD_2), new(ids[HILL], REPORT)
    assert "＿＿＿＿" in visitor.get(address).text
    look = visitor.read(send(visitor, address, answer_measures="{child} 家访三次", step="look"))
    assert (
        "已采取的措施和家长的意见：{child} 家访三次" in look.text and "义劝通字〔2026〕第001号" in look.text
    )
    assert "请填写“已采取的措施" in visitor.read(send(visitor, address), 400).text
    seen = visitor.get(send(visitor, address, answer_measures="家访三次，家长不同意").location)
    assert "已报送" in seen.text and "试验县教育体育局：" in seen.text and "登记送达" not in seen.text


def test_twenty_megabytes_are_refused_with_a_clear_message(signed_in: SignIn, ids: dict[str, str]):
    visitor = signed_in(HEAD_1)
    form = fields(visitor, new(ids[RAIN], PERSUASION))
    answer = visitor.client.post(new(ids[RAIN]), data={**form, "answer_measures": "字" * 7_000_000})
    assert "提交的内容太大" in visitor.read(answer, 413).text


def test_a_service_is_recorded_counted_down_and_corrected(
    signed_in: SignIn, ids: dict[str, str], county: County
):
    visitor, no = signed_in(HEAD_2), first_of(county, "S2").no
    at = f"/cases/{ids[HILL]}/letters/{no}"
    assert "未送达" in visitor.get(at).text
    tried = send(visitor, f"{at}/attempt", mode="直接", why="家中无人")
    assert "未送达，1 次未成" in visitor.get(tried.location).text
    page = visitor.read(send(visitor, f"{at}/serve", mode="留置", place="家里", recipient="李家长"), 400)
    assert "留置送达要写明拒收理由" in page.text and "要有见证人" in page.text
    whole = {"mode": "留置", "place": "家里", "recipient": "李家长", "refusal": "不签", "witness": "韦彩莲"}
    seen = visitor.get(send(visitor, f"{at}/serve", **whole).location)
    for words in ("剩 7 天", "期限到 2026年10月16日", "拒收理由不签", "见证人韦彩莲"):
        assert words in re.sub(r"\s+", " ", seen.text)
    assert "请写一句为什么要改" in visitor.read(send(visitor, f"{at}/service", at="08:00"), 400).text
    fixed = visitor.get(send(visitor, f"{at}/service", at="08:00", reason="时间记错").location)
    assert "更正已保存" in fixed.text
    county.now = datetime.fromisoformat("2026-10-19T09:00:00+08:00")
    assert "已过期 3 天" in visitor.get(at).text
    assert "已过期" in visitor.get("/letters?state=over").text
    assert "期限已过还没有返校的文书" in visitor.get("/").text


def test_a_class_teacher_serves_and_issues_nothing(signed_in: SignIn, ids: dict[str, str], county: County):
    visitor, no = signed_in(TEACH_2), first_of(county, "S2").no
    at = f"/cases/{ids[HILL]}/letters/{no}"
    visitor.get(new(ids[HILL]), 403)
    visitor.get("/letters", 403)
    assert "登记送达" in visitor.get(at).text and "作废这份文书" not in visitor.get(at).text
    served = send(visitor, f"{at}/serve", place="家里", recipient="李家长", relation="母亲")
    assert served.status_code == 303


def test_a_voided_letter_is_struck_and_stays_in_the_register(
    signed_in: SignIn, ids: dict[str, str], county: County
):
    reply = issue(county, HEAD_OF_1, ids[RAIN])
    visitor, at = signed_in(HEAD_1), f"/cases/{ids[RAIN]}/letters/{reply['no']}"
    text = visitor.client.get(at).text
    form = dict(re.findall(r'name="(form_id|seen|csrf_token)" value="([^"]*)"', text))
    empty = visitor.read(visitor.client.post(f"{at}/void", data={**form, "void_reason": " "}), 400)
    assert "请写明作废的原因" in empty.text
    stale = visitor.client.post(f"{at}/void", data={**form, "void_reason": "写错班级", "seen": "1"})
    assert "已被他人更新" in visitor.read(stale, 409).text
    done = visitor.client.post(f"{at}/void", data={**form, "void_reason": "写错班级", "form_id": "e" * 32})
    assert "作废原因：写错班级" in visitor.get(done.location).text
    page = visitor.get("/letters?state=voided")
    assert "义劝通字〔2026〕第001号" in page.text and "作废" in page.rows[-1][-1]


def test_the_papers_are_printed_and_that_is_logged(signed_in: SignIn, ids: dict[str, str], county: County):
    reply = issue(county, HEAD_OF_1, ids[RAIN])
    visitor, at = signed_in(HEAD_1), f"/cases/{ids[RAIN]}/letters/{reply['no']}"
    sheet, receipt = visitor.get(f"{at}/print"), visitor.get(f"{at}/receipt")
    assert "第一小学（盖章）" in sheet.text and "校长：温若谷" in sheet.text
    labels = [row[0] for row in receipt.rows]
    assert labels[:5] == ["送达文书", "受送达人", "送达时间", "送达地点", "送达方式"]
    for name in ("letter", "receipt"):
        answer = visitor.client.get(f"{at}/{name}.pdf")
        assert answer.mimetype == "application/pdf" and answer.data.startswith(b"%PDF-")
    with county.casework.reading() as reading:
        details = list(reading.snapshot.conn.scalars(select(read_log.c.detail)))
    taken = {f"letters/{reply['no']}/{each}" for each in ("print", "receipt", "letter.pdf", "receipt.pdf")}
    assert taken <= set(details)


def test_an_old_letter_without_text_is_not_printed_but_its_receipt_is(
    signed_in: SignIn, ids: dict[str, str], county: County
):
    visitor, at = signed_in(HEAD_2), f"/cases/{ids[HILL]}/letters/{first_of(county, 'S2').no}"
    assert "正文以纸质文书为准" in visitor.get(at).text
    visitor.get(f"{at}/print", 404)
    visitor.get(f"{at}/receipt")


def test_the_register_pages_filters_and_leaves_as_a_workbook(
    signed_in: SignIn, ids: dict[str, str], county: County
):
    for _ in range(34):
        issue(county, HEAD_OF_1, ids[RAIN], again=True)
    visitor = signed_in(HEAD_1)
    first = visitor.get("/letters")
    assert "义劝通字〔2026〕第034号" in first.text and "第004号" not in first.text
    second = visitor.get(next(link for link in first.links if "after=" in link))
    numbers = [row[0] for page in (first, second) for row in page.rows[1:]]
    assert numbers == [f"义劝通字〔2026〕第{n:03d}号" for n in range(34, 0, -1)]
    assert "没有符合条件的文书" in visitor.get("/letters?state=over").text
    assert "第二初中" not in first.text
    book = CalamineWorkbook.from_filelike(io.BytesIO(visitor.client.get("/letters.xlsx").data))
    rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) == 3 + 1 + 34 and rows[3][1] == "签发单位" and rows[4][4] == "义劝通字〔2026〕第034号"
    assert "翻页的地址不完整" in visitor.get("/letters?after=x", 400).text


def test_the_county_sees_all_registers_and_an_inspector_no_name(
    signed_in: SignIn, ids: dict[str, str], county: County
):
    reply = issue(county, HEAD_OF_1, ids[RAIN])
    clerk = signed_in(CLERK).get("/letters")
    assert RAIN in clerk.text and HILL in clerk.text
    inspector = signed_in(INSPECTOR)
    register = inspector.get("/letters")
    assert RAIN not in register.text and "张**" in register.text
    seen = inspector.get(f"/cases/{ids[RAIN]}/letters/{reply['no']}")
    assert RAIN not in seen.text and "您的岗位不显示" in seen.text
    inspector.get(f"/cases/{ids[RAIN]}/letters/{reply['no']}/print", 404)


def test_the_case_page_offers_letters_and_says_why_not(signed_in: SignIn, ids: dict[str, str]):
    page = signed_in(HEAD_2).get(f"/cases/{ids[HILL]}")
    assert f"/cases/{ids[HILL]}/letters/new" in page.links
    assert "登记送达：劝返复学通知书义劝通字〔2026〕第001号" in page.text
    assert "现在没有登记过状态" in signed_in(HEAD_2).get(f"/cases/{ids[CALM]}").text
    assert "签发文书" in signed_in(MAYOR).get(f"/cases/{ids[RAIN]}").text
