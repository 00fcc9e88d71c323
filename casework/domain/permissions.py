"""Who may do what (岗位权限), and whose children a unit sees (查看范围): two pure tables, deny by default.

A post (岗位) carries rights; a unit carries a reach. A right without a row here does not exist.
"""

from dataclasses import dataclass

from casework.domain.units import (
    CITY,
    COUNTY,
    DISTRICT,
    PROVINCE,
    SCHOOL,
    TOWNSHIPS,
    VILLAGE,
    Units,
)

HOME = "home"
READ_REPORT = "read_report"
READ_CHILDREN = "read_children"
READ_CASE = "read_case"
EXPORT = "export"
ACTIONS = frozenset({HOME, READ_REPORT, READ_CHILDREN, READ_CASE, EXPORT})

_OFFICE = ACTIONS
_READER = frozenset({HOME, READ_REPORT, READ_CHILDREN, READ_CASE})
_VILLAGE = frozenset({HOME, READ_CHILDREN, READ_CASE})
_NOTHING_YET = frozenset({HOME})

RIGHTS: dict[str, frozenset[str]] = {
    "县长": _OFFICE,
    "局长": _OFFICE,
    "副局长": _OFFICE,
    "基教股": _OFFICE,
    "资助中心": _OFFICE,
    "特教专干": _OFFICE,
    "学籍管理员": _OFFICE,
    "资助专干": _OFFICE,
    "学区": _OFFICE,
    "镇长": _OFFICE,
    "乡镇分管领导": _OFFICE,
    "乡镇干部": _OFFICE,
    "校长": _OFFICE,
    "包片领导": _READER,
    "督导": _READER,
    "村长": _VILLAGE,
    "村支书": _VILLAGE,
    # These see single children, not a unit's: need to know (个人信息保护法第二十八条).
    "班主任": _NOTHING_YET,
    "任课教师": _NOTHING_YET,
    "包片教师": _NOTHING_YET,
    "帮扶责任人": _NOTHING_YET,
    "代理家长": _NOTHING_YET,
}
"""Post → the actions it carries."""

MASKED_POSTS = frozenset({"督导"})
"""Posts that check figures and histories without learning who the child is."""


def may(post: str, action: str) -> bool:
    """Whether a post carries an action; an unknown post carries none."""
    return action in RIGHTS.get(post, frozenset())


@dataclass(frozen=True, slots=True)
class Reach:
    """The places whose children a unit sees: any one of the four is enough. Sets of unit codes."""

    unit: str
    counties: frozenset[str] = frozenset()
    townships: frozenset[str] = frozenset()
    villages: frozenset[str] = frozenset()
    schools: frozenset[str] = frozenset()

    def holds(self, *, county: str, township: str, village: str, school: str) -> bool:
        """Whether a child at this place is seen."""
        return (
            county in self.counties
            or township in self.townships
            or village in self.villages
            or school in self.schools
        )


def reach_of(units: Units, code: str) -> Reach:
    """What a unit sees: children whose school, its township, township or village is it or lies below it."""
    unit = units.get(code)
    if unit is None:
        return Reach(code)
    if unit.kind in (PROVINCE, CITY, COUNTY):
        return Reach(code, counties=frozenset(each.code for each in units.below(code, COUNTY)))
    if unit.kind in TOWNSHIPS:
        located = frozenset(each.code for each in units if each.kind == SCHOOL and each.township == code)
        return Reach(code, townships=frozenset({code}), schools=located)
    if unit.kind == VILLAGE:
        return Reach(code, villages=frozenset({code}))
    return Reach(code, schools=frozenset(each.code for each in units.below(code, SCHOOL)))


def report_units(units: Units, code: str) -> list[str]:
    """The units whose weekly report a unit may read: itself, those below and located in it; no villages."""
    unit = units.get(code)
    if unit is None or unit.kind == VILLAGE:
        return []
    kinds = (CITY, COUNTY, *TOWNSHIPS, DISTRICT, SCHOOL)
    below = [each.code for each in units.below(code, *kinds) if each.code != code]
    if unit.kind in TOWNSHIPS:
        below += sorted(reach_of(units, code).schools)
    return [code, *below]
