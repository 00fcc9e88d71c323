"""What takes a right away holds from the next page on, whoever wrote it: another process's office too."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from casework.accounts import account
from casework.store.clock import micros
from tests.support.copied import filled_county
from tests.support.county import County
from tests.web.pages import Visitor
from tests.web.small_county import CHIEF, CLERK, HEAD_1, HEAD_2, NAMES, PASSWORD, RAIN, ROSTER, at, fill

SignedIn = Callable[[str], Visitor]
Ids = dict[str, str]
_CALLER = "banzhuren"
_NAMES = {**NAMES, _CALLER: "蒙思源"}
_OPEN = {HEAD_1: ("校长", "S1"), HEAD_2: ("校长", "S2"), CHIEF: ("村长", "V1")}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def county(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A small county of each test's own, with a class teacher."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('county') / 'casework.db'}"
        else:
            url = stack.enter_context(request.getfixturevalue("postgres_server").database())
        yield stack.enter_context(filled_county(url, _fill))


def _fill(county: County) -> None:
    fill(county)
    for login in (*_OPEN, CLERK, _CALLER):
        county.casework.accounts.make(login, _NAMES[login], PASSWORD, now=datetime(2026, 10, 1, tzinfo=UTC))


@pytest.fixture
def elsewhere(county: County) -> Iterator[County]:
    """The same county in another process: another application over its database, at the same time of day."""
    other = County(county.casework.store.engine.url.render_as_string(hide_password=False))
    other.now = county.now
    yield other
    other.close()


def _post(county: County, login: str, post: str, unit: str, **more: str) -> None:
    row = {"登录名": login, "姓名": _NAMES[login], "岗位": post, "单位代码": unit, "任职日期": "2026-08-01"}
    outcome = county.take("staff", [row | more])
    assert not outcome.counts.get("refused"), outcome


@pytest.mark.parametrize("login", _OPEN)
def test_a_post_that_ended_opens_nothing_any_more(elsewhere: County, signed_in: SignedIn, login: str):
    holder = signed_in(login)
    holder.get("/students" if login != CHIEF else "/village")
    _post(elsewhere, login, *_OPEN[login], 离任日期="2026-10-08")
    holder.get("/students" if login != CHIEF else "/village", 403)


def test_the_last_day_in_post_ends_at_midnight(county: County, elsewhere: County, signed_in: SignedIn):
    head = signed_in(HEAD_1)
    _post(elsewhere, HEAD_1, "校长", "S1", 离任日期="2026-10-09")
    head.get("/students")
    county.now += timedelta(days=1)
    head.get("/students", 403)


def test_a_child_who_left_the_class_is_not_there_for_its_teacher(
    county: County, elsewhere: County, signed_in: SignedIn, ids: Ids
):
    _post(county, _CALLER, "班主任", "S1", 班级="四年级1班")
    teacher = signed_in(_CALLER)
    assert RAIN in teacher.get("/students").text
    teacher.get(f"/cases/{ids[RAIN]}")
    moved = ROSTER[0] | {"班级": "2班"}
    elsewhere.take("roster", [moved], at("2026-10-09T15:10"))
    county.now = elsewhere.now
    assert RAIN not in teacher.get("/students").text
    teacher.get(f"/cases/{ids[RAIN]}", 404)
    teacher.get(f"/children/{ids[RAIN]}/visits/new", 404)


def test_a_device_signed_out_elsewhere_is_asked_to_sign_in(elsewhere: County, signed_in: SignedIn):
    head = signed_in(HEAD_1)
    head.get("/students")
    elsewhere.casework.accounts.sign_out_everywhere(HEAD_1, now=datetime(2026, 10, 9, 7, tzinfo=UTC))
    assert head.client.get("/students").location.startswith("/sign-in")


def test_a_disabled_account_is_shut_out(elsewhere: County, signed_in: SignedIn):
    head = signed_in(HEAD_1)
    head.get("/students")
    with elsewhere.casework.store.engine.begin() as conn:
        disabled = micros(datetime(2026, 10, 9, 7, tzinfo=UTC))
        conn.execute(update(account).where(account.c.login == HEAD_1).values(disabled_us=disabled))
    assert head.client.get("/students").location.startswith("/sign-in")


def test_a_unit_renamed_elsewhere_is_read_by_its_new_name(elsewhere: County, signed_in: SignedIn):
    clerk = signed_in(CLERK)
    assert "青山镇" in clerk.get("/board").text
    elsewhere.take(
        "units",
        [{"单位代码": "T1", "单位名称": "青山街道", "类型": "乡镇", "上级代码": "C1"}],
        confirm_names=True,
    )
    page = clerk.get("/board").text
    assert "青山街道" in page and "青山镇" not in page
