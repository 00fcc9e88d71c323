"""`report weekly`: the monitoring report as text, JSON or a workbook, as known at any time."""

import argparse
import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from casework.bootstrap import from_environment
from casework.documents.weekly_text import weekly_text
from casework.domain.values import SHANGHAI
from casework.errors import BadInput


def add_to(commands: Any) -> None:
    """Declares the command."""
    report = commands.add_parser("report", help="报告").add_subparsers(dest="which", required=True)
    weekly = report.add_parser("weekly", help="周监测报告")
    weekly.add_argument("--unit", required=True, metavar="CODE", help="单位代码")
    weekly.add_argument("--week", required=True, metavar="2026-W38", help="统计周")
    weekly.add_argument("--known-at", metavar="ISO", help="截至何时所知，默认现在；不写时区按北京时间")
    weekly.add_argument("--detail", action="store_true", help="省、市报告同时列出学校和乡镇")
    weekly.add_argument("--format", choices=("text", "json", "xlsx"), default="text")
    weekly.add_argument("--out", type=Path, metavar="FILE", help="写入文件（xlsx 必填）")
    weekly.set_defaults(run=run_weekly)


def run_weekly(asked: argparse.Namespace) -> int:
    """Prints the report or writes it to a file."""
    casework = from_environment(os.environ)
    known_at = instant_of(asked.known_at) if asked.known_at else None
    if asked.format == "xlsx":
        if asked.out is None:
            raise BadInput("输出 xlsx 须用 --out 指定文件名")
        from casework.documents.weekly_xlsx import weekly_workbook

        with casework.printing(known_at) as reading:
            weekly_workbook(asked.out, reading, unit=asked.unit, week=asked.week, detail=asked.detail)
        print(f"已写入 {asked.out}")
        return 0
    report = casework.weekly_report(asked.unit, asked.week, known_at=known_at, detail=asked.detail)
    text = json.dumps(report, ensure_ascii=False, indent=1) if asked.format == "json" else weekly_text(report)
    if asked.out:
        asked.out.write_text(text + "\n", encoding="utf-8")
    else:
        sys.stdout.write(text + "\n")
    return 0


def instant_of(text: str) -> datetime:
    """An ISO instant; without offset it is Asia/Shanghai."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"时间“{text}”写法不对，应为 2026-09-18T12:00 的样子") from error
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)
