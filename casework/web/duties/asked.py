"""What the page of 待办 was asked for: whose, which days, rule, class or village, from where on."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from casework.domain.values import FOREVER, SINCE_EVER, Day, day_after
from casework.errors import BadInput
from casework.projections.duty_walk import EVERY_DAY, START, Days, Key
from casework.projections.reference import Reference

MINE, OTHERS = "mine", "others"
OVERDUE, TODAY, WEEK, LATER = "overdue", "today", "week", "later"
PARTS = {OVERDUE: "逾期", TODAY: "今天到期", WEEK: "本周到期", LATER: "以后"}
"""The parts of the queue, in order."""


@dataclass(frozen=True)
class Asked:
    """The filters in the address."""

    view: str = MINE
    when: str = ""
    rule: str = ""
    klass: str = ""
    village: str = ""
    after: Key = START

    @classmethod
    def of(cls, args: MultiDict[str, str]) -> "Asked":
        """Reads the address; what is unknown is left out. BadInput for a torn page address."""
        view = OTHERS if args.get("view") == OTHERS else MINE
        when = args.get("when", "")
        return cls(
            view,
            when if when in PARTS else "",
            args.get("rule", "")[:60],
            args.get("klass", "")[:40],
            args.get("village", "")[:40],
            _key(args.getlist("after")),
        )

    def address(self, **other: str) -> str:
        """The page with other filters, from its beginning."""
        return _address(replace(self, after=START, **other))

    def following(self, last: Key) -> str:
        """The page after this one."""
        return _address(replace(self, after=last))


def _address(asked: Asked) -> str:
    fields = [("view", asked.view)] if asked.view != MINE else []
    named = (("when", asked.when), ("rule", asked.rule), ("klass", asked.klass), ("village", asked.village))
    fields += [(name, value) for name, value in named if value]
    fields += [("after", str(part)) for part in asked.after] if asked.after != START else []
    return "/duties?" + urlencode(fields) if fields else "/duties"


def _key(parts: list[str]) -> Key:
    if not parts:
        return START
    if len(parts) != len(START) or not (parts[2].isdecimal() and parts[3].isdecimal()):
        raise BadInput("翻页的地址不完整，请回到第一页")
    due, case, no, seq, rule, begins, unit = parts
    return due[:10], case[:32], int(no[:9]), int(seq[:9]), rule[:60], begins[:10], unit[:100]


def days_of(when: str, reference: Reference, today: Day) -> Days:
    """The days of a part of the queue; the week is the reporting week."""
    weekly = reference.weekly(today)
    _, week_end = weekly.days_of(weekly.week_of(today))
    return {
        OVERDUE: Days(SINCE_EVER, day_after(today, -1)),
        TODAY: Days(today, today),
        WEEK: Days(day_after(today), week_end),
        LATER: Days(max(day_after(week_end), day_after(today)), FOREVER),
    }.get(when, EVERY_DAY)


def part_of(due_day: Day, reference: Reference, today: Day) -> str:
    """The part in which a due day lies."""
    found = (part for part in PARTS if due_day <= days_of(part, reference, today).last)
    return next(found, LATER)
