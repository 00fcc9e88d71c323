"""A run and its rows as a page shows them (导入页面的文字)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from casework.commands.identity import mask_number, mask_phone
from casework.domain.units import Units
from casework.importers.guide import WORKBOOKS
from casework.importers.outcome import CHANGED, CREATED, REFUSED, UNCHANGED, VOIDED
from casework.projections.import_rows import ABSENT, DIFFERS, WARNED, JudgedRow
from casework.projections.import_runs import BY_PAGE, STATES, UNDER_WAY, ImportRun
from casework.store.clock import instant

VERBS = {CREATED: "新增", CHANGED: "变更", VOIDED: "作废", UNCHANGED: "无变化", REFUSED: "退回"}
FILTERS = {
    DIFFERS: "与上次预览不同",
    REFUSED: "退回",
    WARNED: "提醒",
    CHANGED: "变更",
    VOIDED: "作废",
    CREATED: "新增",
    UNCHANGED: "无变化",
    ABSENT: "全册未列",
}
"""Filter → what it is called; what a person must look at comes first."""
_WRITTEN = (CREATED, CHANGED, VOIDED)
_MASKS: dict[str, Callable[[str], str]] = {"证件号": mask_number, "联系电话": mask_phone}
_CODES = ("学校代码", "现居住地代码", "户籍地代码", "接收学校代码", "单位代码")


@dataclass(frozen=True, slots=True)
class ShownRun:
    """One run. `to_write`: rows that would be or were written; `percent` of the work under way."""

    run_id: str
    kind: str
    title: str
    file_name: str
    state: str
    state_name: str
    by_page: bool
    who: str
    unit: str
    started: datetime
    finished: datetime | None
    counts: Mapping[str, int]
    to_write: int
    refused: int
    rows_done: int
    rows_total: int
    fault: str
    options: list[str]
    all_or_nothing: bool
    under_way: bool
    kept: bool

    @property
    def percent(self) -> int:
        """How much of the sheet is done, 0 while it is being read."""
        return min(100, 100 * self.rows_done // self.rows_total) if self.rows_total else 0


def shown_run(run: ImportRun, units: Units) -> ShownRun:
    """A run in words."""
    counts = run.counts
    chosen = {"全册": run.full, "确认姓名": run.confirm_names, "全部接受才写入": run.all_or_nothing}
    by_page = run.door == BY_PAGE
    return ShownRun(
        run_id=run.run_id,
        kind=run.kind,
        title=WORKBOOKS[run.kind].title,
        file_name=run.file_name,
        state=run.state,
        state_name=STATES[run.state],
        by_page=by_page,
        who=run.actor.name,
        unit=units.name(run.actor.unit) if run.actor.unit else "",
        started=instant(run.started_us),
        finished=instant(run.finished_us) if run.finished_us else None,
        counts=counts,
        to_write=sum(counts.get(verb, 0) for verb in _WRITTEN),
        refused=counts.get(REFUSED, 0),
        rows_done=run.rows_done,
        rows_total=run.rows_total,
        fault=run.fault,
        options=[name for name, yes in chosen.items() if yes],
        all_or_nothing=run.all_or_nothing,
        under_way=by_page and run.state in UNDER_WAY,
        kept=run.about is not None,
    )


def filters_of(counts: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """(filter, its name, rows) of those that have rows."""
    return [(code, name, counts[code]) for code, name in FILTERS.items() if counts.get(code)]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row: its number in the sheet, whom it is about, what changes, why it was refused."""

    number: int
    verb: str
    verb_name: str
    name: str
    code: str
    child_id: str
    changes: list[tuple[str, str, str]]
    faults: list[tuple[str, str, str]]
    warnings: list[str]
    note: str


def shown_rows(rows: Iterable[JudgedRow], units: Units, names: Mapping[str, str]) -> Iterator[ShownRow]:
    """Rows of one page; `names` by child for rows that name nobody themselves."""
    for row in rows:
        told = row.told
        name, code = told.get("who", ("", ""))
        yield ShownRow(
            number=row.number,
            verb=row.verb,
            verb_name=VERBS.get(row.verb, ""),
            name=name or names.get(row.child_id, ""),
            code=code,
            child_id=row.child_id,
            changes=[
                (label, _plain(label, old, units), _plain(label, new, units))
                for label, old, new in told.get("changes", ())
            ],
            faults=[_fault(*fault) for fault in told.get("faults", ())],
            warnings=list(told.get("warnings", ())),
            note=told.get("note", "") if row.verb != REFUSED else "",
        )


def _fault(column: str, value: str, why: str) -> tuple[str, str, str]:
    """Numbers are shown as lists show them, the workbook of refused rows has them whole; no value twice."""
    mask = _MASKS.get(column)
    shown = mask(value) if mask and value else f"“{value}”" if value else "（空）"
    return column, "" if value and f"“{value}”" in why else shown, why


def _plain(label: str, value: str, units: Units) -> str:
    """A unit's code with its name."""
    return f"{units.name(value)}（{value}）" if label in _CODES and value in units else value
