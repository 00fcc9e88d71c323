"""申报审批: given what a file holds, when somebody asks or decides, then what is told, or why not."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any
from uuid import uuid4

import pytest

from casework.domain import statuses as s
from casework.domain.case_file import STATUSES
from casework.domain.ledger import fact_of
from casework.domain.places import Place
from casework.domain.policy import DeferralTerm, Dictionaries
from casework.domain.policy_documents import parse
from casework.domain.proposals import entry_day, entry_day_fault, papers_fault
from casework.domain.student_case import StudentCase
from casework.errors import RuleBroken

PROPOSER, APPROVER = "xz1", "jijiao"
TODAY = "2026-10-09"
PLACES = [Place("2020-09-01", county="C", school="S1", stage="primary")]
TERM = DeferralTerm(max_days=366, renew_days_before=10)


def given(*acts: tuple[str, str]) -> StudentCase:
    """A file with these status acts, (day, change) each."""
    case = StudentCase.open(uuid4().hex, PLACES)
    for on, change in acts:
        take(case, on, change)
    return case


def take(case: StudentCase, on: str, change: str) -> None:
    papers = {"evidence": "证1", "approved": True, "reason": "毕业" if change == s.CLOSED else ""}
    fact = fact_of(f"{on} {change}", {"on": on, "change": change, **papers}, {}, str)
    verdict = case.take(STATUSES, [fact])[0]
    assert verdict.verb == "recorded", verdict.note


def propose(case: StudentCase, change: str, on: str = "2026-10-05", **more: str) -> int:
    return case.propose({"change": change, "on": on, **more}, by=PROPOSER, proposed_on=on, private=None)


def approve(case: StudentCase, no: int, on: str = TODAY, by: str = APPROVER) -> int:
    return case.approve(no, by=by, decided_on=TODAY, on=on, mark=str, private={"approver": "路知遥"})


def told(case: StudentCase) -> Sequence[Any]:
    return [(entry.on, entry.change, entry.approved) for entry in case.file.entries.values()]


RETURNED = (("2026-09-07", s.SUSPECTED), ("2026-09-15", s.RETURNED))


def test_a_proposal_changes_no_status_until_it_is_approved():
    case = given(*RETURNED)
    no = propose(case, s.CLOSED, reason="复学稳定", evidence="查1")
    assert (case.file.status, list(case.file.open_proposals())) == (s.RETURNED, [no])
    approve(case, no)
    assert case.file.status == s.CLOSED
    assert told(case)[-1] == (TODAY, s.CLOSED, True)
    assert not case.file.open_proposals()


def test_the_entry_carries_what_was_proposed():
    case = given(*RETURNED)
    no = propose(case, s.SUSPENDED, until="2027-01-20", evidence="休学〔2026〕3号")
    entry = case.file.entries[approve(case, no, on="2026-10-05")]
    assert (entry.on, entry.until, entry.evidence) == ("2026-10-05", "2027-01-20", "休学〔2026〕3号")


def test_who_proposed_neither_approves_nor_declines():
    case = given(*RETURNED)
    no = propose(case, s.CLOSED, reason="复学稳定")
    with pytest.raises(RuleBroken, match="申报人不能审批自己的申报"):
        approve(case, no, by=PROPOSER)
    with pytest.raises(RuleBroken, match="申报人不能审批自己的申报"):
        case.decline(no, by=PROPOSER, decided_on=TODAY, reason="x")


@pytest.mark.parametrize(
    ("end", "how"),
    [
        (lambda case, no: case.withdraw(no, by=PROPOSER, decided_on=TODAY, reason=""), "撤回"),
        (lambda case, no: case.decline(no, by=APPROVER, decided_on=TODAY, reason="材料不全"), "退回"),
        (approve, "批准"),
    ],
)
def test_what_is_answered_is_not_answered_again(end: Any, how: str):
    case = given(*RETURNED)
    no = propose(case, s.CLOSED, reason="复学稳定")
    end(case, no)
    for again in (
        lambda: approve(case, no),
        lambda: case.decline(no, by=APPROVER, decided_on=TODAY, reason="x"),
        lambda: case.withdraw(no, by=PROPOSER, decided_on=TODAY, reason=""),
    ):
        with pytest.raises(RuleBroken, match=f"这项申报已被{how}"):
            again()


def test_a_child_who_dropped_out_meanwhile_is_not_closed_as_stable():
    """From 辍学 the table allows 销号: only that something happened since tells that this one is void."""
    case = given(*RETURNED)
    no = propose(case, s.CLOSED, reason="复学稳定")
    take(case, "2026-10-07", s.RELAPSED)
    with pytest.raises(RuleBroken, match=r"状态登记又有变动.*2026-10-07 再辍"):
        approve(case, no)
    case.decline(no, by=APPROVER, decided_on=TODAY, reason="已再辍")
    assert case.file.status == s.DROPPED_OUT


def test_a_void_or_a_correction_since_is_a_change_too():
    case = given(*RETURNED)
    no = propose(case, s.CLOSED, reason="复学稳定")
    case.void(STATUSES, max(case.file.entries), "登错了")
    with pytest.raises(RuleBroken, match="状态登记又有变动"):
        approve(case, no)


def test_one_at_a_time():
    case = given(*RETURNED)
    propose(case, s.CLOSED, reason="复学稳定")
    with pytest.raises(RuleBroken, match="已有一项申报等待审批"):
        propose(case, s.SUSPENDED, until="2027-01-01", evidence="证")


def test_what_does_not_fit_today_is_not_even_proposed():
    with pytest.raises(RuleBroken, match="不能由“尚无个案”变为“销号”"):
        propose(given(), s.CLOSED, reason="毕业")
    with pytest.raises(RuleBroken, match="转学办理中的个案"):
        propose(given(("2026-09-01", s.WATCH), ("2026-09-02", s.TRANSFERRING)), s.CLOSED, reason="毕业")


def test_home_teaching_needs_a_second_person_only_for_who_is_out():
    with pytest.raises(RuleBroken, match="不需要审批，请直接登记"):
        propose(given(("2026-09-01", s.WATCH)), s.HOME_TEACHING, evidence="证")
    for out in (s.SUSPECTED, s.DROPPED_OUT):
        case = given(("2026-09-07", out))
        with pytest.raises(RuleBroken, match="须有证据编号"):
            propose(case, s.HOME_TEACHING)
        approve(case, propose(case, s.HOME_TEACHING, evidence="县特〔2026〕2号"), on="2026-10-05")
        assert case.file.status == s.HOME_TEACHING


def test_a_deferral_is_renewed_while_it_runs():
    case = given(*RETURNED)
    for on, until in (("2026-10-01", "2026-10-20"), ("2026-10-08", "2027-01-20")):
        approve(case, propose(case, s.SUSPENDED, on=on, until=until, evidence="证"), on=on)
    assert case.file.status == s.DEFERRED
    assert [entry.until for entry in case.file.entries.values()][-1] == "2027-01-20"


def test_a_closed_file_is_reopened_and_closed_again():
    case = given(*RETURNED)
    approve(case, propose(case, s.CLOSED, reason="复学稳定"), on="2026-10-05")
    take(case, "2026-10-06", s.REOPENED)
    approve(case, propose(case, s.CLOSED, on="2026-10-07", reason="核查排除"))
    assert case.file.status == s.CLOSED


@pytest.fixture(scope="module")
def words() -> Dictionaries:
    """The shipped dictionaries."""
    parsed = parse("dictionaries", (files("casework") / "policy" / "dictionaries.toml").read_text("utf-8"))
    assert isinstance(parsed, Dictionaries)
    return parsed


def lacks(words: Dictionaries, private: dict[str, str] | None = None, **body: str) -> str:
    return papers_fault({"on": "2026-10-05", **body}, private or {}, words, TERM)


def test_every_closing_reason_asks_for_the_evidence_it_names(words: Dictionaries):
    for reason, needed in words.closing_reasons.items():
        assert needed in lacks(words, change=s.CLOSED, reason=reason)
        assert not lacks(words, change=s.CLOSED, reason=reason, evidence="证1")
        assert not lacks(words, {"papers": "户口本复印件"}, change=s.CLOSED, reason=reason)
    assert "请选择销号原因" in lacks(words, change=s.CLOSED, reason="搬走了", evidence="证1")
    free = words.model_copy(update={"closing_reasons": {"复学稳定": ""}})
    assert not lacks(free, change=s.CLOSED, reason="复学稳定")


@pytest.mark.parametrize(
    ("until", "evidence", "said"),
    [
        ("", "证1", "批准到哪一天止"),
        ("2026-10-04", "证1", "早于起始日期"),
        ("2027-10-07", "证1", "一次最长批准 366 天"),
        ("2027-10-06", "", "批准文件的编号"),
        ("2027-10-06", "证1", ""),
        ("2027-10-06", "证" * 101, "编号太长"),
    ],
)
def test_a_deferral_has_a_paper_and_an_end(words: Dictionaries, until: str, evidence: str, said: str):
    fault = lacks(words, change=s.SUSPENDED, until=until, evidence=evidence)
    assert said in fault and bool(said) == bool(fault)


def test_home_teaching_names_the_papers_that_are_lacking(words: Dictionaries):
    assert lacks(words, change=s.HOME_TEACHING).endswith("监护人申请编号、专家委员会意见编号、县级批准文号")
    papers = {"application": "申1", "opinion": "专1"}
    assert lacks(words, papers, change=s.HOME_TEACHING).endswith("还缺：县级批准文号")
    assert not lacks(words, papers, change=s.HOME_TEACHING, evidence="县特1")


def test_a_closure_holds_from_its_decision_and_a_deferral_from_its_paper():
    assert entry_day(s.CLOSED, "2026-10-05", TODAY) == TODAY
    assert entry_day(s.SUSPENDED, "2026-10-05", TODAY) == "2026-10-05"


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("2026-10-04", "早于申报的日期"),
        ("2026-10-10", "在将来"),
        ("2026-10-08", "已过截止日期"),
        ("2026-10-06", ""),
    ],
)
def test_an_approval_holds_from_a_day_between_the_stated_one_and_today(on: str, said: str):
    fault = entry_day_fault("2026-10-05", "2026-10-07", on, TODAY)
    assert said in fault and bool(said) == bool(fault)
