"""Forms about a child, drawn at random from what the screens show: some fit, many come too late.

The same form may be sent twice; drawn from one `Seen`, forms of one child are stale to each other.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

from casework.commands import (
    absences,
    aid,
    checks,
    decisions,
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
    DECISIONS,
    LETTERS,
    REPORTS,
    SESSIONS,
    STATUSES,
    VISITS,
)
from casework.domain.permissions import may
from casework.domain.values import day_after
from tests.support.busy_county import ACTORS, SCHOOLS
from tests.support.random_pen import LOST, Drawn, Form, Pen, Said
from tests.support.rows import COUNTY, EAST, WEST

_PEOPLE = (
    ("教师teach", "班主任", "近小"),
    ("教师head", "校长", "远小"),
    ("王乡长", "镇长", "东乡"),
    ("李干部", "干部", WEST),
    ("帮一", "干部", "教育局"),
    ("赵村长", "村长", "单位V1"),
)


def _status(pen: Pen, child: str) -> Drawn:
    return status_acts.record_status, {
        "child_id": child, "status": pen.status(child), "seen": pen.judged(child)
    }  # fmt: skip


def _out(pen: Pen, child: str) -> Drawn:
    causes, lost = pen.causes(s.SUSPECTED), pen.rng.choice(("", *LOST))
    away = status_acts.StatusAct(on=pen.day(), change=s.SUSPECTED, causes=causes, lost_type=lost)
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
    people = pen.rng.sample(_PEOPLE, pen.rng.choice((1, 1, 2, 3)))
    visit = home_visits.Visit(
        on=pen.day(),
        mode=pen.rng.choice(("上门", "上门", "务工地", "村委", "电话", "学校")),
        outcome=pen.rng.choice(("犹豫", "同意返校")),
        start=f"{pen.rng.randint(8, 18):02d}:00",
        met=pen.rng.choice((("家长",), ("家长", "学生"), ())),
        units=tuple(unit for _, _, unit in people),
        private={
            "talk": "谈了上学的事",
            "participants": "；".join("/".join(each) for each in people),
            "recorder": pen.rng.choice(("教师teach", "帮一", "王乡长")),
        },
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
        "answers": {"measures": "已劝返三次", "report_to": "近小", "report_by": "9月30日"},
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
        until=day_after(on, pen.rng.choice((12, 20, 60))) if change == s.SUSPENDED else "",
        reason=pen.reason(child) if change == s.CLOSED else "",
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
    if pen.rng.random() < 0.2:
        return transfers.release_transfer, {**said, "destination": "外省某县"}
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


def _decision(pen: Pen, child: str) -> Drawn:
    decision = decisions.Decision(on=pen.day(), step="支持起诉", private={"why": "期满未复学"})
    said = {"child_id": child, "no": pen.no(child, DECISIONS), "reason": "记错"}
    return pen.rng.choice(
        (
            (decisions.record_decision, {"child_id": child, "decision": decision}),
            (decisions.record_decision, {"child_id": child, "decision": decision}),
            (decisions.correct_decision, {**said, "decision": decision}),
            (decisions.void_decision, said),
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
    _decision,
)
_FITTING: dict[str, tuple[Callable[[Pen, str], Drawn], ...]] = {
    "": (_out, _absence, _absence, _visit, _ask, _status),
    s.WATCH: (_release, _propose, _out, _absence, _status),
    s.VERIFYING: (_propose, _status, _status, _letter),
    s.SUSPECTED: (_letter, _letter, _serve, _status, _report),
    s.DROPPED_OUT: (_letter, _letter, _serve, _status, _visit, _decision),
    s.RETURNED: (_check, _check, _check, _release, _propose, _status),
    s.HOME_TEACHING: (_session, _release),
    s.DEFERRED: (_release, _status, _propose, _propose),
    s.TRANSFERRING: (_transfer, _transfer, _propose),
    s.CLOSED: (_out, _status, _ask),
}
"""Status → what is mostly done for such a child."""


def child_form(pen: Pen, child_id: str) -> Form:
    """A form about one child: mostly by somebody whose business it is, else by anybody."""
    makers = called_for(pen, child_id) if pen.rng.random() < 0.7 else ()
    command, said = pen.rng.choice(makers or _MAKERS)(pen, child_id)
    everybody = list(ACTORS.values())
    if pen.rng.random() < pen.careless:
        return pen.of(pen.rng.choice(everybody), command, said)
    school = pen.school(child_id, said, command)
    above = (COUNTY, EAST, WEST) if pen.rng.random() < 0.3 else (COUNTY,)
    near = [each for each in everybody if each.unit in (school, *above)]
    fitting = [each for each in near if may(each.post, NEEDED[command.__name__])]
    return pen.of(pen.rng.choice(fitting), command, said)


def called_for(pen: Pen, child_id: str) -> Sequence[Callable[[Pen, str], Drawn]]:
    """What the child's file asks for: by its status, by what waits for an answer or is on its way."""
    file = pen.seen.files[child_id]
    letters = file.ledgers[LETTERS].live.keys()
    makers = list(_FITTING.get(pen.status_of(child_id), ()))
    makers += [_decide, _decide, _decide] if file.open_proposals() else []
    makers += [_serve, _serve, _void_letter] if letters - file.services.keys() else []
    makers += [_absence] if file.ledgers[ABSENCES].live else []
    makers += [_correct_status] if file.entries else []
    return makers
