"""A proposal in words: what is asked for, the evidence, how long it waits, and the child's story in short."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from casework.domain import statuses as s
from casework.domain.calendar import Calendar
from casework.domain.case_file import APPROVED, DECLINED, PROPOSALS, WITHDRAWN, Pending
from casework.domain.values import FOREVER, Day, day_after, days_between
from casework.errors import NotFound
from casework.projections.case_history import PLACES, CaseHistory, Line, status_days
from casework.service import Reading
from casework.store.history import RecordedAct
from casework.web.board.shown import short_day
from casework.web.cases.at_hand import Pupil, pupil_at_hand
from casework.web.cases.timeline import Moment, moments, who
from casework.web.filters import day_text

ENDED = {APPROVED: "已批准", DECLINED: "已退回", WITHDRAWN: "已撤回"}
_STORY = 8


@dataclass(frozen=True)
class Subject:
    """The child a proposal is about: who, how things stand, and the last lines of the history."""

    pupil: Pupil
    status: str
    since: Day
    days: int
    facts: list[str]
    story: list[Moment]

    @property
    def history(self) -> CaseHistory:
        """The file's history."""
        return self.pupil.history

    @property
    def judged(self) -> int:
        """The version of the file that a form shows."""
        return self.pupil.file.judged

    def age_on(self, day: Day) -> int:
        """Full years on a day."""
        birth = self.pupil.who.child.birth
        return int(day[:4]) - int(birth[:4]) - (day[5:] < birth[5:])


def subject_in(reading: Reading, child_id: str, today: Day) -> Subject:
    """The child, if in the viewer's reach today; NotFound otherwise."""
    pupil = pupil_at_hand(reading, child_id, today)
    status, since = status_days(pupil.history, today)
    case = pupil.who.case
    story = [each for each in moments(pupil.history, reading.reference, FOREVER) if each.ledger != PLACES]
    return Subject(
        pupil,
        status,
        since,
        days_between(since, today) if since else 0,
        list(_facts(case, today)) if case is not None else [],
        story[:_STORY],
    )


def _facts(case: Any, today: Day) -> Iterable[str]:
    """What was done for the child so far, by its row of the board."""
    if case.visits:
        yield f"家访 {case.visits} 次，最近 {short_day(case.visited_on, today)}，{case.outcome}"
    if case.letter:
        served = f"{short_day(case.served_on, today)}送达" if case.served_on else "还没有送达"
        yield f"《{case.letter}》{short_day(case.letter_on, today)}签发，{served}"
    if case.relapses:
        yield f"复学后再次离校 {case.relapses} 次"
    if case.status == s.RETURNED:
        yield f"巩固期到校检查 {case.checks} 次"
    if case.until:
        yield f"现在批准到 {short_day(case.until, today)}"


@dataclass(frozen=True)
class Shown:
    """One proposal. `details`: (label, text); `by` who asked; `waited` working days; `ended` in words."""

    no: int
    title: str
    details: list[tuple[str, str]]
    by: str
    by_login: str
    by_unit: str
    proposed_on: Day
    waited: int
    ended: str
    ended_on: Day
    answer: str
    answered_by: str
    body: Any


def proposal_in(reading: Reading, subject: Subject, no: int, today: Day) -> Shown:
    """Proposal `no` of a file; NotFound when there is none."""
    held = subject.history.file.proposals.get(no)
    line = _line(subject.history, no)
    if held is None or line is None:
        raise NotFound("没有这项申报", child=subject.pupil.child_id, no=no)
    told = line.versions[0]
    said = told.said or {}
    body = held.body
    answer, act = _answer(subject.history, no, held)
    return Shown(
        no=no,
        title=title_of(body["change"], body.get("reason", "")),
        details=list(_details(body, said, reading, told.erased)),
        by=who(told.act, reading.reference),
        by_login=body["by"],
        by_unit=told.act.actor.unit,
        proposed_on=body["proposed_on"],
        waited=working_days(reading.reference.calendar(today), body["proposed_on"], held.ended_on or today),
        ended=ENDED.get(held.ended, ""),
        ended_on=held.ended_on,
        answer=answer,
        answered_by=who(act, reading.reference) if act else "",
        body=body,
    )


def title_of(change: str, reason: str) -> str:
    """销号（复学稳定）."""
    name = "转送教上门" if change == s.HOME_TEACHING else s.CHANGE_NAMES[change]
    return f"{name}（{reason}）" if reason else name


def working_days(calendar: Calendar, since: Day, until: Day) -> int:
    """Whole working days that went by: 0 on the day itself."""
    days = (day_after(since, n) for n in range(1, max(days_between(since, until), 0) + 1))
    return sum(map(calendar.is_working_day, days))


def asked_no(history: CaseHistory, no: int) -> int:
    """The proposal that line `no` of a history is about: an answer's line leads to what it answers."""
    line = _line(history, no)
    return int(line.now.body.get("no", no)) if line else no


def _line(history: CaseHistory, no: int) -> Line | None:
    return next((each for each in history.lines if (each.ledger, each.no) == (PROPOSALS, no)), None)


def _details(body: Any, said: Any, reading: Reading, erased: bool) -> Iterable[tuple[str, str]]:
    """What was asked for, and what it stands on."""
    change = body["change"]
    words = reading.reference.dictionaries(body["proposed_on"])
    number = {s.CLOSED: "材料编号", s.HOME_TEACHING: "县级批准文号"}.get(change, "批准文件编号")
    told = (
        ("从哪天起", day_text(body["on"]) if change != s.CLOSED else ""),
        ("到哪天止", day_text(body.get("until", ""))),
        ("核查结果", body.get("outcome", "")),
        ("需要的材料", words.closing_reasons.get(body.get("reason", ""), "")),
        (number, body.get("evidence", "")),
        ("材料", said.get("papers", "")),
        ("监护人申请编号", said.get("application", "")),
        ("专家委员会意见编号", said.get("opinion", "")),
        ("说明", "已清除" if erased else said.get("why", "")),
    )
    return ((label, str(text)) for label, text in told if text)


def _answer(history: CaseHistory, no: int, held: Pending) -> tuple[str, RecordedAct | None]:
    """The words of the answer, and the act that gave it."""
    for line in history.lines:
        for version in line.versions:
            answers = version.body.get("proposal") == no or (
                line.ledger == PROPOSALS and version.body.get("no") == no and version.body.get("how")
            )
            if held.ended and answers:
                said = version.said or {}
                return str(said.get("reason") or said.get("note") or ""), version.act
    return "", None
