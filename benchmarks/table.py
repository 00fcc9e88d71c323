"""The table a person reads."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Line


def show(lines: Sequence[Line], facts: dict[str, Any]) -> None:
    """Prints the lines and what they were measured on."""
    console = Console(width=150)
    table = Table(title="基准 / benchmarks（中位数 / medians）")
    for header in ("测量 / what", "数据库"):
        table.add_column(header)
    for header in ("中位数", "p95", "同场对照", "比值"):
        table.add_column(header, justify="right")
    for header in ("目标", "达到"):
        table.add_column(header)
    for line in lines:
        table.add_row(
            line.what,
            line.where,
            f"{_figure(line.value)} {line.unit}",
            "" if line.p95 is None else _figure(line.p95),
            "" if line.peer_value is None else f"{_figure(line.peer_value)}（{line.peer}）",
            "" if line.ratio is None else f"{line.ratio:.2f}",
            line.target,
            {True: "是", False: "否", None: ""}[line.met],
        )
    console.print(table)
    for name, value in facts.items():
        console.print(f"{name}: {value}", style="dim", highlight=False)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
