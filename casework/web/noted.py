"""What goes into the read log (查阅记录) of the pages that show children: in one place, before they leave.

A page about one child is known by its address, a list by standing in `LISTS`. Exports, shown numbers
and askings are written down by their own views, with what was taken. If the log cannot be written the
page is not shown.
"""

from urllib.parse import urlencode

from flask import Flask, current_app, g, request
from werkzeug.wrappers import Response

from casework.domain.permissions import READ_BOARD
from casework.store.read_log import CASE_OPENED, CHILDREN_LISTED, EXPORTED, note_reading
from casework.web.access import casework, today, viewer, wall_now

LISTS = {
    "/": "首页上最急的孩子",
    "/absences": "当前缺勤",
    "/aid": "资助台账",
    "/approvals": "待审批的申报",
    "/board": "在册学生",
    "/chain/duties": "责任事项",
    "/deferrals": "缓学休学名单",
    "/duties": "待办",
    "/home-teaching": "送教上门名单",
    "/import/<string(length=32):run_id>": "导入的行",
    "/letters": "文书登记簿",
    "/proposals": "我的申报",
    "/reviews": "责任考核",
    "/school-year/leavers": "毕业与离校",
    "/school-year/promotion": "学年升级",
    "/school-year/roll-call": "开学核查",
    "/school-year/roll-call/class": "开学核查（班级）",
    "/school-year/unnamed": "未列名学生",
    "/search": "查找学生",
    "/students": "我的学生",
    "/transfers": "转学",
    "/village": "本村孩子",
    "/village/lead": "本村同名孩子",
    "/weekly/children": "周报数字背后的学生",
}
"""Addresses of lists that name children, and what they are called."""

_ONLY_FOR = {"/": READ_BOARD}
_CODES = frozenset(
    "figure grade kind klass row school stage state status table term township unit view village week "
    "which year".split()
)
"""Arguments that are codes; whatever may be a name stays out of the log."""
_NAMES = ("q", "name", "words")
_LONGEST = 40
_SHOWN, _SHOWN_AGAIN = frozenset({200}), frozenset({200, 400, 409, 422})
"""A form sent with a fault comes back with the child on it."""
_OWN_NOTE = "/reveal"


def note(what: str, *, child_id: str = "", detail: str = "") -> None:
    """One row of the log, by whoever looks at this page."""
    store = casework().store
    note_reading(store.engine, viewer().actor, at=store.now(), what=what, child_id=child_id, detail=detail)


def note_export(address: str, rows: int) -> None:
    """An export: its address, and how many rows it has. To be called before it leaves."""
    note(EXPORTED, detail=f"{address}{'&' if '?' in address else '?'}rows={rows}")


def register(app: Flask) -> None:
    """Notes every page after its view and before it leaves."""
    app.extensions["lists_noted"] = {}
    app.after_request(_note)


def _note(response: Response) -> Response:
    rule, args = request.url_rule, request.view_args or {}
    shown = _SHOWN_AGAIN if request.method == "POST" else _SHOWN
    if rule is None or g.get("viewer") is None or response.status_code not in shown:
        return response
    if "child_id" in args:
        if not rule.rule.endswith(_OWN_NOTE):
            note(CASE_OPENED, child_id=args["child_id"], detail=_part(args["child_id"]))
    elif rule.rule in LISTS and _names_children(rule.rule):
        _note_list(rule.rule)
    return response


def _names_children(rule: str) -> bool:
    return not viewer().masked and (rule not in _ONLY_FOR or viewer().may(_ONLY_FOR[rule]))


def _part(child_id: str) -> str:
    """What of the child's file: "" its page now, a day its page as known then, else as the address says."""
    rest = [each for each in request.path.split("/")[1:] if each not in (child_id, "cases", "children")]
    known = request.args.get("known_at", "")[:_LONGEST]
    return "/".join(rest) or ("" if known == today() else known)


def _note_list(rule: str) -> None:
    """The first page of a list once an hour for a person; each search and each further page."""
    asked = sorted(
        (name, value[:_LONGEST]) for name, value in request.args.items() if name in _CODES and value
    )
    named = any(request.values.get(name) for name in _NAMES)
    further = "after" in request.args or "page" in request.args
    more = [("by", "name")] * named + [("page", "next")] * further
    detail = f"{rule}?{urlencode(asked + more)}".rstrip("?")
    if named or further:
        note(CHILDREN_LISTED, detail=detail)
    else:
        _note_once_an_hour(detail)


def _note_once_an_hour(detail: str) -> None:
    """Unless this process has noted it: a page that is looked at all day is no news each time.

    What could not be written down was not: the next look tries again, and is not shown without it.
    """
    noted: dict[tuple[str, str, str, str], int] = current_app.extensions["lists_noted"]
    hour = int(wall_now().timestamp()) // 3600
    if next(iter(noted.values()), hour) != hour:
        noted.clear()
    who = viewer()
    key = (who.login, who.post, who.unit, detail)
    if noted.get(key) != hour:
        note(CHILDREN_LISTED, detail=detail)
        noted[key] = hour
