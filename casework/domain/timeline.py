"""The history of one child's statuses: what fits, and the stretches it makes (状态时间线).

Entries follow their business date, then the order in which they were first recorded; late entries
are normal. A decision always checks the *whole* list: a refusal names the two entries that do not
fit. `stretches` cuts a fitting history, together with the child's places, into spans that hold one
status in one place; each span carries the edge by which it was entered, so that movements can be
counted without looking at its neighbours.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from casework.domain import statuses as s
from casework.domain.places import Place, place_on
from casework.domain.values import FOREVER, Day
from casework.errors import RuleBroken

UNSTATED_CAUSE = "未填"
NEVER_ENROLLED = "从未入学"
LEFT_MIDWAY = "中途辍学"
TRANSFER_DONE = "转学已接收"


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """One dated act on the status. `no` is the version of the event that first recorded it, for ever.

    `causes`: primary first, empty = not stated. `lost_type`: 失学类型, empty = not stated.
    `school`: receiving school's code (复学, 转出, 转入接收). `until`: last day of a deferral.
    `reason`: closing reason. `evidence`: number of the paper. `approved`: a second person approved.
    """

    no: int
    on: Day
    change: str
    causes: tuple[str, ...] = ()
    lost_type: str = ""
    placement: str = ""
    school: str = ""
    until: Day = ""
    reason: str = ""
    evidence: str = ""
    approved: bool = False

    @property
    def key(self) -> tuple[Day, str]:
        """What makes it the same row of the ledger: the day and the word."""
        return self.on, self.change

    def __str__(self) -> str:
        return f"{self.on} {s.CHANGE_NAMES[self.change]}"


def entry_of(no: int, body: Mapping[str, Any]) -> StatusEntry:
    """A status entry from the clear part of an event."""
    return StatusEntry(
        no=no,
        on=body["on"],
        change=body["change"],
        causes=tuple(body.get("causes", ())),
        lost_type=body.get("lost_type", ""),
        placement=body.get("placement", ""),
        school=body.get("school", ""),
        until=body.get("until", ""),
        reason=body.get("reason", ""),
        evidence=body.get("evidence", ""),
        approved=body.get("approved", False),
    )


def in_order(entries: Iterable[StatusEntry]) -> list[StatusEntry]:
    """By business date, then by the order of first recording."""
    return sorted(entries, key=lambda entry: (entry.on, entry.no))


@dataclass(slots=True)
class _Walk:
    """Where the history stands after the entries read so far."""

    status: str = ""
    last: StatusEntry | None = None
    before_transfer: str = ""
    receiver: str = ""
    returned_before: bool = False


def walk(entries: Iterable[StatusEntry]) -> Iterator[tuple[StatusEntry, str, str, bool]]:
    """Yields (entry, status before, status after, relapse) for entries in order; refuses what does not fit.

    `relapse` is true when S or D is entered from neither and the file holds an earlier 复学.
    """
    at = _Walk()
    for entry in entries:
        after = _next_status(at, entry)
        relapse = after in s.OUT and at.status not in s.OUT and at.returned_before
        yield entry, at.status, after, relapse
        if after == s.TRANSFERRING:
            at.receiver = entry.school
            if at.status != s.TRANSFERRING:
                at.before_transfer = at.status
        at.returned_before = at.returned_before or after == s.RETURNED
        at.status, at.last = after, entry


def check_timeline(entries: Iterable[StatusEntry], places: list[Place]) -> None:
    """Refuses (RuleBroken) a history that is impossible, naming the two entries that do not fit."""
    ordered = in_order(entries)
    if ordered and place_on(places, ordered[0].on) is None:
        since = f"{places[0].on} 起" if places else "尚无"
        raise RuleBroken(
            f"{ordered[0]}：早于该生在花名册上的记录（{since}），请核对日期或先更正花名册的变动日期",
            no=ordered[0].no,
        )
    for _ in walk(ordered):
        pass


def status_on(entries: Iterable[StatusEntry], day: Day) -> str:
    """The status after the entries up to a day, those of the day included; "" before the first."""
    steps = walk(in_order(entry for entry in entries if entry.on <= day))
    return next((after for _, _, after, _ in reversed(list(steps))), "")


def misfits(entries: Iterable[StatusEntry]) -> list[RuleBroken]:
    """Every entry that does not fit what stands before it, each passed over once it is named."""
    fitting: list[StatusEntry] = []
    found = []
    for entry in in_order(entries):
        try:
            for _ in walk([*fitting, entry]):
                pass
        except RuleBroken as misfit:
            found.append(misfit)
        else:
            fitting.append(entry)
    return found


def _next_status(at: _Walk, entry: StatusEntry) -> str:
    if entry.change in s.TRANSFER_ENDINGS:
        return _end_transfer(at, entry)
    after = s.status_of(entry.change)
    if entry.change == s.REOPENED and at.status != s.CLOSED:
        raise _misfit(at, entry, "只有已销号的个案才能重开")
    if entry.change == s.RELAPSED and not at.returned_before:
        raise _misfit(at, entry, "此前没有复学记录，不能记为再辍，请改记辍学")
    if after != at.status:
        _check_move(at, entry, after)
    return after


def _check_move(at: _Walk, entry: StatusEntry, after: str) -> None:
    if after not in s.MOVES[at.status]:
        raise _misfit(at, entry, f"不能由“{_name(at.status)}”变为“{s.STATUS_NAMES[after]}”")
    if at.status == s.TRANSFERRING and (at.receiver or entry.reason != TRANSFER_DONE):
        raise _misfit(at, entry, "转学办理中的个案，只有接收学校在县外并以“转学已接收”为由才能销号")
    if at.status in s.OUT and after == s.HOME_TEACHING and not (entry.evidence and entry.approved):
        raise _misfit(
            at, entry, "由疑似辍学或辍学转送教上门，须有证据编号（申请、专家意见、县级批准）和另一人批准"
        )


def _end_transfer(at: _Walk, entry: StatusEntry) -> str:
    if at.status != s.TRANSFERRING:
        raise _misfit(at, entry, "该生当时不在转学办理中")
    if entry.change == s.TRANSFER_ACCEPTED and entry.school != at.receiver:
        asked = at.receiver or "县外学校"
        raise _misfit(at, entry, f"接收学校代码与转出时登记的接收学校（{asked}）不一致")
    return at.before_transfer


def _name(status: str) -> str:
    return s.STATUS_NAMES[status] if status else "尚无个案"


def _misfit(at: _Walk, entry: StatusEntry, why: str) -> RuleBroken:
    """Names both entries that do not fit."""
    before = f"“{at.last}”" if at.last else "“此前没有任何状态”"
    return RuleBroken(
        f"“{entry}”与{before}不相容：{why}",
        entry=(entry.on, entry.change),
        before=(at.last.on, at.last.change) if at.last else None,
    )


class Span(NamedTuple):
    """One stretch of one case in one status and place, days `[valid_from, valid_to)`, and its entering edge.

    A stretch of no length (two changes on one day) keeps its edge: movements count it, stocks do not.
    `cause` and `lost_type` are what holds (carried on when an entry is silent). `reason` is the
    closing reason. `prev_*` is the place and status just before the edge ("" = no status yet).
    """

    valid_from: Day
    valid_to: Day
    no: int
    status: str
    county: str
    township: str
    village: str
    school: str
    stage: str
    grade: str
    klass: str
    groups: str
    cause: str
    lost_type: str
    reason: str
    relapse: bool
    prev_status: str
    prev_county: str
    prev_township: str
    prev_school: str
    prev_stage: str


def stretches(entries: Iterable[StatusEntry], places: list[Place]) -> list[Span]:
    """The spans of a fitting history; [] without a status. A move on the day of an entry comes first."""
    ordered = in_order(entries)
    if not ordered:
        return []
    start = ordered[0].on
    here = place_on(places, start) or places[0]
    moves = [place for place in places if place.on > start]
    spans: list[Span] = []
    causes, lost_type = UNSTATED_CAUSE, ""
    for entry, before, after, relapse in walk(ordered):
        while moves and moves[0].on <= entry.on:
            here = _move(spans, here, moves.pop(0))
        if entry.causes:
            causes = entry.causes[0]
        lost_type = entry.lost_type or lost_type
        held = lost_type or _default_lost_type(places, entry.on)
        _close(spans, entry.on)
        spans.append(
            Span(
                entry.on,
                FOREVER,
                entry.no,
                after,
                *_columns(here),
                causes if after in s.OUT else "",
                held,
                entry.reason,
                relapse,
                before,
                *_edge(here),
            )
        )
    for place in moves:
        here = _move(spans, here, place)
    return spans


def _move(spans: list[Span], here: Place, there: Place) -> Place:
    """Cuts the running span where the child's place changes."""
    if _columns(here) != _columns(there):
        running = spans[-1]
        _close(spans, there.on)
        spans.append(
            Span(
                there.on,
                FOREVER,
                running.no,
                running.status,
                *_columns(there),
                running.cause,
                running.lost_type,
                running.reason,
                False,
                running.status,
                *_edge(here),
            )
        )
    return there


def _close(spans: list[Span], on: Day) -> None:
    if spans:
        spans[-1] = spans[-1]._replace(valid_to=on)


def _columns(place: Place) -> tuple[str, str, str, str, str, str, str, str]:
    return (
        place.county,
        place.township,
        place.village,
        place.school,
        place.stage,
        place.grade,
        place.klass,
        "、".join(place.groups),
    )


def _edge(place: Place) -> tuple[str, str, str, str]:
    return place.county, place.township, place.school, place.stage


def _default_lost_type(places: list[Place], on: Day) -> str:
    """从未入学 when no school had held the child by that day, else 中途辍学."""
    return LEFT_MIDWAY if any(place.school and place.on <= on for place in places) else NEVER_ENROLLED
