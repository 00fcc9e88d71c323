"""`erase`: one child's personal data, for ever (清除个人信息)."""

import argparse
import os
import sys
from typing import Any

from casework.bootstrap import from_environment
from casework.commands.erasure import target_of
from casework.config import Settings
from casework.errors import BadInput
from casework.operations.erasure import erase


def add_to(commands: Any) -> None:
    """Declares the command."""
    parser = commands.add_parser("erase", help="永久清除一名学生的个人信息（统计数字不变）")
    parser.add_argument("child", metavar="CHILD", help="学籍号；没有学籍号的写学生编号")
    parser.add_argument("--reason", required=True, help="原因，会一直保留；其中不要写姓名和号码")
    parser.add_argument("--yes", action="store_true", help="不再询问")
    parser.set_defaults(run=run_erase)


def run_erase(asked: argparse.Namespace) -> int:
    """Asks whoever sits at a terminal, erases, and says what it did."""
    casework, settings = from_environment(os.environ), Settings.from_env(os.environ)
    with casework.store.snapshot() as snapshot:
        target = target_of(snapshot.conn, casework.store.keys, asked.child)
    if sys.stdin.isatty() and not asked.yes and not target.is_erased:
        _ask(target.name)
    erase(casework, settings, target.child_id, asked.reason, lambda line: print(f"  {line}", flush=True))
    print(f"已清除学生 {target.child_id} 的个人信息。统计数字、周报和核对结果不变")
    print("  不在清除范围内：以前的备份、PostgreSQL 的归档日志和备用库、已导出的表、已打印的文书；请另行处理")
    return 0


def _ask(name: str) -> None:
    """The name is typed in full: a slip of a number would be another child."""
    print(f"将永久清除 {name} 的姓名、号码、电话、住址和全部文字记录，不能恢复。")
    if input("请输入该生姓名确认：").strip() != name:
        raise BadInput("姓名不符，没有清除")
