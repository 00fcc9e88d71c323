"""When a digest is owed, what it says, and which rules of reminders are refused."""

from datetime import datetime, timedelta
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.domain.policy_documents import parse
from casework.domain.reminder_policy import ReminderPolicy
from casework.domain.reminders import due_digest, reminder_key, words
from casework.errors import BadInput

TEXT = (files("casework") / "policy" / "reminders.toml").read_text(encoding="utf-8")
EMAIL = '\n[email]\nhost = "smtp.example.gov.cn"\nport = 465\nsender = "a@example.gov.cn"\nuser = "a"\n'


def policy(text: str = TEXT) -> ReminderPolicy:
    found = parse("reminders", text)
    assert isinstance(found, ReminderPolicy)
    return found


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-09-{text}:00+08:00")


@pytest.mark.parametrize(
    ("now", "done", "owed"),
    [
        ("14T07:29", ["13T18:00"], None),
        ("14T07:30", ["13T18:00"], "14T07:30"),
        ("14T07:31", ["14T07:30"], None),
        ("14T16:00", ["11T18:00"], "14T07:30"),  # down for days: the last one only
        ("14T17:10", ["11T18:00"], None),  # the next is near: it joins
        ("14T18:00", ["11T18:00"], "14T18:00"),
        ("14T22:00", ["14T07:30"], None),  # quiet hours
        ("15T07:00", ["14T07:30"], None),  # after them the morning's is near
        ("15T07:30", ["14T07:30"], "15T07:30"),
        ("14T07:40", ["14T08:00"], None),  # the county has moved its hours
    ],
)
def test_the_last_digest_appointed_is_owed_once(now: str, done: list[str], owed: str | None) -> None:
    found = due_digest(policy(), at(now), [at(each) for each in done])
    assert (found and found.instant) == (owed and at(owed))


def test_a_digest_appointed_in_quiet_hours_waits_for_their_end() -> None:
    late = policy(TEXT.replace('at = "18:00"', 'at = "22:00"').replace('at = "07:30"', 'at = "12:00"'))
    assert due_digest(late, at("14T22:30"), [at("14T12:00")]) is None
    found = due_digest(late, at("15T07:00"), [at("14T12:00")])
    assert found and found.instant == at("14T22:00")


@given(st.lists(st.integers(-600, 600), min_size=1, max_size=200))
def test_however_the_clock_jumps_no_digest_is_given_twice(jumps: list[int]) -> None:
    rules, now, done = policy(), at("14T00:00"), list[datetime]()
    for minutes in jumps:
        now += timedelta(minutes=minutes)
        owed = due_digest(rules, now, done)
        if owed:
            assert owed.instant not in done and owed.instant <= now and not rules.quiet.holds(now)
            done.append(owed.instant)


def test_a_message_has_one_name() -> None:
    one = reminder_key("zhang", "email", at("14T07:30"), "r-1")
    assert one == reminder_key("zhang", "email", at("14T07:30"), "r-1")
    others = [("li", "email", "14T07:30", "r-1"), ("zhang", "sms", "14T07:30", "r-1")]
    others += [("zhang", "email", "14T18:00", "r-1"), ("zhang", "email", "14T07:30", "r-2")]
    assert len({one, *(reminder_key(a, b, at(c), d) for a, b, c, d in others)}) == 5


def test_a_message_says_how_many_of_what_and_where() -> None:
    said = words("早间", "2026-09-14", {"快到期": 3, "已逾期": 0}, link="https://kcbx.example.gov.cn/duties")
    assert said.text == (
        "【控辍保学】9月14日早间汇总，您有快到期 3 件。请打开 https://kcbx.example.gov.cn/duties 办理。"
    )


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (
            ('channels = ["in_app", "robot"]', 'channels = ["in_app", "email"]'),
            "kinds.缓学休学快到期.channels",
        ),
        (('channels = ["in_app", "robot"]', 'channels = ["pigeon"]'), "kinds.0.channels.0"),
        (('digests = ["早间"]', 'digests = ["中午"]'), "没有“中午”这个汇总"),
        (('link = ""', 'link = "http://kcbx.example.gov.cn"'), "link：应以 https:// 开头"),
        (('at = "18:00"', 'at = "07:50"'), "digests：两次汇总相隔不足"),
        (('at = "18:00"', 'at = "25:00"'), "digests.1.at"),
    ],
)
def test_rules_that_do_not_fit_are_refused_with_their_key(change: tuple[str, str], refusal: str) -> None:
    assert change[0] in TEXT
    with pytest.raises(BadInput, match="政策文件 reminders") as refused:
        parse("reminders", TEXT.replace(*change, 1))
    assert refusal in refused.value.message


def test_mail_travels_in_clear_on_this_machine_only() -> None:
    clear = EMAIL.replace("465", '25\nsecurity = "none"')
    with pytest.raises(BadInput, match=r"email\.security"):
        parse("reminders", TEXT + clear)
    assert policy(TEXT + clear.replace("smtp.example.gov.cn", "127.0.0.1")).email


def test_unknown_rules_and_roles_and_missing_secrets_are_named() -> None:
    roles, rules = ["校长"], ["deferral.end", "helper.visit", "term.count", "campaign"]
    assert policy().check_against(rules, roles, []) == ""
    assert "kinds.缓学休学快到期.rules" in policy().check_against([], roles, [])
    named = policy(TEXT.replace('when = "overdue"', 'when = "overdue"\nroles = ["校工"]'))
    assert "kinds.已逾期.roles：没有“校工”这个角色" in named.check_against(rules, roles, [])
    assert policy(TEXT + EMAIL).check_against(rules, roles, []).startswith("email：还没有保存邮件服务器密码")
    assert policy(TEXT + EMAIL).check_against(rules, roles, ["email"]) == ""
