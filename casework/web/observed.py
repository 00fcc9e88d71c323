"""Every request timed, counted and told by its route (访问记录): never its address, which may hold names.

Each has an id, which stands in its lines of the log, on the page of a fault and in the answer's header.
"""

import secrets
from time import perf_counter

from flask import Flask, g, request
from werkzeug.wrappers import Response

from casework.telemetry import logs
from casework.telemetry.metrics import figures

HEADER = "X-Request-Id"
_NONE = "(none)"
_METHODS = frozenset({"GET", "HEAD", "POST"})


def register(app: Flask) -> None:
    """To be called before anything else looks at requests: first at the start, last at the end."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_leave)


def request_id() -> str:
    """The id of this request."""
    return logs.request_id.get()


def _begin() -> None:
    g.began = perf_counter()
    logs.request_id.set(secrets.token_hex(8))


def _end(response: Response) -> Response:
    rule = request.url_rule
    route = rule.rule if rule is not None else _NONE
    method = request.method if request.method in _METHODS else _NONE
    took = perf_counter() - g.began
    figures().requests.labels(method, route, response.status_code).inc()
    figures().request_s.labels(route).observe(took)
    status, ms = response.status_code, round(took * 1000, 1)
    logs.tell("request", method=method, route=route, status=status, ms=ms)
    response.headers[HEADER] = request_id()
    return response


def _leave(_fault: BaseException | None) -> None:
    """What the thread does next is no part of this request."""
    logs.request_id.set("")
