"""The small county with its people in the field and its 局长, all with accounts: a chain to the top."""

from datetime import UTC, datetime
from importlib.resources import files

from casework.commands.policies import adopt_policy
from casework.domain.values import LOCAL_OPERATOR
from tests.support.county import County
from tests.support.field import PEOPLE, fill_field
from tests.web.pages import Visitor
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


def counted(visitor: Visitor, role: str, unit: str, column: str) -> int:
    """A number of the chain's page (六长): of a role's place, in a column."""
    page = visitor.get(f"/chain?role={role}")
    row = next(row for row in page.rows if row and row[0] == unit)
    return int(row[page.rows[0].index(column)])


def adopt_duties(county: County, text: str, since: str) -> None:
    """Other rules of duties from a day on."""
    county.casework.do(
        "policy.adopt",
        lambda act, _: {"adopted": adopt_policy(act, name="duties", text=text, effective_from=since)},
        actor=LOCAL_OPERATOR,
    )


def shipped_duties() -> str:
    """The rules of duties as shipped."""
    return (files("casework") / "policy" / "duties.toml").read_text(encoding="utf-8")
