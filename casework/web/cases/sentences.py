"""A child's history in words: one small formatter for each kind of fact (个案过程的文字).

A formatter gets what an act told (clear) and what was said (personal, perhaps erased or not to be
read) and gives the sentence and its details. Words are the field's, short, and kind.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from casework.domain import statuses as s
from casework.domain.case_file import ABSENCES, LETTERS, SESSIONS, STATUSES, VISITS
from casework.domain.places import Place
from casework.domain.units import Units
from casework.domain.values import SINCE_EVER
from casework.projections.case_history import PLACES, SERVICES, Step, Version
from casework.web.cases.acts_told import ACT_TELLERS
from casework.web.cases.words import Told, Words, joined, said
from casework.web.filters import day_text


def tell(ledger: str, no: int, version: Version, words: Words) -> Told:
    """One version of one line in words."""
    return _TELLERS[ledger](no, version, words)


_BADGES = {
    s.SUSPECTED: "suspected",
    s.DROPPED_OUT: "out",
    s.RETURNED: "back",
    s.CLOSED: "closed",
}


def _status(no: int, version: Version, words: Words) -> Told:
    body = version.body
    change = body["change"]
    step = _step_of(words.steps.get(no), change)
    sentence = joined(
        _change_words(change, step),
        _status_cause(body),
        f"到{words.units.name(body['school'])}就读" if body.get("school") and change == s.RETURNED else "",
        f"接收学校：{words.units.name(body['school'])}"
        if body.get("school") and change != s.RETURNED
        else "",
        f"安置方式：{body['placement']}" if body.get("placement") else "",
        f"到{day_text(body['until'])}止" if body.get("until") else "",
        f"原因：{body['reason']}" if body.get("reason") else "",
        f"核查结果：{body['outcome']}" if body.get("outcome") else "",
    )
    details = [("证据编号", body["evidence"])] if body.get("evidence") else []
    details += said(
        version,
        ("why", "说明"),
        ("destination", "去向"),
        ("recorder", "登记人"),
        ("approver", "批准人"),
        ("note", "备注"),
        ("correction_reason", "更正原因"),
    )
    return Told(_BADGES.get(step.after if step else "", "status"), sentence, details)


def _step_of(step: Step | None, change: str) -> Step | None:
    """The step of the entry as it now reads; an earlier reading that led elsewhere has none."""
    leads_there = step is None or change in s.TRANSFER_ENDINGS or s.status_of(change) == step.after
    return step if leads_there else None


def _change_words(change: str, step: Step | None) -> str:
    name = s.CHANGE_NAMES[change]
    if step is None:
        return f"登记为“{name}”"
    after = s.STATUS_NAMES[step.after]
    if step.before == step.after:
        return f"仍为“{after}”，更新情况"
    relapse = "复学后再次离校，" if step.relapse else ""
    if not step.before:
        return f"{relapse}登记为“{after}”"
    via = f"（{name}）" if change in (*s.TRANSFER_ENDINGS, s.REOPENED, s.SUSPENDED) else ""
    return f"{relapse}由“{s.STATUS_NAMES[step.before]}”转为“{after}”{via}"


def _status_cause(body: Mapping[str, Any]) -> str:
    causes, lost_type = list(body.get("causes", ())), body.get("lost_type", "")
    parts = [
        f"主要原因：{causes[0]}" if causes else "",
        f"其他原因：{'、'.join(causes[1:])}" if causes[1:] else "",
    ]
    return joined(*parts, f"失学类型：{lost_type}" if lost_type else "")


def _visit(no: int, version: Version, words: Words) -> Told:
    body = version.body
    met = list(body.get("met", ()))
    ways = {"电话": "电话联系", "视频": "视频联系", "上门": "上门家访"}
    way = ways.get(body["mode"], f"在{body['mode']}走访")
    seen = f"见到{'、'.join(met)}" if met else "没有见到人"
    if body["mode"] in ("电话", "视频"):
        seen = f"联系到{'、'.join(met)}" if met else "没有联系上"
    # 未见到 says no more than that nobody was met.
    outcome = "" if not met and body["outcome"] == "未见到" else f"结果：{body['outcome']}"
    agreed = f"约定{day_text(body['agreed_on'])}" if body.get("agreed_on") else ""
    details = [("时间", _clock(body))] if body.get("start") else []
    details += said(
        version,
        ("place", "地点"),
        ("participants", "参加人"),
        ("talk", "谈话要点"),
        ("guardian_view", "家长意见"),
        ("child_view", "学生意见"),
        ("needs", "困难需求"),
        ("next_step", "下一步"),
        ("recorder", "记录人"),
        ("note", "备注"),
        ("correction_reason", "更正原因"),
    )
    return Told("visit", joined(way, seen, outcome, agreed), details)


def _clock(body: Mapping[str, Any]) -> str:
    return f"{body['start']}–{body['end']}" if body.get("end") else str(body["start"])


def _absence(no: int, version: Version, words: Words) -> Told:
    until = version.body.get("until")
    sentence = f"缺勤至{day_text(until)}" if until else "开始缺勤"
    labels = (("why", "原因"), ("recorder", "登记人"), ("note", "备注"), ("correction_reason", "更正原因"))
    return Told("absence", sentence, said(version, *labels))


def _session(no: int, version: Version, words: Words) -> Told:
    body = version.body
    hours = f"{body['tenths'] / 10:g} 课时"
    signed = "家长已签字" if body.get("signed") else ""
    details = [("时间", _clock(body))] if body.get("start") else []
    details += said(
        version,
        ("teachers", "教师"),
        ("content", "内容"),
        ("response", "学生反应"),
        ("homework", "作业"),
        ("recorder", "记录人"),
        ("note", "备注"),
    )
    return Told("session", joined(f"送教上门 {hours}", signed), details)


def _letter(no: int, version: Version, words: Words) -> Told:
    body = version.body
    issuer = words.units.name(body["issuer"])
    days = f"限期 {body['days']} 天" if body.get("days") else ""
    details = [("文号", body["number"])] if body.get("number") else []
    details += [("签发人", body["signatory"])] if body.get("signatory") else []
    return Told("letter", joined(f"{issuer}签发《{body['kind']}》", days), details)


def _service(no: int, version: Version, words: Words) -> Told:
    body = version.body
    letter = words.letters.get(no)
    name = f"《{letter['kind']}》" if letter else "文书"
    how = f"{body['mode']}送达" if body.get("mode") else "送达"
    notice = f"，发布 {body['notice']} 天后视为送达" if body.get("notice") else ""
    details = [("时间", body["at"])] if body.get("at") else []
    details += said(
        version,
        ("recipient", "受送达人"),
        ("relation", "与被送达人关系"),
        ("collector", "代收人"),
        ("place", "地点"),
        ("witness", "见证人"),
        ("refusal", "拒收理由"),
        ("server", "送达人"),
        ("consent", "同意电子送达的凭据"),
        ("note", "备注"),
        ("correction_reason", "更正原因"),
    )
    return Told("letter", f"{name}{how}{notice}", details)


def _place(no: int, version: Version, words: Words) -> Told:
    place: Place = version.body["place"]
    before: Place | None = version.body["before"]
    changes = list(_place_changes(place, before, words.units))
    if before is None:
        start = "花名册记载" if place.on == SINCE_EVER else "列入花名册"
        return Told("place", f"{start}：{joined(*changes)}", [])
    return Told("place", f"花名册变动：{joined(*changes) or '其他信息更新'}", [])


def _place_changes(place: Place, before: Place | None, units: Units) -> Iterator[str]:
    old = before or Place(on="")
    if place.school != old.school or before is None:
        if place.school:
            moved = f"由{units.name(old.school)}转到" if old.school else "就读于"
            yield f"{moved}{units.name(place.school)}"
        else:
            yield f"离开{units.name(old.school)}，{place.enrolment}" if old.school else place.enrolment
    room = f"{place.grade}{place.klass}"
    if room and room != f"{old.grade}{old.klass}":
        yield room
    if (place.township, place.village) != (old.township, old.village):
        where = "".join(units.name(code) for code in (place.township, place.village) if code)
        yield f"住{where}" if where else ""
    if place.groups != old.groups:
        yield f"特殊群体：{'、'.join(place.groups)}" if place.groups else "不再属于特殊群体"


_Teller = Callable[[int, Version, Words], Told]
_TELLERS: dict[str, _Teller] = {
    PLACES: _place,
    STATUSES: _status,
    VISITS: _visit,
    ABSENCES: _absence,
    LETTERS: _letter,
    SERVICES: _service,
    SESSIONS: _session,
    **ACT_TELLERS,
}
