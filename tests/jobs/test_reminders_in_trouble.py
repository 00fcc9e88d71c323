"""Reminders when something is amiss: a worker away for days, a clock that jumps, ten thousand duties at once,
nobody in the post, no address."""

import json
import tracemalloc
from collections import Counter
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert

from casework.domain.values import OPEN, day_after, day_of
from casework.projections.duty_rows import duty
from casework.store.reminder_settings import Contact, keep_contact
from tests.jobs.reminded import MORNING, Post
from tests.web.small_county import DISTRICT, HEAD_2

MANY = 10_000
CHANNELS = 4


def mails(post: Post) -> Counter[str]:
    """How many mails each person got."""
    return Counter(to.partition("@")[0] for to, _ in post.mail.got)


def told(post: Post, login: str) -> int:
    """How many duties a person is told of by the last digest."""
    mine = post.rows(channel="in_app", recipient=login)
    last = max(mine, key=lambda row: row["instant_us"])
    return sum(json.loads(last["why"]).values())


def fall_due(post: Post, many: int) -> None:
    """So many duties of two schools' heads, all due tomorrow."""
    today = day_of(post.county.now)
    alike = {
        "rule": "letter.issue", "no": 0, "seq": 0, "policy": "duties-2026.1", "role": "校长", "grade": "",
        "klass": "", "begins": today, "due_day": day_after(today, 1), "fulfilled_on": "", "fulfilled_by": 0,
        "stopped_on": "", "county": "C1", "township": "T1", "stage": "小学",
        "known_from": 1, "known_to": OPEN,
    }  # fmt: skip
    rows = [
        {**alike, "case_id": uuid4().hex, "unit": f"S{1 + at % 2}", "school": f"S{1 + at % 2}"}
        for at in range(many)
    ]
    with post.county.casework.store.engine.begin() as conn:
        conn.execute(insert(duty), rows)


def peak(post: Post) -> int:
    """The most memory that planning took, in bytes."""
    tracemalloc.start()
    try:
        post.look()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_two_days_down_cost_one_digest(post: Post) -> None:
    first = post.look()
    post.county.now += timedelta(days=2, hours=3)
    assert 0 < post.look() <= first + 4
    assert post.look() == 0
    assert len({row["instant_us"] for row in post.rows()}) == 2


def test_what_was_planned_before_the_worker_went_down_is_not_sent_beside_the_new_digest(post: Post) -> None:
    post.look()
    post.county.now += timedelta(days=2, hours=3)
    post.deliver()
    assert not post.mail.got, "it waits for the digest that is owed"
    post.look()
    post.deliver()
    assert post.mail.got and set(mails(post).values()) == {1}
    (old, new) = sorted({row["instant_us"] for row in post.rows()})
    assert {row["state"] for row in post.rows() if row["instant_us"] == new} == {"sent"}
    left = [row for row in post.rows(channel="email") if row["instant_us"] == old]
    assert {(row["state"], row["reason"]) for row in left} == {("suppressed", "没有发出，已并入后一次汇总")}


@pytest.mark.parametrize("back", [timedelta(minutes=20), timedelta(hours=1), timedelta(days=1)])
def test_a_clock_set_back_sends_nothing_twice(post: Post, back: timedelta) -> None:
    post.look()
    post.deliver()
    post.county.now -= back
    while post.county.now < MORNING + timedelta(hours=1):
        post.look()
        post.deliver()
        post.county.now += timedelta(hours=1)
    instants = {row["instant_us"] for row in post.rows()}
    digests = 1 + 2 * back.days  # a whole day was lived through again
    assert len(instants) <= digests
    assert max(mails(post).values()) <= digests and not post.mail.twice()


def test_a_clock_that_runs_ahead_and_is_put_right_leaves_nobody_out_and_tells_nothing_twice(
    post: Post,
) -> None:
    post.county.now = MORNING + timedelta(days=1)
    post.look()
    post.deliver()
    ahead = mails(post)
    post.county.now = MORNING
    post.look()
    post.deliver()
    assert set(mails(post)) >= set(ahead) and max(mails(post).values()) == 2, "today's, as is owed"
    post.county.now = MORNING + timedelta(days=1)
    assert post.look() == 0, "tomorrow's was given"


def test_ten_thousand_duties_due_at_once_cost_one_digest_a_person_and_no_memory(post: Post) -> None:
    post.look()  # what is read once and kept
    post.county.now += timedelta(days=1)
    fall_due(post, MANY // 10)
    small = peak(post)
    post.county.now += timedelta(days=1)
    fall_due(post, MANY - MANY // 10)
    large = peak(post)
    people = {row["recipient"] for row in post.rows(channel="in_app")}
    assert len(post.rows()) <= 3 * CHANNELS * len(people)
    assert told(post, HEAD_2) >= MANY // 2
    assert large < 1.5 * small
    post.deliver()
    assert set(mails(post).values()) == {1} and not post.web.twice()


def test_a_place_that_nobody_holds_is_told_to_the_level_above_and_the_rest_as_usual(post: Post) -> None:
    post.look()
    before = {row["recipient"] for row in post.rows(channel="in_app")}
    assert HEAD_2 in before
    left = {"登录名": HEAD_2, "姓名": "闵舒禾", "岗位": "校长", "单位代码": "S2", "任职日期": "2026-08-01"}
    above = {"登录名": "ju1", "姓名": "方知节", "岗位": "局长", "单位代码": "C1", "任职日期": "2026-08-01"}
    taken = post.county.take("staff", [{**left, "离任日期": "2026-10-11"}, above])
    assert taken.all_taken, taken
    post.county.now = datetime.fromisoformat("2026-10-13T08:00:00+08:00")
    post.look()
    now = {row["recipient"] for row in post.rows(channel="in_app") if row["unit"] != "S2"}
    assert len(post.rows(channel="in_app", recipient=HEAD_2)) == 1, "who has left is told no more"
    assert "ju1" in now, "河口乡 has no 镇长 either"
    assert before - {HEAD_2} <= now


def test_who_has_no_address_is_told_in_the_application_and_the_log_says_why(post: Post) -> None:
    store = post.county.casework.store
    keep_contact(
        store.engine, store.keys, HEAD_2, Contact(phone="13900001111", by_sms=False), post.county.now
    )
    keep_contact(store.engine, store.keys, DISTRICT, Contact(), post.county.now)
    post.look()
    rows = {row["channel"]: row for row in post.rows(recipient=HEAD_2)}
    assert rows["in_app"]["state"] == "sent"
    assert (rows["email"]["state"], rows["email"]["reason"]) == ("suppressed", "没有登记邮箱")
    assert (rows["sms"]["state"], rows["sms"]["reason"]) == ("suppressed", "本人关闭了短信提醒")


def test_without_a_phone_the_other_channels_are_used(post: Post) -> None:
    store = post.county.casework.store
    keep_contact(store.engine, store.keys, HEAD_2, Contact("a@example.gov.cn"), post.county.now)
    post.look()
    post.deliver()
    rows = {row["channel"]: (row["state"], row["reason"]) for row in post.rows(recipient=HEAD_2)}
    assert rows["sms"] == ("suppressed", "没有登记手机号")
    assert rows["in_app"] == rows["email"] == ("sent", "")
