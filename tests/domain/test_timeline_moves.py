"""Which status may follow which: every allowed and every refused move of the table; transfers; papers."""

import pytest

from casework.domain import statuses as s
from casework.domain.timeline import check_timeline, stretches
from casework.errors import RuleBroken
from tests.domain.statuses import ALLOWED, PLACES, STATUSES, entry, history, led_to

ON = "2026-09-20"
MOVES = [(before, after) for before, to in ALLOWED.items() for after in to.split()]
REFUSED = [
    (before, after)
    for before in (*ALLOWED, s.TRANSFERRING)
    for after in STATUSES
    if before != after and (before, after) not in MOVES and (before, after) != (s.TRANSFERRING, s.CLOSED)
]


def test_the_table_is_complete():
    assert len(MOVES) + len(REFUSED) + 1 == (len(STATUSES) + 1) * len(STATUSES) - len(STATUSES)


@pytest.mark.parametrize(("before", "after"), MOVES)
def test_an_allowed_move_leads_there(before: str, after: str):
    entries = [*led_to(before), entry(9, ON, after)]
    check_timeline(entries, PLACES)
    spans = stretches(entries, PLACES)
    assert (spans[-1].status, spans[-1].prev_status) == (after, before)


@pytest.mark.parametrize(("before", "after"), REFUSED)
def test_a_refused_move_names_both_entries_and_both_statuses(before: str, after: str):
    earlier = led_to(before)
    with pytest.raises(RuleBroken) as refusal:
        check_timeline([*earlier, entry(9, ON, after)], PLACES)
    message = refusal.value.message
    assert f"“{ON} {s.CHANGE_NAMES[after]}”" in message
    assert f"“{earlier[-1]}”" in message if earlier else "此前没有任何状态" in message
    assert s.STATUS_NAMES[after] in message
    assert (s.STATUS_NAMES[before] if before else "尚无个案") in message
    assert refusal.value.ids["entry"] == (ON, after)


@pytest.mark.parametrize("status", [status for status in STATUSES if status != s.TRANSFERRING])
def test_a_status_stated_again_is_no_move(status: str):
    entries = [*led_to(status), entry(9, ON, status)]
    check_timeline(entries, PLACES)
    assert stretches(entries, PLACES)[-1].prev_status == status


def test_the_rule_that_is_broken_by_a_late_entry_is_found_behind_it():
    entries = history(("2026-09-01", s.WATCH), ("2026-09-10", s.TRANSFERRING), ("2026-09-05", s.SUSPECTED))
    with pytest.raises(RuleBroken, match="2026-09-10 转出”与“2026-09-05 疑似辍学"):
        check_timeline(entries, PLACES)


def test_entries_of_one_day_follow_the_order_in_which_they_were_recorded():
    check_timeline(history((ON, s.SUSPECTED), (ON, s.RETURNED), (ON, s.RELAPSED)), PLACES)
    with pytest.raises(RuleBroken, match="此前没有复学记录"):
        check_timeline(history((ON, s.RELAPSED), (ON, s.SUSPECTED), (ON, s.RETURNED)), PLACES)


def test_nothing_may_happen_before_the_child_has_a_place():
    with pytest.raises(RuleBroken, match="早于该生在花名册上的记录（2020-09-01 起）"):
        check_timeline(history(("2020-08-31", s.WATCH)), PLACES)
    with pytest.raises(RuleBroken, match="尚无"):
        check_timeline(history((ON, s.WATCH)), [])


# ---- 再辍 and 重开 ----------------------------------------------------------------------------


@pytest.mark.parametrize("word", [s.SUSPECTED, s.DROPPED_OUT, s.RELAPSED])
def test_leaving_again_after_a_return_is_a_relapse_whatever_word_is_used(word: str):
    entries = [*led_to(s.RETURNED), entry(9, ON, word)]
    assert [span.relapse for span in stretches(entries, PLACES)] == [False, False, True]


def test_a_return_before_a_closure_still_makes_the_next_leaving_a_relapse():
    entries = [*led_to(s.RETURNED), entry(8, "2026-09-10", s.CLOSED), entry(9, ON, s.SUSPECTED)]
    assert stretches(entries, PLACES)[-1].relapse


def test_from_suspicion_to_dropping_out_is_no_second_relapse():
    entries = [*led_to(s.RETURNED), entry(8, "2026-09-10", s.SUSPECTED), entry(9, ON, s.DROPPED_OUT)]
    assert [span.relapse for span in stretches(entries, PLACES)] == [False, False, True, False]


def test_a_relapse_leads_to_dropped_out_and_a_reopening_to_verifying():
    assert stretches([*led_to(s.RETURNED), entry(9, ON, s.RELAPSED)], PLACES)[-1].status == s.DROPPED_OUT
    assert stretches([*led_to(s.CLOSED), entry(9, ON, s.REOPENED)], PLACES)[-1].status == s.VERIFYING


@pytest.mark.parametrize("status", [status for status in ("", *STATUSES) if status != s.CLOSED])
def test_only_a_closed_case_is_reopened_by_that_word(status: str):
    with pytest.raises(RuleBroken, match="只有已销号的个案才能重开"):
        check_timeline([*led_to(status), entry(9, ON, s.REOPENED)], PLACES)


# ---- transfers (转学) -------------------------------------------------------------------------

_MAY_TRANSFER = [before for before, after in MOVES if after == s.TRANSFERRING]


@pytest.mark.parametrize("before", _MAY_TRANSFER)
@pytest.mark.parametrize("ending", sorted(s.TRANSFER_ENDINGS))
def test_a_transfer_ends_in_the_status_before_it(before: str, ending: str):
    out = entry(8, "2026-09-10", s.TRANSFERRING, school="S2")
    entries = [*led_to(before), out, entry(9, ON, ending, school="S2")]
    check_timeline(entries, PLACES)
    assert [span.status for span in stretches(entries, PLACES)][-2:] == [s.TRANSFERRING, before]


def test_a_second_request_may_name_another_receiver_and_goes_back_to_the_same_status():
    entries = [
        *led_to(s.RETURNED),
        entry(7, "2026-09-08", s.TRANSFERRING, school="S2"),
        entry(8, "2026-09-10", s.TRANSFERRING, school="S3"),
    ]
    with pytest.raises(RuleBroken, match="与转出时登记的接收学校（S3）不一致"):
        check_timeline([*entries, entry(9, ON, s.TRANSFER_ACCEPTED, school="S2")], PLACES)
    accepted = [*entries, entry(9, ON, s.TRANSFER_ACCEPTED, school="S3")]
    assert stretches(accepted, PLACES)[-1].status == s.RETURNED


@pytest.mark.parametrize("ending", sorted(s.TRANSFER_ENDINGS))
@pytest.mark.parametrize("before", list(ALLOWED))
def test_what_is_not_in_transfer_can_not_end_one(before: str, ending: str):
    with pytest.raises(RuleBroken, match="该生当时不在转学办理中"):
        check_timeline([*led_to(before), entry(9, ON, ending, school="S2")], PLACES)


@pytest.mark.parametrize("ending", [s.TRANSFER_REFUSED, s.TRANSFER_WITHDRAWN])
def test_only_the_one_who_accepts_must_be_the_school_that_was_asked(ending: str):
    out = entry(8, "2026-09-10", s.TRANSFERRING, school="S2")
    check_timeline([*led_to(s.WATCH), out, entry(9, ON, ending)], PLACES)
    with pytest.raises(RuleBroken, match="接收学校（S2）不一致"):
        check_timeline([*led_to(s.WATCH), out, entry(9, ON, s.TRANSFER_ACCEPTED, school="S9")], PLACES)


def test_a_transfer_out_of_the_county_closes_with_its_acceptance_and_with_nothing_else():
    out = entry(8, "2026-09-10", s.TRANSFERRING)
    check_timeline([*led_to(s.WATCH), out, entry(9, ON, s.CLOSED, reason="转学已接收")], PLACES)
    for reason in ("毕业", "错误登记"):
        with pytest.raises(RuleBroken, match="转学已接收"):
            check_timeline([*led_to(s.WATCH), out, entry(9, ON, s.CLOSED, reason=reason)], PLACES)


def test_a_transfer_inside_the_county_is_not_closed_but_accepted_or_refused():
    out = entry(8, "2026-09-10", s.TRANSFERRING, school="S2")
    with pytest.raises(RuleBroken, match="接收学校在县外"):
        check_timeline([*led_to(s.WATCH), out, entry(9, ON, s.CLOSED, reason="转学已接收")], PLACES)


# ---- papers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("out", sorted(s.OUT))
@pytest.mark.parametrize("lack", [{"evidence": ""}, {"approved": False}])
def test_home_teaching_out_of_dropout_needs_papers_and_a_second_person(out: str, lack: dict):
    with pytest.raises(RuleBroken, match="须有证据编号"):
        check_timeline([*led_to(out), entry(9, ON, s.HOME_TEACHING, **lack)], PLACES)


@pytest.mark.parametrize("before", [s.WATCH, s.VERIFYING, s.RETURNED, s.DEFERRED])
def test_home_teaching_out_of_any_other_status_needs_none(before: str):
    check_timeline([*led_to(before), entry(9, ON, s.HOME_TEACHING, evidence="", approved=False)], PLACES)


@pytest.mark.parametrize("out", sorted(s.OUT))
def test_the_history_asks_papers_of_no_other_way_out_of_dropout(out: str):
    for after in ALLOWED[out].split():
        if after != s.HOME_TEACHING:
            check_timeline([*led_to(out), entry(9, ON, after, evidence="", approved=False)], PLACES)
