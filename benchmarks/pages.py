"""Pages through granian with 8 clients: at a thousand and at a hundred thousand open files (p95, ratio)."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from urllib.parse import urlencode

from benchmarks.databases import Say
from benchmarks.measure import Line, Times
from benchmarks.page_county import (
    CLERK,
    MASTER_KEY_TEXT,
    PASSWORD,
    SERVED_AT,
    TEACHER,
    copy_of,
    page_county,
)
from benchmarks.size import LAST_FRIDAY, Plan

CLIENTS = 8
REQUESTS = 40
_PORT = 8731
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_FORM_ID = re.compile(r'name="form_id"[^>]*value="([^"]+)"')
_CASE = re.compile(r'href="/cases/([0-9a-f]{32})"')


class Browser:
    """One signed-in client on one kept connection."""

    def __init__(self, login: str) -> None:
        self._conn = HTTPConnection("127.0.0.1", _PORT, timeout=60)  # opened by the first request
        self._cookies: dict[str, str] = {}
        token = self.token("/sign-in")
        status, _ = self.post("/sign-in", login=login, password=PASSWORD, csrf_token=token)
        assert status in (302, 303), status

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page."""
        return self._ask("GET", path, None)

    def post(self, path: str, **fields: str) -> tuple[int, str]:
        """Status and text of what a form answers."""
        return self._ask("POST", path, urlencode(fields))

    def token(self, path: str) -> str:
        """The form token of a page."""
        found = _TOKEN.search(self.get(path)[1])
        assert found, path
        return found[1]

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        headers = {"Cookie": self.cookie()}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._conn.request(method, path, body, headers)
        answer = self._conn.getresponse()
        text = answer.read().decode()
        self.keep_cookies(answer.getheaders())
        return answer.status, text

    def cookie(self) -> str:
        """What it sends of the cookies it holds."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def keep_cookies(self, headers: Iterable[tuple[str, str]]) -> None:
        """Takes over what an answer sets."""
        for name, value in headers:
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.partition(";")[0]


Visit = Callable[[Browser, Random, list[str]], float]


def measure(plan: Plan, place: Path, say: Say) -> Iterator[Line]:
    """Every page at both sizes, one server after the other; p95 and how much slower the large one is."""
    small, large = (page_county(place, plan.pupils_of_pages, files, say) for files in plan.files_of_pages)
    times = {}
    for name, folder in (("small", small), ("large", large)):
        with tempfile.TemporaryDirectory(dir=place) as copy:
            times[name] = serve_and_ask(copy_of(folder, Path(copy)))
    for what, now in times["large"].items():
        before = times["small"][what]
        yield Line(
            what=what,
            where=f"SQLite，granian，{CLIENTS} 个客户端",
            value=now.median * 1000,
            unit="ms",
            p95=now.p95 * 1000,
            peer=f"{plan.files_of_pages[0]} 份个案时",
            peer_value=before.median * 1000,
            target="p95 < 60 ms，且不比小库慢 1.3 倍",
            met=now.p95 < 0.060 and now.median <= 1.3 * before.median,
            notes={"p95_small_ms": before.p95 * 1000, "files": plan.files_of_pages[1]},
        )


def serve_and_ask(folder: Path, pages: Mapping[str, tuple[str, Visit]] | None = None) -> dict[str, Times]:
    """What each page takes, asked by all clients at once of a server of its own."""
    environ = {
        **os.environ,
        "CASEWORK_MODE": "test",
        "CASEWORK_DATA_DIR": str(folder),
        "CASEWORK_MASTER_KEY": MASTER_KEY_TEXT,
        "CASEWORK_SECRET_KEY": "benchmark-" * 5,
        "CASEWORK_NOW": SERVED_AT,
    }
    command = [sys.executable, "-m", "casework.cli", "serve", "--port", str(_PORT)]
    mute = subprocess.DEVNULL
    server = subprocess.Popen(command, env=environ, start_new_session=True, stdout=mute, stderr=mute)
    try:
        _wait_for(server)
        return {what: _ask_all(login, visit) for what, (login, visit) in (pages or PAGES).items()}
    finally:
        _stop(server)


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Ends a server with all its processes, however long it would like to finish its jobs."""
    server.terminate()
    with suppress(subprocess.TimeoutExpired):
        server.wait(timeout=30)
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)


def _wait_for(server: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode}")
        try:
            conn = HTTPConnection("127.0.0.1", _PORT, timeout=2)
            conn.request("GET", "/sign-in")
            conn.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server does not answer")


def _ask_all(login: str, visit: Visit) -> Times:
    """All clients at once, each its share of the requests; the first few of each are not counted."""
    seconds: list[float] = []
    # One after the other: many tries at once on one account count as an attack.
    browsers = [Browser(login) for _ in range(CLIENTS)]

    def client(number: int) -> None:
        browser, rng = browsers[number], Random(number)
        cases = _CASE.findall(browser.get("/board")[1] if login == CLERK else browser.get("/students")[1])
        taken = [visit(browser, rng, cases) for _ in range(REQUESTS + 3)]
        seconds.extend(taken[3:])

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seconds) == CLIENTS * REQUESTS, "a client failed"
    return Times(tuple(seconds))


def page_at(path: Callable[[Random, list[str]], str]) -> Visit:
    """A visit that asks for one address."""

    def visit(browser: Browser, rng: Random, cases: list[str]) -> float:
        address = path(rng, cases)
        started = time.perf_counter()
        status, text = browser.get(address)
        taken = time.perf_counter() - started
        assert status == 200, (address, status, text[:200])
        return taken

    return visit


def _save_visit(browser: Browser, rng: Random, cases: list[str]) -> float:
    """Only the saving is timed: the form was filled in before."""
    case = rng.choice(cases)
    address = f"/children/{case}/visits/new"
    _, page = browser.get(address)
    token, form = _TOKEN.search(page), _FORM_ID.search(page)
    assert token and form
    minute = f"{rng.randint(6, 17):02d}:{rng.randint(0, 59):02d}"
    fields = {
        "csrf_token": token[1],
        "form_id": form[1],
        "on": LAST_FRIDAY.isoformat(),
        "start": minute,
        "mode": "上门",
        "place": "家",
        "others": f"样板老师{rng.randint(1, 10**6)}/班主任/样板学校",
        "met": "家长",
        "outcome": "犹豫",
        "talk": "说了说孩子在家的情况",
    }
    started = time.perf_counter()
    status, text = browser.post(address, **fields)
    taken = time.perf_counter() - started
    assert status in (302, 303, 409) or "同一时间已有一条" in text, (
        status,
        re.findall(r'fault"[^<]*<[^<]*', text)[:4],
    )
    return taken


_NAMES = ("wang", "li", "zhang", "chen", "liu", "zhao", "王", "李", "张", "陈")
PAGES: dict[str, tuple[str, Visit]] = {
    "看板（县）": (CLERK, page_at(lambda rng, cases: "/board")),
    "个案页": (CLERK, page_at(lambda rng, cases: f"/cases/{rng.choice(cases)}")),
    "查找学生": (CLERK, page_at(lambda rng, cases: "/search?" + urlencode({"q": rng.choice(_NAMES)}))),
    "我的学生": (TEACHER, page_at(lambda rng, cases: "/students")),
    "登记家访（保存）": (CLERK, _save_visit),
}
