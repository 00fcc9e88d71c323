"""Duties follow from the file as the rules say: who, by when, fulfilled by what, and when they end.

Days: 2026-09-14 is a Monday; 2026-09-25 and 2026-10-01 to 10-07 are holidays.
"""

import pytest

from casework.errors import BadInput
from tests.domain.duty_files import File, Rules, shipped_duties
from tests.domain.test_policy import SHIPPED


def test_an_absence_asks_the_class_teacher_to_contact_the_family_that_day():
    file = File()
    file.absent("2026-09-14")
    duty = file.duty("absence.contact")
    assert (duty.role, duty.unit, duty.grade, duty.klass) == ("师长", "S1", "三年级", "1班")
    assert (duty.begins, duty.due_day) == ("2026-09-14", "2026-09-14")
    assert file.state("absence.contact", "2026-09-14") == "open"
    assert file.state("absence.contact", "2026-09-15") == "overdue"


def test_an_absence_that_starts_on_a_holiday_is_due_on_the_next_school_day():
    file = File()
    file.absent("2026-09-25")
    assert file.duty("absence.contact").due_day == "2026-09-28"


def test_any_visit_from_that_day_on_is_contact_and_one_later_is_late():
    file = File()
    file.absent("2026-09-14")
    file.visit("2026-09-16", mode="电话")
    assert file.state("absence.contact", "2026-09-15") == "overdue"
    assert file.state("absence.contact", "2026-09-16") == "late"


def test_the_absence_ladder_counts_school_days_from_the_first_one():
    file = File()
    file.absent("2026-09-18")
    days = {rule: file.duty(f"absence.{rule}").begins for rule in ("joint_visit", "report", "decide")}
    assert days == {"joint_visit": "2026-09-21", "report": "2026-09-22", "decide": "2026-09-29"}


def test_an_absence_that_is_over_begins_no_further_steps():
    file = File()
    file.absent("2026-09-14", until="2026-09-15")
    assert file.duties("absence.joint_visit") and not file.duties("absence.report")


def test_an_absence_that_ended_in_time_ends_the_duty_and_one_that_lasted_to_the_due_day_does_not():
    early, late = File(), File()
    early.absent("2026-09-25", until="2026-09-26")  # due on Monday
    late.absent("2026-09-14", until="2026-09-14")
    assert early.state("absence.contact", "2026-09-26") == "open"
    assert early.state("absence.contact", "2026-09-27") == "ended"
    assert late.state("absence.contact", "2026-09-15") == "overdue"


def test_a_fact_after_the_absence_fulfils_nothing():
    file = File()
    file.absent("2026-09-14", until="2026-09-14")
    file.visit("2026-09-15")
    assert file.duty("absence.contact").fulfilled_on == ""


@pytest.mark.parametrize(
    ("mode", "units", "done"),
    [("上门", ("S1", ""), True), ("上门", ("S1",), False), ("电话", ("S1", "S1"), False)],
)
def test_a_joint_visit_is_paid_in_person_by_two_or_more(mode: str, units: tuple[str, ...], done: bool):
    file = File()
    file.absent("2026-09-14")
    file.visit("2026-09-14", mode=mode, units=units)
    assert bool(file.duty("absence.joint_visit").fulfilled_on) is done


def test_a_suspected_dropout_fulfils_report_and_decision_and_stops_the_ladder():
    file = File()
    file.absent("2026-09-14")
    file.status("2026-09-16", "suspected")
    assert file.duty("absence.report").fulfilled_on == "2026-09-16"
    assert not file.duties("absence.decide")


def test_a_child_already_deferred_begins_no_absence_duty():
    file = File()
    file.status("2026-09-01", "deferred", until="2026-12-31")
    file.absent("2026-09-14")
    assert not file.duties("absence.contact")


def test_the_letter_is_due_seven_school_days_after_the_child_left():
    file = File()
    file.status("2026-09-14", "suspected")
    file.status("2026-09-16", "dropped_out")
    duty = file.duty("letter.issue")
    assert (duty.role, duty.begins, duty.due_day) == ("校长", "2026-09-14", "2026-09-23")


def test_a_letter_on_the_day_of_return_still_counts_and_none_after_it():
    same, after = File(), File()
    for file, day in ((same, "2026-09-18"), (after, "2026-09-19")):
        file.status("2026-09-14", "suspected")
        file.status("2026-09-18", "returned")
        file.letter(day)
    assert same.duty("letter.issue").fulfilled_on == "2026-09-18"
    assert after.state("letter.issue", "2026-09-30") == "ended"


def test_coming_back_and_leaving_again_does_not_revive_what_ended():
    file = File()
    file.status("2026-09-14", "suspected")
    file.status("2026-09-16", "returned")
    file.status("2026-09-17", "suspected")
    file.letter("2026-09-18")
    first, second = file.duties("letter.issue")
    assert (first.fulfilled_on, first.stopped_on) == ("", "2026-09-16")
    assert second.fulfilled_on == "2026-09-18"


def test_the_deadline_counts_from_the_day_after_service_and_moves_off_a_holiday():
    file = File()
    file.status("2026-09-14", "suspected")
    file.served(file.letter("2026-09-15"), "2026-09-18")
    duty = file.duty("guardian.return")
    assert (duty.role, duty.begins, duty.due_day) == ("家长", "2026-09-18", "2026-09-28")


def test_the_guardian_fulfils_by_a_return_after_the_service_day():
    file = File()
    file.status("2026-09-14", "suspected")
    file.served(file.letter("2026-09-15"), "2026-09-15")
    file.status("2026-09-22", "returned")
    assert file.state("guardian.return", "2026-09-22") == "on_time"


def test_a_deadline_that_passed_makes_the_school_report_and_the_township_order():
    file = File()
    file.status("2026-09-08", "dropped_out")
    file.served(file.letter("2026-09-08"), "2026-09-08")  # deadline 2026-09-15
    report, order = file.duty("letter.failed_report"), file.duty("order.issue")
    assert (report.begins, report.due_day, report.unit) == ("2026-09-16", "2026-09-18", "S1")
    assert (order.begins, order.due_day, order.unit) == ("2026-09-16", "2026-09-22", "T1")


def test_a_child_that_was_back_in_between_makes_no_failed_report():
    file = File()
    file.status("2026-09-08", "dropped_out")
    file.served(file.letter("2026-09-08"), "2026-09-08")
    file.status("2026-09-10", "returned")
    file.status("2026-09-14", "suspected")
    assert not file.duties("letter.failed_report")


def test_serving_falls_to_the_unit_that_issued_and_not_for_the_failed_report():
    file = File()
    file.status("2026-09-14", "suspected")
    file.letter("2026-09-15", kind="限期复学通知书", issuer="T1")
    file.letter("2026-09-15", kind="劝返无效书面报告", days=0)
    duty = file.duty("letter.serve")
    assert (duty.role, duty.unit, duty.due_day) == ("签发单位", "T1", "2026-09-22")


def test_a_voided_letter_keeps_only_its_service_ended_on_the_day_of_voiding():
    file = File()
    file.status("2026-09-08", "suspected")
    no = file.letter("2026-09-08")
    file.served(no, "2026-09-12")
    file.voided(no, "2026-09-10")
    assert file.state("letter.serve", "2026-09-10") == "ended"
    assert not file.duties("guardian.return") and file.duty("letter.issue").fulfilled_on == ""


def test_an_order_that_passed_is_to_be_decided_within_fifteen_days():
    file = File()
    file.status("2026-09-01", "dropped_out")
    file.served(file.letter("2026-09-01", kind="限期复学通知书", issuer="T1"), "2026-09-01")
    file.decide("2026-09-20")
    duty = file.duty("order.decide")
    assert (duty.role, duty.unit, duty.begins, duty.due_day) == ("局长", "C1", "2026-09-09", "2026-09-23")
    assert duty.fulfilled_on == "2026-09-20"


def test_the_nth_check_fulfils_the_nth_of_five_checks():
    file = File()
    file.status("2026-09-01", "suspected")
    file.status("2026-09-14", "returned")
    file.check("2026-09-15")
    file.check("2026-09-18")
    found = [(duty.seq, duty.due_day, duty.fulfilled_on) for duty in file.duties("returned.check")]
    assert found == [
        (1, "2026-09-15", "2026-09-15"),
        (2, "2026-09-17", "2026-09-18"),
        (3, "2026-09-21", ""),
        (4, "2026-09-29", ""),
        (5, "2026-10-20", ""),
    ]


def test_a_deferral_is_to_be_looked_at_ten_days_before_its_end_and_a_renewal_fulfils():
    file = File()
    file.status("2026-03-01", "deferred", until="2026-09-30")
    file.status("2026-09-25", "deferred", until="2026-12-31")
    first, second = file.duties("deferral.end")
    assert (first.begins, first.due_day, first.fulfilled_on) == ("2026-09-20", "2026-09-30", "2026-09-25")
    assert (second.begins, second.due_day, second.fulfilled_on) == ("2026-12-21", "2026-12-31", "")


def test_a_deferral_renewed_early_asks_for_its_new_end_only():
    file = File()
    file.status("2026-03-01", "deferred", until="2026-09-30")
    file.status("2026-09-19", "deferred", until="2026-12-31")
    assert file.duty("deferral.end").due_day == "2026-12-31"


def test_a_deferral_entered_shortly_before_its_end_begins_with_the_entry_which_does_not_count():
    file = File()
    file.status("2026-09-28", "deferred", until="2026-09-30")
    duty = file.duty("deferral.end")
    assert (duty.begins, duty.fulfilled_on) == ("2026-09-28", "")


def test_a_proposal_is_to_be_answered_within_five_working_days():
    file = File()
    file.status("2026-09-01", "watch")
    no = file.propose("2026-09-23")
    assert file.duty("closure.decide").due_day == "2026-10-08"  # after two holidays
    file.decline(no, "2026-10-09")
    assert file.state("closure.decide", "2026-10-09") == "late"


def test_a_new_policy_touches_only_what_begins_on_or_after_its_date():
    text = SHIPPED["duties"].replace("within = { school_days = 7 }", "within = { days = 1 }")
    rules = Rules(("2026-09-15", shipped_duties(text.replace("duties-2026.1", "duties-2026.2"))))
    file = File()
    file.status("2026-09-14", "suspected")
    file.status("2026-09-16", "returned")
    file.status("2026-09-17", "suspected")
    found = [(duty.policy, duty.due_day) for duty in file.duties("letter.issue", rules)]
    assert found == [("duties-2026.1", "2026-09-23"), ("duties-2026.2", "2026-09-18")]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('role = "师长"', 'role = "班长"', "没有“班长”这个角色"),
        ("above = []", 'above = ["师长"]', "上一级成环"),
        ('name = "absence.report"', 'name = "absence.contact"', "同名的规则出现多次"),
        ('on = "week"', 'on = "fortnight"', "应为"),
    ],
)
def test_a_policy_that_can_not_stand_is_refused_with_its_key(old: str, new: str, said: str):
    with pytest.raises(BadInput, match=said):
        shipped_duties(SHIPPED["duties"].replace(old, new, 1))
