"""The default rules of duties.md, row by row, in its words: what each trigger of a child's life raises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tests.oracle.duty_calendar import DAY, month_end, quarter_end, week_end
from tests.oracle.duty_life import LATE, S_OR_D, Absence, Done, Instant, Life, Visit
from tests.oracle.moves import Entry, Step
from tests.oracle.world import ORDER_LETTER, REPORT_LETTER, SCHOOL_LETTER, TOWNSHIPS, day

HEADS = {"school": "校长", "township": "镇长", "subdistrict": "镇长", "county": "局长"}


@dataclass(frozen=True)
class Raised:
    """One duty as it begins. `of`: the fact behind it; `unit` "" = of the role's place; `period`: of a week,
    month or quarter."""

    rule: str
    role: str
    begins: Instant
    due_day: date
    holds: Callable[[Instant], bool]
    fulfilled: tuple[Done, ...]
    of: int | tuple[int, int] = 0
    unit: str = ""
    post: str = ""
    period: bool = False

    @property
    def name(self) -> str:
        """What names it among the child's duties of the rule."""
        return f"{self.begins.on}" if self.period else f"{self.of}"


def raised(life: Life) -> Iterator[Raised]:
    """Every duty begun by the end of `t`; a fact begins none of a rule again under a later policy."""
    begun: set[tuple[str, int | tuple[int, int]]] = set()
    for each in _every(life):
        if each.period or (each.rule, each.of) not in begun:
            yield each
        begun.add((each.rule, each.of))


def _every(life: Life) -> Iterator[Raised]:
    for on in life.days():
        yield from _periods(life, on)
        for absence in life.absences:
            yield from _absence(life, on, absence)
        yield from _deadlines(life, on)
        yield from _deferral_ends(life, on)
        yield from _entered(life, on)
        yield from _papers(life, on)
        yield from _proposed(life, on)


# ---- absences --------------------------------------------------------------------------------------------


def _absence(life: Life, on: date, absence: Absence) -> Iterator[Raised]:
    at, (first, until, no) = Instant(on, 0), absence

    def absent(at: Instant) -> bool:
        """That very absence: one that begins the day after another ends keeps none of its duties alive."""
        return first <= at.on <= until and life.absent(at)

    if not absent(at):
        return
    calendar = life.county.calendar(on)
    visits = [visit for visit in life.visits if visit.done.on >= first]
    if on == first:
        due = calendar.school_day(on, 0)
        yield Raised("absence.contact", "师长", at, due, absent, _dones(visits), no)
    if not calendar.is_school_day(on):
        return
    nth = sum(life.county.calendar(each).is_school_day(each) for each in _days(first, on))
    terms = life.county.terms(on)
    if nth == terms["absence.joint_visit"]:
        joint = [v for v in visits if v.way in ("上门", "务工地", "村委") and len(v.people) >= 2]
        yield Raised("absence.joint_visit", "校长", at, on, absent, _dones(joint), no)
    entries = [(step, done) for step, done in life.entries() if done.on >= on]
    if nth == terms["absence.report"]:
        reports = [done for done in life.reports if done.on >= on]
        found = [done for step, done in entries if step.after in S_OR_D]
        yield Raised("absence.report", "校长", at, on, absent, (*reports, *found), no)
    if nth == terms["absence.decide"]:
        yield Raised("absence.decide", "校长", at, on, absent, tuple(done for _, done in entries), no)


# ---- status entries --------------------------------------------------------------------------------------


def _entered(life: Life, on: date) -> Iterator[Raised]:
    calendar, terms = life.county.calendar(on), life.county.terms(on)
    for place, step in enumerate(life.steps_on(on), start=1):
        at = Instant(on, place)
        if step.after in S_OR_D and step.before not in S_OR_D:
            letters = tuple(life.issued(SCHOOL_LETTER, on))
            due = calendar.school_day(on, terms["letter.issue"])
            yield Raised("letter.issue", "校长", at, due, life.out, letters, step.entry.no)
        if step.after == "returned" and step.before != "returned":
            checks = [done for done in life.checks if done.on >= on]
            back = lambda at: life.status(at) == "returned"  # noqa: E731
            for number, days in enumerate(terms.of("returned.check")):
                nth, of = tuple(checks[number : number + 1]), (step.entry.no, number)
                yield Raised("returned.check", "师长", at, calendar.school_day(on, days), back, nth, of)
        if step.after == "deferred" and step.entry.get("截止日期"):
            end = day(step.entry.get("截止日期"))
            if end - timedelta(days=terms["deferral.end"]) <= on:
                # "or the entry's day, if later; that entry does not count": only those that follow it
                later = life.entries()[life.steps.index(step) + 1 :]
                yield _verify(life, at, step, [done for _, done in later])


def _deferral_ends(life: Life, on: date) -> Iterator[Raised]:
    """ "10 days before the end date then in force"."""
    at = Instant(on, 0)
    step, before = life.deferral(at), timedelta(days=life.county.terms(on)["deferral.end"])
    if step is not None and on == day(step.entry.get("截止日期")) - before:
        yield _verify(life, at, step, [done for _, done in life.entries()])


def _verify(life: Life, at: Instant, step: Step, entries: Iterable[Done]) -> Raised:
    later, end = tuple(done for done in entries if done.on >= at.on), day(step.entry.get("截止日期"))
    still = lambda at: life.status(at) == "deferred"  # noqa: E731
    return Raised("deferral.end", "校长", at, end, still, later, step.entry.no)


# ---- letters ---------------------------------------------------------------------------------------------


def _papers(life: Life, on: date) -> Iterator[Raised]:
    """Issue and service, after the day's status entries."""
    at = Instant(on, LATE)
    if not life.out(at):
        return
    for letter in [*life.letters, *(each.letter for each in life.voided.values())]:
        if letter.on == on and letter.get("文书种类") != REPORT_LETTER:
            yield _serve(life, at, letter)
    for letter in life.letters:
        served = life.served(letter)
        if served and served.on == on and letter.get("限期天数"):
            back = tuple(done for step, done in life.entries() if step.after == "returned" and done.on > on)
            due = _deadline(life, letter, served)
            yield Raised("guardian.return", "家长", at, due, life.out, back, letter.no)


def _serve(life: Life, at: Instant, letter: Entry) -> Raised:
    """ "while S or D, letter not void"; "only its `letter.serve` stays, ended on 作废日期"."""
    void = life.voided.get(letter.no)
    served = life.served(letter)

    def holds(at: Instant) -> bool:
        return life.out(at) and not (void and Instant(void.on, LATE) <= at)

    issuer = life.county.units[letter.get("签发单位代码")]
    due = letter.on + timedelta(days=life.county.terms(at.on)["letter.serve"])
    done = (served,) if served else ()
    return Raised("letter.serve", HEADS[issuer.kind], at, due, holds, done, letter.no, unit=issuer.code)


def _deadline(life: Life, letter: Entry, served: Done) -> date:
    """From the day after service; "a last day on a holiday moves to the next working day"."""
    last = served.on + timedelta(days=int(letter.get("限期天数")))
    return life.county.calendar(served.on).moved(last)


def _deadlines(life: Life, on: date) -> Iterator[Raised]:
    """ "the day after …'s deadline", at 00:00."""
    at, terms = Instant(on, 0), life.county.terms(on)
    for letter in life.letters:
        served = life.served(letter)
        if not served or not letter.get("限期天数") or _deadline(life, letter, served) + DAY != on:
            continue
        deadline = on - DAY
        kind = letter.get("文书种类")
        if kind == SCHOOL_LETTER and life.out_without_break(Instant(served.on, LATE), at):
            due = life.county.calendar(on).school_day(deadline, terms["letter.failed_report"])
            reports, orders = life.issued(REPORT_LETTER, on), life.issued(ORDER_LETTER, on)
            yield Raised("letter.failed_report", "校长", at, due, life.out, tuple(reports), letter.no)
            within = deadline + timedelta(days=terms["order.issue"])
            yield Raised("order.issue", "镇长", at, within, life.out, tuple(orders), letter.no)
        if kind == ORDER_LETTER and life.out(at):
            decided = tuple(done for done in life.decisions if done.on >= on)
            due = deadline + timedelta(days=terms["order.decide"])
            yield Raised("order.decide", "局长", at, due, life.out, decided, letter.no)


# ---- weeks, months, quarters -----------------------------------------------------------------------------


def _periods(life: Life, on: date) -> Iterator[Raised]:
    at = Instant(on, 0)
    status = life.status(at)
    if on.weekday() == 4:
        end = week_end(on)
        if status in S_OR_D:
            yield _period("out.contact", "师长", at, end, life.out, _dones(life.visits))
        taught = any(life.county.calendar(on).is_school_day(each) for each in _days(on, end))
        if status == "home_teaching" and taught:
            still = lambda at: life.status(at) == "home_teaching"  # noqa: E731
            yield _period("teaching.session", "师长", at, end, still, life.sessions)
    if on.day == 1 and status == "dropped_out":
        still = lambda at: life.status(at) == "dropped_out"  # noqa: E731
        together = _dones(_with_township(life, life.place(on).township))
        yield _period("out.township", "镇长", at, month_end(on), still, together)
    if on.day == 1 and on.month in (1, 4, 7, 10) and status not in (None, "closed"):
        still = lambda at: life.status(at) not in (None, "closed")  # noqa: E731
        helped = [visit for visit in life.visits if _by_helper(life, visit)]
        yield _period("helper.visit", "帮扶责任人", at, quarter_end(on), still, _dones(helped))


def _period(
    rule: str, role: str, at: Instant, end: date, holds: Callable[[Instant], bool], done: Iterable[Done]
) -> Raised:
    inside = tuple(each for each in done if at.on <= each.on <= end)
    return Raised(rule, role, at, end, holds, inside, period=True)


def _with_township(life: Life, township: str) -> list[Visit]:
    """ "a participant whose unit (full 单位名称 or code) is the township or one of its villages"."""
    units = [unit for unit in life.county.units.values() if township and township in (unit.code, unit.parent)]
    theirs = [unit for unit in units if unit.kind in (*TOWNSHIPS, "village")]
    words = {word for unit in theirs for word in (unit.code, unit.name)}
    return [visit for visit in life.visits if any(unit in words for _, unit in visit.people)]


def _by_helper(life: Life, visit: Visit) -> bool:
    """ "recorded by, or with, the helper named on the visit's day (by name)"."""
    helper = life.child.value("helper", visit.done.on)
    return helper != "" and helper in (visit.recorder, *(name for name, _ in visit.people))


# ---- proposals -------------------------------------------------------------------------------------------


def _proposed(life: Life, on: date) -> Iterator[Raised]:
    for no, proposal in enumerate(life.proposals()):
        if proposal.word != "销号" or proposal.on != on:
            continue
        ended = proposal.ended if proposal.ended and proposal.ended.on <= life.t else None
        decided = (Done(ended.on, ended.at),) if ended and proposal.how != "withdraw" else ()
        stop = Instant(ended.on, LATE) if ended else Instant(date.max, LATE)
        due = life.county.calendar(on).working_day(on, life.county.terms(on)["closure.decide"])
        # the post policy names decides, default 基教股; the duty is the bureau's
        at = Instant(on, LATE)
        holds = lambda at, stop=stop: at < stop  # noqa: E731
        if ended and ended.on == on:
            at = Instant(on, 0)  # asked for and answered on one day: it was pending in between
        yield Raised("closure.decide", "局长", at, due, holds, decided, no, post="基教股")


def _dones(visits: Iterable[Visit]) -> tuple[Done, ...]:
    return tuple(visit.done for visit in visits)


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY
