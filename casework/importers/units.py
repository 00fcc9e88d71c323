"""单位表: rows of the unit workbook as units."""

from collections.abc import Sequence

from casework.commands.units import UnitRow, take_unit_rows
from casework.domain.units import KINDS, SCHOOL, Unit
from casework.domain.values import FOREVER, SINCE_EVER
from casework.importers.outcome import RowOutcome
from casework.importers.reading import Cells
from casework.importers.tables import Row
from casework.importers.takes import outcomes_of
from casework.projections.reference import Reference
from casework.store.act import Act

CATEGORIES = ("小学", "教学点", "初中", "九年一贯", "特殊教育", "普高", "中职")
_OPTIONAL = {
    "学校类别": "category",
    "所在乡镇代码": "township",
    "代报单位代码": "reports_for",
    "覆盖贫困村": "poor_village",
    "启用日期": "opened_on",
    "停用日期": "closed_on",
    "并入单位代码": "successor",
}


def read_unit(cells: Cells) -> UnitRow:
    """One row; an empty optional cell says nothing."""
    kind = KINDS.get(cells.word("类型", KINDS, needed=True), "")
    category = cells.word("学校类别", CATEGORIES)
    if category and kind and kind != SCHOOL:
        cells.fault("学校类别", "只用于学校，其他单位请留空")
    unit = Unit(
        code=cells.needed("单位代码"),
        name=cells.needed("单位名称"),
        kind=kind,
        parent=cells.text("上级代码"),
        category=category,
        township=cells.text("所在乡镇代码"),
        reports_for=cells.text("代报单位代码"),
        poor_village=bool(cells.yes("覆盖贫困村")),
        opened_on=cells.day("启用日期") or SINCE_EVER,
        closed_on=cells.day("停用日期") or FOREVER,
        successor=cells.text("并入单位代码"),
    )
    stated = frozenset(name for column, name in _OPTIONAL.items() if cells.text(column))
    return UnitRow(unit, stated)


def take(act: Act, reference: Reference, rows: Sequence[tuple[Row, UnitRow]]) -> list[RowOutcome]:
    """All rows together: a parent may stand below its child in the sheet."""
    taken = take_unit_rows(act, reference.units, [unit for _, unit in rows])
    return outcomes_of([row for row, _ in rows], taken)
