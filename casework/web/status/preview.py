"""What a late entry, a correction or a void changes: the history before and after, in words (改前改后)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from casework.domain import statuses as s
from casework.domain.case_file import CHECKS, LETTERS, SESSIONS, VISITS, CaseFile
from casework.domain.timeline import Span, StatusEntry, misfits, status_on
from casework.domain.units import Units
from casework.domain.values import FOREVER, Day, day_after
from casework.projections.reference import Reference
from casework.web.filters import day_text, week_text

_FACTS = {VISITS: "家访", LETTERS: "文书", SESSIONS: "送教", CHECKS: "到校检查"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch in words; `changed` when the other side does not have it."""

    days: str
    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """Both histories, where the child sits, what then lies elsewhere, and the past weeks that change.

    `refusals`: why it can not be done, each naming two entries; then nothing else is told.
    """

    before: list[Stretch] = field(default_factory=list)
    after: list[Stretch] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    weeks: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


def preview_of(before: CaseFile, after: CaseFile, reference: Reference, today: Day) -> Preview:
    """What differs between the file as it stands and as it would stand."""
    units = reference.units
    schools = {place.school for file in (before, after) for place in file.places}
    was, will = (list(_stretches(file, units, len(schools) > 1)) for file in (before, after))
    return Preview(
        before=[Stretch(days, text, (days, text) not in will) for days, text in was],
        after=[Stretch(days, text, (days, text) not in was) for days, text in will],
        places=list(_places(before, after, units)),
        warnings=list(_displaced(before, after)),
        weeks=_weeks(before.spans(), after.spans(), reference, today),
    )


def refused(message: str, entries: list[StatusEntry]) -> Preview:
    """A change that can not be: the refusal, then every other entry that would no longer fit."""
    others = [each.message for each in misfits(entries)]
    return Preview(refusals=list(dict.fromkeys([message, *others])))


def _stretches(file: CaseFile, units: Units, name_school: bool) -> Iterator[tuple[str, str]]:
    """(days, words) of each stretch of one status at one school, with cause and type while out."""

    def told(span: Span) -> tuple[Any, ...]:
        out = span.status in s.OUT
        school = span.school if name_school else ""
        return span.status, school, *((span.cause, span.lost_type) if out else ("", ""))

    for (status, school, cause, lost_type), run in groupby(file.spans(), told):
        spans = list(run)
        first, last = spans[0].valid_from, spans[-1].valid_to
        again = "（再辍）" if spans[0].relapse else ""
        more = [units.name(school), cause if cause != "未填" else "", lost_type]
        text = "，".join([f"{s.STATUS_NAMES[status]}{again}", *(each for each in more if each)])
        yield _days(first, last), text


def _days(first: Day, until: Day) -> str:
    if until == FOREVER:
        return f"{day_text(first)}起"
    last = day_after(until, -1)
    return day_text(first) if last <= first else f"{day_text(first)}至{day_text(last)}"


def _places(before: CaseFile, after: CaseFile, units: Units) -> Iterator[str]:
    """Where the roster would place the child otherwise."""

    def schools(file: CaseFile) -> dict[Day, str]:
        runs = groupby(file.places, lambda place: place.school)
        return {next(run).on: school for school, run in runs}

    was, will = schools(before), schools(after)
    for on, school in will.items():
        if was.get(on) != school:
            yield f"花名册：自{day_text(on)}起在{units.name(school) or '无学校'}就读"
    for on, school in was.items():
        if on not in will:
            yield f"花名册：不再自{day_text(on)}起在{units.name(school) or '无学校'}就读"


def _displaced(before: CaseFile, after: CaseFile) -> Iterator[str]:
    """Visits, letters, sessions and checks that would lie in another status; they stay as they are."""
    for ledger, noun in _FACTS.items():
        for body in sorted(before.ledgers[ledger].live.values(), key=lambda each: each["on"]):
            was, will = (status_on(file.entries.values(), body["on"]) for file in (before, after))
            if was != will:
                what = f"《{body['kind']}》" if ledger == LETTERS else noun
                held = [s.STATUS_NAMES.get(each, "未登记状态") for each in (was, will)]
                yield f"{day_text(body['on'])}的{what}：原来在“{held[0]}”期间，改后在“{held[1]}”期间"


def _weeks(was: list[Span], will: list[Span], reference: Reference, today: Day) -> list[str]:
    """The past reporting weeks whose figures change, as 2026年第37周."""
    differing = {span.valid_from for span in set(was) ^ set(will)}
    day, found = min(differing, default=today), []
    while day < today:
        policy = reference.weekly(day)
        week = policy.week_of(day)
        first, last = policy.days_of(week)
        if last < today and set(_within(was, first, last)) != set(_within(will, first, last)):
            found.append(week_text(week))
        day = day_after(last)
    return found


def _within(spans: list[Span], first: Day, last: Day) -> Iterator[Span]:
    """What a week's report sees of a history: movements in it, and the status at its end."""
    for span in spans:
        ends = FOREVER if span.valid_to > last else span.valid_to
        if first <= span.valid_from <= last:
            yield span._replace(no=0, valid_to=ends)
        elif span.valid_from < first and ends == FOREVER:
            yield span._replace(no=0, valid_from=first, valid_to=ends, **_NO_EDGE)


_NO_EDGE: dict[str, Any] = {
    "relapse": False,
    "prev_status": "",
    "prev_county": "",
    "prev_township": "",
    "prev_school": "",
    "prev_stage": "",
}
