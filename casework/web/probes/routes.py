"""`/healthz`, `/readyz`, `/metrics`: for systemd, a proxy, a watchman's script, Prometheus."""

import json

from flask import Blueprint, Response, current_app, jsonify, request

from casework.errors import NotFound
from casework.operations.readiness import Readiness, is_red
from casework.telemetry.metrics import CONTENT_TYPE, exposition
from casework.web.access import PROBE, allow, casework
from casework.web.errors import NOT_FOUND
from casework.web.probes.asking import is_trusted, settings
from casework.web.probes.figures import Standing

pages = Blueprint("probes", __name__)


@pages.get("/healthz")
@allow(PROBE)
def alive() -> Response:
    """Answers while the process can; looks at nothing else, so that a slow database restarts nobody."""
    return jsonify(alive=True)


@pages.get("/readyz")
@allow(PROBE)
def ready() -> tuple[Response, int]:
    """200 or 503; the words to who may hear them."""
    answers = _readiness().answers()
    red = is_red(answers)
    told = {each.check: {"state": each.state, "words": each.words} for each in answers}
    body = {"ready": not red} | ({"checks": told} if is_trusted(request) else {})
    text = json.dumps(body, ensure_ascii=False, indent=1) + "\n"
    return Response(text, content_type="application/json; charset=utf-8"), 503 if red else 200


@pages.get("/metrics")
@allow(PROBE)
def metrics() -> Response:
    """Prometheus' text form. To anybody else there is no such page."""
    if not is_trusted(request):
        raise NotFound(NOT_FOUND)
    standing = Standing(casework(), settings(), _readiness().answers())
    return Response(exposition([standing]), content_type=CONTENT_TYPE)


def _readiness() -> Readiness:
    kept = current_app.extensions
    if "readiness" not in kept:
        kept["readiness"] = Readiness(casework(), settings())
    return kept["readiness"]
