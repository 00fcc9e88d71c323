"""The history as the page shows it: lines in words, who told them when, what they read before, how late."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from casework.domain.case_file import ABSENCES, LETTERS
from casework.domain.values import SINCE_EVER, Day, day_of
from casework.projections.case_history import PLACES, CaseHistory, Line, Version
from casework.projections.reference import Reference
from casework.store.history import RecordedAct
from casework.web.cases.sentences import Told, Words, tell
from casework.web.filters import instant_text


@dataclass(frozen=True, slots=True)
class Telling:
    """One version: its words, and the act that told it."""

    told: Told
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the page. `late`: days after the event, 0 when it was told in its own reporting week.

    `earlier`: what it read before, oldest first, and `amended` how that is called; `voided`: the act that
    voided it.
    `ledger` and `no` name the fact.
    """

    ledger: str
    no: int
    on: Day
    now: Telling
    earlier: list[Telling]
    amended: str
    late: int
    voided: Telling | None
    void_reason: str


def moments(history: CaseHistory, reference: Reference, until: Day) -> list[Moment]:
    """The lines up to a day (not included), newest first: a reader wants to know how things stand."""
    words = words_of(history, reference)
    shown = (_moment(line, words, reference) for line in history.lines if line.on < until)
    return list(shown)[::-1]


def words_of(history: CaseHistory, reference: Reference) -> Words:
    """What the sentences of a history are made with."""
    letters = {line.no: line.now.body for line in history.lines if line.ledger == LETTERS}
    duties = {
        rule.name: f"{rule.role}{rule.must}"
        for _, _, policy in reference.duty_policies()
        for rule in policy.rules
    }

    def programme(code: str, day: Day) -> str:
        return reference.aid(day).name(code)

    return Words(reference.units, letters, history.steps, programme, duties)


def _moment(line: Line, words: Words, reference: Reference) -> Moment:
    tellings = [_telling(line, version, words, reference) for version in line.versions]
    voided = _telling(line, line.now, words, reference, line.voided) if line.voided else None
    return Moment(
        ledger=line.ledger,
        no=line.no,
        on=line.on,
        now=tellings[-1],
        earlier=list(_changed(tellings)),
        amended=_amended(line),
        late=_late(line, reference),
        voided=voided,
        void_reason=_void_reason(line),
    )


def _amended(line: Line) -> str:
    """The end of an absence is told later by its nature: that is no correction."""
    ended = line.ledger == ABSENCES and not line.versions[0].body.get("until")
    return "后登记返校" if ended else "已更正"


def _changed(tellings: list[Telling]) -> Iterator[Telling]:
    """Earlier versions; a place told anew in the same words is no correction."""
    for telling, following in pairwise(tellings):
        if telling.told != following.told:
            yield telling


def _telling(
    line: Line, version: Version, words: Words, reference: Reference, act_of: Version | None = None
) -> Telling:
    act = (act_of or version).act
    return Telling(
        tell(line.ledger, line.no, version, words), who(act, reference), instant_text(act.recorded_at)
    )


def who(act: RecordedAct, reference: Reference) -> str:
    """温若谷（校长，云岭县澄湖第一小学）."""
    actor = act.actor
    unit = reference.units.name(actor.unit) if actor.unit else ""
    post = "，".join(part for part in (actor.post, unit) if part and part != actor.name)
    return f"{actor.name}（{post}）" if post else actor.name


def _late(line: Line, reference: Reference) -> int:
    """Late is what its own weekly report could not know: told after the day on which schools file it."""
    first = line.versions[0]
    if line.ledger == PLACES or line.on == SINCE_EVER:
        return 0
    told = day_of(first.act.recorded_at)
    policy = reference.weekly(line.on)
    _, week_end = policy.days_of(policy.week_of(line.on))
    days = (date.fromisoformat(told) - date.fromisoformat(week_end)).days
    return (date.fromisoformat(told) - date.fromisoformat(line.on)).days if days > 1 else 0


def _void_reason(line: Line) -> str:
    if line.voided is None:
        return ""
    if line.ledger == PLACES:
        return "花名册更正"
    if line.voided.erased:
        return "已清除"
    return str((line.voided.said or {}).get("reason", ""))
