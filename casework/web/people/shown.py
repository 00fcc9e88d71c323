"""The people of one unit as its manager sees them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from casework.accounts import AccountBook, AccountChange, AccountState
from casework.accounts.book import ACTIVE, DISABLED, ENDED, EXPIRED, INVITED, MADE, NONE, RESET
from casework.domain.hierarchy import RANKS, managed_units, may_manage
from casework.domain.values import Day
from casework.errors import NotFound
from casework.projections.staff import Person, people_of, staff_counts
from casework.service import Reading
from casework.web.access import Viewer

STATES = {
    NONE: "没有账号",
    INVITED: "待首次登录",
    EXPIRED: "一次性密码已过期",
    ACTIVE: "正常",
    DISABLED: "已停用",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One person. `mine`: the viewer may act on the account."""

    login: str
    name: str
    posts: list[str]
    left: bool
    mine: bool
    account: AccountState
    rank: int

    @property
    def state(self) -> str:
        """How the account stands, in words."""
        return STATES[self.account.state]

    @property
    def lacks_code(self) -> bool:
        """Ticked from the start: in post, and nothing yet to sign in with."""
        return self.mine and not self.left and self.account.state in (NONE, EXPIRED)


@dataclass(frozen=True, slots=True)
class Desk:
    """One unit's people. `choices`: (code, name, persons in post) of the units that may be chosen."""

    unit: str
    unit_name: str
    kind: str
    choices: list[tuple[str, str, int]]
    people: list[tuple[Person, bool, list[str], bool]]

    def chosen(self, logins: Iterable[str]) -> dict[str, str]:
        """Login → name of those asked for. NotFound when one is not here or not the viewer's to manage."""
        mine = {person.login: person.name for person, allowed, *_ in self.people if allowed}
        wanted = list(dict.fromkeys(logins))
        if not all(login in mine for login in wanted):
            raise NotFound("没有这个人")
        return {login: mine[login] for login in wanted}

    def lines(self, book: AccountBook, day: Day, *, now: datetime) -> list[Line]:
        """The heads first, then by post and class; those who left and still have an account at the end."""
        states = book.states((person.login for person, *_ in self.people), now=now)
        lines = [
            Line(
                person.login,
                person.name,
                posts,
                left,
                mine,
                states[person.login],
                -max(RANKS.get(post, 1) for post, _ in person.held(day)),
            )
            for person, mine, posts, left in self.people
        ]
        shown = [line for line in lines if not line.left or line.account.state not in (NONE, DISABLED)]
        return sorted(shown, key=lambda line: (line.left, line.rank, line.posts))


def desk_of(reading: Reading, viewer: Viewer, asked: str, day: Day) -> Desk:
    """The desk of a unit; without one asked for, the viewer's own. NotFound when it is not the viewer's."""
    units, conn, k = reading.reference.units, reading.snapshot.conn, reading.snapshot.k
    manager = (viewer.post, viewer.unit)
    managed = managed_units(units, manager)
    code = asked or (managed[0].code if managed else "")
    unit = next((each for each in managed if each.code == code), None)
    if unit is None and (asked or viewer.unit):
        raise NotFound("没有这个单位", unit=asked)
    counts = staff_counts(conn, k, day)
    choices = [(each.code, each.name, counts.get(each.code, 0)) for each in managed]
    found = people_of(conn, k, code) if unit else []
    rows = [
        (
            person,
            person.login != viewer.login and may_manage(units, manager, person.held(day)),
            [
                f"{each.post}{f'（{each.klass or each.area}）' if each.klass or each.area else ''}"
                for each in person.posts
                if each.unit == code and each.lasts_on(day)
            ],
            not any(each.unit == code and each.lasts_on(day) for each in person.posts),
        )
        for person in found
    ]
    return Desk(code, unit.name if unit else "", unit.kind if unit else "", choices, rows)


def told(changes: Iterable[AccountChange], names: Mapping[str, str]) -> list[tuple[datetime, str, str, str]]:
    """Changes made together as one line: (instant, by whom, what, whose)."""
    lines: list[tuple[datetime, str, str, str]] = []
    for (at, by, what), group in groupby(changes, key=lambda each: (each.at, each.by, each.what)):
        whose = [names.get(each.login, each.login) for each in group]
        shown = "、".join(whose[:_NAMED]) + (f"等 {len(whose)} 人" if len(whose) > _NAMED else "")
        lines.append((at, f"{by.name}（{by.post}）", _WHAT[what], shown))
    return lines


_NAMED = 6
_WHAT = {MADE: "开通了账号", RESET: "重新发放了一次性密码", ENDED: "停用了账号"}
