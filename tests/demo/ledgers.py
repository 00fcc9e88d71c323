"""The demo read back as a county would: rows as dicts, and each child's history as known after a batch."""

from collections import Counter
from dataclasses import dataclass, field

from casework.demo import Batch, DemoFile

Cells = dict[str, str]
STATUS_OF = {
    "待核查": "verifying",
    "重开": "verifying",
    "重点关注": "watch",
    "疑似辍学": "suspected",
    "辍学": "dropped_out",
    "再辍": "dropped_out",
    "复学": "returned",
    "送教上门": "home_teaching",
    "缓学": "deferred",
    "休学": "deferred",
    "转出": "transferring",
    "销号": "closed",
}
TRANSFER_ENDS = {"转入接收", "转入拒收", "转出撤回"}
_START = {"watch", "verifying", "suspected", "dropped_out", "home_teaching", "deferred"}
_OPEN_LEAD = {"suspected", "dropped_out", "home_teaching", "deferred", "transferring", "closed"}
_KEPT = {"returned", "suspected", "dropped_out", "transferring", "closed"}
ALLOWED = {
    "": _START,
    "closed": _START,
    "watch": _OPEN_LEAD | {"verifying"},
    "verifying": _OPEN_LEAD | {"watch"},
    "suspected": {"dropped_out", "returned", "home_teaching", "deferred", "closed", "watch"},
    "dropped_out": {"returned", "home_teaching", "deferred", "closed"},
    "returned": {"suspected", "dropped_out", "home_teaching", "deferred", "transferring", "closed", "watch"},
    "home_teaching": _KEPT | {"deferred"},
    "deferred": _KEPT | {"home_teaching"},
    "transferring": {"closed"},
}


def rows(file: DemoFile) -> list[Cells]:
    """The rows of a workbook by header."""
    return [dict(zip(file.headers, row, strict=True)) for row in file.rows]


def rows_of(batch: Batch, kind: str) -> list[Cells]:
    """The rows of all workbooks of `kind` in one batch."""
    return [row for file in batch.files if file.kind == kind for row in rows(file)]


def child_key(row: Cells) -> str:
    """The number by which a ledger names the child."""
    return row["学籍号"] or row["证件号"]


@dataclass
class StatusBook:
    """All status rows known so far: corrected and voided by their key, as `formats.md` says."""

    entries: dict[tuple[str, str, str], Cells] = field(default_factory=dict)
    amended: Counter[str] = field(default_factory=Counter)

    def take(self, batch: list[Cells]) -> None:
        """Takes one workbook's rows, voids first."""
        for row in sorted(batch, key=lambda row: not row["作废原因"]):
            key = (child_key(row), row["日期"], row["变化"])
            if row["作废原因"]:
                del self.entries[key]
                self.amended["void"] += 1
                continue
            if key in self.entries:
                assert self.entries[key] != row
                self.amended["correction"] += 1
            self.entries[key] = row

    def histories(self) -> dict[str, list[Cells]]:
        """Each child's rows by business date, those of one day as first recorded."""
        found: dict[str, list[Cells]] = {}
        for (child, _, _), row in self.entries.items():
            found.setdefault(child, []).append(row)
        return {child: sorted(history, key=lambda row: row["日期"]) for child, history in found.items()}


def illegal_moves(history: list[Cells]) -> list[tuple[str, str, str]]:
    """(status, word, date) of every move of one child that domain.md §3 doesn't allow."""
    wrong, status, before, returned = [], "", "", False
    for row in history:
        word = row["变化"]
        if word in TRANSFER_ENDS:
            if status != "transferring":
                wrong.append((status, word, row["日期"]))
            status = before
            continue
        after = STATUS_OF[word]
        if (after != status and after not in ALLOWED[status]) or (word == "再辍" and not returned):
            wrong.append((status, word, row["日期"]))
        if after != status:
            before, status = status, after
        returned = returned or after == "returned"
    return wrong
