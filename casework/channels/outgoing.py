"""The one way out over HTTP: to the hosts that are named, encrypted, within a time, following nobody.

Connecting and handing over are two steps: what fails before the request is sent was definitely not
taken; what fails after it is uncertain.
"""

import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from casework.channels.outcome import Outcome, refused, uncertain
from casework.domain.reminder_policy import is_local

CONNECT_S, REPLY_S = 10.0, 20.0
_LARGEST = 64 * 1024
_TOO_MANY, _UNAVAILABLE = 429, 503


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with status 2xx."""

    body: bytes

    def json(self) -> Mapping[str, Any]:
        """The answer as a JSON object; empty when it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Outgoing:
    """`routes`: host → "host:port" of this machine that stands in for it (tests)."""

    connect_s: float = CONNECT_S
    reply_s: float = REPLY_S
    routes: Mapping[str, str] = field(default_factory=dict)

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, host: str) -> Reply | Outcome:
        """Posts to an address of this host; a reply with 2xx, or what became of it."""
        parts = urlsplit(url)
        if parts.hostname != host:
            return refused("地址不是允许的主机", for_good=True)
        connection = self._connection(parts.scheme, host, parts.port)
        if connection is None:
            return refused("地址没有加密（应为 https）", for_good=True)
        try:
            connection.connect()
        except (OSError, HTTPException) as fault:
            connection.close()
            return refused(f"连不上服务器（{type(fault).__name__}）", broken=True)
        try:
            return self._hand_over(
                connection, f"{parts.path or '/'}?{parts.query}".rstrip("?"), body, headers
            )
        finally:
            connection.close()

    def _connection(self, scheme: str, host: str, port: int | None) -> HTTPConnection | None:
        route = self.routes.get(host)
        if route:
            return HTTPConnection(route, timeout=self.connect_s)
        if scheme == "https":
            return HTTPSConnection(host, port, timeout=self.connect_s)
        return HTTPConnection(host, port, timeout=self.connect_s) if is_local(host) else None

    def _hand_over(
        self, connection: HTTPConnection, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Reply | Outcome:
        deadline = time.monotonic() + self.reply_s
        assert isinstance(connection.sock, socket.socket)
        connection.sock.settimeout(self.reply_s)
        try:
            connection.request("POST", path, body, dict(headers))
            answer = connection.getresponse()
            said = b""
            while time.monotonic() < deadline and len(said) < _LARGEST and (part := answer.read1(_LARGEST)):
                said += part
        except (OSError, HTTPException) as fault:
            return uncertain(f"送出后没有等到答复（{type(fault).__name__}）")
        return Reply(said) if 200 <= answer.status < 300 else _unwelcome(answer.status)


def _unwelcome(status: int) -> Outcome:
    if status in (_TOO_MANY, _UNAVAILABLE):
        return refused(f"对方暂时不收（HTTP {status}）", broken=True)
    if status >= 500:
        return uncertain(f"对方出错（HTTP {status}），不知道收下没有")
    return refused(f"对方不收（HTTP {status}）", for_good=True)
