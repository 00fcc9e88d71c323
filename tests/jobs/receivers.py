"""A mail server and a gateway on this machine that remember what they took, and misbehave as told."""

import json
import socketserver
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Mood = Callable[[], str]
"""What to do with the next: "take", "busy" (not now), "refuse", "vanish" (taken, no reply)."""


def always_take() -> str:
    return "take"


class Taken:
    """What arrived, by recipient and text; also in a file, so that killed senders do not take it along."""

    def __init__(self, mood: Mood = always_take, file: Path | None = None) -> None:
        self.mood, self.got, self.tries = mood, list[tuple[str, str]](), 0
        self._file, self._lock = file, threading.Lock()

    def next(self, to: str, text: str) -> str:
        """What happens to one message."""
        with self._lock:
            self.tries += 1
            mood = self.mood()
            if mood in ("take", "vanish"):
                self.got.append((to, text))
            return mood

    def twice(self) -> list[tuple[str, str]]:
        """What arrived more than once."""
        return [each for each, times in Counter(self.got).items() if times > 1]


@contextmanager
def mail_server(taken: Taken) -> Iterator[int]:
    """SMTP as far as one message needs it; gives its port."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            to = ""
            self._say("220 here")
            while line := self.rfile.readline():
                word = line[:4].upper()
                if word in (b"EHLO", b"HELO"):
                    self._say("250 here")
                elif word == b"RCPT":
                    to = line.decode().partition("<")[2].partition(">")[0]
                    self._say("250 ok")
                elif word == b"DATA":
                    self._say("354 go on")
                    text = b""
                    while (part := self.rfile.readline()) not in (b".\r\n", b""):
                        text += part
                    if not part:
                        return
                    mood = taken.next(to, text.decode().partition("\r\n\r\n")[2])
                    if mood == "vanish":
                        return
                    self._say({"take": "250 ok", "busy": "451 later", "refuse": "554 no"}[mood])
                elif word == b"QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 ok")

        def _say(self, words: str) -> None:
            self.wfile.write(f"{words}\r\n".encode())

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A sender that was killed is no error of the server."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def gateway(taken: Taken) -> Iterator[int]:
    """An HTTP gateway for SMS and for every robot; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            mood = taken.next(body.get("phone") or self.path, json.dumps(body, ensure_ascii=False))
            if mood == "vanish":
                self.close_connection = True
                return
            self.send_response({"take": 200, "busy": 503, "refuse": 400}[mood])
            self.end_headers()
            if mood == "take":
                self.wfile.write(b'{"errcode": 0, "code": 0}')

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A sender that was killed is no error of the server."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
