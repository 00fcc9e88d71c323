"""What every test may ask for: an empty database on either engine, and a page in a real browser."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser, Page

from casework.telemetry import logs
from tests import browser as browsers
from tests import postgres
from tests.faults import figures

# A machine under load is no failure, so there is no deadline; a failing example is printed to be run again.
hypothesis.settings.register_profile("default", deadline=None, print_blob=True)
hypothesis.settings.register_profile("soak", deadline=None, print_blob=True, max_examples=5_000)
hypothesis.settings.load_profile("default")

_RUN = pytest.StashKey[tuple[Path, int]]()


def pytest_configure(config: pytest.Config) -> None:
    # No setting of the person at the keyboard reaches a test, least of all their database.
    for name in [name for name in os.environ if name.startswith("CASEWORK_")]:
        del os.environ[name]
    worker = getattr(config, "workerinput", None)
    if worker:
        config.stash[_RUN] = Path(worker["run"]), worker["owner"]
    else:
        config.stash[_RUN] = Path(tempfile.mkdtemp(prefix="casework-tests-")), os.getpid()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """Tells an xdist worker which run it belongs to."""
    run, owner = node.config.stash[_RUN]
    node.workerinput |= {"run": str(run), "owner": owner}


@pytest.fixture(autouse=True)
def no_log_outlives_its_test() -> Iterator[None]:
    """A command that begins the log (serve, worker) leaves it to a stream that is closed after its test."""
    yield
    if logs.is_begun():
        logs.end()


def pytest_unconfigure(config: pytest.Config) -> None:
    run, owner = config.stash[_RUN]
    if owner == os.getpid():
        postgres.stop_shared(run)
        shutil.rmtree(run, ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the killed servers came to, whichever process ran them."""
    ended = (report for report in terminalreporter.getreports("passed") if report.when == "call")
    for found in figures.summed(noted for report in ended for noted in report.user_properties):
        for line in found.lines():
            terminalreporter.write_line(line)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
        if "postgres_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.postgres)


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> postgres.Cluster:
    """The run's PostgreSQL, started when first asked for. `.database()` gives further empty databases."""
    return postgres.shared(*request.config.stash[_RUN])


@pytest.fixture
def postgres_url(postgres_server: postgres.Cluster) -> Iterator[str]:
    """An empty PostgreSQL database."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An empty SQLite database in a file."""
    return f"sqlite:///{tmp_path / 'casework.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database; the test runs once on each engine."""
    fixture = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    return request.getfixturevalue(fixture)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, one per worker."""
    with browsers.chromium() as chromium:
        yield chromium


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page on a phone of 390 × 844."""
    with browsers.open_page(browser, browsers.PHONE) as page:
        yield page


@pytest.fixture
def desktop(browser: Browser) -> Iterator[Page]:
    """A page on a desktop of 1440 × 900."""
    with browsers.open_page(browser, browsers.DESKTOP) as page:
        yield page
