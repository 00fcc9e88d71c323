"""The invented county 云岭县: its districts, townships, villages, schools and classes.

Codes lie in 990126, an area code that was never issued.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

COUNTY = "990126"
COUNTY_NAME = "云岭县"
UNIT_HEADERS = (
    "单位代码",
    "单位名称",
    "类型",
    "上级代码",
    "学校类别",
    "所在乡镇代码",
    "代报单位代码",
    "覆盖贫困村",
    "启用日期",
    "停用日期",
    "并入单位代码",
)

DISTRICTS = {"990126901": "澄湖学区", "990126902": "青霞学区"}
TOWNSHIPS = {"990126001": "澄湖街道", "990126101": "青麦镇", "990126201": "望霞乡"}
STREET, QINGMAI, WANGXIA = TOWNSHIPS
GOVERNMENTS = frozenset([QINGMAI, WANGXIA])
"""Township governments proper: a 街道办事处 is none and may not order a guardian (义务教育法 art. 58)."""

_VILLAGE_NAMES = {
    STREET: ("东湖社区", "南桥社区", "书院社区", "茶场社区", "西关社区", "新梨村"),
    QINGMAI: ("青麦村", "柳树湾村", "大塘口村", "麻栗坳村", "双井村", "白果坡村", "水车村"),
    WANGXIA: ("望霞村", "核桃坪村", "杉木岭村", "云盘村", "响水岩村"),
}
VILLAGES = {
    f"{township}{200 + n}": name
    for township, names in _VILLAGE_NAMES.items()
    for n, name in enumerate(names, 1)
}

GRADES = ("一", "二", "三", "四", "五", "六", "七", "八", "九")


def grade_name(grade: int) -> str:
    """1–9 一年级…九年级, 0 the kindergarten's oldest (大班), 10–12 高一…高三."""
    if grade == 0:
        return "大班"
    return GRADES[grade - 1] + "年级" if grade <= 9 else "高" + GRADES[grade - 10]


def stage_of(grade: int) -> str:
    """The stage (学段) a grade belongs to."""
    if grade == 0:
        return "学前"
    return "小学" if grade <= 6 else "初中" if grade <= 9 else "普高"


@dataclass(frozen=True)
class Room:
    """One class (班级) of a school and how many pupils sit in it."""

    school: str
    grade: int
    name: str
    size: int

    @property
    def full_name(self) -> str:
        """年级+班级, as the staff workbook names it."""
        return grade_name(self.grade) + self.name


@dataclass(frozen=True)
class School:
    """A school; `classes` maps grades to (how many classes, pupils in each)."""

    code: str
    name: str
    category: str
    parent: str
    township: str
    classes: dict[range, tuple[int, int]] = field(hash=False)
    catchment: tuple[str, ...] = ()
    reported_by: str = ""
    poor: str = "否"

    def rooms(self) -> Iterator[Room]:
        """The school's classes, lowest grade first."""
        for grades, (classes, size) in self.classes.items():
            for grade in grades:
                for n in range(1, classes + 1):
                    yield Room(self.code, grade, f"{n}班", size + (grade * 3 + n) % 3 - 1)


def _villages(*townships: str) -> tuple[str, ...]:
    return tuple(code for code in VILLAGES if code[:9] in townships)


def _named(*names: str) -> tuple[str, ...]:
    return tuple(code for code, name in VILLAGES.items() if name in names)


_PRIMARY, _JUNIOR = range(1, 7), range(7, 10)
_EAST, _WEST = DISTRICTS
LIUSHU, QINGMAI_PRIMARY = "9901260007", "9901260005"
SCHOOLS: tuple[School, ...] = (
    School("9901260001", "云岭县澄湖第一小学", "小学", _EAST, STREET, {_PRIMARY: (4, 42)}, _villages(STREET)),
    School("9901260002", "云岭县澄湖第二小学", "小学", _EAST, STREET, {_PRIMARY: (3, 43)}, _villages(STREET)),
    School(
        "9901260003",
        "云岭县第一初级中学",
        "初中",
        COUNTY,
        STREET,
        {_JUNIOR: (8, 47)},
        _villages(STREET) * 3 + _villages(QINGMAI),
    ),
    School(
        "9901260004",
        "云岭县东湖学校",
        "九年一贯",
        _EAST,
        STREET,
        {_PRIMARY: (2, 40), _JUNIOR: (2, 44)},
        _named("东湖社区", "茶场社区", "新梨村"),
    ),
    School(
        QINGMAI_PRIMARY,
        "青麦镇中心小学",
        "小学",
        _WEST,
        QINGMAI,
        {range(0, 1): (1, 24), _PRIMARY: (2, 40)},
        _villages(QINGMAI),
        poor="是",
    ),
    School(
        "9901260006",
        "青麦镇初级中学",
        "初中",
        _WEST,
        QINGMAI,
        {_JUNIOR: (4, 44)},
        _villages(QINGMAI),
        poor="是",
    ),
    School(
        LIUSHU,
        "青麦镇柳树湾教学点",
        "教学点",
        _WEST,
        QINGMAI,
        {range(1, 4): (1, 11)},
        _named("柳树湾村"),
        QINGMAI_PRIMARY,
        "是",
    ),
    School(
        "9901260008",
        "望霞乡九年制学校",
        "九年一贯",
        _WEST,
        WANGXIA,
        {_PRIMARY: (2, 36), _JUNIOR: (3, 42)},
        _villages(WANGXIA),
        poor="是",
    ),
    School(
        "9901260009",
        "望霞乡核桃坪小学",
        "小学",
        _WEST,
        WANGXIA,
        {_PRIMARY: (1, 34)},
        _named("核桃坪村", "云盘村", "响水岩村"),
        poor="是",
    ),
    School(
        "9901260010",
        "望霞乡杉木岭教学点",
        "教学点",
        _WEST,
        WANGXIA,
        {range(1, 5): (1, 9)},
        _named("杉木岭村"),
        "9901260008",
        "是",
    ),
    School(
        "9901260011",
        "云岭县特殊教育学校",
        "特殊教育",
        COUNTY,
        STREET,
        {range(1, 10): (1, 8)},
        _villages(*TOWNSHIPS),
    ),
    School(
        "9901260012",
        "云岭县第一高级中学",
        "普高",
        COUNTY,
        STREET,
        {range(10, 13): (1, 45)},
        _villages(*TOWNSHIPS),
    ),
)
SCHOOL = {school.code: school for school in SCHOOLS}
MERGED_ON = "2026-10-10"
"""The Saturday on which 柳树湾教学点 closes; its children sit in 青麦镇中心小学 on Monday the 12th."""

UNIT_NAMES = {
    COUNTY: COUNTY_NAME,
    **DISTRICTS,
    **TOWNSHIPS,
    **VILLAGES,
    **{school.code: school.name for school in SCHOOLS},
}


def unit_rows() -> Iterator[dict[str, str]]:
    """The units workbook (单位表), parents first."""
    yield _unit(COUNTY, "县", "")
    for code in DISTRICTS:
        yield _unit(code, "学区", COUNTY)
    for code, name in TOWNSHIPS.items():
        yield _unit(code, "街道" if name.endswith("街道") else "乡镇", COUNTY)
    for code in VILLAGES:
        yield _unit(code, "村", code[:9])
    for school in SCHOOLS:
        yield school_row(school)


def school_row(school: School) -> dict[str, str]:
    """One school's row of the units workbook."""
    return _unit(school.code, "学校", school.parent) | {
        "学校类别": school.category,
        "所在乡镇代码": school.township,
        "代报单位代码": school.reported_by,
        "覆盖贫困村": school.poor,
    }


def _unit(code: str, kind: str, parent: str) -> dict[str, str]:
    return {"单位代码": code, "单位名称": UNIT_NAMES[code], "类型": kind, "上级代码": parent}


def school_on(school: str, day: str) -> str:
    """The school that holds the pupils of `school` on `day`: the teaching point's move with the merger."""
    return QINGMAI_PRIMARY if school == LIUSHU and day >= MERGED_ON else school
