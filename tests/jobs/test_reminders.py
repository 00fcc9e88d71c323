"""Reminders: planned once, handed over at most once, tried again only when they definitely did not arrive."""

import json
from base64 import b64decode
from datetime import timedelta

from tests.jobs.reminded import Post, adopt, policy_text, states
from tests.web.small_county import CALM, HILL, MOON, RAIN


def test_everyone_gets_one_message_by_channel_and_digest_and_no_childs_name(post: Post) -> None:
    assert post.look() > 0
    assert post.look() == 0, "planned once"
    post.deliver()
    post.deliver()
    told = states(post.county)
    assert {state for _, _, state in told} == {"sent"}
    assert {channel for channel, _, _ in told} == {"in_app", "email", "robot", "sms"}
    assert len(told) == len({each[:2] for each in told})
    assert all(b64decode(text).decode().startswith("【控辍保学】") for _, text in post.mail.got)
    by_mail = [login for channel, login, _ in told if channel == "email"]
    assert sorted(to.partition("@")[0] for to, _ in post.mail.got) == sorted(by_mail)
    assert len(post.web.got) == len([each for each in told if each[0] in ("sms", "robot")])
    assert "xz2" in by_mail, "the headmaster of the school with a dropout"
    for row in post.rows():
        said = row["subject"] + row["text"] + row["why"]
        assert not [name for name in (RAIN, HILL, MOON, CALM) if name in said]
        assert sum(json.loads(row["why"]).values()) > 0


def test_only_what_definitely_did_not_arrive_is_tried_again(post: Post) -> None:
    moods = iter(["busy", "vanish", "refuse"])
    post.mail.mood = lambda: next(moods, "take")
    adopt(post.county, policy_text(*post.ports, {"[1, 5, 15, 60]": "[0, 0]"}))
    post.look()
    for _ in range(4):
        post.deliver()
    ended = [row["state"] for row in post.rows(channel="email")]
    assert sorted(ended) == sorted(["sent"] * (len(ended) - 2) + ["unknown", "failed"])
    assert not post.mail.twice()
    assert post.mail.tries == len(ended) + 1, "the busy one once more, the others never"


def test_a_broken_channel_keeps_no_other_waiting_and_is_given_up_after_the_last_try(post: Post) -> None:
    changes = {"[1, 5, 15, 60]": "[0, 0]"}
    adopt(post.county, policy_text(1, post.ports[1], changes))
    post.look()
    for _ in range(40):
        post.deliver()
    assert {row["state"] for row in post.rows(channel="email")} == {"failed"}
    assert {row["attempts"] for row in post.rows(channel="email")} == {3}
    assert {row["state"] for row in (*post.rows(channel="sms"), *post.rows(channel="robot"))} == {"sent"}


def test_in_quiet_hours_nothing_leaves(post: Post) -> None:
    post.look()
    post.county.now = post.county.now.replace(hour=22)
    post.deliver()
    assert not post.mail.tries and not post.web.tries
    assert post.look() == 0
    post.county.now += timedelta(hours=9, minutes=5)
    post.deliver()
    assert post.mail.got
