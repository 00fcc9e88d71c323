"""Acts of a file besides status and visits, in words: proposals, askings, checks, aid, reports, attempts."""

from collections.abc import Callable
from typing import Any

from casework.domain import statuses as s
from casework.domain.case_file import (
    AID,
    APPROVED,
    ASKS,
    CHECKS,
    DECISIONS,
    DECLINED,
    EXCUSES,
    MOVED,
    PROPOSALS,
    REPORTS,
    WITHDRAWN,
)
from casework.projections.case_history import ATTEMPTS, Version
from casework.web.cases.words import Detail, Told, Words, joined, said
from casework.web.filters import day_text

_NOTES: tuple[Detail, ...] = (
    ("reason", "理由"),
    ("why", "说明"),
    ("destination", "去向"),
    ("note", "备注"),
    ("recorder", "登记人"),
    ("correction_reason", "更正原因"),
)


def _proposal(no: int, version: Version, words: Words) -> Told:
    body = version.body
    if body["how"]:
        verb = {DECLINED: "申报未获批准", WITHDRAWN: "申报已撤回"}[body["how"]]
        return Told("proposal", verb, said(version, *_NOTES))
    sentence = joined(
        f"申报“{s.CHANGE_NAMES[body['change']]}”，等待另一人审批",
        f"自{day_text(body['from'])}起" if body["from"] != body["on"] else "",
        f"到{day_text(body['until'])}止" if body.get("until") else "",
        f"原因：{body['reason']}" if body.get("reason") else "",
    )
    details = [("证据编号", body["evidence"])] if body.get("evidence") else []
    return Told("proposal", sentence, [*details, *said(version, *_NOTES)])


def _asking(no: int, version: Version, words: Words) -> Told:
    body = version.body
    ended = {
        APPROVED: "转入申请已同意",
        DECLINED: "转入申请未同意",
        WITHDRAWN: "转入申请已撤回",
        MOVED: "转入申请已同意，从这天起到申请学校就读",
    }
    asked = f"{words.units.name(body.get('school', ''))}申请转入"
    return Told("proposal", ended.get(body["how"], asked), said(version, *_NOTES))


def _check(no: int, version: Version, words: Words) -> Told:
    sentence = "到校检查：在校上课" if version.body["present"] else "到校检查：不在校"
    return Told("check", sentence, said(version, *_NOTES))


def _aid(no: int, version: Version, words: Words) -> Told:
    body: Any = version.body
    term = f"{body['year']} 学年{body['term']}季学期"
    programme = words.programme(body["programme"], body["on"])
    if body.get("unpaid"):
        return Told(
            "aid",
            f"{term}未资助（{programme}）：{body['unpaid']}",
            said(version, ("unpaid_why", "具体原因"), *_NOTES),
        )
    sentence = f"发放资助 {yuan(body['fen'])} 元（{programme}），{term}"
    details = [("凭证号", body["voucher"])] if body.get("voucher") else []
    return Told("aid", joined(sentence, body.get("way", "")), [*details, *said(version, *_NOTES)])


def yuan(fen: int) -> str:
    """An amount of 分 as 元: 1250.00."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _report(no: int, version: Version, words: Words) -> Told:
    return Told("absence", "上报《辍学（疑似辍学）学生情况报告表》", said(version, *_NOTES))


def _decision(no: int, version: Version, words: Words) -> Told:
    return Told("letter", f"决定法律措施：{version.body['step']}", said(version, *_NOTES))


def _excuse(no: int, version: Version, words: Words) -> Told:
    rule = str(version.body["key"]).partition("/")[0]
    return Told("proposal", f"免办：{words.duties.get(rule, rule)}", said(version, *_NOTES))


def _attempt(no: int, version: Version, words: Words) -> Told:
    letter = words.letters.get(version.body["letter"])
    name = f"《{letter['kind']}》" if letter else "文书"
    details = [("时间", version.body["at"])] if version.body.get("at") else []
    details += said(
        version, ("why", "未送达原因"), ("place", "地点"), ("witness", "见证人"), ("server", "送达人")
    )
    return Told("letter", f"{name}{version.body['mode']}送达未成", details)


ACT_TELLERS: dict[str, Callable[[int, Version, Words], Told]] = {
    PROPOSALS: _proposal,
    ASKS: _asking,
    CHECKS: _check,
    AID: _aid,
    REPORTS: _report,
    DECISIONS: _decision,
    ATTEMPTS: _attempt,
    EXCUSES: _excuse,
}
"""Kind of line → its words."""
