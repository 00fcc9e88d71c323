"""资助台账 of a term: what was paid by programme, to whom, who got none and why; and its workbook."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, send_file
from sqlalchemy import Row
from werkzeug.wrappers import Response

from casework.documents.sheets import Sheet, write_workbook
from casework.domain.aid_policy import TERMS, AidPolicy
from casework.domain.permissions import EXPORT, RECORD_AID
from casework.domain.units import Units
from casework.domain.values import FOREVER, Day
from casework.errors import NotAllowed
from casework.projections.aid_queries import MISSING, all_grants, grants, totals, without_word
from casework.projections.children import records_of
from casework.projections.weekly_report import NO_SCHOOL
from casework.service import Reading
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.aid.asked import VIEWS, Asked, after_of
from casework.web.aid.routes import pages
from casework.web.cases.acts_told import yuan
from casework.web.filters import file_name, instant_text
from casework.web.noted import note_export
from casework.web.transfers.reach import open_schools

_ROWS, _CHUNK, _YEARS = 50, 500, 4
_HEADERS = (
    "姓名", "性别", "学籍号", "学校", "学年", "学期", "项目代码", "项目",
    "金额(元)", "发放日期", "发放方式", "凭证号", "未资助原因",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One child's grant, reason, or (in the third list) level of hardship, as `what`."""

    child_id: str
    name: str
    sex: str
    student_no: str
    school: str
    programme: str
    yuan: str
    on: Day
    what: str


@pages.get("/aid")
@allow(RECORD_AID)
def ledger() -> str:
    """One page of one of the lists; on top the sums by programme."""
    with this_moment() as reading:
        policy, asked = _asked(reading)
        units, conn = reading.reference.units, reading.snapshot.conn
        after = after_of(request.args, asked.view)
        lines, following = _page(reading, policy, asked, after)
        sums = totals(conn, viewer().reach, asked.filter)
        schools = [(unit.code, unit.name) for unit in open_schools(units, viewer().reach, today())]
    return render_template(
        "aid.html",
        asked=asked,
        lines=lines,
        sums=[(policy.name(each.programme), each.programme, each.n, _money(each.fen)) for each in sums],
        paid=sum(each.n for each in sums),
        total=_money(sum(each.fen for each in sums)),
        views=VIEWS,
        terms={f"{year} {term}": f"{year} {term}季" for year, term in _terms(policy)},
        schools=schools,
        programmes=[(each.code, each.name) for each in policy.programmes],
        more=asked.page_after(following) if following else "",
        later=bool(after),
    )


def _money(fen: int) -> str:
    """A sum of 分 as 元, in groups of three: 239,800.00."""
    return f"{fen // 100:,}.{fen % 100:02d}"


def _terms(policy: AidPolicy) -> Iterator[tuple[str, str]]:
    """The terms to choose from, this one first."""
    year, term = policy.term_of(today())
    first = int(year[:4])
    for back in range(_YEARS):
        for each in reversed(TERMS):
            if back or each == term or term == TERMS[1]:
                yield f"{first - back}-{first - back + 1}", each


def _asked(reading: Reading) -> tuple[AidPolicy, Asked]:
    policy, units = reading.reference.aid(FOREVER), reading.reference.units
    args = request.args.copy()
    year, _, term = args.get("when", "").partition(" ")
    if year:
        args.update({"year": year, "term": term})
    return policy, Asked.of(args, policy, viewer().reach, units, today())


def _page(
    reading: Reading, policy: AidPolicy, asked: Asked, after: tuple[Any, ...]
) -> tuple[list[Line], tuple[Any, ...]]:
    conn, reach, units = reading.snapshot.conn, viewer().reach, reading.reference.units
    if asked.view == MISSING:
        start = str(after[0]) if after else ""
        page = without_word(conn, reading.snapshot.k, reach, asked.filter, today(), after=start, size=_ROWS)
        return [_hard_up(row, units) for row in page.rows], page.after
    page = grants(conn, reach, asked.filter, asked.view, after=after, size=_ROWS)
    return _lines(reading, page.rows, policy), page.after


def _lines(reading: Reading, rows: Sequence[Row[Any]], policy: AidPolicy) -> list[Line]:
    records = records_of(reading.snapshot.conn, (row.case_id for row in rows))
    units = reading.reference.units
    return [_line(row, records.get(row.case_id), units, policy) for row in rows]


def _line(row: Row[Any], record: Any, units: Units, policy: AidPolicy) -> Line:
    voucher = "，".join(filter(None, (row.way, row.voucher)))
    return Line(
        child_id=row.case_id,
        name=(record.name if record is not None else "") or "已清除",
        sex=record.sex if record is not None else "",
        student_no=record.student_no if record is not None else "",
        school=units.name(row.school) or NO_SCHOOL,
        programme=policy.name(row.programme),
        yuan="" if row.unpaid else yuan(row.fen),
        on="" if row.unpaid else row.paid_on,
        what=row.unpaid or voucher,
    )


def _hard_up(row: Row[Any], units: Units) -> Line:
    what = "，".join(filter(None, (row.hardship, row.groups)))
    school = f"{units.name(row.school) or NO_SCHOOL} {row.grade}{row.klass}".strip()
    return Line(row.child_id, row.name or "已清除", row.sex, "", school, "", "", "", what)


@pages.get("/aid.xlsx")
@allow(RECORD_AID)
def aid_workbook() -> Response:
    """Everything that is asked for; who took it is logged before it leaves."""
    if not viewer().may(EXPORT):
        raise NotAllowed("您的岗位不能导出；如有需要，请联系上级管理员")
    actor, now, file = viewer().actor, casework().store.now(), io.BytesIO()
    with this_moment() as reading:
        policy, asked = _asked(reading)
        title = f"{viewer().unit_name}资助发放台账 {asked.year} {asked.term}季"
        by = f"{actor.name}（{actor.post}，{viewer().unit_name}）{instant_text(now)}导出"
        by += "。含学生个人信息，请勿外传。"
        sheet = Sheet(
            "资助发放台账", _HEADERS, _rows(reading, policy, asked), (title, by), number_formats=_MONEY
        )
        rows = write_workbook(file, [sheet], created=now)
    note_export(asked.download(), rows)
    file.seek(0)
    return send_file(file, as_attachment=True, download_name=file_name(f"{title}_{today()}.xlsx"))


_MONEY = {"金额(元)": "0.00"}


def _rows(reading: Reading, policy: AidPolicy, asked: Asked) -> Iterator[list[Any]]:
    view = "paid" if asked.view == MISSING else asked.view
    for rows in all_grants(reading.snapshot.conn, viewer().reach, asked.filter, view, _CHUNK):
        for row, line in zip(rows, _lines(reading, rows, policy), strict=True):
            money = None if row.unpaid else row.fen / 100
            yield [
                *(line.name, line.sex, line.student_no, line.school, row.year, row.term, row.programme),
                *(line.programme, money, line.on, row.way, row.voucher, row.unpaid),
            ]
