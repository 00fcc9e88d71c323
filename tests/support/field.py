"""The small county with people in the field: a class teacher of S1, one of S2, an official, a second village.

何班青 班主任 S1 四年级1班 (张小雨) · 卢远山 班主任 S2 七年级1班 (李大山, 王秋月, 赵安)
韦彩莲 村长 V1 (张小雨, 赵安) · 莫守村 村长 V2 (nobody yet) · 兰启程 镇长 T1
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from casework.domain.values import Actor
from casework.projections.roster import child
from tests.support.copied import filled_county
from tests.support.county import County
from tests.web.small_county import CHIEF, MAYOR, NOW, PASSWORD, fill

TEACH_1, TEACH_2, CHIEF_2 = "ban41", "ban71", "cun2"
PEOPLE = {TEACH_1: "何班青", TEACH_2: "卢远山", CHIEF_2: "莫守村", CHIEF: "韦彩莲", MAYOR: "兰启程"}
ACTORS = {
    TEACH_1: Actor(TEACH_1, "何班青", "班主任", "S1"),
    TEACH_2: Actor(TEACH_2, "卢远山", "班主任", "S2"),
    CHIEF: Actor(CHIEF, "韦彩莲", "村长", "V1"),
    CHIEF_2: Actor(CHIEF_2, "莫守村", "村长", "V2"),
    MAYOR: Actor(MAYOR, "兰启程", "镇长", "T1"),
}


def fill_field(county: County) -> None:
    """The small county, then those who go to the families."""
    fill(county)
    county.take("units", [{"单位代码": "V2", "单位名称": "竹溪村", "类型": "村", "上级代码": "T1"}])
    posts = [
        (TEACH_1, "班主任", "S1", "四年级1班"),
        (TEACH_2, "班主任", "S2", "七年级1班"),
        (CHIEF_2, "村长", "V2", ""),
    ]
    staff = [
        {
            "登录名": login,
            "姓名": PEOPLE[login],
            "岗位": post,
            "单位代码": unit,
            "班级": room,
            "任职日期": "2026-08-01",
        }
        for login, post, unit, room in posts
    ]
    county.take("staff", staff)
    county.now = datetime.fromisoformat(NOW)


@contextmanager
def field_county(url: str) -> Iterator[County]:
    """A filled county of one's own, to write in."""
    with filled_county(url, fill_field) as county:
        yield county


def ids_of(county: County) -> dict[str, str]:
    """Name → child id."""
    with county.casework.reading() as reading:
        return {row.name: row.child_id for row in reading.snapshot.conn.execute(child.select())}


@contextmanager
def county_at_work(url: str) -> Iterator[County]:
    """As `field_county`; everyone in the field has an account."""
    with filled_county(url, _fill_at_work) as county:
        yield county


def _fill_at_work(county: County) -> None:
    fill_field(county)
    for login, name in PEOPLE.items():
        county.casework.accounts.make(login, name, PASSWORD, now=datetime(2026, 10, 1, tzinfo=UTC))
