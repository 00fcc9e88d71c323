"""A county at the turn of a school year: the schools of `rows`, a nine-year school, their offices.

近小 S1: 四年级1班 G1 G2 · 六年级1班 G3, G4 (疑似), G5 (no home) · 中学 S3: 九年级1班 J1, 初一1班 J2
九年一贯 S9: 六年级1班 N1, N2 (疑似) · 一年级 N3 (休学) · 大班 N4 of 学前
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from casework.domain.values import OPEN, Actor
from casework.projections.reconcile import reconcile
from casework.projections.roster import child, roster_span
from tests.support.copied import filled_county
from tests.support.county import County
from tests.support.rows import FAR, JUNIOR_SCHOOL, NEAR, UNITS, posting, pupil, status, unit

NINE = "S9"
OFFICE, CLERK, DISTRICT, JUNIOR_OFFICE = "xiao1", "jiao1", "qu1", "chu1"
ACTORS = {
    OFFICE: Actor(OFFICE, "教师xiao1", "校长", NEAR),
    CLERK: Actor(CLERK, "教师jiao1", "基教股", "C"),
    DISTRICT: Actor(DISTRICT, "教师qu1", "学区", "D"),
    JUNIOR_OFFICE: Actor(JUNIOR_OFFICE, "教师chu1", "校长", JUNIOR_SCHOOL),
}
SPRING = datetime.fromisoformat("2026-03-10T09:00:00+08:00")
AUTUMN = datetime.fromisoformat("2026-09-03T09:00:00+08:00")


def sixth(number: str, /, **cells: str) -> dict[str, str]:
    """A pupil of grade six at 近小."""
    return pupil(number, **{"年级": "六年级", "出生日期": "2014-03-01", **cells})


def junior(number: str, grade: str, /, **cells: str) -> dict[str, str]:
    """A pupil of 中学."""
    return pupil(
        number, "", JUNIOR_SCHOOL, **{"学段": "初中", "年级": grade, "出生日期": "2012-03-01", **cells}
    )


ROSTER = [
    pupil("G1"),
    pupil("G2"),
    sixth("G3"),
    sixth("G4"),
    sixth("G5", 现居住地代码=""),
    junior("J1", "九年级"),
    junior("J2", "初一"),
    pupil("N1", "", NINE, 年级="六年级"),
    pupil("N2", "", NINE, 年级="六年级"),
    pupil("N3", "", NINE, 年级="一年级", 班级="一年级1班"),
    pupil("N4", "", NINE, 学段="学前", 年级="大班"),
]


def fill_year(county: County) -> None:
    """Everything above, in spring; then it is the third of September."""
    county.now = SPRING
    nine = unit(NINE, 单位名称="一贯校", 学校类别="九年一贯", 所在乡镇代码="T1")
    county.take("units", [*UNITS, nine])
    posts = [(each.account, each.post, each.unit) for each in ACTORS.values()]
    county.take("staff", [posting(*post) for post in posts])
    assert county.take("roster", ROSTER).all_taken
    gone = [status("2026-03-02", "疑似辍学", each, 原因="外出务工") for each in ("G4", "N2")]
    assert county.take("status", [*gone, status("2026-03-02", "休学", "N3", 截止日期="2027-01-01")]).all_taken
    county.now = AUTUMN


@contextmanager
def year_county(url: str) -> Iterator[County]:
    """A filled county of one's own."""
    with filled_county(url, fill_year) as county:
        yield county


def with_accounts(county: County, password: str) -> None:
    """Everybody may sign in."""
    for login, actor in ACTORS.items():
        county.casework.accounts.make(login, actor.name, password, now=datetime(2026, 8, 1, tzinfo=UTC))


def number_ids(county: County) -> dict[str, str]:
    """学籍号 → child id."""
    with county.casework.reading() as reading:
        return {row.student_no: row.child_id for row in reading.snapshot.conn.execute(child.select())}


def standing(county: County, number: str, day: str = "2026-09-03") -> tuple[str, ...]:
    """(school, stage, grade, class, enrolment) of a child on a day, as believed now."""
    s = roster_span.c
    with county.casework.reading() as reading:
        query = roster_span.select().where(
            s.child_id == number_ids(county)[number],
            s.valid_from <= day,
            s.valid_to > day,
            s.known_to == OPEN,
        )
        row: Any = reading.snapshot.conn.execute(query).one()
    return row.school, row.stage, row.grade, row.klass, row.enrolment


def clean(county: County) -> None:
    """Every table follows from the events and the roster's entries."""
    with county.casework.reading() as reading:
        assert reconcile(reading.snapshot) == []


__all__ = ["FAR", "JUNIOR_SCHOOL", "NEAR"]
