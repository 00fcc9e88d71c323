"""Who holds which post in the demo county, on which days (人员岗位表), and the accounts to sign in with.

The people a visitor meets first are written by hand; class teachers and cadres are drawn from the seed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from casework.demo.county import (
    COUNTY,
    LIUSHU,
    MERGED_ON,
    QINGMAI,
    QINGMAI_PRIMARY,
    SCHOOLS,
    STREET,
    TOWNSHIPS,
    UNIT_NAMES,
    VILLAGES,
    WANGXIA,
)
from casework.demo.names import Numbers, adult_name, surname
from casework.domain.values import Day, day_after

STAFF_HEADERS = ("登录名", "姓名", "联系电话", "岗位", "单位代码", "班级", "负责范围", "任职日期", "离任日期")
IN_POST_SINCE: Day = "2024-08-20"
HANDED_OVER: Day = "2026-10-19"
"""First day of the new principal of 望霞乡九年制学校."""
VILLAGE_VACANT_AFTER: Day = "2026-10-09"
"""Last day of the head of 响水岩村; nobody follows."""
TEACHER_CHANGED: Day = "2026-10-26"
"""A class of 云岭县第一初级中学 gets another class teacher (产假)."""

_WANGXIA_SCHOOL, _FIRST_JUNIOR, _XIANGSHUIYAN = "9901260008", "9901260003", "990126201205"
_PRINCIPALS = (
    ("yl-xz01", "温若谷"),
    ("yl-xz02", "闵舒禾"),
    ("yl-xz03", "褚敬川"),
    ("yl-xz04", "栾映秋"),
    ("yl-xz05", "麦青原"),
    ("yl-xz06", "阮怀舟"),
    ("yl-xz07", "柳守田"),
    ("yl-xz08", "竺望山"),
    ("yl-xz09", "蒲向坪"),
    ("yl-xz10", "沙马依洛"),
    ("yl-xz11", "慕知微"),
    ("yl-xz12", "郁培之"),
)
_NEXT_PRINCIPAL = ("yl-xz08b", "佟照溪")
_TEACHER, _VILLAGE_HEAD = ("yl0210", "刘素兰"), ("yl0017", "秦云友")
"""Two of those drawn from the seed, to sign in with on a phone."""
BY_HAND: tuple[tuple[str, str, str, str, str], ...] = (
    ("yl-juzhang", "岑立教", "局长", COUNTY, ""),
    ("yl-fuju1", "卓维学", "副局长", COUNTY, "基础教育、控辍保学"),
    ("yl-fuju2", "尚惠源", "副局长", COUNTY, "学生资助、特殊教育"),
    ("yl-jijiao", "路知遥", "基教股", COUNTY, ""),
    ("yl-jijiao2", "桑以宁", "基教股", COUNTY, ""),
    ("yl-zizhu", "计怀恩", "资助中心", COUNTY, ""),
    ("yl-tejiao", "宓暖阳", "特教专干", COUNTY, ""),
    ("yl-xueji", "储明册", "学籍管理员", COUNTY, ""),
    ("yl-zzzg", "米满仓", "资助专干", COUNTY, ""),
    ("yl-dudao1", "严问渠", "督导", COUNTY, "澄湖学区"),
    ("yl-dudao2", "钟齐远", "督导", COUNTY, "青霞学区"),
    ("yl-bao1", "费远道", "包片领导", COUNTY, "澄湖街道"),
    ("yl-bao2", "解千帆", "包片领导", COUNTY, "青麦镇"),
    ("yl-bao3", "边继业", "包片领导", COUNTY, "望霞乡"),
    ("yl-xq1", "樊正言", "学区", "990126901", ""),
    ("yl-xq2", "佘青竹", "学区", "990126902", ""),
    ("yl-zhen1", "兰启程", "镇长", STREET, ""),
    ("yl-zhen2", "冉丰年", "镇长", QINGMAI, ""),
    ("yl-zhen3", "阿苦木牛", "镇长", WANGXIA, ""),
)


@dataclass(frozen=True)
class Posting:
    """One person in one post of one unit, both days in post."""

    login: str
    name: str
    phone: str
    post: str
    unit: str
    room: str = ""
    scope: str = ""
    since: Day = IN_POST_SINCE
    until: Day = ""

    def held_on(self, day: Day) -> bool:
        """Whether the person is in post on `day`."""
        return self.since <= day and (not self.until or day <= self.until)

    def row(self) -> dict[str, str]:
        """The posting as the staff workbook writes it."""
        cells = (
            self.login,
            self.name,
            self.phone,
            self.post,
            self.unit,
            self.room,
            self.scope,
            self.since,
            self.until,
        )
        return dict(zip(STAFF_HEADERS, cells, strict=True))

    def as_participant(self) -> str:
        """姓名/职务/单位, as a visit names who took part."""
        return f"{self.name}/{self.post}/{UNIT_NAMES[self.unit]}"


class Staff:
    """All postings of the demo, at the start and as they change in the term."""

    def __init__(self, rng: Random, numbers: Numbers) -> None:
        self._rng, self._numbers, self._logins = rng, numbers, 0
        self.at_start: list[Posting] = [
            *self._by_hand(),
            *self._villages(),
            *self._townships(),
            *self._schools(),
        ]
        self.changes: list[tuple[Day, Posting]] = []
        self._change_principal()
        self._leave_village_vacant()
        self._change_class_teacher()
        self._move_teaching_point()
        self._index()

    def holders(self, post: str, unit: str, day: Day, room: str = "") -> list[Posting]:
        """Everybody in `post` at `unit` on `day` (of the class `room` when given)."""
        return [p for p in self._by_post.get((post, unit, room), ()) if p.held_on(day)]

    def holder(self, post: str, unit: str, day: Day, room: str = "") -> Posting | None:
        """The first of them; None when the post is vacant."""
        return next(iter(self.holders(post, unit, day, room)), None)

    def _index(self) -> None:
        changed = {(p.login, p.post, p.unit, p.since): p for _, p in self.changes}
        final = {(p.login, p.post, p.unit, p.since): p for p in self.at_start} | changed
        self._by_post: dict[tuple[str, str, str], list[Posting]] = {}
        for posting in final.values():
            room = posting.room if posting.post == "班主任" else ""
            self._by_post.setdefault((posting.post, posting.unit, room), []).append(posting)

    def _by_hand(self) -> Iterator[Posting]:
        for login, name, post, unit, scope in BY_HAND:
            yield Posting(login, name, self._numbers.phone(), post, unit, scope=scope)
        for (login, name), school in zip(_PRINCIPALS, SCHOOLS, strict=True):
            yield Posting(login, name, self._numbers.phone(), "校长", school.code)

    def _someone(self, post: str, unit: str, *, room: str = "", scope: str = "") -> Posting:
        self._logins += 1
        name = adult_name(self._rng, surname(self._rng), self._rng.choice("男女"))
        return Posting(f"yl{self._logins:04d}", name, self._numbers.phone(), post, unit, room, scope)

    def _villages(self) -> Iterator[Posting]:
        for code in VILLAGES:
            yield self._someone("村长", code)
            yield self._someone("村支书", code)

    def _townships(self) -> Iterator[Posting]:
        for code in TOWNSHIPS:
            yield self._someone("乡镇分管领导", code)
            villages = [name for village, name in VILLAGES.items() if village[:9] == code]
            half = len(villages) // 2
            for scope in ("、".join(villages[:half]), "、".join(villages[half:])):
                yield self._someone("乡镇干部", code, scope=scope)
                yield self._someone("帮扶责任人", code, scope=scope)

    def _schools(self) -> Iterator[Posting]:
        for school in SCHOOLS:
            yield self._someone("学籍管理员", school.code)
            yield self._someone("资助专干", school.code)
            rooms = list(school.rooms())
            for room in rooms:
                yield self._someone("班主任", school.code, room=room.full_name)
            for _ in range(max(2, len(rooms) // 3)):
                yield self._someone("任课教师", school.code)
            villages = list(dict.fromkeys(VILLAGES[code] for code in school.catchment))
            for n in range(0, len(villages), 6):
                yield self._someone("包片教师", school.code, scope="、".join(villages[n : n + 6]))
            if school.township != STREET:
                yield self._someone("代理家长", school.code, scope="留守儿童")

    def _change_principal(self) -> None:
        old = next(p for p in self.at_start if p.post == "校长" and p.unit == _WANGXIA_SCHOOL)
        login, name = _NEXT_PRINCIPAL
        new = Posting(login, name, self._numbers.phone(), "校长", _WANGXIA_SCHOOL, since=HANDED_OVER)
        self._change(HANDED_OVER, replace(old, until=day_after(HANDED_OVER, -1)), new)

    def _leave_village_vacant(self) -> None:
        head = next(p for p in self.at_start if p.post == "村长" and p.unit == _XIANGSHUIYAN)
        self._change(VILLAGE_VACANT_AFTER, replace(head, until=VILLAGE_VACANT_AFTER))

    def _change_class_teacher(self) -> None:
        teachers = [p for p in self.at_start if p.post == "班主任" and p.unit == _FIRST_JUNIOR]
        old = next(p for p in teachers if p.room == "八年级3班")
        stand_in = next(p for p in self.at_start if p.post == "任课教师" and p.unit == _FIRST_JUNIOR)
        new = replace(stand_in, post="班主任", room=old.room, since=TEACHER_CHANGED)
        self._change(TEACHER_CHANGED, replace(old, until=day_after(TEACHER_CHANGED, -1)), new)

    def _move_teaching_point(self) -> None:
        """Its teachers go on at the school that takes the children over; its other posts end."""
        last = day_after(MERGED_ON, -1)
        for posting in [p for p in self.at_start if p.unit == LIUSHU]:
            self._change(MERGED_ON, replace(posting, until=last))
            if posting.post in ("校长", "班主任"):
                moved = replace(posting, post="任课教师", unit=QINGMAI_PRIMARY, room="", since=MERGED_ON)
                self._change(MERGED_ON, moved)

    def _change(self, known: Day, *postings: Posting) -> None:
        self.changes.extend((known, posting) for posting in postings)


@dataclass(frozen=True)
class Account:
    """A demo login: who it is and what is worth looking at first."""

    login: str
    name: str
    post: str
    unit: str
    unit_name: str
    look: str


_LOOK = {
    "基教股": "全县监测周报：按学校、按乡镇、补报更正，点开任一数字看名单",
    "局长": "全县监测周报与个案全过程",
    "督导": "全县监测周报（只读），比较“当时所知”与“现在所知”",
    "镇长": "本乡镇周报：每个未在校孩子直到返校",
    "校长": "本校周报与本校学生个案",
    "学区": "本学区各校周报",
    "班主任": "用手机看：我的学生、记家访（有两名学生不在校）",
    "村长": "用手机看：本村孩子逐个确认、报告线索",
}
_LOOK_AT_SCHOOL = {
    "9901260002": "零报告的一周长什么样，另有县内转入的学生",
    "9901260003": "个案最多的初中：疑似、劝返、再次离校、销号",
    LIUSHU: "10月10日并入青麦镇中心小学，只看得到并校前的历史",
    QINGMAI_PRIMARY: "并校后接过来的个案",
    "9901260011": "送教上门：每周两次的记录与课时",
}


def _account(login: str, name: str, post: str, unit: str) -> Account:
    look = _LOOK[post] if post != "校长" else _LOOK_AT_SCHOOL.get(unit, _LOOK[post])
    return Account(login, name, post, unit, UNIT_NAMES[unit], look)


def _accounts() -> Iterator[Account]:
    """The county's 基教股 first, one principal per school, the new one, then the other lines."""
    by_login = {login: (name, post, unit) for login, name, post, unit, _ in BY_HAND}
    yield _account("yl-jijiao", *by_login["yl-jijiao"])
    for (login, name), school in zip(_PRINCIPALS, SCHOOLS, strict=True):
        yield _account(login, name, "校长", school.code)
    yield _account(*_NEXT_PRINCIPAL, "校长", _WANGXIA_SCHOOL)
    for login in ("yl-juzhang", "yl-dudao1", "yl-xq1", "yl-xq2", "yl-zhen1", "yl-zhen2", "yl-zhen3"):
        yield _account(login, *by_login[login])
    yield _account(*_TEACHER, "班主任", "9901260006")
    yield _account(*_VILLAGE_HEAD, "村长", "990126101203")


ACCOUNTS: tuple[Account, ...] = tuple(_accounts())
"""The demo logins to print; each is a 登录名 of the staff workbook."""
