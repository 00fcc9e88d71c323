"""The aggregate of one school's 开学核查 in one term: who did not come, class by class, and why.

应到 = 实到 + 转学 + 休学 + 请假 + 死亡 + 送教 + 未报到. 应到 follows from the roster on the term's first
day, 实到 is counted in the classroom, everybody else is named: so a sheet balances only when the
names are right. Each 未报到 is verified by name. A filed sheet is frozen; a correction is a new one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from casework.domain.events import Aggregate
from casework.domain.values import Day
from casework.errors import RuleBroken

_NAMESPACE = UUID("7d0f1a58-0d0b-4d5a-8a3a-2c5d4c7f9e10")

TRANSFERRED, ON_DEFERRAL, ON_LEAVE = "transferred", "deferred", "on_leave"
DIED, TAUGHT_AT_HOME, ABSENT = "died", "home_teaching", "absent"

MARKS = {
    TRANSFERRED: "转学",
    ON_DEFERRAL: "休学",
    ON_LEAVE: "请假",
    DIED: "死亡",
    TAUGHT_AT_HOME: "送教",
    ABSENT: "未报到",
}
"""Why a child that should be there is not, in the order of the sheet: code → name. No mark: 实到."""

FIGURES = ("expected", "present", *MARKS)
FIGURE_NAMES = {"expected": "应到", "present": "实到", **MARKS}
"""The columns of the sheet."""

DRAFT, FILED = "draft", "filed"


def roll_call_id(school: str, term: Day) -> UUID:
    """The aggregate's id: one sheet a school and term."""
    return uuid5(_NAMESPACE, f"{term}\n{school}")


class Mark(NamedTuple):
    """What is recorded of a child that is not in class.

    `note_mark` is a keyed fingerprint of the note; `said` the private part: text, sealed when loaded.
    """

    mark: str
    outcome: str = ""
    note_mark: str = ""
    said: Any = None


@dataclass(frozen=True, slots=True)
class ClassCount:
    """One class of the sheet: `present` None while nobody has counted; `marks`: mark → how many."""

    grade: str
    klass: str
    expected: int
    present: int | None
    marks: Mapping[str, int]
    unverified: int = 0

    @property
    def difference(self) -> int:
        """应到 less everything accounted for; 0 when the class balances."""
        return self.expected - (self.present or 0) - sum(self.marks.values())

    def as_row(self) -> dict[str, Any]:
        """The class as it is frozen when the sheet is filed."""
        figures = {name: self.marks.get(name, 0) for name in MARKS}
        counts = {"expected": self.expected, "present": self.present or 0, **figures}
        return {"grade": self.grade, "klass": self.klass, **counts}


def check_balance(classes: Iterable[ClassCount]) -> None:
    """Refuses a sheet that is not counted, does not balance or leaves a 未报到 unverified; names classes."""
    faults = [fault for each in classes if (fault := _fault(each))]
    if faults:
        shown = "；".join(faults[:8]) + (f"；还有 {len(faults) - 8} 个班" if len(faults) > 8 else "")
        raise RuleBroken(f"核查表还不能上报：{shown}")


def _fault(each: ClassCount) -> str:
    name = f"{each.grade}{each.klass}"
    if each.present is None:
        return f"{name}还没有填实到人数"
    if each.difference:
        missing = "少" if each.difference > 0 else "多"
        return f"{name}应到 {each.expected} 人，已说明的{missing} {abs(each.difference)} 人"
    return f"{name}有 {each.unverified} 名未报到学生没有核查结果" if each.unverified else ""


class RollCall(Aggregate):
    """One school's sheet of one term. `marks`: child → why not in class; `present`: class → head count.

    `filed` counts how often it was filed; `state` is FILED while it is frozen.
    """

    TOPIC = "roll_call"

    class Event(Aggregate.Event):
        """Anything that happens to the sheet."""

        TOPIC = "roll_call.Event"

    class Opened(Event, Aggregate.Created):
        """开始核查."""

        TOPIC = "roll_call.Opened"
        school: str
        term: Day

    class ChildMarked(Event):
        """一名学生未到班的情况; an empty mark: in class after all. `outcome`: 核查结果 of a 未报到."""

        TOPIC = "roll_call.ChildMarked"
        child_id: str
        mark: str
        outcome: str = ""
        note_mark: str = ""
        private: Mapping[str, str] | None = None

        def apply(self, aggregate: "RollCall") -> None:
            """Puts the mark down, or takes it off."""
            aggregate.marks.pop(self.child_id, None)
            if self.mark:
                aggregate.marks[self.child_id] = Mark(self.mark, self.outcome, self.note_mark, self.private)

    class ClassCounted(Event):
        """一个班的实到人数."""

        TOPIC = "roll_call.ClassCounted"
        grade: str
        klass: str
        present: int

        def apply(self, aggregate: "RollCall") -> None:
            """Notes the head count."""
            aggregate.present[self.grade, self.klass] = self.present

    class Filed(Event):
        """上报: the figures class by class, frozen."""

        TOPIC = "roll_call.Filed"
        no: int
        classes: Sequence[Mapping[str, Any]]

        def apply(self, aggregate: "RollCall") -> None:
            """Freezes the sheet."""
            aggregate.state, aggregate.filed = FILED, self.no

    class Reopened(Event):
        """上报后更正: why; the next filing is a new version."""

        TOPIC = "roll_call.Reopened"
        private: Mapping[str, str] | None = None

        def apply(self, aggregate: "RollCall") -> None:
            """Lets the sheet be changed again."""
            aggregate.state = DRAFT

    def __init__(self, school: str, term: Day) -> None:
        self.school, self.term = school, term
        self.marks: dict[str, Mark] = {}
        self.present: dict[tuple[str, str], int] = {}
        self.state, self.filed = DRAFT, 0

    @classmethod
    def open(cls, school: str, term: Day) -> "RollCall":
        """A sheet nobody has written in."""
        return cls._create(cls.Opened, id=roll_call_id(school, term), school=school, term=term)

    def count(self, grade: str, klass: str, present: int) -> None:
        """The head count of a class."""
        self._writable()
        if self.present.get((grade, klass)) != present:
            self.trigger_event(self.ClassCounted, grade=grade, klass=klass, present=present)

    def mark(
        self, child_id: str, mark: str, *, outcome: str = "", note: str = "", note_mark: str = ""
    ) -> None:
        """Why a child is not in class; "" when it is. Nothing is told that stands already."""
        self._writable()
        if self.marks.get(child_id, Mark(""))[:3] == (mark, outcome, note_mark):
            return
        self.trigger_event(
            self.ChildMarked,
            child_id=child_id,
            mark=mark,
            outcome=outcome,
            note_mark=note_mark,
            private={"note": note} if note else None,
        )

    def file(self, classes: Sequence[ClassCount]) -> None:
        """上报: refused while anything does not add up."""
        self._writable()
        check_balance(classes)
        rows = [each.as_row() for each in classes]
        self.trigger_event(self.Filed, no=self.filed + 1, classes=rows)

    def reopen(self, reason: str) -> None:
        """Takes the sheet up again, with a reason that is kept."""
        if self.state != FILED:
            raise RuleBroken("核查表还没有上报，可以直接修改")
        self.trigger_event(self.Reopened, private={"reason": reason})

    def _writable(self) -> None:
        if self.state == FILED:
            raise RuleBroken("核查表已上报，不能再改；如需更正，请先写明原因，重新打开核查表")
