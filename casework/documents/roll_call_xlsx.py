"""开学核查 of many schools as a workbook: totals, class by class, and the 未报到 by name."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from casework.documents.sheets import Sheet, Value, write_workbook
from casework.domain.roll_call import FIGURE_NAMES, FIGURES, FILED
from casework.domain.units import Unit
from casework.projections.roll_calls import FiledSheet, NotArrived
from casework.store.clock import instant

_STATES = {True: "已上报", False: "未上报"}


def write_roll_calls(
    target: Path | BinaryIO,
    schools: Sequence[Unit],
    sheets: Mapping[str, FiledSheet],
    absent: Iterable[NotArrived],
    *,
    title: str,
    notes: Sequence[str],
    at: datetime,
) -> int:
    """Writes the workbook. A school that has not filed has a line and no figures."""
    figures = [FIGURE_NAMES[name] for name in FIGURES]
    names = {each.code: each.name for each in schools}
    head = (title, *notes)
    by_school = Sheet(
        "各校汇总",
        ("学校代码", "学校", "状态", *figures, "上报时间", "上报人"),
        _schools(schools, sheets),
        head,
    )
    by_class = Sheet("各班", ("学校", "年级", "班级", *figures), _classes(schools, sheets), head)
    rows = ([names[each.school], each.name, each.outcome] for each in absent)
    by_name = Sheet("未报到名单", ("学校", "姓名", "核查结果"), rows, head)
    return write_workbook(target, [by_school, by_class, by_name], created=at)


def _filed(school: Unit, sheets: Mapping[str, FiledSheet]) -> FiledSheet | None:
    sheet = sheets.get(school.code)
    return sheet if sheet and sheet.state == FILED else None


def _schools(schools: Iterable[Unit], sheets: Mapping[str, FiledSheet]) -> Iterator[list[Value]]:
    totals, filed = dict.fromkeys(FIGURES, 0), 0
    for school in schools:
        sheet = _filed(school, sheets)
        figures: list[Value] = [sheet.figures[name] if sheet else None for name in FIGURES]
        told: list[Value] = [f"{instant(sheet.at_us):%Y-%m-%d %H:%M}", sheet.by] if sheet else [None, None]
        yield [school.code, school.name, _STATES[sheet is not None], *figures, *told]
        for name in FIGURES if sheet else ():
            totals[name] += sheet.figures[name] if sheet else 0
        filed += sheet is not None
    yield ["", "合计", f"{filed} 所已上报", *totals.values(), None, None]


def _classes(schools: Iterable[Unit], sheets: Mapping[str, FiledSheet]) -> Iterator[list[Value]]:
    for school in schools:
        sheet = _filed(school, sheets)
        for each in sheet.classes if sheet else ():
            yield [school.name, each["grade"], each["klass"], *(each[name] for name in FIGURES)]
