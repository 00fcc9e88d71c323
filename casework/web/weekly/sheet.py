"""The report as the page shows it: rows of linked figures, from the same JSON as the download."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from casework.web.filters import rate_text
from casework.web.weekly.asked import Asked
from casework.web.weekly.columns import COLUMN_GROUPS, GROUP_COLUMNS, GROUPS, NOT_LISTED, Column, title_of

Report = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Number:
    """One figure: its text, whether it is zero, and the address of the children behind it ("" = none)."""

    column: Column
    text: str
    zero: bool
    href: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row. `href`: the unit's own report, "" when it has none."""

    code: str
    name: str
    href: str
    numbers: list[Number]

    @property
    def quiet(self) -> bool:
        """Whether every figure of the row is zero."""
        return all(number.zero for number in self.numbers)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The table: groups of columns, the total on top, the rows."""

    groups: tuple[tuple[str, tuple[Column, ...]], ...]
    total: SheetRow
    rows: list[SheetRow]

    @property
    def labels(self) -> list[str]:
        """A heading for each figure that can stand alone, where a phone shows rows as cards."""
        return [title_of(column.key) for _, columns in self.groups for column in columns]


class Links:
    """Addresses of the children behind the numbers of one report, at the very act it was counted at."""

    def __init__(self, asked: Asked, report: Report) -> None:
        self._common: dict[str, Any] = {
            "unit": asked.unit,
            "week": asked.week,
            "known_at": report["known_at"],
        }
        self.stage = asked.stage

    def to(self, table: str, row: str, figure: str, name: str = "") -> str:
        """The children behind one number."""
        where: dict[str, Any] = {"table": table, "row": row, "stage": self.stage, "figure": figure}
        return url_for("weekly.children", **self._common, **where, name=name or None)


def number_of(column: Column, value: Any, href: Callable[[], str]) -> Number:
    """A figure as shown; a zero has no list behind it."""
    if column.key in NOT_LISTED:
        return Number(column, rate_text(value), not value, "")
    text = f"{value:+d}" if column.key.endswith("_adj") and value else f"{value:,}"
    return Number(column, text, not value, href() if value and not column.key.endswith("_adj") else "")


def sheet_of(report: Report, asked: Asked, table: str, allowed: Iterable[str]) -> Sheet:
    """The asked view of one table of the report."""
    links = Links(asked, report)
    total = _of_stage(report["total"], asked.stage)[0]
    if asked.view == GROUPS:
        return _by_group(total, links)
    groups = COLUMN_GROUPS[asked.view]
    columns = [column for _, group in groups for column in group]
    own = frozenset(allowed) - {asked.unit}
    rows = [
        _row(
            row,
            table,
            columns,
            links,
            asked.address(unit=code) if (code := row["unit"]["code"]) in own else "",
        )
        for row in _of_stage(report["tables"][table], asked.stage)
    ]
    return Sheet(groups, _row(total, "total", columns, links, "", name="合计"), rows)


def _of_stage(rows: Iterable[Mapping[str, Any]], stage: str) -> list[Mapping[str, Any]]:
    return [row for row in rows if row["stage"] == stage]


def _row(
    row: Mapping[str, Any], table: str, columns: list[Column], links: Links, href: str, name: str = ""
) -> SheetRow:
    code = row["unit"]["code"]
    numbers = [
        number_of(column, row[column.key], lambda key=column.key: links.to(table, code, key))  # type: ignore[misc]
        for column in columns
    ]
    return SheetRow(code, name or row["unit"]["name"], href, numbers)


def _by_group(total: Mapping[str, Any], links: Links) -> Sheet:
    """特殊群体: a child of several groups counts in each; the total above counts every child once."""
    code = total["unit"]["code"]

    def group_row(name: str, figures: Mapping[str, Any]) -> SheetRow:
        numbers = [
            number_of(column, figures[column.key], lambda key=column.key: links.to("total", code, key, name))  # type: ignore[misc]
            for column in GROUP_COLUMNS
        ]
        return SheetRow(code, name, "", numbers)

    rows = [group_row(name, figures) for name, figures in total["groups"].items()]
    groups = (("疑似辍学", GROUP_COLUMNS[:3]), ("辍学", GROUP_COLUMNS[3:]))
    return Sheet(groups, _row(total, "total", list(GROUP_COLUMNS), links, "", name="合计（每人一次）"), rows)


@dataclass(frozen=True, slots=True)
class Named:
    """One cause or reason with its count."""

    name: str
    n: int
    href: str


def named_counts(report: Report, asked: Asked, figure: str) -> list[Named]:
    """辍学主要原因 or 销号原因 of the total, the most frequent first."""
    total = _of_stage(report["total"], asked.stage)[0]
    links, code = Links(asked, report), total["unit"]["code"]
    counts = sorted(total[figure].items(), key=lambda item: (-item[1], item[0]))
    return [Named(name, n, links.to("total", code, figure, name)) for name, n in counts]


def balance_of(report: Report, asked: Asked, columns: tuple[Column, ...]) -> list[Number]:
    """期初 + … = 期末 of the total; what is zero between the two ends is left out."""
    total = _of_stage(report["total"], asked.stage)[0]
    links, code = Links(asked, report), total["unit"]["code"]
    numbers = [
        number_of(column, total[column.key], lambda key=column.key: links.to("total", code, key))  # type: ignore[misc]
        for column in columns
    ]
    return [number for number in numbers if number.column.strong or not number.zero]
