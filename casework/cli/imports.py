"""`import KIND FILE`: preview by default, `--apply` takes the good rows, refused rows into a workbook."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from xlsxwriter.exceptions import FileCreateError

from casework.bootstrap import from_environment
from casework.documents.sheets import Sheet, write_workbook
from casework.domain.values import LOCAL_OPERATOR, Actor, day_of
from casework.errors import BadInput
from casework.importers.columns import COLUMNS
from casework.importers.outcome import ImportOutcome
from casework.importers.refused import REFUSED_TITLE, RefusedRow, refused_table
from casework.importers.run import KINDS, Options, import_table
from casework.importers.tables import open_table
from casework.projections.children import names_of
from casework.projections.postings import posts_of
from casework.service import Casework

SOME_REFUSED = 3


def add_to(commands: Any) -> None:
    """Declares the command."""
    parser = commands.add_parser("import", help="导入工作簿（默认只预览）")
    parser.add_argument("kind", choices=KINDS, metavar="KIND", help="、".join(KINDS))
    parser.add_argument("file", type=Path, metavar="FILE", help=".xlsx 或 .csv")
    parser.add_argument("--apply", action="store_true", help="写入可接受的行")
    parser.add_argument("--all-or-nothing", action="store_true", help="有一行被退回就全部不写入")
    parser.add_argument("--full", action="store_true", help="花名册为全册：列出在册而表中没有的学生")
    parser.add_argument("--confirm-names", action="store_true", help="确认姓名不同但号码相同的是同一人")
    parser.add_argument("--refused", type=Path, metavar="FILE.xlsx", help="把退回的行写成工作簿")
    parser.add_argument("--as", dest="login", metavar="LOGIN", help="以某账号的岗位登记（默认本机操作员）")
    parser.set_defaults(run=run_import)


def run_import(asked: argparse.Namespace) -> int:
    """Prints what the file holds and what became of it; 0 when every row was taken, 3 otherwise."""
    if asked.full and asked.kind != "roster":
        raise BadInput("--full 只用于学生花名册（roster）")
    if asked.refused and not asked.refused.absolute().parent.is_dir():
        raise BadInput(f"退回的行写不进 {asked.refused}：没有这个目录")
    casework = from_environment(os.environ)
    table = open_table(asked.file, asked.file.name, COLUMNS[asked.kind])
    with _progress() as bar:
        task = bar.add_task(asked.file.name, total=None)
        options = Options(
            actor=_actor(casework, asked.login),
            apply=asked.apply,
            all_or_nothing=asked.all_or_nothing,
            full=asked.full,
            confirm_names=asked.confirm_names,
            progress=lambda rows: bar.advance(task, rows),
        )
        outcome = import_table(casework, asked.kind, table, options, name=asked.file.name)
    _tell(casework, outcome, asked)
    if asked.refused and outcome.refused:
        _write_refused(outcome, asked.refused, casework)
    return 0 if outcome.all_taken else SOME_REFUSED


def _progress() -> Progress:
    """A line on standard error while a person is watching; nothing in a pipe."""
    from rich.console import Console

    console = Console(file=sys.stderr)
    columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed:.0f} 行"), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty())


def _actor(casework: Casework, login: str | None) -> Actor:
    if not login:
        return LOCAL_OPERATOR
    with casework.reading() as reading:
        postings = posts_of(reading.snapshot.conn, reading.snapshot.k, login, day_of(reading.known_at))
    if not postings:
        raise BadInput(f"登录名“{login}”今天没有任何岗位，请核对人员岗位表")
    first = postings[0]
    return Actor(login, first.name, first.post, first.unit)


def _tell(casework: Casework, outcome: ImportOutcome, asked: argparse.Namespace) -> None:
    counts = outcome.counts
    print(f"{asked.file.name}（{asked.kind}）")
    for note in outcome.notes:
        print(f"  {note}")
    print(
        f"  读取 {counts['read']} 行：新增 {counts['created']}，变更 {counts['changed']}，"
        f"作废 {counts['voided']}，无变化 {counts['unchanged']}，退回 {counts['refused']}"
    )
    for shown in outcome.shown:
        changes = "；".join(
            f"{label}：{old or '（空）'} → {new or '（空）'}" for label, old, new in shown.changes
        )
        print(f"  第 {shown.number} 行{'' if outcome.applied else '将'}变更：{changes}")
    for warning in outcome.warnings:
        print(f"  提醒：{warning}")
    for refused, _ in outcome.refused:
        print(f"  第 {refused.number} 行退回：{'；'.join(refused.reasons)}")
    _tell_unexplained(casework, outcome)
    if not outcome.applied:
        asked_for = (
            "有行被退回，按 --all-or-nothing 未写入任何一行"
            if asked.apply
            else "以上为预览，未写入；加 --apply 写入可接受的行"
        )
        print(f"  {asked_for}")


def _tell_unexplained(casework: Casework, outcome: ImportOutcome) -> None:
    if not outcome.unexplained:
        return
    print(
        f"  全册比对：{len(outcome.unexplained)} 名在册学生不在本表中，"
        "请逐一说明去向（升学/毕业/转学/外出/疑似）："
    )
    with casework.reading() as reading:
        for name, number in names_of(reading.snapshot.conn, outcome.unexplained):
            print(f"    {name} {number}")


def _write_refused(outcome: ImportOutcome, path: Path, casework: Casework) -> None:
    rows = [RefusedRow(row.number, original, row.reasons) for row, original in outcome.refused]
    table = refused_table(outcome.headers, rows)
    try:
        write_workbook(path, [Sheet(REFUSED_TITLE, table.headers, table.rows)], created=casework.store.now())
    except (OSError, FileCreateError) as problem:
        raise BadInput(f"退回的行写不进 {path}：请换一个可写的位置") from problem
    print(f"  退回的行已写入 {path}，改正后可直接再导入")
