"""A county in which everybody acts at once: sixteen children of four schools, and all who answer for them.

近小 S1, 中学 S3 (in T1 东乡), 远小 S2, 一贯校 S9 (in T2 西乡). The roster is of the spring, so in September
grades go up. Who acts: 校长 and 学籍管理员 of each school, two class teachers, 镇长 of both townships, the
village head of 东乡's village, and at the county 基教股 (two), 局长, 资助中心.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.domain.case_file import CaseFile
from casework.domain.values import Actor, Day, day_of
from casework.projections.case_history import history_of
from casework.projections.roster import child
from casework.projections.transfer_requests import transfer_request
from tests.support.county import County
from tests.support.rows import (
    COUNTY,
    EAST,
    FAR,
    HILL,
    JUNIOR_SCHOOL,
    NEAR,
    UNITS,
    VALLEY,
    WEST,
    posting,
    pupil,
    unit,
)

NINE = "S9"
SCHOOLS = (NEAR, FAR, JUNIOR_SCHOOL, NINE)
SPRING = datetime.fromisoformat("2026-03-10T08:00:00+08:00")
START = datetime.fromisoformat("2026-09-07T08:00:00+08:00")
_POSTS = [
    *((f"head{school}", "校长", school) for school in SCHOOLS),
    *((f"desk{school}", "学籍管理员", school) for school in SCHOOLS),
    ("east", "镇长", EAST),
    ("west", "镇长", WEST),
    ("clerk", "基教股", COUNTY),
    ("second", "基教股", COUNTY),
    ("boss", "局长", COUNTY),
    ("aid", "资助中心", COUNTY),
    ("hill", "村长", HILL),
]
TEACHERS = {
    login: Actor(login, f"教师{login}", "班主任", school)
    for login, school in (("teach", NEAR), ("lehr", FAR))
}
ACTORS = {login: Actor(login, f"教师{login}", post, unit) for login, post, unit in _POSTS} | TEACHERS


def _junior(number: str, grade: str, birth: str) -> dict[str, str]:
    return pupil(number, "", JUNIOR_SCHOOL, 学段="初中", 年级=grade, 出生日期=birth)


def _sixth(number: str, school: str, /, **cells: str) -> dict[str, str]:
    return pupil(
        number, "", school, **{"年级": "六年级", "班级": "六年级2班", "出生日期": "2014-05-01", **cells}
    )


ROSTER = [
    *(pupil(f"G{n}") for n in range(1, 4)),
    pupil("G4", 帮扶责任人="帮一", 特殊群体="低保"),
    *(pupil(f"G{n}", "", FAR, 现居住地代码=VALLEY) for n in range(5, 8)),
    *(_junior(f"G{n}", "七年级", "2013-05-01") for n in range(8, 10)),
    pupil("G10", "", FAR, 现居住地代码=HILL, 帮扶责任人="教师teach"),
    _sixth("G11", NEAR),
    _sixth("G12", FAR, 现居住地代码=VALLEY, 特殊群体="留守儿童"),
    _sixth("G13", NINE, 现居住地代码="", 户籍地代码=VALLEY),
    _junior("G14", "九年级", "2010-12-01"),
    pupil("G15", "", NINE, 现居住地代码=""),
    pupil("G16", "", "", 就读情况="未入学", 学段="", 年级="", 班级="", 出生日期="2020-01-05"),
]


ALL_UNITS = [*UNITS, unit(NINE, "学校", COUNTY, 单位名称="一贯校", 学校类别="九年一贯", 所在乡镇代码=WEST)]
STAFF = [
    *(posting(login, post, at) for login, post, at in _POSTS),
    posting("teach", "班主任", NEAR, 班级="四年级1班"),
    posting("lehr", "班主任", FAR),
]


@contextmanager
def busy_county(url: str, start: datetime = START) -> Iterator[County]:
    """The county on the first Monday of September, or another day; nothing written to any file."""
    county = County(url)
    try:
        county.now = SPRING
        assert county.take("units", ALL_UNITS).all_taken
        assert county.take("staff", STAFF).all_taken
        assert county.take("roster", ROSTER).all_taken
        county.now = start
        yield county
    finally:
        county.close()


class Files(Mapping[str, CaseFile]):
    """Child id → its file as it stood when first looked at."""

    def __init__(self, county: County, children: Iterable[str]) -> None:
        self._county, self._files = county, dict.fromkeys(children, CaseFile())
        self._read: set[str] = set()

    def __getitem__(self, child_id: str) -> CaseFile:
        if child_id not in self._read:
            with self._county.casework.reading() as reading:
                found = history_of(reading.snapshot, child_id, open_private=False)
            self._files[child_id] = found.file
            self._read.add(child_id)
        return self._files[child_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


@dataclass(frozen=True)
class Seen:
    """What everybody's screens show at one moment: every child's file, numbers, and askings to transfer."""

    today: Day
    files: Files
    numbers: dict[str, str]
    names: dict[str, str]
    births: dict[str, str]
    requests: list[str]
    county: County


def seen_now(county: County) -> Seen:
    """The county as it stands; children in the same order on every run."""
    with county.casework.reading() as reading:
        conn = reading.snapshot.conn
        rows: list[Any] = list(conn.execute(child.select().order_by(child.c.student_no, child.c.name)))
        requests = sorted(row.request_id for row in conn.execute(transfer_request.select()))
    numbers = {row.child_id: row.student_no for row in rows}
    files = Files(county, [row.child_id for row in rows])
    names = {row.child_id: row.name for row in rows}
    births = {row.student_no: row.birth for row in rows}
    return Seen(day_of(county.now), files, numbers, names, births, requests, county)
