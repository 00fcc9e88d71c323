"""The weekly report as a workbook: 汇总, 乡镇, 学生名单, 说明 (周监测报告).

Figures are the report's own JSON; the list names the children behind them, numbers masked. The same
arguments give the same sheets.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from casework.documents.sheets import Sheet, Value, write_workbook
from casework.domain.statuses import STAGE_NAMES, STATUS_NAMES
from casework.domain.values import LOCAL_OPERATOR
from casework.projections.reference import Reference
from casework.projections.weekly_people import ListedPerson, people_of
from casework.projections.weekly_report import NO_SCHOOL, weekly_report
from casework.service import Reading

FIGURES: Mapping[str, str] = {
    "s_open": "上期期末疑似人数",
    "s_adj": "疑似补报更正",
    "s_new": "新增疑似",
    "s_in": "疑似划入",
    "confirmed": "疑似转为辍学",
    "s_returned": "疑似劝返到校",
    "s_taught": "疑似转送教上门",
    "s_deferred": "疑似缓学休学",
    "s_closed": "疑似销号",
    "s_other": "疑似其他减少",
    "s_out": "疑似划出",
    "s_close": "本期期末疑似人数",
    "d_open": "上期期末辍学人数",
    "d_adj": "辍学补报更正",
    "d_new": "新增辍学",
    "d_in": "辍学划入",
    "d_returned": "辍学劝返复学",
    "d_taught": "辍学转送教上门",
    "d_deferred": "辍学缓学休学",
    "d_closed": "辍学销号",
    "d_other": "辍学其他减少",
    "d_out": "辍学划出",
    "d_close": "本期期末辍学人数",
    "relapsed": "其中：复学后再次离校",
    "d_never": "其中：从未入学",
    "returned": "复学巩固期人数",
    "taught": "送教上门人数",
    "deferred": "缓学休学人数",
    "watch": "重点关注人数",
    "verifying": "待核查人数",
    "transferring": "转学办理中人数",
    "term_s_new": "本学期累计新增疑似",
    "term_d_new": "本学期累计新增辍学",
    "term_returned": "本学期累计劝返复学",
    "visits": "家访劝返次数",
    "visits_met": "见面次数",
    "children_visited": "走访学生数",
    "letters_issued": "签发文书",
    "letters_served": "送达文书",
    "sessions": "送教次数",
    "session_hours": "送教课时",
    "duties_due": "应办责任事项",
    "duties_on_time": "按时办结",
    "duties_late": "逾期办结",
    "duties_open": "逾期未办",
    "pupils": "在籍学生数（含送教、休学）",
    "due_children": "适龄儿童少年数",
    "dropout_rate": "辍学率",
}
"""JSON key → 表头, in the order of the sheet."""

_BY_NAME = {"d_by_cause": "辍学主要原因", "closed_by_reason": "销号原因"}
_FILING = {"none": "未填报", "zero": "零报告", "filed": "已填报", "late": "迟报"}
_STAGES = {**STAGE_NAMES, "all": "合计"}
_TABLE_TITLES = {"schools": "汇总", "townships": "乡镇", "counties": "县"}
_RATE = {"辍学率": "0.00%"}

PEOPLE = (
    "序号", "姓名", "性别", "民族", "出生日期", "证件号(遮蔽)", "学籍号", "学校", "学段", "年级", "班级",
    "户籍地", "现居住地", "监护人及关系", "联系电话(遮蔽)", "特殊群体", "状态", "离校日期", "原因", "去向",
    "帮扶责任人", "劝返次数", "最近劝返日期", "最近劝返方式", "最近劝返结果", "已下达文书及日期", "采取措施",
    "计划返校日期", "复学日期", "安置方式", "填报人", "审核人", "上报日期",
)  # fmt: skip


def weekly_workbook(
    target: Path | str | BinaryIO,
    reading: Reading,
    *,
    unit: str,
    week: str,
    by: str = LOCAL_OPERATOR.name,
    detail: bool = False,
) -> int:
    """Writes the report's workbook; how many rows. `by`: who took it out, as printed.

    Raises NotFound and BadInput.
    """
    snapshot, reference = reading.snapshot, reading.reference
    report = weekly_report(
        snapshot, reference, unit=unit, week=week, known_at=reading.known_at, detail=detail
    )
    people = people_of(snapshot, reference, unit=unit, week=week)
    sheets = [*_tables(report), _people(report, people, reference), _notes(report, by)]
    return write_workbook(target, sheets, created=reading.known_at)


def _title(report: Mapping[str, Any], what: str) -> tuple[str, str]:
    known = str(report["known_at"])[:19].replace("T", " ")
    return (
        f"{report['unit']['name']} 控辍保学周监测报告（{what}）",
        f"{report['week']}（{report['from']} 至 {report['to']}），截至 {known} 所知",
    )


def _tables(report: Mapping[str, Any]) -> Iterator[Sheet]:
    names = [name for name in ("counties", "schools", "townships") if name in report["tables"]]
    for name in names:
        title = "汇总" if name == names[0] else _TABLE_TITLES[name]
        rows = [*report["total"], *report["tables"][name]]
        yield Sheet(
            title,
            ["单位代码", "单位名称", "学段", *FIGURES.values(), *_BY_NAME.values(), "填报状态", "特殊群体"],
            [_table_row(row, total=at < len(report["total"])) for at, row in enumerate(rows)],
            title_lines=_title(report, title),
            number_formats=_RATE,
        )


def _table_row(row: Mapping[str, Any], *, total: bool) -> list[Value]:
    name = f"合计（{row['unit']['name']}）" if total else row["unit"]["name"]
    counts = [_counted(row[key]) for key in _BY_NAME]
    groups = "；".join(
        f"{name}：期末疑似{n['s_close']} 期末辍学{n['d_close']} 新增疑似{n['s_new']} 新增辍学{n['d_new']} "
        f"到校{n['s_returned']} 复学{n['d_returned']}"
        for name, n in row["groups"].items()
    )
    figures = [row[key] for key in FIGURES]
    filing = _FILING.get(row["filing"], row["filing"])
    return [row["unit"]["code"], name, _STAGES[row["stage"]], *figures, *counts, filing, groups]


def _counted(counts: Mapping[str, int]) -> str:
    return "；".join(f"{name} {n}" for name, n in counts.items())


def _people(report: Mapping[str, Any], people: Sequence[ListedPerson], reference: Reference) -> Sheet:
    rows = ([at, *_person(each, reference)] for at, each in enumerate(people, 1))
    return Sheet("学生名单", PEOPLE, rows, title_lines=_title(report, "学生名单"))


def _person(each: ListedPerson, reference: Reference) -> list[Value]:
    child, place, span, facts, units = each.child, each.roster, each.span, each.facts, reference.units
    visit, said = facts.visits[-1] if facts.visits else ({}, {})
    registration = units.name(place.registration) if place else ""
    residence = units.name(place.residence) if place else ""
    letters = "；".join(f"{body['kind']} {body['on']}" for body in facts.letters)
    guardian = f"{child.guardian}（{child.guardian_relation}）" if child.guardian_relation else child.guardian
    return [
        child.name or "已清除",
        child.sex,
        child.ethnicity,
        child.birth,
        child.cert_mask,
        child.student_no,
        units.name(span.school) or NO_SCHOOL,
        STAGE_NAMES.get(span.stage, ""),
        span.grade,
        span.klass,
        registration,
        residence,
        guardian,
        child.phone_mask,
        span.groups,
        STATUS_NAMES[span.status],
        facts.left_on,
        span.cause,
        facts.destination,
        place.helper if place else "",
        len(facts.visits),
        visit.get("on", ""),
        visit.get("mode", ""),
        visit.get("outcome", ""),
        letters,
        said.get("next_step", ""),
        visit.get("agreed_on", ""),
        facts.returned_on,
        facts.placement,
        "",
        "",
        "",
    ]


def _notes(report: Mapping[str, Any], by: str) -> Sheet:
    rows: Iterable[tuple[str, Value]] = (
        ("单位", f"{report['unit']['name']}（{report['unit']['code']}）"),
        ("统计周", report["week"]),
        ("起止日期", f"{report['from']} 至 {report['to']}"),
        ("是否整周", "整周" if report["complete"] else "本周尚未结束，数字不完整"),
        ("截至所知", report["known_at"]),
        ("操作序号", report["act"]),
        ("政策版本", report["policy"]),
        ("计数规则", report["rules"]),
        ("校验码", report["digest"]),
        ("导出人", by),
        (
            "平衡关系",
            "上期期末 ＋ 补报更正 ＋ 新增 ＋ 划入 － 各项减少 － 划出 ＝ 本期期末（疑似、辍学各自成立）",
        ),
        ("与上次填报的差异", "本周尚未填报" if not report["filed"] else "见系统周报页面"),
        ("遮蔽", "证件号和联系电话已遮蔽；名单含学生个人信息，请勿外传"),
    )
    return Sheet("说明", ("项目", "内容"), rows, title_lines=_title(report, "说明"), widths=(20, 90))
