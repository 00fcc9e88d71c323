"""A child as a line of the board: plain words, counted from today."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from casework.domain.statuses import DEFERRED, OUT, VERIFYING
from casework.domain.values import Day, days_between
from casework.projections.board_lines import BoardLine
from casework.projections.letter_register import Today
from casework.projections.reference import Reference
from casework.projections.weekly_report import NO_SCHOOL
from casework.web.access import Viewer
from casework.web.filters import masked_name
from casework.web.letters.states import LATE, letter_now, today_of

VACANT, UNSERVED = "空缺", "还没有送达"
LONG_SILENCE = 7
"""Days without a visit after which a child who is out stands out; a matter of looks, no rule."""


@dataclass(frozen=True, slots=True)
class Due:
    """A day ahead or behind: the day, how far off it is, and whether it has passed."""

    day: str
    left: str
    over: bool

    @property
    def text(self) -> str:
        """Both in one."""
        return f"{self.day}，{self.left}"


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line. `days`: how long out of school, else how long the status holds; `silent`: days since the
    last visit, None without one; `quiet_long`: out and not visited for long. `people`: (role, name)."""

    child_id: str
    name: str
    sex: str
    status: str
    out: bool
    relapses: int
    days: int
    since: Day
    school: str
    room: str
    place: str
    groups: list[str]
    cause: str
    visits: int
    silent: int | None
    quiet_long: bool
    outcome: str
    agreed: Due | None
    letter: str
    served: str
    unserved: bool
    people: list[tuple[str, str]]


def shown_lines(
    lines: Iterable[BoardLine], reference: Reference, viewer: Viewer, today: Day
) -> Iterator[ShownLine]:
    """Lines for one page of the board."""
    units, now = reference.units, today_of(reference, today)
    for line in lines:
        case = line.case
        out = case.status in OUT
        since = case.out_since or case.since
        silent = days_between(case.visited_on, today) if case.visited_on else None
        term = letter_now(case, now)
        yield ShownLine(
            child_id=case.case_id,
            name=_name(line, viewer),
            sex=line.child.sex if line.child is not None else "",
            status=case.status,
            out=out,
            relapses=case.relapses,
            days=days_between(since, today),
            since=since,
            school=units.name(case.school) or NO_SCHOOL,
            room=f"{case.grade}{case.klass}",
            place="".join(units.name(code) for code in (case.township, case.village) if code),
            groups=case.groups.split("、") if case.groups else [],
            cause=case.cause,
            visits=case.visits,
            silent=silent,
            quiet_long=out and (silent is None or silent >= LONG_SILENCE),
            outcome=case.outcome,
            agreed=next_day(case, today),
            letter=case.letter,
            served=letter_words(case, now),
            unserved=term is not None and term.tone == LATE,
            people=_people(line),
        )


def _name(line: BoardLine, viewer: Viewer) -> str:
    name = line.child.name if line.child is not None else ""
    return (masked_name(name) if viewer.masked else name) or "已清除"


def next_day(case: object, today: Day) -> Due | None:
    """What is next by its day: the end of a deferral, or the day agreed at the last visit."""
    status, until, agreed = (getattr(case, name) for name in ("status", "until", "agreed_on"))
    if status == DEFERRED and until:
        return _due("到期", until, today)
    if agreed and (status in OUT or status == VERIFYING or agreed >= today):
        return _due("约定", agreed, today)
    return None


def _due(word: str, day: Day, today: Day) -> Due:
    left = days_between(today, day)
    how = "就是今天" if left == 0 else f"还有 {left} 天" if left > 0 else f"已过 {-left} 天"
    return Due(f"{word} {short_day(day, today)}", how, left < 0)


def short_day(day: Day, today: Day) -> str:
    """9月14日; with the year when it is not this one."""
    year, month, date = day.split("-")
    return f"{'' if year == today[:4] else f'{year}年'}{int(month)}月{int(date)}日"


def letter_words(case: object, now: Today) -> str:
    """When the last letter was issued and served, and how long its term still runs."""
    letter, issued, served = (getattr(case, name) for name in ("letter", "letter_on", "served_on"))
    if not letter:
        return ""
    term = letter_now(case, now)
    words = [f"{short_day(issued, now.day)}签发"]
    if served and served <= now.day:
        words.append(f"{short_day(served, now.day)}送达")
    elif not served and letter not in now.inner:
        words.append(UNSERVED)
    if term and served:
        words.append(term.text)
    return "，".join(words)


def _people(line: BoardLine) -> list[tuple[str, str]]:
    """Who answers; a post that must be held and is not reads 空缺."""
    case = line.case
    people = [("村长", line.village_head or VACANT)] if case.village else []
    if case.school:
        room = [("班主任", line.teacher or VACANT)] if case.klass else []
        people = [*room, ("校长", line.principal or VACANT), *people]
    return [*people, *([("帮扶", line.helper)] if line.helper else [])]
