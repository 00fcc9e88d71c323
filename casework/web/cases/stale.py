"""此个案已被他人更新: what the form showed and what holds now, side by side, for a second look.

    except ChangedMeanwhile as stale:
        with casework().reading() as reading:
            both = stale_of(stale, reading, child_id)
        form.seen.data = str(both.version)       # the form, shown again, carries the new version
        return render_template(…, stale=both), 409

`{% from "case_acts.html" import stale_note %}` shows it above the form, which keeps what was typed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from casework.domain.case_file import LEDGER_OF_TOPIC, NOUNS, CaseFile
from casework.domain.statuses import STATUS_NAMES
from casework.domain.timeline import in_order, walk
from casework.errors import ChangedMeanwhile
from casework.projections.case_history import CaseHistory, history_of
from casework.projections.reference import Reference
from casework.service import Reading
from casework.store.history import StoredRow
from casework.web.access import viewer
from casework.web.cases.sentences import tell
from casework.web.cases.timeline import who, words_of
from casework.web.filters import day_text, instant_text


@dataclass(frozen=True, slots=True)
class Since:
    """One act that came in between."""

    sentence: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Stale:
    """Both versions in words, what happened in between, and the version that a form now sees."""

    message: str
    seen: list[str]
    now: list[str]
    acts: list[Since]
    version: int


def stale_of(refused: ChangedMeanwhile, reading: Reading, child_id: str, no: int = 0) -> Stale:
    """Both versions of a file (of fact `no` of it, when a correction was stale)."""
    rows = reading.snapshot.events_of(child_id)
    history = history_of(reading.snapshot, child_id, open_private=not viewer().masked)
    version = int(str(refused.ids.get("seen") or 0))
    shown = max((row.act for row in rows if row.version <= version), default=0)
    if no:
        seen, now = _fact_lines(history, reading.reference, no, shown)
        current = history.file.written.get(no, 0)
    else:
        seen, now = _standing(_folded(rows, version)), _standing(history.file)
        current = history.file.judged
    acts = list(_acts_since(history, reading.reference, shown, no))
    return Stale(refused.message, seen, now, acts[-6:], current)


def _folded(rows: list[StoredRow], version: int) -> CaseFile:
    file = CaseFile()
    for row in rows:
        if row.version <= version:
            file.evolve(row.topic, row.version, row.clear)
    return file


def _standing(file: CaseFile) -> list[str]:
    """The status and since when; what waits for an answer."""
    held = ("", "")
    for entry, _, after, _ in walk(in_order(file.entries.values())):
        if after != held[0]:
            held = (after, entry.on)
    lines = [f"{STATUS_NAMES[held[0]]}，{day_text(held[1])}起" if held[0] else "还没有登记过状态"]
    if file.open_proposals():
        lines.append("有一项申报等待审批")
    if file.open_asks():
        lines.append("有学校申请转入，等待答复")
    return lines


def _fact_lines(
    history: CaseHistory, reference: Reference, no: int, shown: int
) -> tuple[list[str], list[str]]:
    """What fact `no` said when the form was shown, and what it says now."""
    words = words_of(history, reference)
    line = next((each for each in history.lines if each.no == no and each.ledger in NOUNS), None)
    if line is None:
        return [], []
    before = [version for version in line.versions if version.act.id <= shown] or line.versions[:1]
    now = "已作废" if line.voided else tell(line.ledger, no, line.now, words).sentence
    return (
        [f"{day_text(before[-1].body['on'])} {tell(line.ledger, no, before[-1], words).sentence}"],
        [f"{day_text(line.on)} {now}"],
    )


def _acts_since(history: CaseHistory, reference: Reference, shown: int, no: int) -> Iterator[Since]:
    """What was told after the form was shown, oldest first: all of it, or about fact `no`."""
    words = words_of(history, reference)
    found = []
    for line in history.lines:
        if line.ledger not in LEDGER_OF_TOPIC.values() or (no and line.no != no):
            continue
        for version in line.versions:
            found.append((version.act, tell(line.ledger, line.no, version, words).sentence))
        if line.voided:
            sentence = tell(line.ledger, line.no, line.now, words).sentence
            found.append((line.voided.act, f"作废：{sentence}"))
    for act, sentence in sorted(found, key=lambda each: each[0].id):
        if act.id > shown:
            yield Since(sentence, who(act, reference), instant_text(act.recorded_at))
