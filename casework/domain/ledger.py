"""What a row of a ledger does to a file: record, correct, void, or nothing (登记、更正、作废、无变化).

Every door uses it: a workbook's rows and a page's form are both *facts* with a key (what makes them
the same row) and a mark (a keyed fingerprint of all their cells). All rows of one child in one sheet
are settled together: rows bad by themselves drop out, voids come first, then the rest in sheet order.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from casework.domain.case_file import Ledger
from casework.domain.values import Day

RECORDED, CORRECTED, VOIDED, UNCHANGED, REFUSED = "recorded", "corrected", "voided", "unchanged", "refused"


@dataclass(frozen=True, slots=True)
class Fact:
    """One row as read. `body` is clear (dates, codes), `private` is sealed under the child's key.

    `void_reason` marks a row that voids the earlier row of the same key; `void_mark` is the
    fingerprint of the void row with its reason, to know it again; `void_on` its day (文书的作废日期).
    """

    key: str
    mark: str
    body: Mapping[str, Any]
    private: Mapping[str, str] = field(default_factory=dict)
    void_reason: str = ""
    void_mark: str = ""
    void_on: Day = ""


def fact_of(
    key: str,
    body: Mapping[str, Any],
    private: Mapping[str, str],
    mark: Callable[[str], str],
    *,
    void_reason: str = "",
    void_on: Day = "",
) -> Fact:
    """A fact as read or typed; `mark` makes a keyed fingerprint, empty private texts are left out."""
    said = {name: text for name, text in private.items() if text}
    content = repr((key, sorted(body.items()), sorted(said.items())))
    reason = void_reason or (f"作废日期 {void_on}" if void_on else "")
    return Fact(
        key=key,
        mark=mark(content),
        body=body,
        private=said,
        void_reason=reason,
        void_mark=mark(f"{content}\n{reason}") if reason else "",
        void_on=void_on,
    )


@dataclass(slots=True)
class Verdict:
    """What becomes of one row: a verb, the fact's number, and what the reader is told.

    `old` is the fact as it stood, for a correction or a void; `field` the part of the fact that a
    refusal is about ("on", "change", "key" …), "" for the row as a whole.
    """

    verb: str
    no: int = 0
    note: str = ""
    old: Mapping[str, Any] | None = None
    field: str = ""


def settle(ledger: Ledger, facts: Sequence[Fact], next_no: int) -> list[Verdict]:
    """One verdict a row, in the rows' order. New facts are numbered from `next_no` as they are written.

    Numbers of new facts follow the order of events: voids first (one event each), then the other rows.
    """
    verdicts: list[Verdict | None] = [None] * len(facts)
    _refuse_contradictions(facts, verdicts)
    shadow = _Shadow(ledger)
    number = next_no
    for voids in (True, False):
        for index, fact in enumerate(facts):
            if verdicts[index] is None and bool(fact.void_reason) is voids:
                verdict = shadow.void(fact, facts) if voids else shadow.enter(fact, number)
                verdicts[index] = verdict
                number += verdict.verb in (RECORDED, CORRECTED, VOIDED)
    return [verdict for verdict in verdicts if verdict is not None]


def _refuse_contradictions(facts: Sequence[Fact], verdicts: list[Verdict | None]) -> None:
    """Two rows of one sheet with one key and other values contradict each other: none of the key is taken.

    Void rows of other cells do not contradict: an old register may name several entries of one key
    voided in turn. Two reasons for voiding the same entry do.
    """
    said: dict[tuple[str, str], set[str]] = {}
    for fact in facts:
        if fact.void_reason:
            said.setdefault((fact.key, fact.mark), set()).add(fact.void_mark)
        else:
            said.setdefault((fact.key, ""), set()).add(fact.mark)
    contradicting = {key for (key, _), each in said.items() if len(each) > 1}
    for index, fact in enumerate(facts):
        if fact.key in contradicting:
            note = "同一表中有两行指向同一条记录但内容不同，请只保留正确的一行"
            verdicts[index] = Verdict(REFUSED, note=note, field="key")


class _Shadow:
    """The ledger as it will stand while the rows of one sheet are settled."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._live = {body["key"]: (no, body) for no, body in ledger.live.items()}
        self._voided: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
        for no, body in ledger.voided.items():
            self._voided.setdefault(body["key"], []).append((no, body))

    def void(self, fact: Fact, sheet: Sequence[Fact]) -> Verdict:
        live, voided = self._live.get(fact.key), self._voided.get(fact.key, [])
        if live is None:
            if voided and (_among(voided, fact.mark) or not _enters(fact, sheet)):
                return Verdict(UNCHANGED, voided[-1][0], "已作废")
            note = "找不到要作废的记录：没有同一学生、同一日期（或同一编号）的这条登记"
            return Verdict(REFUSED, note=note, field="key")
        no, body = live
        if self._came_before(fact, voided) or (body["mark"] != fact.mark and _among(voided, fact.mark)):
            return Verdict(UNCHANGED, voided[-1][0], "已作废")
        del self._live[fact.key]
        self._voided.setdefault(fact.key, []).append(live)
        return Verdict(VOIDED, no, old=body)

    def _came_before(self, fact: Fact, voided: list[tuple[int, Mapping[str, Any]]]) -> bool:
        """The same void row again, after the entry was replaced: it still means the entry it voided then."""
        return any(self._ledger.void_marks.get(no) == fact.void_mark for no, _ in voided)

    def enter(self, fact: Fact, number: int) -> Verdict:
        live = self._live.get(fact.key)
        no, body = live or (0, {})
        if live and body["mark"] == fact.mark:
            return Verdict(UNCHANGED, no)
        voided = self._voided.get(fact.key, [])
        if _among(voided, fact.mark):
            return Verdict(UNCHANGED, voided[-1][0], "已作废；如需恢复，请改用另一记录编号或加备注后登记")
        if live:
            self._live[fact.key] = (no, {"key": fact.key, "mark": fact.mark})
            return Verdict(CORRECTED, no, old=body)
        self._live[fact.key] = (number, {"key": fact.key, "mark": fact.mark})
        return Verdict(RECORDED, number)


def _among(voided: Sequence[tuple[int, Mapping[str, Any]]], mark: str) -> bool:
    return any(body["mark"] == mark for _, body in voided)


def _enters(void: Fact, sheet: Sequence[Fact]) -> bool:
    """Whether the sheet enters the very row that it also voids: the next time it would be voided."""
    return any(fact.key == void.key and fact.mark == void.mark and not fact.void_reason for fact in sheet)
