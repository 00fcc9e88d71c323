"""Who is likely to have gone along on a visit (一起家访的人): those in post around one child that day."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Row, Select, String, and_, bindparam, or_, select

from casework.domain.units import Units
from casework.domain.values import Day
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


def _around() -> Select[Any]:
    """Made once; no helper, given as NULL, is nobody's name."""
    school, village, township, helper, day = (
        bindparam(name, type_=String) for name in ("school", "village", "township", "helper", "day")
    )
    k = bindparam("k", type_=BigInteger)
    around = or_(
        and_(_p.unit == school, _p.post.in_(_AT_SCHOOL)),
        and_(_p.unit == village, _p.post.in_(_IN_VILLAGE)),
        and_(_p.unit == township, _p.post.in_(_IN_TOWNSHIP)),
        and_(_p.unit.in_((school, village, township)), _p.post.in_(_HELPERS), _p.name == helper),
    )
    return (
        select(_p.name, _p.post, _p.unit, _p.klass, _p.area)
        .where(around, _p.unit != "")
        .where(_p.since <= day, or_(_p.until == "", _p.until >= day))
        .where(_p.known_from <= k, _p.known_to > k)
        .order_by(_p.since, _p.posting_id)
    )


_AROUND = _around()


def visitors_for(conn: Connection, k: int, units: Units, place: Row[Any], day: Day) -> list[Visitor]:
    """Those in post for a child at a place: class teacher, principal, village, township, helper."""
    where = {name: getattr(place, name) for name in ("school", "village", "township")}
    asked = {**where, "helper": place.helper or None, "day": day, "k": k}
    near = [row for row in conn.execute(_AROUND, asked) if _concerns(row, place, units)]
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
