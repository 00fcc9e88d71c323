"""Threads of one process take turns (轮流): one request is worked on at a time, unless one takes long.

Python runs one thread at a time anyway. Left to themselves, ten threads at once pass the interpreter on
at every question to the database and wait up to 5 ms each time to get it back: a page of 5 ms takes 60,
and an act holds the writers' lock ten times as long. Taking turns, each is done in its own time.

Nobody waits longer than `PATIENCE_S`: beside a long export or a large import the others go on.
"""

import io
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATIENCE_S = 0.1
LARGEST_FORM = 64 * 1024


class InTurn:
    """A WSGI application whose requests are worked on one after the other."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application
        self._turn = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answers in turn; an upload, which may be long on its way, does not keep others waiting."""
        if not _is_at_hand(environ):
            return self._application(environ, start_response)
        mine = self._turn.acquire(timeout=PATIENCE_S)
        try:
            return self._application(environ, start_response)
        finally:
            if mine:
                self._turn.release()


def _is_at_hand(environ: "WSGIEnvironment") -> bool:
    """Whether nothing more has to come from the browser: a form is read to its end first."""
    if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
        return True
    length = str(environ.get("CONTENT_LENGTH") or "")
    if not length.isdecimal() or int(length) > LARGEST_FORM:
        return False
    environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(length)))
    return True
