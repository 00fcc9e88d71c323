"""Forms as pages send them, drawn at random from what the screens show: some fit, many come too late.

A `Form` is one click: the command, who gives it, what it says, and its id. The same form may be sent
twice; drawn from one `Seen`, forms of one child are stale to each other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from casework.commands import (
    absences,
    aid,
    checks,
    home_visits,
    issue_letters,
    letter_service,
    proposals,
    sessions,
    status_acts,
    transfer_asking,
    transfers,
)
from casework.commands.rights import NEEDED
from casework.domain import statuses as s
from casework.domain.aid import Grant
from casework.domain.case_file import (
    ABSENCES,
    AID,
    CHECKS,
    LETTERS,
    REPORTS,
    SESSIONS,
    STATUSES,
    VISITS,
    receiver_of,
)
from casework.domain.permissions import may
from casework.domain.values import Actor, Day, day_after
from casework.store.store import Reply
from tests.support.busy_county import ACTORS, SCHOOLS, Seen
from tests.support.rows import COUNTY, EAST, NEAR, WEST

Said = dict[str, Any]
Drawn = tuple[Callable[..., Reply], Said]

_SCHOOLS_KINDS = ("劝返复学通知书", "劝返复学通知书", "劝返无效书面报告", "义务教育入学通知书")
_ORDER = ("限期复学通知书",)
_CHANGES = (*s.MOVES[""], s.RETURNED, s.RELAPSED, s.REOPENED, s.CLOSED, s.TRANSFERRING)


@dataclass(frozen=True)
class Form:
    """One click of one person. `form_id` is the command id."""

    form_id: str
    actor: Actor
    command: Callable[..., Reply]
    said: Said


class Pen:
    """Draws forms from what was seen."""

    def __init__(self, rng: Random, seen: Seen) -> None:
        self.rng, self.seen = rng, seen

    def form(self, child_id: str) -> Form:
        """A form about one child: mostly by somebody whose business it is, else by anybody."""
        makers = _FITTING.get(self.status_of(child_id), ()) if self.rng.random() < 0.6 else ()
        command, said = self.rng.choice(makers or _MAKERS)(self, child_id)
        everybody = list(ACTORS.values())
        if self.rng.random() < 0.15:
            return self.of(self.rng.choice(everybody), command, said)
        school = self.school(child_id, said, command)
        above = (COUNTY, EAST, WEST) if self.rng.random() < 0.3 else (COUNTY,)
        near = [each for each in everybody if each.unit in (school, *above)]
        fitting = [each for each in near if may(each.post, NEEDED[command.__name__])]
        return self.of(self.rng.choice(fitting), command, said)

    def school(self, child_id: str, said: Said, command: Callable[..., Reply]) -> str:
        """The school whose business it is: the child's own; of a transfer's second half, the other."""
        file = self.seen.files[child_id]
        if command in (transfers.accept_transfer, transfers.refuse_transfer):
            return receiver_of(file)
        if command is transfer_asking.ask_transfer:
            return str(said["school"])
        return file.places[-1].school if file.places else NEAR

    def of(self, actor: Actor, command: Callable[..., Reply], said: Said) -> Form:
        """A form with a fresh id; a letter is mostly of a kind that the actor's unit issues."""
        if command is issue_letters.issue_letter:
            theirs = _SCHOOLS_KINDS if actor.unit in SCHOOLS else _ORDER
            kind = self.rng.choice(theirs if self.rng.random() < 0.8 else _SCHOOLS_KINDS + _ORDER)
            signer = "boss" if actor.unit == COUNTY else actor.account
            said = {**said, "signer": signer, "kind": kind}
        return Form(UUID(int=self.rng.getrandbits(128)).hex, actor, command, said)

    def day(self) -> Day:
        """Mostly today, sometimes weeks ago, now and then tomorrow."""
        back = self.rng.choice((0, 0, 0, 1, 2, 7, 20, -1))
        return day_after(self.seen.today, -back)

    def status_of(self, child_id: str) -> str:
        """The status as seen, "" before the first."""
        spans = self.seen.files[child_id].spans()
        return spans[-1].status if spans else ""

    def judged(self, child_id: str) -> int | None:
        """What a form shows of the file: as it stands, or as somebody saw it long ago."""
        now = self.seen.files[child_id].judged
        return self.rng.choice((now, now, now, None, None, max(now - 1, 0)))

    def no(self, child_id: str, ledger: str) -> int:
        """A fact of a ledger, else any number."""
        live = list(self.seen.files[child_id].ledgers[ledger].live)
        return self.rng.choice(live or [self.rng.randint(1, 9)])

    def status(self, child_id: str) -> status_acts.StatusAct:
        """Mostly a move that the table allows from the present status."""
        status = self.status_of(child_id)
        allowed = sorted(s.MOVES[status]) or [s.CLOSED]
        change = self.rng.choice(allowed if self.rng.random() < 0.8 else sorted(_CHANGES))
        back = s.status_of(change) == s.RETURNED
        return status_acts.StatusAct(
            on=self.day(),
            change=change,
            causes=(self.rng.choice(("上学远", "外出务工")),),
            lost_type="中途辍学",
            placement="插班" if back else "",
            school=self.rng.choice(("", "", *SCHOOLS)) if back else "",
            outcome="确认辍学" if status == s.VERIFYING else "",
            private={"why": f"说明{self.rng.randint(1, 9)}"},
        )


def _status(pen: Pen, child: str) -> Drawn:
    return status_acts.record_status, {
        "child_id": child, "status": pen.status(child), "seen": pen.judged(child)
    }  # fmt: skip


def _out(pen: Pen, child: str) -> Drawn:
    away = status_acts.StatusAct(on=pen.day(), change=s.SUSPECTED, causes=("上学远",), lost_type="中途辍学")
    return status_acts.record_status, {"child_id": child, "status": away, "seen": pen.judged(child)}


def _correct_status(pen: Pen, child: str) -> Drawn:
    said = {"child_id": child, "no": pen.no(child, STATUSES), "reason": "记错", "seen": pen.judged(child)}
    if pen.rng.random() < 0.5:
        return status_acts.void_status, said
    return status_acts.correct_status, {**said, "status": pen.status(child)}


def _absence(pen: Pen, child: str) -> Drawn:
    on = pen.day()
    absence = absences.Absence(on=on, until=pen.rng.choice(("", "", on)), private={"why": "没来"})
    said = {"child_id": child, "no": pen.no(child, ABSENCES)}
    return pen.rng.choice(
        (
            (absences.record_absence, {"child_id": child, "absence": absence}),
            (absences.record_absence, {"child_id": child, "absence": absence}),
            (absences.end_absence, {**said, "absence": absences.Absence(on=on, until=pen.seen.today)}),
            (absences.correct_absence, {**said, "absence": absence, "reason": "记错"}),
            (absences.void_absence, {**said, "reason": "误登"}),
        )
    )


def _report(pen: Pen, child: str) -> Drawn:
    if pen.rng.random() < 0.2:
        return absences.void_report, {"child_id": child, "no": pen.no(child, REPORTS), "reason": "误报"}
    report = absences.AbsenceReport(on=pen.day(), private={"situation": "三天没来"})
    return absences.report_absence, {"child_id": child, "report": report}


def _check(pen: Pen, child: str) -> Drawn:
    check = checks.Check(on=pen.day(), present=pen.rng.random() < 0.8)
    said = {"child_id": child, "no": pen.no(child, CHECKS), "reason": "记错"}
    return pen.rng.choice(
        (
            (checks.record_check, {"child_id": child, "check": check}),
            (checks.record_check, {"child_id": child, "check": check}),
            (checks.correct_check, {**said, "check": check}),
            (checks.void_check, said),
        )
    )


def _visit(pen: Pen, child: str) -> Drawn:
    visit = home_visits.Visit(
        on=pen.day(),
        mode="上门",
        outcome=pen.rng.choice(("犹豫", "同意返校")),
        start=f"{pen.rng.randint(8, 18):02d}:00",
        met=("家长",),
        private={"talk": "谈了上学的事"},
    )
    said = {"child_id": child, "no": pen.no(child, VISITS), "reason": "记错"}
    return pen.rng.choice(
        (
            (home_visits.record_visit, {"child_id": child, "visit": visit}),
            (home_visits.record_visit, {"child_id": child, "visit": visit}),
            (home_visits.correct_visit, {**said, "visit": visit}),
            (home_visits.void_visit, said),
        )
    )


def _session(pen: Pen, child: str) -> Drawn:
    if pen.rng.random() < 0.2:
        return sessions.void_session, {"child_id": child, "no": pen.no(child, SESSIONS), "reason": "误登"}
    start = f"{pen.rng.randint(8, 16):02d}:00"
    session = sessions.Session(on=pen.day(), start=start, tenths=30, private={"teachers": "甲、乙"})
    return sessions.record_session, {
        "child_id": child, "session": session, "confirmed": pen.rng.random() < 0.5
    }  # fmt: skip


def _letter(pen: Pen, child: str) -> Drawn:
    said: Said = {"child_id": child, "again": pen.rng.random() < 0.7}
    return issue_letters.issue_letter, {
        **said,
        "answers": {"measures": "已劝返三次"},
        "seen": pen.judged(child),
    }


def _void_letter(pen: Pen, child: str) -> Drawn:
    no = pen.no(child, LETTERS)
    return issue_letters.void_letter, {
        "child_id": child,
        "no": no,
        "reason": "写错",
        "seen": pen.judged(child),
    }


def _serve(pen: Pen, child: str) -> Drawn:
    private = {"place": "家里", "recipient": "家长", "relation": "母亲", "server": "甲"}
    how = letter_service.Service(on=pen.day(), mode="直接", at="18:30", private=private)
    said = {"child_id": child, "no": pen.no(child, LETTERS)}
    failed = letter_service.Service(on=how.on, mode="直接", private={**private, "why": "家中无人"})
    return pen.rng.choice(
        (
            (letter_service.record_service, {**said, "service": how}),
            (letter_service.record_service, {**said, "service": how}),
            (letter_service.correct_service, {**said, "service": how, "reason": "记错"}),
            (letter_service.record_attempt, {**said, "attempt": failed}),
        )
    )


def _propose(pen: Pen, child: str) -> Drawn:
    change = pen.rng.choice((s.CLOSED, s.CLOSED, s.SUSPENDED, s.HOME_TEACHING))
    on = pen.day()
    asked = proposals.Proposal(
        change=change,
        on=on,
        until=day_after(on, 60) if change == s.SUSPENDED else "",
        reason="复学稳定" if change == s.CLOSED else "",
        evidence="证1",
        outcome="已在校有学籍" if pen.status_of(child) == s.VERIFYING else "",
        private={"application": "申1", "opinion": "专1"},
    )
    return proposals.propose_status, {"child_id": child, "proposal": asked, "seen": pen.judged(child)}


def _decide(pen: Pen, child: str) -> Drawn:
    waiting = list(pen.seen.files[child].open_proposals())
    if not waiting:
        return _propose(pen, child)
    said: Said = {"child_id": child, "no": pen.rng.choice(waiting)}
    seen = {"seen": pen.judged(child)}
    return pen.rng.choice(
        (
            (proposals.approve_status, {**said, **seen, "on": pen.seen.today}),
            (proposals.approve_status, {**said, **seen, "on": pen.seen.today}),
            (proposals.decline_status, {**said, **seen, "reason": "材料不全"}),
            (proposals.withdraw_status, said),
        )
    )


def _release(pen: Pen, child: str) -> Drawn:
    said = {"child_id": child, "on": pen.seen.today, "seen": pen.judged(child)}
    return transfers.release_transfer, {**said, "school": pen.rng.choice(SCHOOLS)}


def _transfer(pen: Pen, child: str) -> Drawn:
    said = {"child_id": child, "on": pen.seen.today, "seen": pen.judged(child)}
    return pen.rng.choice(
        (
            (transfers.accept_transfer, {**said, "klass": "2班"}),
            (transfers.refuse_transfer, {**said, "why": "没有学位"}),
            (transfers.withdraw_transfer, said),
        )
    )


def _ask(pen: Pen, child: str) -> Drawn:
    if pen.seen.requests and pen.rng.random() < 0.3:
        return transfer_asking.withdraw_asking, {"request_id": pen.rng.choice(pen.seen.requests)}
    wanted = transfer_asking.Wanted(student_no=pen.seen.numbers[child])
    request_id = UUID(int=pen.rng.getrandbits(128)).hex
    return transfer_asking.ask_transfer, {
        "request_id": request_id, "school": pen.rng.choice(SCHOOLS), "wanted": wanted
    }  # fmt: skip


def _aid(pen: Pen, child: str) -> Drawn:
    fen = pen.rng.randint(1, 99) * 100
    grant = Grant(year="2026-2027", term="秋", programme="nutrition", fen=fen, on=pen.day())
    said = {"child_id": child, "no": pen.no(child, AID), "reason": "记错"}
    return pen.rng.choice(
        (
            (aid.record_aid, {"child_id": child, "grant": grant}),
            (aid.record_aid, {"child_id": child, "grant": grant}),
            (aid.correct_aid, {**said, "grant": grant}),
            (aid.reverse_aid, said),
        )
    )


_MAKERS: tuple[Callable[[Pen, str], Drawn], ...] = (
    *(_status, _status, _status, _out, _correct_status, _absence, _report, _check, _visit, _session),
    *(_letter, _letter, _void_letter, _serve, _propose, _decide, _decide, _release, _transfer, _ask, _aid),
)
_FITTING: dict[str, tuple[Callable[[Pen, str], Drawn], ...]] = {
    "": (_out, _absence, _visit, _ask, _status),
    s.WATCH: (_release, _propose, _decide, _out),
    s.SUSPECTED: (_letter, _letter, _serve, _status, _report),
    s.DROPPED_OUT: (_letter, _letter, _serve, _status, _visit),
    s.RETURNED: (_check, _check, _release, _propose, _decide, _correct_status),
    s.HOME_TEACHING: (_session, _release),
    s.DEFERRED: (_release, _status),
    s.TRANSFERRING: (_transfer,),
}
"""Status → what is mostly done for such a child."""
