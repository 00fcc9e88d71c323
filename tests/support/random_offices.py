"""Forms about units and postings, drawn at random: 远小 merges into 近小 and back, 一贯校 into either; people
come and go."""

from collections.abc import Callable
from dataclasses import replace

from casework.commands.appointments import appoint, end_posting, hand_over
from casework.commands.unit_acts import add_unit, close_unit, follow_unit, reopen_unit
from casework.commands.unit_closing import closing_of
from casework.domain.posting import PostingRow
from casework.domain.units import VILLAGE, Unit
from casework.domain.values import FOREVER, day_after
from casework.projections.unit_posts import postings_at
from casework.store.store import Reply
from tests.support.busy_county import ACTORS, NINE
from tests.support.random_pen import Drawn, Form, Pen, Said
from tests.support.rows import EAST, FAR, NEAR


def office_form(pen: Pen) -> Form:
    """A form of the county's desk, or now and then of a school."""
    command, said, *about = pen.rng.choice((_unit, _unit, _posting))(pen)
    actor = ACTORS[pen.rng.choice(("clerk", "clerk", "boss", f"head{NEAR}"))]
    return replace(pen.of(actor, command, said), about=about[0] if about else {})


def follow_form(pen: Pen, code: str) -> Form:
    """The children of a school follow its merger, or come back."""
    return pen.of(ACTORS["clerk"], follow_unit, {"code": code})


def _unit(pen: Pen) -> Drawn:
    code = pen.rng.choice((FAR, FAR, NINE))
    with pen.seen.county.casework.reading() as reading:
        units = reading.reference.units
        school = units.get(code)
        assert school
        if school.closed_on != FOREVER:
            again = {"code": code, "reason": "合并有误", "seen": school.closed_on}
            return pen.rng.choice(((reopen_unit, again), (follow_unit, {"code": code})))
        if pen.rng.random() < 0.3:
            n = pen.rng.randint(1, 5)
            return add_unit, {"unit": Unit(f"V9{n}", f"新村{n}", VILLAGE, EAST)}
        on = day_after(pen.seen.today, pen.rng.choice((0, 0, 1, -3)))
        mark = closing_of(reading.snapshot.conn, units, school, on).mark
    successor = NEAR if code == FAR else pen.rng.choice((FAR, NEAR))
    return close_unit, {"code": code, "on": on, "successor": successor, "seen": mark}


def _posting(pen: Pen) -> Drawn | tuple[Callable[..., Reply], Said, Said]:
    login, today = f"neu{pen.rng.randint(1, 4)}", pen.seen.today
    post, klass = pen.rng.choice((("任课教师", ""), ("班主任", "五年级1班"), ("班主任", "四年级1班")))
    row = PostingRow(login, f"教师{login}", post, NEAR, today, klass=klass)
    with pen.seen.county.casework.reading() as reading:
        conn, k = reading.snapshot.conn, reading.snapshot.k
        held = [each for each in postings_at(conn, k, NEAR) if each.login.startswith("neu")]
    if not held or pen.rng.random() < 0.4:
        return appoint, {"row": row}
    some = pen.rng.choice(held)
    if pen.rng.random() < 0.5:
        return end_posting, {"posting": some.id, "until": today, "seen": some.until}, {"row": some}
    said = {"posting": some.id, "last_day": today, "seen": some.until}
    return hand_over, {**said, "login": login, "name": row.name}, {"row": some}
