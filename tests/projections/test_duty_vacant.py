"""空缺: the units at which nobody holds a place of the chain, on a day."""

from collections.abc import Iterator, Sequence

import pytest

from casework.domain.duty_policy import Role
from casework.projections.duty_vacant import vacant_units
from tests.support.copied import filled_county
from tests.support.county import County
from tests.web.small_county import HEAD_1, NAMES, fill

HEAD = Role(name="校长", title="校长", level="school", posts=("校长",), above=())
DEPUTY = Role(name="副校长", title="副校长", level="school", posts=("副校长",), above=())
EITHER = Role(name="校长", title="校长", level="school", posts=("副校长", "校长"), above=())
MAYOR = Role(name="镇长", title="镇长", level="township", posts=("镇长",), above=())
TEACHER = Role(name="师长", title="师长", level="class", posts=("班主任",), above=())


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """S1 with its head from August to the end of September, S2 with one who stays; T1 with, T2 without."""
    with filled_county(database_url, fill) as county:
        row = {"登录名": HEAD_1, "姓名": NAMES[HEAD_1], "岗位": "校长", "单位代码": "S1"}
        assert county.take("staff", [row | {"任职日期": "2026-08-01", "离任日期": "2026-09-30"}]).all_taken
        yield county


def vacant(county: County, roles: Sequence[Role], day: str) -> set[str]:
    with county.casework.reading() as reading:
        snapshot, units = reading.snapshot, reading.reference.units
        return vacant_units(snapshot.conn, snapshot.k, units, ("S1", "S2", "T1", "T2"), roles, day)


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2026-07-31", {"S1", "S2"}),
        ("2026-08-01", set()),
        ("2026-09-30", set()),
        ("2026-10-01", {"S1"}),
    ],
)
def test_a_place_is_held_on_the_first_and_the_last_day_in_post(
    county: County, day: str, found: set[str]
) -> None:
    assert vacant(county, [HEAD], day) == found


def test_every_role_is_looked_for_at_the_units_of_its_level(county: County) -> None:
    assert vacant(county, [MAYOR], "2026-09-01") == {"T2"}
    assert vacant(county, [HEAD, MAYOR], "2026-10-09") == {"S1", "T2"}
    assert vacant(county, [TEACHER], "2026-10-09") == set(), "of classes it is not asked by unit"


def test_one_vacant_role_of_two_is_enough_and_one_held_post_of_two_fills_a_role(county: County) -> None:
    assert vacant(county, [HEAD, DEPUTY], "2026-09-01") == {"S1", "S2"}
    assert vacant(county, [EITHER], "2026-09-01") == set()


def test_a_unit_not_open_on_the_day_has_no_vacancy(county: County) -> None:
    closed = {
        "单位代码": "S1",
        "单位名称": "第一小学",
        "类型": "学校",
        "上级代码": "C1",
        "所在乡镇代码": "T1",
    }
    opened = closed | {
        "学校类别": "小学",
        "启用日期": "2026-05-01",
        "停用日期": "2026-12-01",
        "并入单位代码": "S2",
    }
    outcome = county.take("units", [opened])
    assert outcome.all_taken, outcome
    assert "S1" not in vacant(county, [HEAD], "2026-04-30")
    assert "S1" in vacant(county, [HEAD], "2026-11-30")
    assert "S1" not in vacant(county, [HEAD], "2026-12-01")
