"""Refusals and faults as pages: what happened, and what to do next. The only place that maps them."""

from flask import Flask, g, redirect, render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from casework.errors import BadInput, CaseworkError, ChangedMeanwhile, NotAllowed, NotFound, RuleBroken
from casework.store.failures import outage_of
from casework.telemetry import logs
from casework.web import access
from casework.web.kept import address_with_form
from casework.web.observed import request_id

STATUS: dict[type[CaseworkError], tuple[int, str]] = {
    NotFound: (404, "没有找到"),
    NotAllowed: (403, "没有权限"),
    BadInput: (400, "填写有误"),
    RuleBroken: (422, "与规定不符"),
    ChangedMeanwhile: (409, "已被他人更新"),
}
NOT_FOUND = "没有这个页面，或者不在您的查看范围内。"
_OURS = 500
"""From here on the fault is the server's: its number leads to the line in the log."""
_HTTP = {
    403: ("没有权限", "您的岗位没有查看这个页面的权限。"),
    404: ("没有找到", NOT_FOUND),
    405: ("没有找到", "这个地址不能这样打开，请从页面上的按钮操作。"),
    413: ("内容太大", "提交的内容太大，请分几次提交。"),
}


def register(app: Flask) -> None:
    """Maps every refusal, HTTP error and fault to a page in Chinese."""
    app.register_error_handler(CaseworkError, _refused)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _fault)


def _page(code: int, title: str, message: str) -> tuple[str, int]:
    ours = code >= _OURS
    number = request_id() if ours else ""
    # The head of a page asks the database for the viewer's reminders: it may be what is at fault.
    viewer = None if ours else g.get("viewer")
    page = render_template("error.html", title=title, message=message, number=number, viewer=viewer)
    return page, code


def _refused(error: CaseworkError) -> tuple[str, int]:
    code, title = next((each for kind, each in STATUS.items() if isinstance(error, kind)), (503, "没有完成"))
    return _page(code, title, NOT_FOUND if code == 404 else error.message)


def _stale_form(error: CSRFError) -> tuple[str, int] | Response:
    """A long form comes back with what was typed (and through the sign-in, if that has expired too)."""
    kept = address_with_form(access.login_at_hand())
    if kept:
        return redirect(kept, 303)
    return _page(400, "页面已过期", "这个页面打开太久了，没有提交成功。请返回上一页，刷新后再试。")


def _http(error: HTTPException) -> tuple[str, int]:
    beneath = getattr(error, "original_exception", None)
    if beneath is not None:  # met after the view, where Flask wraps it
        return _fault(beneath)
    code = error.code or 500
    title, message = _HTTP.get(code, ("没有完成", "这次操作没有完成，请返回上一页再试。"))
    return _page(code, title, message)


def _fault(error: Exception) -> tuple[str, int]:
    outage = outage_of(error)
    if outage:
        logs.fault("the database or its disk is at fault", error)
        return _page(503, "暂时用不了", outage)
    logs.fault("unexpected fault", error)
    return _page(500, "系统出错", "系统出了问题，这次操作没有保存。请稍后再试；如果一直这样，请告诉管理员。")
