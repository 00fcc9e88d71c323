"""Accepted forms as the oracle is told them: the same act in the words of the workbooks, with who and when.

Nothing is read from the program but what was said and what it answered: the number under which later
forms name a fact, and the text of a letter's number.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from casework.domain.statuses import CHANGE_NAMES
from casework.domain.values import FOREVER
from tests.oracle.deed import Deed
from tests.oracle.world import Import, Row
from tests.support.busy_day import Taken
from tests.support.random_pen import Form

Reply = Mapping[str, Any]
Names = Mapping[str, str]
"""Child id → name."""


def told(taken: Iterable[tuple[Taken, datetime]], names: Names) -> list[Import | Deed]:
    """What the oracle is told of a day, in order. Forms that change nothing it knows of are left out."""
    found: list[Import | Deed] = []
    for each, at in taken:
        if isinstance(each.told, Import):
            found.append(Import(at, each.told.kind, each.told.rows))
            continue
        form, reply = each.told
        found += [deed._replace(at=at, by=form.actor.account) for deed in _deeds(form, reply, names)]
    return found


def _deeds(form: Form, reply: Reply, names: Names) -> list[Deed]:
    name = form.command.__name__
    child = names.get(str(reply.get("child") or form.said.get("child_id", "")), "")
    kind, verb, tell = TELL.get(name, ("", "", _nothing))
    if reply.get("verb") == "unchanged" or not kind:
        return []
    if name == "release_transfer" and reply["verb"] == "moved":
        kind, verb = "moves", "agreed"
    no = int(form.said.get("no") or reply.get("no") or 0)
    deed = Deed(_NEVER, "", kind, verb, child, no, {})
    return [deed._replace(cells={k: v for k, v in cells.items() if v}) for cells in tell(form, reply, names)]


_NEVER = datetime.min
Tell = Callable[[Form, Reply, Names], Iterable[Row]]


def _nothing(form: Form, reply: Reply, names: Names) -> list[Row]:
    return []


def _bare(form: Form, reply: Reply, names: Names) -> list[Row]:
    return [{}]


# ---- a child's facts ---------------------------------------------------------------------------------------


def _status(form: Form, reply: Reply, names: Names) -> list[Row]:
    said = form.said["status"]
    return [
        {
            "日期": said.on,
            "变化": CHANGE_NAMES[said.change],
            "原因": "；".join(said.causes),
            "失学类型": said.lost_type,
            "安置方式": said.placement,
            "接收学校代码": said.school,
            "截止日期": said.until,
            "登记人": form.actor.account,
        }
    ]


def _on(what: str) -> Tell:
    """A fact of which only the day is asked."""
    return lambda form, reply, names: [{"日期": form.said[what].on}]


def _absence(form: Form, reply: Reply, names: Names) -> list[Row]:
    said = form.said["absence"]
    return [{"起始日期": said.on, "截止日期": said.until}]


def _visit(form: Form, reply: Reply, names: Names) -> list[Row]:
    said = form.said["visit"]
    cells = {
        "家访日期": said.on,
        "方式": said.mode,
        "见到": "；".join(said.met) or "无人",
        "结果": said.outcome,
    }
    return [cells | {"参加人": said.private["participants"], "记录人": said.private["recorder"]}]


def _session(form: Form, reply: Reply, names: Names) -> list[Row]:
    said = form.said["session"]
    return [{"日期": said.on, "课时": str(said.tenths / 10)}]


def _aid(form: Form, reply: Reply, names: Names) -> list[Row]:
    said = form.said["grant"]
    return [{"日期": said.on, "金额": str(said.fen)}]


def _letter(form: Form, reply: Reply, names: Names) -> list[Row]:
    return [
        {
            "文书种类": form.said["kind"],
            "文号": reply["number"],
            "签发单位代码": form.actor.unit,
            "签发人": form.said["signer"],
        }
    ]


def _service(form: Form, reply: Reply, names: Names) -> list[Row]:
    return [{"送达日期": form.said["service"].on, "送达方式": form.said["service"].mode}]


# ---- asked for, under way ----------------------------------------------------------------------------------


def _proposal(form: Form, reply: Reply, names: Names) -> list[Row]:
    said = form.said["proposal"]
    word = CHANGE_NAMES[said.change]
    papers = {"截止日期": said.until, "销号原因": said.reason, "证据编号": said.evidence}
    return [{"变化": word, "日期": said.on, **papers}]


def _ended(how: str) -> Tell:
    def tell(form: Form, reply: Reply, names: Names) -> list[Row]:
        return [{"办理": how, "日期": form.said.get("on", ""), "登记": str(reply["no"])}]

    return tell


def _transfer(word: str) -> Tell:
    def tell(form: Form, reply: Reply, names: Names) -> list[Row]:
        said = form.said
        cells = {"日期": said["on"], "变化": word, "接收学校代码": said.get("school", "")}
        cells |= {"去向": said.get("destination", ""), "班级": said.get("klass", "")}
        return [cells | {"登记人": form.actor.account}]

    return tell


def _lead(form: Form, reply: Reply, names: Names) -> list[Row]:
    return [{"变化": "待核查", "日期": "今天"}]


def _leaver(form: Form, reply: Reply, names: Names) -> list[Row]:
    return [{"变化": "待核查", "日期": "今天", "失学类型": "小升初未衔接"}]


def _new_child(form: Form, reply: Reply, names: Names) -> list[Row]:
    said = form.said["child"]
    home = {"现居住地代码": form.said["village"], "监护人": said.guardian}
    return [{"姓名": said.name, "性别": said.sex, "出生日期": said.birth, **home}]


# ---- duties, units, the year -------------------------------------------------------------------------------


def _excuse(form: Form, reply: Reply, names: Names) -> list[Row]:
    line = form.about["line"]
    return [{"项": form.said["key"], "rule": line.rule, "begins": line.begins, "due": line.due_day}]


def _unit_duty(form: Form, reply: Reply, names: Names) -> list[Row]:
    said = form.said
    done = {"日期": said["completion"].on} if "completion" in said else {}
    return [{"单位代码": said["unit"], "rule": said["rule"], "due": said["due_day"], **done}]


def _unit(form: Form, reply: Reply, names: Names) -> list[Row]:
    unit = form.said["unit"]
    kind = {"village": "村", "school": "学校"}[unit.kind]
    cells = {"单位代码": unit.code, "单位名称": unit.name, "类型": kind, "上级代码": unit.parent}
    return [cells | {"学校类别": unit.category, "所在乡镇代码": unit.township}]


def _closing(form: Form, reply: Reply, names: Names) -> list[Row]:
    said = form.said
    days = {"停用日期": said["on"]} if "on" in said else {}
    return [{"单位代码": said["code"], "并入单位代码": said.get("successor", ""), **days}]


def _followed(form: Form, reply: Reply, names: Names) -> list[Row]:
    return [{"单位代码": form.said["code"], "余": str(reply["left"])}]


def _posting(row: Any, until: str) -> Row:
    cells = {"登录名": row.login, "姓名": row.name, "岗位": row.post, "单位代码": row.unit, "班级": row.klass}
    return cells | {"任职日期": row.since, "离任日期": "" if until == FOREVER else until}


def _appointed(form: Form, reply: Reply, names: Names) -> list[Row]:
    return [_posting(form.said["row"], form.said["row"].until)]


def _left(form: Form, reply: Reply, names: Names) -> list[Row]:
    return [_posting(form.about["row"], form.said["until"])]


def _handed_over(form: Form, reply: Reply, names: Names) -> list[Row]:
    row, said = form.about["row"], form.said
    return [_posting(row, said["last_day"]) | {"接任人": said["login"], "接任人姓名": said["name"]}]


def _promotion(form: Form, reply: Reply, names: Names) -> list[Row]:
    staying = "；".join(names[each] for each in form.said.get("staying", ()))
    return [{"单位代码": form.said["school"], "留级": staying}]


TELL: dict[str, tuple[str, str, Tell]] = {
    "record_status": ("status", "recorded", _status),
    "correct_status": ("status", "corrected", _status),
    "void_status": ("status", "voided", _bare),
    "record_absence": ("absences", "recorded", _absence),
    "end_absence": ("absences", "corrected", _absence),
    "correct_absence": ("absences", "corrected", _absence),
    "void_absence": ("absences", "voided", _bare),
    "report_absence": ("reports", "recorded", _on("report")),
    "void_report": ("reports", "voided", _bare),
    "record_check": ("checks", "recorded", _on("check")),
    "correct_check": ("checks", "corrected", _on("check")),
    "void_check": ("checks", "voided", _bare),
    "record_decision": ("decisions", "recorded", _on("decision")),
    "correct_decision": ("decisions", "corrected", _on("decision")),
    "void_decision": ("decisions", "voided", _bare),
    "record_visit": ("visits", "recorded", _visit),
    "correct_visit": ("visits", "corrected", _visit),
    "void_visit": ("visits", "voided", _bare),
    "record_session": ("sessions", "recorded", _session),
    "void_session": ("sessions", "voided", _bare),
    "record_aid": ("aid", "recorded", _aid),
    "correct_aid": ("aid", "corrected", _aid),
    "reverse_aid": ("aid", "voided", _bare),
    "issue_letter": ("letters", "recorded", _letter),
    "void_letter": ("letters", "voided", _bare),
    "record_service": ("letters", "served", _service),
    "correct_service": ("letters", "served", _service),
    "propose_status": ("proposals", "made", _proposal),
    "approve_status": ("proposals", "ended", _ended("approve")),
    "decline_status": ("proposals", "ended", _ended("decline")),
    "withdraw_status": ("proposals", "ended", _ended("withdraw")),
    "release_transfer": ("status", "recorded", _transfer("转出")),
    "accept_transfer": ("transfers", "accepted", _transfer("转入接收")),
    "refuse_transfer": ("status", "recorded", _transfer("转入拒收")),
    "withdraw_transfer": ("status", "recorded", _transfer("转出撤回")),
    "give_lead": ("leads", "given", _lead),
    "verify_leaver": ("leads", "leaver", _leaver),
    "lead_on_new_child": ("leads", "new child", _new_child),
    "excuse_duty": ("excuses", "given", _excuse),
    "demand_duty": ("excuses", "taken back", _excuse),
    "complete_unit_duty": ("unit duties", "completed", _unit_duty),
    "correct_unit_duty": ("unit duties", "corrected", _unit_duty),
    "void_unit_duty": ("unit duties", "voided", _unit_duty),
    "excuse_unit_duty": ("unit duties", "excused", _unit_duty),
    "demand_unit_duty": ("unit duties", "demanded", _unit_duty),
    "add_unit": ("units", "added", _unit),
    "close_unit": ("units", "closed", _closing),
    "reopen_unit": ("units", "reopened", _closing),
    "follow_unit": ("units", "followed", _followed),
    "appoint": ("postings", "taken", _appointed),
    "end_posting": ("postings", "ended", _left),
    "hand_over": ("postings", "handed over", _handed_over),
    "begin_promotion": ("school year", "begun", _promotion),
    "promote_pupils": ("school year", "went on", _promotion),
}
"""Command → (kind, verb, cells) of the deeds. What is not here changes no figure, duty or sum: attempts to
serve, askings and their answers, confirmations of a village, 名册已是新学年的."""
