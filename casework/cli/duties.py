"""`duties`: what a unit and all below it must do, by when, and what became of it."""

import argparse
import json
import os
import sys
from datetime import date
from typing import Any

from casework.bootstrap import from_environment
from casework.cli.reports import instant_of
from casework.documents.duties_text import duties_text
from casework.domain.values import Day
from casework.errors import BadInput


def add_to(commands: Any) -> None:
    """Declares the command."""
    duties = commands.add_parser("duties", help="责任事项清单")
    duties.add_argument("--unit", required=True, metavar="CODE", help="单位代码，连同下属单位")
    duties.add_argument("--on", metavar="DATE", help="截至哪一天结束时，默认今天")
    duties.add_argument("--from", dest="first", metavar="DATE", help="到期日从哪一天起（与 --to 同用）")
    duties.add_argument("--to", dest="last", metavar="DATE", help="到期日到哪一天止")
    duties.add_argument("--known-at", metavar="ISO", help="截至何时所知，默认现在；不写时区按北京时间")
    duties.add_argument("--format", choices=("text", "json"), default="text")
    duties.set_defaults(run=run_duties)


def run_duties(asked: argparse.Namespace) -> int:
    """Prints the list."""
    if bool(asked.first) != bool(asked.last):
        raise BadInput("--from 和 --to 要一起写")
    known_at = instant_of(asked.known_at) if asked.known_at else None
    found = from_environment(os.environ).duties(
        asked.unit,
        on=day_of_option("--on", asked.on),
        first=day_of_option("--from", asked.first),
        last=day_of_option("--to", asked.last),
        known_at=known_at,
    )
    text = json.dumps(found, ensure_ascii=False, indent=1) if asked.format == "json" else duties_text(found)
    sys.stdout.write(text + "\n")
    return 0


def day_of_option(name: str, text: str | None) -> Day:
    """A day as written behind an option; "" when none is. BadInput for what is none."""
    if not text:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise BadInput(f"{name} 的日期“{text}”写法不对，应为 2026-09-24") from error
