"""What the board's address asks for: place, status, group, person and the table on top. All in the URL."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from werkzeug.datastructures import MultiDict

from casework.domain.permissions import Reach
from casework.domain.statuses import JUNIOR, PRIMARY
from casework.domain.units import SCHOOL, TOWNSHIPS, VILLAGE, Units
from casework.errors import BadInput, NotFound
from casework.projections.board_queries import (
    ELSEWHERE,
    OPEN_STATUSES,
    OTHER_STAGES,
    RECEIVING,
    BoardFilter,
    Key,
)
from casework.projections.postings import HeldPost
from casework.projections.scope import counties_of
from casework.web.access import Viewer

STAGES = {"": "义务教育", PRIMARY: "小学", JUNIOR: "初中", OTHER_STAGES: "其他学段"}
SILENT = {"7": "7 天以上", "14": "14 天以上", "30": "30 天以上"}
BY_TOWNSHIP, BY_VILLAGE, BY_SCHOOL, BY_PERSON, NO_TABLE = "townships", "villages", "schools", "people", "none"
TABLES = {
    BY_TOWNSHIP: "按乡镇",
    BY_VILLAGE: "按村",
    BY_SCHOOL: "按学校",
    BY_PERSON: "按责任人",
    NO_TABLE: "只看名单",
}
_PLAIN = ("status", "stage", "township", "village", "school", "group", "cause", "silent", "name")
_ARGUMENTS = (*_PLAIN, "person", "helper", "part", "by")
_BOARD = "/board"
"""Written out: a page has dozens of these addresses, and asking the routes for each takes its time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The board as asked for, every argument as text; "" is not asked. `by`: the table on top."""

    status: str = ""
    stage: str = ""
    township: str = ""
    village: str = ""
    school: str = ""
    group: str = ""
    cause: str = ""
    silent: str = ""
    name: str = ""
    person: str = ""
    helper: str = ""
    part: str = ""
    by: str = ""

    @classmethod
    def of(cls, args: MultiDict[str, str], viewer: Viewer, units: Units) -> "Asked":
        """Reads the address; what makes no filter is not asked. NotFound for a place out of reach."""
        given = {name: args.get(name, "").strip()[:40] for name in _ARGUMENTS}
        if viewer.masked:
            given["name"] = ""  # a masked viewer must not find out a name by guessing its beginning
        asked = cls(**given)
        _check_places(asked, viewer.reach, units)
        return replace(
            asked,
            status=asked.status if asked.status in OPEN_STATUSES else "",
            stage=asked.stage if asked.stage in STAGES else "",
            silent=asked.silent if asked.silent in SILENT else "",
            part=asked.part if asked.part in parts_of(viewer.reach) else "",
            by=asked.by if asked.by in TABLES else "",
        )

    @property
    def place(self) -> str:
        """The narrowest place asked for."""
        return self.school or self.village or self.township

    @property
    def filtered(self) -> bool:
        """Whether anything but status, stage and part of the reach is asked for."""
        return any(getattr(self, name) for name in (*_PLAIN[2:], "person", "helper"))

    def filter(self, units: Units, reach: Reach, person: Sequence[HeldPost] = ()) -> BoardFilter:
        """As the queries take it; `person`: the postings of the login asked for."""
        counties = counties_of(units, reach) if self.name else ()
        texts = {name: getattr(self, name) for name in (*_PLAIN, "helper", "part") if name != "silent"}
        return BoardFilter(**texts, silent=int(self.silent or 0), person=tuple(person), counties=counties)

    def args(self) -> dict[str, Any]:
        """The arguments that are asked."""
        return {name: value for name in _ARGUMENTS if (value := getattr(self, name))}

    def address(self, **changes: str) -> str:
        """The first page of the board with some arguments changed."""
        asked = replace(self, **changes).args()
        return f"{_BOARD}?{urlencode(asked)}" if asked else _BOARD

    def page_after(self, after: Key) -> str:
        """The page that goes on from a place."""
        return f"{_BOARD}?{urlencode({**self.args(), 'after': after}, doseq=True)}"

    def download(self) -> str:
        """The workbook's address."""
        return url_for("board.workbook", **self.args())


def parts_of(reach: Reach) -> tuple[str, ...]:
    """The children beside its own that a viewer may ask for."""
    if reach.counties or not reach.past:
        return ()
    if reach.townships:
        return (ELSEWHERE,)
    return (RECEIVING,) if reach.schools else ()


def after_of(args: MultiDict[str, str]) -> Key | None:
    """The place to go on from. BadInput for an address cut short."""
    given = args.getlist("after")
    if not given:
        return None
    if len(given) != 3 or not given[0].isdecimal() or len(given[0]) > 2:
        raise BadInput("翻页的地址不完整，请回到第一页")
    return int(given[0]), given[1], given[2]


def _check_places(asked: Asked, reach: Reach, units: Units) -> None:
    for code, kinds in (
        (asked.township, TOWNSHIPS),
        (asked.village, (VILLAGE,)),
        (asked.school, (SCHOOL,)),
    ):
        unit = units.get(code)
        if code and not (unit and unit.kind in kinds and may_ask(reach, units, code)):
            raise NotFound("没有这个单位", unit=code)


def may_ask(reach: Reach, units: Units, code: str) -> bool:
    """Whether a viewer may know of a unit: its county's for office and town, else only its own."""
    county = units.county_of(code)
    if reach.counties:
        return county in reach.counties
    above = {unit.code for unit in units.with_ancestors(code)}
    own = reach.townships | reach.villages | reach.schools
    return bool(above & own) or any(county == units.county_of(each) for each in own)
