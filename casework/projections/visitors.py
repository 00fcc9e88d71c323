"""Who is likely to have gone along on a visit (一起家访的人): those in post around one child that day."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, and_, or_, select

from casework.domain.units import Units
from casework.domain.values import Day
from casework.projections.bitemporal import believed_at
from casework.projections.registers import posting

_p = posting.c
_AT_SCHOOL, _IN_VILLAGE = ("班主任", "校长"), ("村长", "村支书")
_IN_TOWNSHIP = ("乡镇分管领导", "乡镇干部")
_HELPERS = ("帮扶责任人", "包片教师", "代理家长")


class Visitor(NamedTuple):
    """One person as a visit names them: 姓名, 职务, 单位."""

    name: str
    post: str
    unit: str

    @property
    def text(self) -> str:
        """姓名/职务/单位."""
        return "/".join(self)


def visitors_for(conn: Connection, k: int, units: Units, place: Row[Any], day: Day) -> list[Visitor]:
    """Those in post for a child at a place: class teacher, principal, village, township, helper."""
    around = or_(
        and_(_p.unit == place.school, _p.post.in_(_AT_SCHOOL)),
        and_(_p.unit == place.village, _p.post.in_(_IN_VILLAGE)),
        and_(_p.unit == place.township, _p.post.in_(_IN_TOWNSHIP)),
        and_(
            _p.unit.in_([place.school, place.village, place.township]),
            _p.post.in_(_HELPERS),
            _p.name == (place.helper or None),
        ),
    )
    query: Select[Any] = (
        select(_p.name, _p.post, _p.unit, _p.klass, _p.area)
        .where(around, _p.unit != "", _p.since <= day, or_(_p.until == "", _p.until >= day))
        .where(*believed_at(posting, k))
        .order_by(_p.since, _p.posting_id)
    )
    near = [row for row in conn.execute(query) if _concerns(row, place, units)]
    found = [Visitor(row.name, row.post, units.name(row.unit)) for row in _in_order(near)]
    if place.helper and all(each.name != place.helper for each in found):
        found.append(Visitor(place.helper, "帮扶责任人", ""))
    return list(dict.fromkeys(found))


def _concerns(row: Row[Any], place: Row[Any], units: Units) -> bool:
    """A class teacher of this class; an official whose area, if written, names this village."""
    if row.post == "班主任":
        return bool(row.klass) and row.klass in (f"{place.grade}{place.klass}", place.klass)
    if row.post == "乡镇干部" and row.area and place.village:
        return any(word in row.area for word in (units.name(place.village), place.village))
    return True


def _in_order(rows: Iterable[Row[Any]]) -> Iterator[Row[Any]]:
    order = (*_AT_SCHOOL, *_IN_VILLAGE, *_IN_TOWNSHIP, *_HELPERS)
    return iter(sorted(rows, key=lambda row: order.index(row.post)))
