"""`serve` and `demo`: the web pages, over the county's database or the demo county's."""

import argparse
import importlib
import os
import time
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from casework.bootstrap import from_environment
from casework.config import Mode, Settings, data_dir_of
from casework.demo import ACCOUNTS
from casework.demo.play import PASSWORD, field_accounts, forget, play, shift_of
from casework.errors import BadInput, CaseworkError
from casework.operations.scheduled import back_up_when_due
from casework.telemetry import logs, shared

DEMO_PORT = 8000
_MOST_PROCESSES = 64
_THREADS = 16
"""Of one process: enough that slow uploads and long exports leave some free; they take turns otherwise."""
_STOP_PATIENCE_S = 30
"""How long a stopping server waits for requests and for what a job has begun: cut short it is done again."""


def add_to(commands: Any) -> None:
    """Declares the commands."""
    serve = commands.add_parser("serve", help="启动网页服务")
    demo = commands.add_parser("demo", help="演示县：首次运行时导入一学期的工作簿，然后启动网页服务")
    demo.add_argument("--fresh", action="store_true", help="丢弃已有的演示数据，从头开始")
    demo.add_argument("--no-serve", action="store_true", help="只准备数据，不启动网页服务")
    for each in (serve, demo):
        each.add_argument("--host", default="127.0.0.1")
        each.add_argument("--port", type=int, default=DEMO_PORT)
    serve.add_argument("--certificate", type=Path, metavar="FILE", help="本服务自己的证书（PEM）")
    serve.add_argument("--key", type=Path, metavar="FILE", help="证书的私钥（PEM）")
    serve.add_argument("--behind-proxy", action="store_true", help="前面有负责 HTTPS 的反向代理")
    serve.add_argument("--processes", type=_processes, default=_usual_processes(), metavar="N",
                       help="网页进程数（默认同处理器核数，2 到 8 个）")  # fmt: skip
    serve.set_defaults(run=run_serve)
    demo.set_defaults(run=run_demo)


def _usual_processes() -> int:
    return min(max(os.cpu_count() or 1, 2), 8)  # with more than cores, who shares a process waits longest


def _processes(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= _MOST_PROCESSES):
        raise argparse.ArgumentTypeError(f"进程数应在 1 到 {_MOST_PROCESSES} 之间，现为 {text}")
    return int(text)


def run_serve(asked: argparse.Namespace) -> int:
    """Serves until stopped; requests under way are finished."""
    _check_line(Settings.from_env(os.environ).mode, asked)
    from_environment(os.environ).store.engine.dispose()
    if asked.behind_proxy:
        os.environ["CASEWORK_BEHIND_PROXY"] = "1"
    _serve(asked.host, asked.port, asked.processes, asked.certificate, asked.key)
    return 0


def _check_line(mode: Mode, asked: argparse.Namespace) -> None:
    """Children's data never travel in clear: without HTTPS, production listens on this machine only."""
    if bool(asked.certificate) != bool(asked.key):
        raise BadInput("--certificate 和 --key 要一起给出")
    for file in (asked.certificate, asked.key):
        if file and not file.is_file():
            raise BadInput(f"找不到文件 {file}")
    safe = asked.certificate or asked.behind_proxy or _is_loopback(asked.host)
    if mode == "production" and not safe:
        raise BadInput(
            f"正式运行不能在 {asked.host} 上用明文 HTTP 提供服务：请给出 --certificate 和 --key，"
            "或在反向代理后面加 --behind-proxy，或只监听 127.0.0.1"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def run_demo(asked: argparse.Namespace) -> int:
    """The demo county, ready in under two minutes the first time and in seconds after that."""
    os.environ["CASEWORK_MODE"] = "demo"
    data_dir = data_dir_of(os.environ)
    if asked.fresh:
        forget(data_dir)
    shift = shift_of(data_dir)
    if shift is None:
        forget(data_dir)
        shift = _prepare()
    os.environ["CASEWORK_CLOCK_SHIFT"] = str(shift.total_seconds())
    with suppress(CaseworkError):  # noted, and told on the first page
        back_up_when_due(from_environment(os.environ), Settings.from_env(os.environ))
    _welcome(asked.host, asked.port)
    if not asked.no_serve:
        _serve(asked.host, asked.port, _usual_processes())
    return 0


def _prepare() -> Any:
    print("正在生成演示县（云岭县，全部为虚构），并按周导入一学期的工作簿……", flush=True)
    started = time.monotonic()
    played = play(Settings.from_env(os.environ), lambda line: print(f"  {line}", flush=True))
    took = time.monotonic() - started
    print(f"已导入 {played.files} 个工作簿、{played.rows} 行，退回 {played.refused} 行，用时 {took:.0f} 秒")
    return played.shift


def _welcome(host: str, port: int) -> None:
    print(f"\n演示账号（密码均为 {PASSWORD}）：")
    first, *others = ACCOUNTS
    for account in (first, *field_accounts(data_dir_of(os.environ)), *others):
        print(f"  {account.login:<12} {account.name}　{account.unit_name} {account.post}　{account.look}")
    print(
        f"\n打开 http://{host}:{port}　（Ctrl+C 停止；数据保留，casework demo --fresh 重新开始）\n",
        flush=True,
    )


def _serve(
    host: str, port: int, processes: int, certificate: Path | None = None, key: Path | None = None
) -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    # The processes are forks of this one: what it has read, none of them reads again.
    importlib.import_module("casework.web")
    settings = Settings.from_env(os.environ)
    shared.clear(settings.figures)
    logs.begin(settings.log_level)
    Server(
        "casework.wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        websockets=False,
        workers=processes,
        blocking_threads=_THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_PATIENCE_S,
        log_access=False,  # its line holds what was searched for; `web.observed` tells requests instead
        log_level=LogLevels.info if settings.log_level in ("debug", "info") else LogLevels.error,
        log_dictconfig=logs.for_server(),
        ssl_cert=certificate,
        ssl_key=key,
    ).serve()
