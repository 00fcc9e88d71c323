"""What the address asks for: role, unit, period, the day looked at, what was known. All in the URL."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from casework.domain.policy import WeeklyPolicy
from casework.domain.values import SHANGHAI, Day, day_after
from casework.errors import BadInput
from casework.projections.duty_periods import period_of
from casework.projections.duty_seats import Seat
from casework.projections.reference import Reference

THEN, NOW = "then", "now"
KNOWN = {THEN: "当时所知", NOW: "现在所知"}
STATES = {
    "overdue": "逾期未办",
    "open": "未到期",
    "late": "逾期办结",
    "on_time": "按时办结",
    "excused": "已免办",
    "ended": "已终止",
    "silent": "久无动静",
}
_NAMES = ("role", "unit", "grade", "klass", "person", "state", "first", "last", "on", "known")
_WORDS = {"first": "from", "last": "to"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of the chain as asked for. `first`, `last`: the period of due days; `on`: the day looked at."""

    role: str
    unit: str
    first: Day
    last: Day
    on: Day
    known: str = NOW
    grade: str = ""
    klass: str = ""
    person: str = ""
    state: str = ""
    today: Day = ""

    @classmethod
    def of(cls, args: MultiDict[str, str], unit: str, reference: Reference, today: Day) -> "Asked":
        """Reads the address; the term of the day where no period is asked for. BadInput for odd days."""
        on = day_of_text(args.get("on", ""), "截至日期") or today
        if on > today:
            raise BadInput(f"截至日期 {on} 还没有到，请选今天或以前的日期")
        first, last = term_of(reference.weekly(on), on)
        first = day_of_text(args.get("from", ""), "开始日期") or first
        last = day_of_text(args.get("to", ""), "结束日期") or last
        if first > last:
            raise BadInput(f"起止日期颠倒：{first} 晚于 {last}")
        if (date.fromisoformat(last) - date.fromisoformat(first)).days > 732:
            raise BadInput("一次最多看两年，请把起止日期改近一些")
        given = {
            name: args.get(name, "").strip()[:40] for name in ("role", "grade", "klass", "person", "state")
        }
        known = THEN if args.get("known") == THEN and on < today else NOW
        return cls(
            unit=args.get("unit", unit), first=first, last=last, on=on, known=known, today=today, **given
        )

    @property
    def known_at(self) -> datetime | None:
        """The known time: the end of the day looked at, or None for the present."""
        if self.known == NOW:
            return None
        return datetime.fromisoformat(f"{self.on}T23:59:59.999999").replace(tzinfo=SHANGHAI)

    @property
    def seat(self) -> Seat:
        """The place asked for."""
        return Seat(self.role, self.unit, self.grade, self.klass)

    def with_role(self, role: str) -> "Asked":
        """The same of a role."""
        return replace(self, role=role)

    def own(self, role: str, unit: str, person: str) -> "Asked":
        """The same of a person's own duties in a role."""
        return replace(self, role=role, unit=unit, person=person, grade="", klass="")

    def args(self) -> dict[str, Any]:
        """The arguments that are asked."""
        quiet = {"on": self.today, "known": NOW}
        found = {name: getattr(self, name) for name in _NAMES}
        return {
            _WORDS.get(name, name): value
            for name, value in found.items()
            if value != quiet.get(name) and (value or name == "unit")
        }

    @property
    def other_known(self) -> str:
        """The same, by the other knowledge: as the query of an address."""
        return urlencode(replace(self, known=THEN if self.known == NOW else NOW).args())

    def page(self, **changes: Any) -> str:
        """The page of a role, with some arguments changed."""
        plain: dict[str, Any] = {"grade": "", "klass": "", "person": "", "state": "", **changes}
        return f"/chain?{urlencode(replace(self, **plain).args())}"

    def duties(self, **changes: Any) -> str:
        """The duties of one place, with some arguments changed."""
        return f"/chain/duties?{urlencode(replace(self, **changes).args())}"

    def at(self, seat: Seat, state: str = "") -> str:
        """The duties of a place, of one state or all."""
        return self.duties(unit=seat.unit, grade=seat.grade, klass=seat.klass, person="", state=state)


def day_of_text(text: str, what: str) -> Day:
    """A day as written in an address; "" when none is. BadInput for what is none."""
    if not text:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise BadInput(f"{what}“{text}”写法不对，应为 2026-09-24") from error


def term_of(weekly: WeeklyPolicy, day: Day) -> tuple[Day, Day]:
    """First and last day of the term a day lies in."""
    first = weekly.term_start(day)
    at = date.fromisoformat(first) + timedelta(days=20)
    while weekly.term_start(at.isoformat()) == first:
        at += timedelta(days=1)
    return first, day_after(at.isoformat(), -1)


def periods_of(asked: Asked, reference: Reference) -> list[tuple[str, Day, Day]]:
    """Periods near at hand, by the day looked at: (words, first day, last day)."""
    weekly = reference.weekly(asked.on)
    term = term_of(weekly, asked.on)
    before = term_of(weekly, day_after(term[0], -1))
    month, week = period_of("month", reference, asked.on), period_of("week", reference, asked.on)
    return [
        ("本学期", *term),
        ("本月", month.first, month.last),
        ("本周", week.first, week.last),
        ("上学期", *before),
    ]
