"""The status history of one child: which entries fit, and what each of them did (domain.md §3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tests.oracle.world import IMPORTER, Row

TARGET = {
    "待核查": "verifying",
    "重点关注": "watch",
    "疑似辍学": "suspected",
    "辍学": "dropped_out",
    "再辍": "dropped_out",
    "复学": "returned",
    "缓学": "deferred",
    "休学": "deferred",
    "送教上门": "home_teaching",
    "转出": "transferring",
    "销号": "closed",
    "重开": "verifying",
}
TRANSFER_ENDS = ("转入接收", "转入拒收", "转出撤回")
WORDS = (*TARGET, *TRANSFER_ENDS)
DROPOUT_WORDS = ("疑似辍学", "辍学", "再辍")

_OPENING = {"watch", "verifying", "suspected", "dropped_out", "home_teaching", "deferred"}
_AT_RISK = {"suspected", "dropped_out", "home_teaching", "deferred", "transferring", "closed"}
ALLOWED: dict[str | None, set[str]] = {
    None: _OPENING,
    "closed": _OPENING,
    "watch": _AT_RISK | {"verifying"},
    "verifying": _AT_RISK | {"watch"},
    "suspected": {"dropped_out", "returned", "home_teaching", "deferred", "closed", "watch"},
    "dropped_out": {"returned", "home_teaching", "deferred", "closed"},
    "returned": _AT_RISK | {"watch"},
    "home_teaching": {"returned", "suspected", "dropped_out", "transferring", "closed", "deferred"},
    "deferred": {"returned", "suspected", "dropped_out", "transferring", "closed", "home_teaching"},
    "transferring": {"closed"},
}


@dataclass(frozen=True)
class Entry:
    """One live row of a ledger; `no` is the order of first recording, kept through corrections."""

    no: int
    child: str
    on: date
    cells: Row

    @property
    def word(self) -> str:
        """变化 of a status row."""
        return self.cells["变化"]

    def get(self, header: str) -> str:
        """A cell, empty when missing."""
        return self.cells.get(header, "")


@dataclass(frozen=True)
class Step:
    """What one entry did: the status before and after, and what its cells carry on."""

    entry: Entry
    before: str | None
    after: str
    was_returned: bool  # an earlier `returned` stands in the file
    cause: str  # last explicit primary cause, "" for none
    dropout_kind: str  # last explicit 失学类型, "" for none


class Misfit(Exception):
    """The history is impossible."""


def second_person(cells: Row) -> bool:
    """A 批准人 other than the 登记人 (names compared as text; empty 登记人 = importer)."""
    approver = cells.get("批准人", "")
    return approver != "" and approver != (cells.get("登记人", "") or IMPORTER)


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """By business date; those of one child on one day in the order first recorded."""
    return sorted(entries, key=lambda entry: (entry.on, entry.no))


def walk(entries: Iterable[Entry]) -> list[Step]:
    """Every step of a possible history; Misfit otherwise."""
    status: str | None = None
    resting: str | None = None  # the status before the transfer under way
    asked = ""  # receiving school asked for in 转出; "" = outside the county
    was_returned, cause, dropout_kind = False, "", ""
    steps = []
    for entry in in_order(entries):
        after = _after(entry, status, resting, asked, was_returned)
        if entry.word in DROPOUT_WORDS and entry.get("原因"):
            cause = entry.get("原因").split("；")[0].strip()
        dropout_kind = entry.get("失学类型") or dropout_kind
        steps.append(Step(entry, status, after, was_returned, cause, dropout_kind))
        if after == "transferring":
            asked = entry.get("接收学校代码")
            resting = resting if status == "transferring" else status
        was_returned = was_returned or after == "returned"
        status = after
    return steps


def _after(entry: Entry, status: str | None, resting: str | None, asked: str, was_returned: bool) -> str:
    word = entry.word
    if word in TRANSFER_ENDS:
        if status != "transferring" or resting is None:
            raise Misfit(f"{word} {entry.on}: no transfer under way")
        # convention: 转入接收's 接收学校代码 must equal the one asked in 转出
        if word == "转入接收" and entry.get("接收学校代码") != asked:
            raise Misfit(f"{word} {entry.on}: another school was asked")
        return resting
    after = TARGET[word]
    if word == "重开" and status != "closed":
        raise Misfit(f"重开 {entry.on}: not closed")
    if word == "再辍" and not was_returned:
        raise Misfit(f"再辍 {entry.on}: never returned")
    # "A row naming the status already held changes cause or 截止日期 (renewal)"
    if after != status and after not in ALLOWED[status]:
        raise Misfit(f"{word} {entry.on}: not from {status}")
    if status == "transferring" and after == "closed" and (asked or entry.get("销号原因") != "转学已接收"):
        raise Misfit(f"销号 {entry.on}: transfer under way")
    # "送教上门 out of 疑似/辍学 … need 证据编号; these … need a 批准人 other than the 登记人"
    if word == "送教上门" and status in ("suspected", "dropped_out"):
        if not (entry.get("证据编号") and second_person(entry.cells)):
            raise Misfit(f"送教上门 {entry.on}: no evidence or second person")
    return after
