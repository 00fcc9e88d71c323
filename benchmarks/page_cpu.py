"""Processor time of each page, in one process without a server: `python -m benchmarks.page_cpu`.

What a page costs when nobody waits for anybody: process time, so a busy machine tells the same. With
clients that never pause, waiting follows from it. Works on copies of the kept counties.
"""

import argparse
import cProfile
import io
import os
import pstats
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Engine, event
from werkzeug.test import create_environ

from benchmarks.page_county import CLERK, MASTER_KEY_TEXT, SERVED_AT, TEACHER, copy_of, page_county
from benchmarks.pages import PAGES, Browser, Visit
from benchmarks.size import FULL, QUICK
from casework.bootstrap import make_casework
from casework.config import Settings
from casework.web import create_app

Application = Callable[..., Any]


class InProcess(Browser):
    """A browser that calls the application itself and notes the processor time of each answer."""

    def __init__(self, application: Application, login: str) -> None:
        self._application = application
        self.cpu: list[float] = []
        super().__init__(login)

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        kind = "application/x-www-form-urlencoded" if body is not None else None
        environ = create_environ(path, "http://127.0.0.1", method=method, data=body, content_type=kind)
        environ["HTTP_COOKIE"] = self.cookie()
        told: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
            told["status"], told["headers"] = int(status[:3]), headers

        started = time.process_time()
        answer = self._application(environ, start)
        text = b"".join(answer)
        getattr(answer, "close", lambda: None)()
        self.cpu.append(time.process_time() - started)
        self.keep_cookies(told["headers"])
        return told["status"], text.decode()


class Statements:
    """How many statements an engine was given."""

    def __init__(self, engine: Engine) -> None:
        self.n = 0
        self.texts: list[str] = []
        event.listen(engine, "before_cursor_execute", self._count)

    def _count(self, _conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        self.n += 1
        self.texts.append(statement)


def measure(folder: Path, pages: Mapping[str, tuple[str, Visit]], times: int, profiled: str) -> None:
    """Prints one line a page: milliseconds of processor time (median, p95) and statements."""
    environ = {
        "CASEWORK_MODE": "test",
        "CASEWORK_DATA_DIR": str(folder),
        "CASEWORK_MASTER_KEY": MASTER_KEY_TEXT,
        "CASEWORK_SECRET_KEY": "benchmark-" * 5,
        "CASEWORK_NOW": SERVED_AT,
    }
    settings = Settings.from_env({**os.environ, **environ})
    casework = make_casework(settings)
    application = create_app(casework, settings)
    statements = Statements(casework.store.engine)
    browsers = {login: InProcess(application, login) for login in (CLERK, TEACHER)}
    cases = {
        login: sorted(set(re.findall(r'href="/cases/([0-9a-f]{32})"', browser.get(page)[1])))
        for (login, browser), page in zip(browsers.items(), ("/board", "/students"), strict=True)
    }
    for what, (login, visit) in pages.items():
        rng, browser = Random(1), browsers[login]
        for _ in range(5):
            visit(browser, rng, cases[login])
        profile = cProfile.Profile() if what == profiled else None
        cpu, n = [], []
        for _ in range(times):
            before = statements.n
            if profile:
                profile.enable()
            visit(browser, rng, cases[login])
            if profile:
                profile.disable()
            cpu.append(browser.cpu[-1] * 1000)
            n.append(statements.n - before)
        ordered = sorted(cpu)
        p95 = ordered[int(len(ordered) * 0.95)]
        print(f"{what:　<10} CPU {statistics.median(cpu):6.2f} ms  p95 {p95:6.2f} ms  {n[-1]:3} statements")
        if profile:
            out = io.StringIO()
            pstats.Stats(profile, stream=out).sort_stats("tottime").print_stats(45)
            pstats.Stats(profile, stream=out).sort_stats("cumtime").print_stats(90)
            print(out.getvalue())
            print("\n\n".join(statements.texts[-n[-1] :]))
    casework.store.engine.dispose()


def main() -> None:
    """Measures at both sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small counties")
    parser.add_argument("--large", action="store_true", help="only the large county")
    parser.add_argument("--only", default="", help="only pages whose name has this")
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--profile", default="", metavar="PAGE", help="where the time of a page goes")
    parser.add_argument("--folder", type=Path, default=Path("var/bench"))
    chosen = parser.parse_args()
    plan = QUICK if chosen.quick else FULL
    pages = {what: page for what, page in PAGES.items() if chosen.only in what}
    for files in plan.files_of_pages[1 if chosen.large else 0 :]:
        county = page_county(chosen.folder, plan.pupils_of_pages, files, print)
        with tempfile.TemporaryDirectory(dir=chosen.folder) as place:
            print(f"{files} 份个案：")
            measure(copy_of(county, Path(place)), pages, chosen.times, chosen.profile)


if __name__ == "__main__":
    main()
