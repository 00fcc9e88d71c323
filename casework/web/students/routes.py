"""我的学生: what is next for each child with an open file, then the class; one tap to 记家访."""

from typing import Any

from flask import Blueprint, render_template, request, url_for

from casework.domain.permissions import READ_STUDENTS, RECORD_VISIT, Room
from casework.domain.statuses import OUT, VERIFYING
from casework.domain.units import SCHOOL
from casework.errors import BadInput
from casework.projections import students
from casework.projections.students import After
from casework.service import Reading
from casework.web.access import allow, this_moment, today, viewer
from casework.web.letters.states import today_of
from casework.web.students.shown import Line, in_order, line_of

pages = Blueprint("students", __name__, template_folder="templates")

_FILES, _CLASS = 30, 60


@pages.get("/students")
@allow(READ_STUDENTS)
def my_students() -> str:
    """The page; with `q` what is found by name, pinyin or initials."""
    asked = " ".join(request.args.get("q", "").split())[:40]
    with this_moment() as reading:
        values = _found(reading, asked) if asked else _mine(reading)
    return render_template(
        "students.html", asked=asked, today=today(), visits=viewer().may(RECORD_VISIT), **values
    )


def _found(reading: Reading, asked: str) -> dict[str, Any]:
    listed, many = students.found(reading.snapshot, reading.reference.units, viewer().reach, today(), asked)
    return {"found": _lines(reading, listed), "many": many}


def _mine(reading: Reading) -> dict[str, Any]:
    conn, after = reading.snapshot.conn, _after()
    files, more = students.open_files(conn, viewer().reach, after=after, size=_FILES)
    lines = _lines(reading, files)
    whole = not after and not more
    lines = in_order(lines, today()) if whole else lines
    return {
        "now": [line for line in lines if line.status in (*OUT, VERIFYING)],
        "watched": [line for line in lines if line.status not in (*OUT, VERIFYING)],
        "more": url_for("students.my_students", after=list(more)) if more else "",
        "first": not after,
        **_rest(reading, {each.child_id for each in files} if whole else set()),
    }


def _rest(reading: Reading, shown: set[str]) -> dict[str, Any]:
    """The classes in reach to choose from, and the children of the one chosen, or of the only one."""
    snapshot, reach = reading.snapshot, viewer().reach
    conn, k = snapshot.conn, snapshot.k
    schools = _schools(reading)
    school = request.args.get("school", schools[0][0] if len(schools) == 1 else "")
    rooms = students.rooms(conn, k, reach, today(), school) if school in dict(schools) else []
    rooms.sort(key=lambda each: (_grade(each[0][1]), each[0]))
    room = _room(rooms, school)
    mates = students.classmates(conn, k, reach, today(), room, _CLASS) if room else []
    mates += students.named_children(conn, k, reach, today(), _CLASS)
    return {
        "schools": schools if len(schools) > 1 else [],
        "rooms": rooms,
        "room": room,
        "school": school,
        "mates": _lines(reading, [each for each in mates if each.child_id not in shown]),
    }


def _schools(reading: Reading) -> list[tuple[str, str]]:
    """(code, name) of the schools whose classes can be looked at; a village's children are found by name."""
    units, reach = reading.reference.units, viewer().reach
    codes = reach.schools | {school for school, _, _ in reach.rooms}
    below = {each.code for above in reach.counties | reach.townships for each in units.below(above, SCHOOL)}
    known = (units.get(code) for code in sorted(codes | below))
    return [(unit.code, unit.name) for unit in known if unit and unit.closed_on > today()]


def _room(rooms: list[tuple[Room, int]], school: str) -> Room | None:
    if len(rooms) == 1:
        return rooms[0][0]
    asked = (school, request.args.get("grade", ""), request.args.get("klass", ""))
    return next((room for room, _ in rooms if room == asked), None)


_NUMERALS = "一二三四五六七八九"


def _grade(name: str) -> int:
    """The order of 年级 as people say it: 一年级 before 七年级, 高一 after 九年级."""
    found = next((at for at, numeral in enumerate(_NUMERALS) if numeral in name), len(_NUMERALS))
    return found + (20 if name.startswith(("高", "中")) else 0)


def _lines(reading: Reading, found: list[students.Student]) -> list[Line]:
    alone = len(viewer().reach.rooms) == 1 and not viewer().reach.schools
    units, day = reading.reference.units, today()
    now = today_of(reading.reference, day)
    return [line_of(each, units, day, one_room=alone, now=now) for each in found]


def _after() -> After | None:
    after = request.args.getlist("after")
    if not after:
        return None
    if len(after) != 3 or not after[0].isdigit():
        raise BadInput("翻页的地址不完整，请回到第一页")
    return int(after[0]), after[1], after[2]
