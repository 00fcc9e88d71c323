"""`user reset`, and the first administrator of `init --admin`: one-time codes printed to the terminal."""

import argparse
import os
from datetime import UTC, datetime
from typing import Any

from casework.accounts import AccountBook, Slip
from casework.accounts.book import EXPIRED, NONE
from casework.bootstrap import from_environment
from casework.domain.values import LOCAL_OPERATOR, SHANGHAI
from casework.service import Casework


def add_to(commands: Any) -> None:
    """Declares the command."""
    user = commands.add_parser("user", help="账号").add_subparsers(dest="what", required=True)
    reset = user.add_parser("reset", help="打印新的一次性密码；原密码、动态验证码和各设备的登录作废")
    reset.add_argument("login", metavar="LOGIN", help="登录名")
    reset.set_defaults(run=run_reset)


def run_reset(asked: argparse.Namespace) -> int:
    """A new one-time code for an account that exists."""
    casework = from_environment(os.environ)
    book = AccountBook(casework.accounts)
    people = {asked.login: book.name_of(asked.login)}
    _tell(book.hand_out(people, by=LOCAL_OPERATOR, now=datetime.now(UTC))[0])
    return 0


def make_administrator(casework: Casework, login: str) -> None:
    """The first administrator. Repeated, only a code that ran out unused is replaced."""
    book, now = AccountBook(casework.accounts), datetime.now(UTC)
    if book.states([login], now=now)[login].state not in (NONE, EXPIRED):
        print(f"系统管理员 {login}：已有账号，未改动；需要新的一次性密码请运行 casework user reset {login}")
        return
    slips = book.hand_out({login: "系统管理员"}, by=LOCAL_OPERATOR, now=now, administrator=True)
    _tell(slips[0])


def _tell(slip: Slip) -> None:
    print(f"登录名：{slip.login}（{slip.name}）")
    print(f"一次性密码：{slip.code}　有效至 {slip.until.astimezone(SHANGHAI):%Y-%m-%d %H:%M}")
    print("第一次登录时设置自己的密码；这里只显示这一次。")
