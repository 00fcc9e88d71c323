"""The county of the import tests with people who manage it: who may set units up, appoint and end.

局长 boss · 基教股 clerk at C · 学区 dist at D · 校长 head1 at 近小, head2 at 远小 · 班主任 t1, t2 at 近小 ·
系统管理员 admin (in no register)
"""

from collections.abc import Callable
from typing import Any

from casework.commands.appointments import appoint, end_posting, hand_over, void_posting
from casework.commands.unit_acts import add_unit, close_unit, follow_unit, reopen_unit
from casework.commands.unit_closing import closing_of
from casework.domain.posting import PostingRow
from casework.domain.values import Actor
from casework.projections.unit_posts import holders_on, postings_at
from tests.importing.small import Small
from tests.support.rows import COUNTY, FAR, NEAR, posting

STAFF = [
    posting("boss", "局长", COUNTY),
    posting("clerk", "基教股", COUNTY),
    posting("dist", "学区", "D"),
    posting("head1", "校长", NEAR),
    posting("head2", "校长", FAR),
    posting("t1", "班主任", NEAR, 班级="四年级1班"),
    posting("t2", "任课教师", NEAR),
]
BOSS, CLERK, DISTRICT, HEAD, TEACHER = (
    Actor(login, f"教师{login}", post, unit)
    for login, post, unit in (
        ("boss", "局长", COUNTY),
        ("clerk", "基教股", COUNTY),
        ("dist", "学区", "D"),
        ("head1", "校长", NEAR),
        ("t1", "班主任", NEAR),
    )
)
ADMIN = Actor("admin", "管理员", "系统管理员", "")
ON = "2026-10-01"


def staff(county: Small) -> Small:
    """Registers the people."""
    county.good("staff", *STAFF)
    return county


def run(
    county: Small, command: Callable[..., Any], actor: Actor = CLERK, form: str = "", **given: Any
) -> Any:
    """Gives one command, as a page does; `form` is the form's id."""
    content = {name: str(value) for name, value in given.items()}
    return county.casework.do(
        command.__name__,
        lambda act, ref: command(act, ref, **given),
        actor=actor,
        command_id=form,
        content=content,
    )


def mark(county: Small, code: str, on: str = ON) -> str:
    """The mark of a closing's preview, as it stands now."""
    with county.casework.reading() as reading:
        units = reading.reference.units
        found = units.get(code)
        assert found
        return closing_of(reading.snapshot.conn, units, found, on).mark


def closed(county: Small, code: str = NEAR, into: str = FAR, on: str = ON, **more: Any) -> Any:
    """Closes a unit as its preview stands now; nobody has followed yet."""
    seen = more.pop("seen", None) or mark(county, code, on)
    return run(county, close_unit, code=code, on=on, successor=into, seen=seen, **more)


def followed(county: Small, code: str = NEAR) -> int:
    """Moves the children act by act; how many acts it took."""
    acts, after, left = 0, "", 1
    while left:
        reply = run(county, follow_unit, code=code, after=after)
        acts, after, left = acts + 1, reply["last"], reply["left"]
    return acts


def at(county: Small, unit: str) -> list[PostingRow]:
    """The postings at a unit."""
    with county.casework.reading() as reading:
        return postings_at(reading.snapshot.conn, reading.snapshot.k, unit)


def holders(county: Small, post: str, unit: str, day: str) -> list[str]:
    """Logins of those who hold a post on a day."""
    with county.casework.reading() as reading:
        held = holders_on(reading.snapshot.conn, reading.snapshot.k, [post], day, unit)
        return [row.login for row in held.get((unit, post), [])]


def named(county: Small, login: str, unit: str = NEAR) -> PostingRow:
    """The posting of a login at a unit."""
    return next(row for row in at(county, unit) if row.login == login)


__all__ = [
    "add_unit", "appoint", "close_unit", "end_posting", "follow_unit", "hand_over", "reopen_unit",
    "void_posting",
]  # fmt: skip
