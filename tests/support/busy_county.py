"""A county in which everybody acts at once: ten children of three schools, and all who answer for them.

近小 S1, 中学 S3 (in T1 东乡), 远小 S2 (in T2 西乡). Who acts: 校长 and 学籍管理员 of each school, a class
teacher, 镇长 of both townships, and at the county 基教股 (two), 局长, 资助中心.
"""

from collections.abc import Iterator
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
)

SCHOOLS = (NEAR, FAR, JUNIOR_SCHOOL)
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
]
TEACHER = Actor("teach", "教师teach", "班主任", NEAR)
ACTORS = {login: Actor(login, f"教师{login}", post, unit) for login, post, unit in _POSTS} | {
    "teach": TEACHER
}


def _junior(number: str) -> dict[str, str]:
    cells = {"学段": "初中", "年级": "七年级", "出生日期": "2013-05-01"}
    return pupil(number, "", JUNIOR_SCHOOL, **cells)


ROSTER = [
    *(pupil(f"G{n}") for n in range(1, 5)),
    *(pupil(f"G{n}", "", FAR, 现居住地代码=VALLEY) for n in range(5, 8)),
    *(_junior(f"G{n}") for n in range(8, 10)),
    pupil("G10", "", FAR, 现居住地代码=HILL),
]


@contextmanager
def busy_county(url: str) -> Iterator[County]:
    """The county on the first Monday of September, nothing written to any file."""
    county = County(url)
    try:
        county.now = datetime.fromisoformat("2026-09-01T08:00:00+08:00")
        assert county.take("units", UNITS).all_taken
        people = [posting(login, post, unit) for login, post, unit in _POSTS]
        people.append(posting("teach", "班主任", NEAR, 班级="四年级1班"))
        assert county.take("staff", people).all_taken
        assert county.take("roster", ROSTER).all_taken
        county.now = START
        yield county
    finally:
        county.close()


@dataclass(frozen=True)
class Seen:
    """What everybody's screens show at one moment: every child's file, numbers, and askings to transfer."""

    today: Day
    files: dict[str, CaseFile]
    numbers: dict[str, str]
    requests: list[str]
    county: County


def seen_now(county: County) -> Seen:
    """The county as it stands."""
    with county.casework.reading() as reading:
        conn = reading.snapshot.conn
        rows: list[Any] = list(conn.execute(child.select().order_by(child.c.student_no)))
        files = {
            row.child_id: history_of(reading.snapshot, row.child_id, open_private=False).file for row in rows
        }
        requests = sorted(row.request_id for row in conn.execute(transfer_request.select()))
    numbers = {row.child_id: row.student_no for row in rows}
    return Seen(day_of(county.now), files, numbers, requests, county)
