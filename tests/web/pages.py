"""Reading pages as a strict reader would: every tag closed, every id once, nothing inline."""

import re
from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())


class StrictPage(HTMLParser):
    """Collects what is wrong with a page, and its text, links and table rows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.rows: list[list[str]] = []
        self._open: list[str] = []
        self._ids: set[str] = set()
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        for name in values:
            if name == "style" or name.startswith("on"):
                self.faults.append(f"inline {name} on <{tag}>")
        if tag == "style" or (tag == "script" and "src" not in values):
            self.faults.append(f"inline <{tag}>")
        identity = values.get("id")
        if identity in self._ids:
            self.faults.append(f"id {identity} twice")
        if identity:
            self._ids.add(identity)
        if tag == "a" and values.get("href"):
            self.links.append(values["href"] or "")
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self.rows and ("td" in self._open or "th" in self._open):
            self.rows[-1][-1] += data

    @property
    def text(self) -> str:
        """Everything that is read, with single spaces."""
        return re.sub(r"\s+", " ", "".join(self.words)).strip()


class Visitor:
    """A client whose every HTML page is read strictly."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, address: str, status: int = 200) -> StrictPage:
        """The page at an address, which must answer so."""
        return self.read(self.client.get(address), status)

    def read(self, response: TestResponse, status: int = 200) -> StrictPage:
        """A response as a page."""
        assert response.status_code == status, (response.status_code, response.text[:2000])
        page = StrictPage(response.text)
        assert not page.faults, page.faults
        return page

    def token(self, address: str = "/sign-in") -> str:
        """The form token of a page."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.client.get(address).text)
        assert found, address
        return found[1]

    def sign_in(self, login: str, password: str, **more: str) -> TestResponse:
        """Sends the sign-in form."""
        form = {"csrf_token": self.token(), "login": login, "password": password, **more}
        return self.client.post("/sign-in", data=form)


def untokened(response: TestResponse) -> str:
    """A page without its form tokens, which change by the second: two pages that are alike are equal."""
    return re.sub(r'(name="csrf_token"[^>]*value=")[^"]+', r"\1", response.text)
