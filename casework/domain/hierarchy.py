"""Who manages whose account and who appoints whom (账号与任职的上下级): down only, never sideways or up.

A manager reaches people of the units below, and in its own unit those whose post ranks lower. A
person with a post above the manager's in any unit is out of reach: a reset would open that post too.
"""

from collections.abc import Iterable

from casework.domain.permissions import ADMINISTRATOR, MANAGE_ACCOUNTS, may
from casework.domain.units import COUNTY, DISTRICT, SCHOOL, SUBDISTRICT, TOWNSHIP, VILLAGE, Unit, Units

RANKS = {
    ADMINISTRATOR: 9,
    "局长": 8,
    "县长": 8,
    "副局长": 7,
    "基教股": 6,
    "督导": 5,
    "学区": 4,
    "校长": 3,
    "学籍管理员": 2,
}
"""Post → its rank inside one unit; every other post has rank 1."""

POSTS_AT: dict[str, tuple[str, ...]] = {
    COUNTY: (
        "局长", "副局长", "基教股", "资助中心", "特教专干", "学籍管理员", "资助专干", "包片领导", "督导",
        ADMINISTRATOR, "县长",
    ),
    DISTRICT: ("学区",),
    SCHOOL: (
        "班主任", "任课教师", "校长", "学籍管理员", "资助专干", "包片教师", "帮扶责任人", "代理家长",
    ),
    TOWNSHIP: ("镇长", "乡镇分管领导", "乡镇干部", "帮扶责任人"),
    SUBDISTRICT: ("镇长", "乡镇分管领导", "乡镇干部", "帮扶责任人"),
    VILLAGE: ("村长", "村支书", "帮扶责任人"),
}  # fmt: skip
"""Kind of unit → the posts it has."""

Held = tuple[str, str]
"""(post, unit code)."""


def managed_units(units: Units, manager: Held) -> list[Unit]:
    """The units whose people a manager looks after: its own first, then those below, by code.

    An administrator without a unit looks after all of them.
    """
    post, code = manager
    if not may(post, MANAGE_ACCOUNTS):
        return []
    if not code:
        return sorted(units, key=lambda unit: unit.code) if post == ADMINISTRATOR else []
    below = units.below(code, *POSTS_AT)
    return sorted(below, key=lambda unit: (unit.code != code, unit.code))


class Manager:
    """What one manager may do, asked many times over: the units below are found once."""

    def __init__(self, units: Units, held: Held) -> None:
        self._units = units
        self._held = held
        self.managed = frozenset(unit.code for unit in managed_units(units, held))

    def manages(self, posts: Iterable[Held]) -> bool:
        """Whether a person with these posts (at least one) is this manager's to look after."""
        held = list(posts)
        return bool(held) and all(_is_below(self.managed, self._held, each) for each in held)

    def appoints(self, post: str, code: str) -> bool:
        """Whether this manager may give a post at a unit, and end it."""
        unit = self._units.get(code)
        return unit is not None and post in POSTS_AT.get(unit.kind, ()) and self.manages([(post, code)])


def may_manage(units: Units, manager: Held, posts: Iterable[Held]) -> bool:
    """Whether a manager may hand out a code to, or disable, a person with these posts (at least one)."""
    return Manager(units, manager).manages(posts)


def may_appoint(units: Units, manager: Held, post: str, code: str) -> bool:
    """Whether a manager may give a post at a unit."""
    return Manager(units, manager).appoints(post, code)


def _is_below(managed: frozenset[str], manager: Held, person: Held) -> bool:
    (rank, at), (post, unit) = (RANKS.get(manager[0], 1), manager[1]), person
    if unit not in managed:
        return False
    same = unit == at or manager[0] == ADMINISTRATOR
    return not same or RANKS.get(post, 1) < rank
