"""Two counties with a post of every kind in every kind of place, and who sees whom by plain rules.

Each county: two townships with two villages each, a 学区, a primary school below it, a junior school
straight below the county; two classes a grade. Every child has a name of its own, so that a name on a
page tells whose data it shows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.county import County
from tests.web.small_county import at

COUNTIES = ("A", "B")
_FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥角亢氐房心尾箕斗牛女"


@dataclass(frozen=True)
class Pupil:
    """One child of the wide county."""

    number: str
    name: str
    county: str
    school: str
    grade: str
    klass: str
    township: str
    village: str
    helper: str


@dataclass(frozen=True)
class Post:
    """One posting; the login says where and what."""

    login: str
    name: str
    post: str
    unit: str
    klass: str = ""
    area: str = ""


def pupils() -> list[Pupil]:
    """Four children a class and school year, spread over the villages."""
    made: list[Pupil] = []
    for c in COUNTIES:
        rooms = [(f"{c}S1", "四年级", room) for room in ("1班", "2班")]
        rooms += [(f"{c}S2", "七年级", "1班"), (f"{c}S2", "八年级", "1班"), (f"{c}S2", "八年级", "3班")]
        for r, (school, grade, klass) in enumerate(rooms):
            for n in range(3):
                i = len(made)
                village = f"{c}V{1 + (r + n) % 4}"
                helper = "郎帮扶" if n == 0 else ""
                name = f"{_FAMILY[i]}{_GIVEN[i]}{'晴' if c == 'A' else '雪'}"
                township = f"{c}T{1 if village[-1] in '12' else 2}"
                made.append(Pupil(f"G{i:08d}", name, c, school, grade, klass, township, village, helper))
    return made


def posts() -> Iterator[Post]:
    """Every post at the unit that has it, in both counties."""
    for c in COUNTIES:
        county = f"{c}C"
        for n, post in enumerate(
            ("局长", "副局长", "基教股", "资助中心", "特教专干", "督导", "县长", "系统管理员")
        ):
            yield Post(f"{c}-xian{n}", f"县{n}{c}", post, county)
        yield Post(f"{c}-baol", f"包领{c}", "包片领导", county, area=f"{c}县南镇")
        yield Post(f"{c}-xq", f"学区{c}", "学区", f"{c}D")
        for school in (f"{c}S1", f"{c}S2"):
            for n, post in enumerate(("校长", "学籍管理员", "资助专干", "代理家长", "任课教师")):
                yield Post(f"{school}-{n}", f"校{n}{school}", post, school)
        yield Post(f"{c}S1-ban", f"班甲{c}", "班主任", f"{c}S1", klass="四年级1班")
        yield Post(f"{c}S2-ban", f"班乙{c}", "班主任", f"{c}S2", klass="八年级1班")
        yield Post(f"{c}S2-alone", f"班丙{c}", "任课教师", f"{c}S2", klass="3班")
        yield Post(f"{c}S2-twice", f"班丁{c}", "任课教师", f"{c}S2", klass="1班")
        yield Post(f"{c}S2-bao", f"包片{c}", "包片教师", f"{c}S2", area=f"{c}V1、{c}县三村")
        yield Post(f"{c}-bang", "郎帮扶", "帮扶责任人", f"{c}T1")
        yield Post(f"{c}T1-zhen", f"镇长{c}", "镇长", f"{c}T1")
        yield Post(f"{c}T2-gan", f"镇干{c}", "乡镇干部", f"{c}T2")
        yield Post(f"{c}V1-cun", f"村长{c}", "村长", f"{c}V1")
        yield Post(f"{c}V4-zhi", f"支书{c}", "村支书", f"{c}V4")


def sees(post: Post, child: Pupil) -> bool:
    """Whose children a post sees, said once more and by hand."""
    c, unit = post.login[0], post.unit
    if child.county != c or post.post in ("系统管理员", "代理家长"):
        return False
    if post.post in ("班主任", "任课教师"):
        meant = {"四年级1班": ("四年级", "1班"), "八年级1班": ("八年级", "1班"), "3班": ("八年级", "3班")}
        return child.school == unit and meant.get(post.klass) == (child.grade, child.klass)
    if post.post == "包片领导":
        return child.township == f"{c}T1" or child.school == f"{c}S1"
    if post.post == "包片教师":
        return child.village in (f"{c}V1", f"{c}V3")
    in_township = child.township == unit or (child.school, unit) in (
        (f"{c}S1", f"{c}T1"),
        (f"{c}S2", f"{c}T2"),
    )
    if post.post == "帮扶责任人":
        return child.helper == post.name and in_township
    if unit == f"{c}C":
        return True
    if unit == f"{c}D":
        return child.school == f"{c}S1"
    return in_township or child.village == unit or child.school == unit


def units() -> Iterator[dict[str, str]]:
    """The units workbook."""
    for c in COUNTIES:
        yield {"单位代码": f"{c}C", "单位名称": f"{c}县", "类型": "县"}
        yield {"单位代码": f"{c}D", "单位名称": f"{c}县学区", "类型": "学区", "上级代码": f"{c}C"}
        for n, name in ((1, "南镇"), (2, "北镇")):
            yield {"单位代码": f"{c}T{n}", "单位名称": f"{c}县{name}", "类型": "乡镇", "上级代码": f"{c}C"}
        for n, name in enumerate("一二三四", start=1):
            above = f"{c}T{1 if n < 3 else 2}"
            yield {"单位代码": f"{c}V{n}", "单位名称": f"{c}县{name}村", "类型": "村", "上级代码": above}
        for n, kind, above in ((1, "小学", f"{c}D"), (2, "初中", f"{c}C")):
            yield {
                "单位代码": f"{c}S{n}",
                "单位名称": f"{c}县{kind}",
                "类型": "学校",
                "上级代码": above,
                "学校类别": kind,
                "所在乡镇代码": f"{c}T{n}",
            }


def fill_wide(county: County) -> None:
    """Units, staff, roster; every third child has a file with a visit, half of those are out of school."""
    county.take("units", list(units()), at("2026-08-28T09:00"))
    staff = [
        {
            "登录名": each.login,
            "姓名": each.name,
            "岗位": each.post,
            "单位代码": each.unit,
            "班级": each.klass,
            "负责范围": each.area,
            "任职日期": "2026-08-01",
        }
        for each in posts()
    ]
    assert not county.take("staff", staff, at("2026-08-28T09:01")).refused
    roster = [
        {
            "学籍号": each.number,
            "姓名": each.name,
            "性别": "女",
            "出生日期": "2013-05-06" if each.school.endswith("2") else "2016-05-06",
            "学校代码": each.school,
            "学段": "初中" if each.school.endswith("2") else "小学",
            "年级": each.grade,
            "班级": each.klass,
            "现居住地代码": each.village,
            "监护人": f"{each.name[0]}家长",
            "与监护人关系": "母亲",
            "帮扶责任人": each.helper,
        }
        for each in pupils()
    ]
    assert not county.take("roster", roster, at("2026-08-28T09:02")).refused
    out = [
        {
            "学籍号": each.number,
            "姓名": each.name,
            "日期": "2026-09-08",
            "变化": "疑似辍学",
            "原因": "外出务工",
        }
        for each in pupils()
        if int(each.number[1:]) % 3 != 1
    ]
    assert not county.take("status", out, at("2026-09-11T10:00")).refused
    visits = [
        {
            "学籍号": each.number,
            "姓名": each.name,
            "家访日期": "2026-09-10",
            "开始时间": "18:00",
            "方式": "上门",
            "参加人": "某人/班主任/学校",
            "见到": "家长",
            "结果": "犹豫",
            "谈话要点": f"谈到{each.name}",
            "记录人": "某人",
        }
        for each in pupils()
        if int(each.number[1:]) % 3 == 0
    ]
    assert not county.take("visits", visits, at("2026-09-11T10:01")).refused
    county.now = at("2026-10-09T15:00")
