"""`serve` and `demo`: the web pages, over the county's database or the demo county's."""

import argparse
import os
import time
from typing import Any

from casework.bootstrap import from_environment
from casework.config import Settings, data_dir_of
from casework.demo import ACCOUNTS
from casework.demo.play import PASSWORD, forget, play, shift_of

DEMO_PORT = 8000


def add_to(commands: Any) -> None:
    """Declares the commands."""
    serve = commands.add_parser("serve", help="启动网页服务")
    demo = commands.add_parser("demo", help="演示县：首次运行时导入一学期的工作簿，然后启动网页服务")
    demo.add_argument("--fresh", action="store_true", help="丢弃已有的演示数据，从头开始")
    demo.add_argument("--no-serve", action="store_true", help="只准备数据，不启动网页服务")
    for each in (serve, demo):
        each.add_argument("--host", default="127.0.0.1")
        each.add_argument("--port", type=int, default=DEMO_PORT)
    serve.set_defaults(run=run_serve)
    demo.set_defaults(run=run_demo)


def run_serve(asked: argparse.Namespace) -> int:
    """Serves until stopped; requests under way are finished."""
    from_environment(os.environ).store.engine.dispose()
    _serve(asked.host, asked.port)
    return 0


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
    _welcome(asked.host, asked.port)
    if not asked.no_serve:
        _serve(asked.host, asked.port)
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
    for account in ACCOUNTS:
        print(f"  {account.login:<12} {account.name}　{account.unit_name} {account.post}　{account.look}")
    print(
        f"\n打开 http://{host}:{port}　（Ctrl+C 停止；数据保留，casework demo --fresh 重新开始）\n",
        flush=True,
    )


def _serve(host: str, port: int) -> None:
    from granian.constants import Interfaces
    from granian.server import Server

    workers = min(os.cpu_count() or 1, 4)
    Server(
        "casework.wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        respawn_failed_workers=True,
        log_access=False,
    ).serve()
