"""`casework serve` as it runs: several processes, one set of figures, lines to read, an orderly end."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

PRIVATE = "ZhangXiaoyu-13888812345"


class Server:
    """A server of its own, on a free port."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = folder / "log"
        environ = {
            **os.environ, "CASEWORK_MODE": "test", "CASEWORK_DATA_DIR": str(folder / "data"),
            "CASEWORK_LOG_LEVEL": "info", "PYTHONPATH": os.getcwd(),
        }  # fmt: skip
        command = [sys.executable, "-m", "casework.cli"]
        subprocess.run([*command, "init"], env=environ, check=True, stdout=subprocess.DEVNULL)
        with self.log.open("wb") as log:
            serve = [*command, "serve", "--port", str(self.port)]
            self.process = subprocess.Popen(serve, env=environ, stdout=log, stderr=log)

    def get(self, path: str) -> tuple[int, str]:
        """An answer over a connection of its own."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def wait(self) -> None:
        """Until it answers."""
        patience = time.monotonic() + 60
        while time.monotonic() < patience:
            try:
                self.get("/healthz")
            except (URLError, ConnectionError):
                time.sleep(0.1)
            else:
                return
        raise AssertionError(self.log.read_text("utf-8"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    try:
        server.wait()
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
        server.process.wait()


def test_figures_of_all_processes_add_up_lines_name_no_search_and_it_ends_when_told(server: Server):
    for _ in range(40):
        assert server.get(f"/search?q={PRIVATE}")[0] == 200  # the sign-in, after a redirect
    told = server.get("/metrics")[1]
    counts = dict(
        re.findall(r'casework_requests_total\{method="GET",route="([^"]+)",status="\d+"\} (\S+)', told)
    )
    assert (counts["/search"], counts["/sign-in"]) == ("40.0", "40.0")
    assert server.get("/nowhere")[0] == 404 and server.get("/readyz")[0] == 200

    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=60) == 0
    lines = [json.loads(line) for line in server.log.read_text("utf-8").splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert len({line["pid"] for line in requests}) > 1
    assert sum(line["route"] == "/search" for line in requests) == 40
    assert any("Starting granian" in line["event"] for line in lines)
    assert PRIVATE not in server.log.read_text("utf-8") and "q=" not in server.log.read_text("utf-8")
