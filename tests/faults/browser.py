"""A browser without pictures: cookies, pages, forms; over connections that may break at any moment."""

import http.client
import re
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

Fields = list[tuple[str, str]]


class Lost(Exception):
    """The connection broke: whether the server did it, nobody knows."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    location: str
    text: str


class Browser:
    """One person's browser. `port` may be changed: the same county by another server."""

    def __init__(self, port: int, patience_s: float = 90) -> None:
        self.port = port
        self._patience_s = patience_s
        self._cookies: dict[str, str] = {}

    def get(self, address: str) -> Answer:
        """A page."""
        return self._ask("GET", address)

    def send(self, address: str, fields: Fields) -> Answer:
        """A form."""
        kind = "application/x-www-form-urlencoded"
        return self._ask("POST", address, urlencode(fields).encode(), kind)

    def send_file(self, address: str, fields: Fields, name: str, content: bytes) -> Answer:
        """A form with a file."""
        parts = [
            f'--x\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields
        ]
        parts.append(f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n')
        body = "".join(parts).encode() + content + b"\r\n--x--\r\n"
        return self._ask("POST", address, body, "multipart/form-data; boundary=x")

    def _ask(self, method: str, address: str, body: bytes | None = None, kind: str = "") -> Answer:
        parts = urlsplit(address)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if kind:
            headers |= {"Content-Type": kind, "Sec-Fetch-Site": "same-origin"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self._patience_s)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as broken:
            raise Lost(str(broken)) from broken
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return Answer(answer.status, answer.headers.get("Location", ""), text)


def form_in(text: str) -> Fields:
    """The long form of a page (visit, letter, service), untouched."""
    start = re.search(r'<form class="(?:letter|visit)-form', text)
    assert start, text[:3000]
    form = text[start.start() : text.index('class="save-bar"')]
    found: Fields = []
    for tag in re.findall(r"<input[^>]*>", form):
        values = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if values.get("type") not in ("radio", "checkbox") or " checked" in tag:
            found.append((values["name"], values.get("value", "")))
    found += re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>([^<]*)</textarea>', form)
    return found


def filled(fields: Fields, **more: str) -> Fields:
    """The form with these fields filled in."""
    return [(name, value) for name, value in fields if name not in more] + list(more.items())


def token_in(text: str) -> str:
    """The form token of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
    assert found, text[:3000]
    return found[1]
