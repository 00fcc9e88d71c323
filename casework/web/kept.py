"""A long form sent after the sign-in expired comes back filled in (登录过期，填写的内容不丢).

    @pages.post("/…/new")
    @keeps_form
    @allow(…)

What was sent is kept, the person signs in, and the same page shows the form with everything that was
typed; nothing is saved until it is sent again. Works without JavaScript. Only a form sent from our own
pages is kept: a stranger's page cannot put words into it.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.datastructures import MultiDict

from casework.store import kept_forms
from casework.store.kept_forms import KeptForm

View = TypeVar("View", bound=Callable[..., Any])

_KEEPS = "casework_keeps_form"
_LARGEST = 64 * 1024
_UNWANTED = frozenset({"csrf_token"})


def keeps_form(view: View) -> View:
    """Marks a view whose form must not be lost; the page of the same address asks `typed_before`."""
    setattr(view, _KEEPS, True)
    return view


def address_with_form(login: str) -> str:
    """Keeps the form of this request; the address where it comes back, "" when it is not to be kept."""
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method != "POST" or not getattr(view, _KEEPS, False) or not _from_our_page():
        return ""
    if (request.content_length or 0) > _LARGEST:
        return ""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in _UNWANTED]
    token = kept_forms.keep(_engine(), KeptForm(request.path, fields), login=login, now=_now())
    return f"{request.path}?kept={token}" if token else ""


def typed_before(login: str) -> MultiDict[str, str] | None:
    """The fields kept for this page, if its address names them."""
    token = request.args.get("kept", "")
    held = kept_forms.kept(_engine(), token, login=login, now=_now()) if token else None
    return MultiDict(held.fields) if held and held.path == request.path else None


def _from_our_page() -> bool:
    site = request.headers.get("Sec-Fetch-Site", "")
    if site:
        return site == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host


def _engine() -> Any:
    return current_app.extensions["casework"].store.engine


def _now() -> Any:
    return current_app.extensions["wall"]()
