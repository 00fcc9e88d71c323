"""The cases of one year: what happened to each child, and when the county wrote it down.

Shape of one year (domain figures of a county): about 1 % of the pupils get a case, 3–10 visits each,
letters for the harder ones, children taught at home for two years with 72 lessons a year. Entries
come within a week; one in twenty is up to eight weeks late; some are corrected, a few voided.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from benchmarks.pupils import Pupil
from casework.commands.letters import LetterRow
from casework.domain import statuses as s
from casework.domain.case_file import ABSENCES, LETTERS, SESSIONS, STATUSES, VISITS
from casework.domain.ledger import Fact
from casework.domain.timeline import LEFT_MIDWAY

Mark = Callable[[str], str]

LESSONS_A_YEAR = 72
YEARS_TAUGHT = 2
EVENTS_OF_A_CASE = 12.6
"""Measured: opening, absence, status acts, visits, letters, services, corrections and roster notes."""

_COURSES: tuple[tuple[int, tuple[str, ...]], ...] = (
    (45, (s.SUSPECTED, s.RETURNED, s.CLOSED)),
    (22, (s.SUSPECTED, s.DROPPED_OUT, s.RETURNED, s.CLOSED)),
    (10, (s.SUSPECTED, s.DROPPED_OUT, s.RETURNED, s.RELAPSED, s.RETURNED, s.CLOSED)),
    (10, (s.VERIFYING, s.CLOSED)),
    (5, (s.SUSPECTED, s.SUSPENDED, s.RETURNED, s.CLOSED)),
    (8, (s.SUSPECTED, s.DROPPED_OUT, s.CLOSED)),
)
_CAUSES = ("学习困难/厌学", "家庭经济困难", "外出务工", "随父母外出", "监护缺失", "网瘾", "因病")
_OUTCOMES = ("同意返校", "犹豫", "拒绝", "约定日期", "未见到")
_TALK = "向家长说明义务教育法的规定，了解孩子不上学的原因，商定返校时间和学校能给的帮助。"


@dataclass(frozen=True)
class Entry:
    """One row of a ledger: about whom, what, and the Friday on which it is imported."""

    friday: date
    ledger: str
    pupil: Pupil
    fact: Fact | LetterRow


class Desk:
    """Writes down what happened: gives every row its Friday, key and mark."""

    def __init__(self, rng: Random, mark: Mark, name: str) -> None:
        self._rng = rng
        self._mark = mark
        self._name = name
        self._numbers: defaultdict[str, int] = defaultdict(int)

    def friday(self, day: date) -> date:
        """The Friday on which a fact of this day is entered."""
        late = self._rng.randint(7, 56) if self._rng.random() < 0.05 else 0
        day += timedelta(days=late)
        return day + timedelta(days=(4 - day.weekday()) % 7)

    def number(self, kind: str) -> int:
        """The next number of a series of this year."""
        self._numbers[kind] += 1
        return self._numbers[kind]

    def name(self, kind: str) -> str:
        """A record's number (记录编号), one for the whole county."""
        return f"{self._name}-{kind}{self.number(kind)}"

    def fact(self, key: str, body: dict[str, object], private: dict[str, str]) -> Fact:
        """A row as the importer's reader would make it."""
        return Fact(
            key, self._mark(repr((key, sorted(body.items()), sorted(private.items())))), body, private
        )


def cases_of_year(
    rng: Random, desk: Desk, start: date, pupils: Sequence[Pupil], taught: Sequence[Pupil]
) -> Iterator[Entry]:
    """Every entry about cases that begin in the year from `start`, and children taught from its start on."""
    for each in pupils:
        yield from _case(rng, desk, each, start + timedelta(days=rng.randrange(364)))
    for each in taught:
        yield from _taught(rng, desk, each, start + timedelta(days=rng.randrange(1, 7)))


def _case(rng: Random, desk: Desk, pupil: Pupil, begin: date) -> Iterator[Entry]:
    course = rng.choices([each for _, each in _COURSES], [weight for weight, _ in _COURSES])[0]
    if course[0] == s.SUSPECTED:
        yield _absence(desk, pupil, begin - timedelta(days=4))
    day, friday = begin, begin
    for change in course:
        entry = _status(rng, desk, pupil, day, change)
        # A sheet without the act before it would be refused: what is late delays what follows.
        friday = max(friday, entry.friday)
        yield replace(entry, friday=friday)
        yield from _corrected(rng, desk, entry, friday)
        day += timedelta(days=_stay(rng, course, change))
    for visit in range(rng.randint(3, 10)):
        yield from _visit(rng, desk, pupil, begin + timedelta(days=visit * 7 + rng.randrange(7)))
    if s.DROPPED_OUT in course:
        yield _letter(rng, desk, pupil, begin + timedelta(days=8), "劝返复学通知书", pupil.school.code)
        township = pupil.school.township
        yield _letter(rng, desk, pupil, begin + timedelta(days=20), "限期复学通知书", township)


def _stay(rng: Random, course: tuple[str, ...], change: str) -> int:
    """Days until the next act: who never came back is closed when over age, a year or two later."""
    if change == s.DROPPED_OUT and s.RETURNED not in course:
        return rng.randint(300, 700)
    return rng.randint(80, 140) if change == s.RETURNED else rng.randint(5, 45)


def _absence(desk: Desk, pupil: Pupil, on: date) -> Entry:
    body: dict[str, object] = {"on": on.isoformat(), "until": ""}
    fact = desk.fact(on.isoformat(), body, {"why": "未请假未到校", "recorder": "班主任"})
    return Entry(desk.friday(on), ABSENCES, pupil, fact)


def _status(rng: Random, desk: Desk, pupil: Pupil, on: date, change: str) -> Entry:
    out = change in (s.SUSPECTED, s.DROPPED_OUT, s.RELAPSED)
    approved = change in (s.CLOSED, s.SUSPENDED)
    body: dict[str, object] = {
        "on": on.isoformat(),
        "change": change,
        "causes": [rng.choice(_CAUSES)] if out else [],
        "lost_type": LEFT_MIDWAY if out else "",
        "placement": "插班" if change == s.RETURNED else "",
        "school": "",
        "until": "",
        "reason": "核查排除" if change == s.CLOSED else "",
        "evidence": "证2026-1" if change == s.SUSPENDED else "",
        "approved": approved,
    }
    private = {"recorder": "学籍管理员", "note": "经班主任和村干部核实。"} | (
        {"approver": "分管副校长"} if approved else {}
    )
    return Entry(desk.friday(on), STATUSES, pupil, desk.fact(f"{on} {change}", body, private))


def _corrected(rng: Random, desk: Desk, entry: Entry, friday: date) -> Iterator[Entry]:
    """One act in thirty is put right some weeks later: the same row with another cause or note."""
    if rng.random() < 0.033:
        fact = entry.fact
        assert isinstance(fact, Fact)
        body = {**fact.body, "causes": ["其他"] if fact.body["causes"] else []}
        again = desk.fact(fact.key, body, {**fact.private, "note": "经复核更正。"})
        yield replace(entry, friday=friday + timedelta(weeks=rng.randint(1, 8)), fact=again)


def _visit(rng: Random, desk: Desk, pupil: Pupil, on: date) -> Iterator[Entry]:
    met = rng.random() < 0.75
    hour = rng.randint(8, 18)
    body: dict[str, object] = {
        "on": on.isoformat(),
        "start": f"{hour:02d}:10",
        "end": f"{hour:02d}:50",
        "mode": rng.choice(("上门", "上门", "电话")),
        "met": ["家长", "学生"] if met else [],
        "outcome": rng.choice(_OUTCOMES[:4]) if met else "未见到",
        "agreed_on": "",
        "units": ["学校", "村委会"],
    }
    private = {"place": "家中", "participants": "班主任；村干部", "talk": _TALK, "recorder": "班主任"}
    fact = desk.fact(f"编号 {desk.name('V')}", body, private)
    entry = Entry(desk.friday(on), VISITS, pupil, fact)
    yield entry
    if rng.random() < 0.01:
        void = replace(fact, void_reason="重复登记", void_mark=fact.mark + "v")
        yield replace(entry, friday=entry.friday + timedelta(weeks=2), fact=void)


def _letter(rng: Random, desk: Desk, pupil: Pupil, on: date, kind: str, issuer: str) -> Entry:
    number = f"{issuer}通字〔{on.year}〕第{desk.number(kind):05d}号 {desk.name('L')}"
    body: dict[str, object] = {
        "on": on.isoformat(), "kind": kind, "issuer": issuer, "number": number, "days": 7,
    }  # fmt: skip
    letter = desk.fact(f"{issuer} {kind} {number}", body, {"signatory": "校长"})
    if rng.random() < 0.2:
        return Entry(desk.friday(on), LETTERS, pupil, LetterRow(letter))
    served = on + timedelta(days=rng.randint(0, 5))
    service = {"on": served.isoformat(), "mode": "直接", "at": "10:00"}
    row = LetterRow(letter, service, {"recipient": pupil.person.guardian}, letter.mark + "s")
    return Entry(desk.friday(served), LETTERS, pupil, row)


def _taught(rng: Random, desk: Desk, pupil: Pupil, begin: date) -> Iterator[Entry]:
    """送教上门: two lessons a week for 36 weeks a year; the sheet of lessons comes once a month."""
    yield _status(rng, desk, pupil, begin, s.HOME_TEACHING)
    for lesson in range(LESSONS_A_YEAR * YEARS_TAUGHT):
        year, nth = divmod(lesson, LESSONS_A_YEAR)
        on = begin + timedelta(days=year * 364 + nth // 2 * 10 + nth % 2 * 3 + 7)
        body: dict[str, object] = {
            "on": on.isoformat(), "start": "14:30", "end": "16:00", "tenths": 20, "signed": True,
        }  # fmt: skip
        private = {"teachers": "送教教师", "content": "生活语文和康复训练", "response": "配合"}
        fact = desk.fact(f"{on} 14:30", body, private)
        yield Entry(_month_end(on), SESSIONS, pupil, fact)
    yield _status(rng, desk, pupil, begin + timedelta(days=364 * YEARS_TAUGHT + 20), s.CLOSED)


def _month_end(day: date) -> date:
    """The last Friday on or after the month's 28th."""
    end = max(day, day.replace(day=28))
    return end + timedelta(days=(4 - end.weekday()) % 7)
