"""What tests of uploads need of the small county: whose desk it is, pupils for a sheet, how many it has."""

from sqlalchemy import func, select

from casework.domain.values import Actor
from casework.projections.roster import child
from tests.support.uploads import Desk
from tests.web.small_county import CLERK

OFFICE = Actor(CLERK, "路知遥", "基教股", "C1")


def pupil(number: int, school: str = "S1", **more: str) -> dict[str, str]:
    return {
        "学籍号": f"G2026{number:04d}",
        "姓名": f"学生{number}",
        "性别": "男",
        "出生日期": "2016-03-04",
        "学校代码": school,
        "学段": "小学",
        "年级": "四年级",
        "班级": "1班",
        **more,
    }


def children(desk: Desk) -> int:
    with desk.county.casework.reading() as reading:
        return reading.snapshot.conn.scalar(select(func.count()).select_from(child)) or 0
