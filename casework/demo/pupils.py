"""The 6,000 pupils of the demo county, and the few children who sit in none of its schools."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from casework.demo.county import (
    COUNTY_NAME,
    SCHOOL,
    SCHOOLS,
    STREET,
    UNIT_NAMES,
    VILLAGES,
    Room,
    grade_name,
    stage_of,
)
from casework.demo.names import Numbers, adult_name, child_name, nation, surname, with_wrong_check
from casework.demo.staff import Staff
from casework.domain.values import Day, day_after

ROSTER_HEADERS = (
    "姓名",
    "性别",
    "民族",
    "出生日期",
    "证件类型",
    "证件号",
    "学籍号",
    "就读情况",
    "学校代码",
    "学段",
    "年级",
    "班级",
    "就读学校名称",
    "所在地",
    "是否寄宿",
    "困难认定等级",
    "户籍地代码",
    "户籍地详址",
    "现居住地代码",
    "现居住地详址",
    "监护人",
    "与监护人关系",
    "联系电话",
    "特殊群体",
    "帮扶责任人",
    "变动日期",
)
WRONG_CHECKS = 2
"""How many identity numbers are written with a wrong check digit, as in any real list."""

_FAR_TOWNS = ("东临市海湾区", "江州市高新区", "南屏市工业园", "石桥市开发区")
# Shares per hundred pupils; a child may be in several.
_GROUPS: tuple[tuple[str, float], ...] = (
    ("脱贫户", 11.0),
    ("脱贫不稳定户", 0.8),
    ("边缘易致贫户", 0.7),
    ("突发严重困难户", 0.3),
    ("低保", 4.5),
    ("特困供养", 0.25),
    ("孤儿", 0.15),
    ("事实无人抚养", 0.4),
    ("残疾学生", 0.7),
    ("残疾人子女", 1.4),
    ("烈士子女", 0.02),
    ("服刑人员未成年子女", 0.2),
    ("单亲", 2.2),
    ("父母离异", 3.0),
    ("父母一方亡故", 0.7),
    ("父母重病丧失劳动能力", 0.5),
    ("本人重病", 0.15),
    ("自然灾害/突发事故", 0.1),
    ("困难职工子女", 0.3),
    ("其他困难", 0.6),
)
_HARDEST = frozenset(["特困供养", "孤儿", "事实无人抚养", "突发严重困难户"])
_HARD = frozenset(["低保", "脱贫不稳定户", "边缘易致贫户", "残疾学生", "父母重病丧失劳动能力", "本人重病"])


@dataclass(frozen=True)
class Pupil:
    """A child as the roster knows it; `grade` −1 = sits in no grade of this county."""

    name: str
    sex: str
    nation: str
    born: Day
    cert: str
    number: str
    situation: str
    school: str
    grade: int
    room: str
    registered: str
    registered_at: str
    residence: str
    lives_at: str
    guardian: str
    relation: str
    phone: str
    groups: tuple[str, ...] = ()
    hardship: str = ""
    boarding: bool = False
    support: str = ""
    stage: str = ""
    elsewhere: str = ""
    elsewhere_at: str = ""

    @property
    def township(self) -> str:
        """The child's township: of the residence, else of the registration."""
        return (self.residence or self.registered)[:9]

    @property
    def room_name(self) -> str:
        """年级+班级."""
        return grade_name(self.grade) + self.room

    def row(self, changed_on: Day = "") -> dict[str, str]:
        """The roster row; `无` stands for what the child has no longer."""
        grade = grade_name(self.grade) if self.grade >= 0 else ""
        away = "无" if changed_on and not self.school else ""
        cells = (
            self.name,
            self.sex,
            self.nation,
            self.born,
            "居民身份证" if self.cert else "",
            self.cert,
            self.number,
            self.situation,
            self.school or away,
            self.stage,
            grade or away,
            self.room or away,
            self.elsewhere,
            self.elsewhere_at,
            "是" if self.boarding else "否",
            self.hardship,
            self.registered,
            self.registered_at,
            self.residence,
            self.lives_at,
            self.guardian,
            self.relation,
            self.phone,
            "；".join(self.groups),
            self.support,
            changed_on,
        )
        return dict(zip(ROSTER_HEADERS, cells, strict=True))


class Roll:
    """Draws the county's children, class by class."""

    def __init__(self, rng: Random, numbers: Numbers, staff: Staff) -> None:
        self._rng, self._numbers, self._staff = rng, numbers, staff

    def enrolled(self) -> list[Pupil]:
        """The pupils of all schools, in order of school and class, with the slips every list has."""
        pupils = [
            self._in_class(room) for school in SCHOOLS for room in school.rooms() for _ in range(room.size)
        ]
        return self._with_slips(pupils)

    def elsewhere(self) -> Iterator[Pupil]:
        """Children known to the county who sit in none of its schools."""
        for n in range(15):
            grade = self._rng.randint(1, 9)
            yield self.child(
                grade,
                situation="县外就读",
                elsewhere=f"{self._rng.choice(('江州', '东临', '南屏'))}市第{n % 7 + 2}学校",
                elsewhere_at=self._rng.choice(_FAR_TOWNS),
            )
        for _ in range(6):
            yield self.child(self._rng.randint(1, 4), situation="无学籍", numbered=False)
        for _ in range(5):
            yield self.child(13, situation="高校", elsewhere="江州师范学院", elsewhere_at="江州市")

    def child(
        self,
        grade: int,
        *,
        situation: str,
        elsewhere: str = "",
        elsewhere_at: str = "",
        numbered: bool = True,
        village: str = "",
    ) -> Pupil:
        """A child of the age of `grade` without a school of this county."""
        stage = "高校" if grade > 12 else stage_of(grade)
        return self._someone(
            grade,
            village or self._rng.choice(list(VILLAGES)),
            situation=situation,
            school="",
            room="",
            elsewhere=elsewhere,
            elsewhere_at=elsewhere_at,
            stage=stage,
            shown_grade=-1,
            numbered=numbered,
        )

    def _in_class(self, room: Room) -> Pupil:
        village = self._rng.choice(SCHOOL[room.school].catchment)
        return self._someone(
            room.grade,
            village,
            situation="在籍在校",
            school=room.school,
            room=room.name,
            elsewhere="",
            elsewhere_at="",
            stage=stage_of(room.grade),
            shown_grade=room.grade,
            numbered=room.grade > 0,
        )

    def _someone(
        self,
        grade: int,
        village: str,
        *,
        situation: str,
        school: str,
        room: str,
        elsewhere: str,
        elsewhere_at: str,
        stage: str,
        shown_grade: int,
        numbered: bool,
    ) -> Pupil:
        rng = self._rng
        people, sex, born = nation(rng), rng.choice("男女"), self._birthday(grade)
        family = surname(rng, people)
        groups = self._groups(village, school)
        guardian, relation = self._guardian(
            family, kin=bool({"留守儿童", "孤儿", "事实无人抚养"} & set(groups))
        )
        place = f"{COUNTY_NAME}{UNIT_NAMES[village[:9]]}{VILLAGES[village]}"
        address = f"{place}{rng.randint(1, 9)}组{rng.randint(1, 120)}号"
        migrant = "随迁子女" in groups
        return Pupil(
            name=child_name(rng, family, sex, people),
            sex=sex,
            nation=people,
            born=born,
            cert=self._numbers.identity(born, sex),
            number=self._numbers.school(2026 - max(grade - 1, 0)) if numbered else "",
            situation=situation,
            school=school,
            grade=shown_grade,
            room=room,
            registered="" if migrant else village,
            registered_at=f"{rng.choice(_FAR_TOWNS)}（县外户籍）" if migrant else address,
            residence=village,
            lives_at=address,
            guardian=guardian,
            relation=relation,
            phone=self._numbers.phone(),
            groups=groups,
            hardship=self._hardship(groups),
            boarding=self._boards(village, school, grade),
            support=self._support(groups, school, shown_grade, room),
            stage=stage,
            elsewhere=elsewhere,
            elsewhere_at=elsewhere_at,
        )

    def _birthday(self, grade: int) -> Day:
        late = 1 if self._rng.random() < 0.05 else 0
        return day_after(f"{2020 - grade - late}-09-01", self._rng.randrange(365))

    def _groups(self, village: str, school: str) -> tuple[str, ...]:
        rng, town = self._rng, village[:9] == STREET
        held = [name for name, share in _GROUPS if rng.random() * 100 < share * (0.5 if town else 1.4)]
        if school == "9901260011" and "残疾学生" not in held:
            held.append("残疾学生")
        if rng.random() < (0.05 if town else 0.17):
            held.append("留守儿童")
        elif town and rng.random() < 0.07:
            held.append("随迁子女")
        return tuple(held)

    def _guardian(self, family: str, *, kin: bool) -> tuple[str, str]:
        if kin:
            relation = self._rng.choice(("祖父", "祖母", "祖母", "外祖母", "外祖父"))
        else:
            relation = self._rng.choice(("父亲", "父亲", "母亲"))
        of_family = relation in ("父亲", "祖父")
        sex = "男" if relation in ("父亲", "祖父", "外祖父") else "女"
        return adult_name(self._rng, family if of_family else surname(self._rng), sex), relation

    def _hardship(self, groups: tuple[str, ...]) -> str:
        if _HARDEST & set(groups):
            return "特别困难"
        if _HARD & set(groups):
            return "困难"
        return "一般困难" if "脱贫户" in groups or "其他困难" in groups else ""

    def _boards(self, village: str, school: str, grade: int) -> bool:
        if not school or village[:9] == STREET:
            return False
        return self._rng.random() < (0.7 if grade >= 7 else 0.08)

    def _support(self, groups: tuple[str, ...], school: str, grade: int, room: str) -> str:
        if not groups or not school:
            return ""
        teacher = self._staff.holder("班主任", school, "2026-09-01", grade_name(grade) + room)
        return teacher.name if teacher else ""

    def _with_slips(self, pupils: list[Pupil]) -> list[Pupil]:
        """A few numbers missing, `WRONG_CHECKS` with a wrong check digit."""
        slips = self._rng.sample(range(len(pupils)), 24)
        for order, index in enumerate(slips):
            if order < WRONG_CHECKS:
                pupils[index] = replace(pupils[index], cert=with_wrong_check(pupils[index].cert))
            elif pupils[index].number:
                pupils[index] = replace(pupils[index], cert="")
        return pupils
