"""The small county with its people in the field and its 局长, all with accounts: a chain to the top."""

from datetime import UTC, datetime

from tests.support.county import County
from tests.support.field import PEOPLE, fill_field
from tests.web.small_county import NAMES, PASSWORD

BOSS = "ju1"
CHAIN = {**NAMES, **PEOPLE, BOSS: "苏以宁"}
"""Login → name."""


def fill_chain(county: County) -> None:
    """Everybody of the small county and of the field, then the top of the chain."""
    fill_field(county)
    post(county, BOSS, "局长", "C1", CHAIN[BOSS])
    for login, name in CHAIN.items():
        county.casework.accounts.make(login, name, PASSWORD, now=datetime(2026, 10, 1, tzinfo=UTC))


def post(county: County, login: str, post: str, unit: str, name: str, **more: str) -> None:
    """A row of the staff workbook."""
    row = {"登录名": login, "姓名": name, "岗位": post, "单位代码": unit, "任职日期": "2026-08-01"}
    outcome = county.take("staff", [row | more])
    assert not outcome.counts.get("refused"), outcome
