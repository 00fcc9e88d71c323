"""Threads of one process take turns (轮流): one request is worked on at a time, unless one takes long.

Python runs one thread at a time anyway. Left to themselves, ten threads at once pass the interpreter on
at every question to the database and wait up to 5 ms each time to get it back: a page of 5 ms takes 60,
and an act holds the writers' lock ten times as long. Taking turns, each is done in its own time.

Nobody waits longer than `PATIENCE_S`: beside a long export or a large import the others go on.

A browser's kept connection stays with the process that took it, however many came to the same one. Where a
crowd waits, one connection at a time is let go after its answer: it comes back, most likely to another.
"""

import io
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATIENCE_S = 0.1
CROWD = 4
"""So many before oneself are a crowd: as many browsers that never pause, evenly spread, wait for three."""
LET_GO_EVERY_S = 0.01
LARGEST_FORM = 64 * 1024


class InTurn:
    """A WSGI application whose requests are worked on one after the other."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application
        self._turn = threading.Lock()
        self._present: list[None] = []  # one each request: appending and popping need no lock
        self._let_go_s = 0.0

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answers in turn; an upload, which may be long on its way, does not keep others waiting."""
        if not _is_at_hand(environ):
            return self._application(environ, start_response)
        kept = environ.get("SERVER_PROTOCOL", "").startswith("HTTP/1")
        if kept and len(self._present) >= CROWD and self._may_let_go():
            start_response = _last_of_its_connection(start_response)
        self._present.append(None)
        mine = self._turn.acquire(timeout=PATIENCE_S)
        try:
            return self._application(environ, start_response)
        finally:
            self._present.pop()
            if mine:
                self._turn.release()

    def _may_let_go(self) -> bool:
        now = time.monotonic()
        long_ago = now - self._let_go_s >= LET_GO_EVERY_S
        if long_ago:
            self._let_go_s = now
        return long_ago


def _last_of_its_connection(start_response: "StartResponse") -> "StartResponse":
    """Tells the browser to open another connection for what it asks next."""

    def start(status: str, headers: list[tuple[str, str]], *fault: Any) -> Callable[[bytes], object]:
        return start_response(status, [*headers, ("Connection", "close")], *fault)

    return start


def _is_at_hand(environ: "WSGIEnvironment") -> bool:
    """Whether nothing more has to come from the browser: a form is read to its end first."""
    if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
        return True
    length = str(environ.get("CONTENT_LENGTH") or "")
    if not length.isdecimal() or int(length) > LARGEST_FORM:
        return False
    environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(length)))
    return True
