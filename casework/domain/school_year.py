"""The school year (学年): how grades are written, what becomes of a pupil on its first day, names of terms.

Grades + 1 on the first day of the school year; the last grade of 小学 and of 初中 leaves, unless the
school teaches both. How a county writes its grades is policy, so a roster keeps its own spelling.
"""

from collections.abc import Collection
from dataclasses import dataclass

from pydantic import Field, model_validator

from casework.domain.policy import MONTH_DAY, Document, WeeklyPolicy
from casework.domain.statuses import COMPULSORY, DEFERRED, HOME_TEACHING, JUNIOR, OUT, TRANSFERRING
from casework.domain.values import Day
from casework.errors import BadInput

UP, TO_JUNIOR = "up", "to_junior"
LEAVES_PRIMARY, LEAVES_JUNIOR = "leaves_primary", "leaves_junior"
NOT_COMPULSORY, UNREADABLE = "not_compulsory", "unreadable"

STEP_NAMES = {
    UP: "升级",
    TO_JUNIOR: "本校升初中",
    LEAVES_PRIMARY: "小学毕业离校",
    LEAVES_JUNIOR: "初中毕业离校",
    NOT_COMPULSORY: "不在义务教育年级",
    UNREADABLE: "年级认不出",
}
LEAVING = frozenset({LEAVES_PRIMARY, LEAVES_JUNIOR})
MOVING = LEAVING | {UP, TO_JUNIOR}


class SchoolYearPolicy(Document):
    """学年: each style of `grade_styles` names the grades from the first to `junior_last`."""

    new_rosters_from: str = MONTH_DAY
    grade_styles: list[list[str]] = Field(min_length=1)
    primary_last: int = Field(ge=1, le=12)
    junior_last: int = Field(ge=1, le=12)
    through_schools: list[str]
    remind_days: int = Field(default=45, ge=0, le=365)
    explanations: list[str] = Field(min_length=1)
    with_destination: list[str] = []

    @model_validator(mode="after")
    def _whole(self) -> "SchoolYearPolicy":
        if self.primary_last >= self.junior_last:
            raise ValueError("primary_last 应小于 junior_last")
        if any(len(style) != self.junior_last for style in self.grade_styles):
            raise ValueError(f"grade_styles 的每一行都应写满 {self.junior_last} 个年级")
        return self

    def new_rosters_since(self, first_day: Day) -> Day:
        """From when a first roster states the grades of the school year that begins on `first_day`."""
        year = int(first_day[:4])
        return max(day for y in (year - 1, year) if (day := f"{y:04d}-{self.new_rosters_from}") <= first_day)

    def step(self, category: str, stage: str, grade: str, used: Collection[str] = ()) -> "Step":
        """What becomes of a pupil of this grade in a school of this category (学校类别).

        `used`: the grades as this school's roster writes them, to keep to its own spelling.
        """
        if stage not in ("", *COMPULSORY):
            return Step(NOT_COMPULSORY, grade)
        found = self._place(stage, grade)
        if found is None:
            return Step(UNREADABLE, grade)
        styles, at, number = found
        if number == self.junior_last:
            return Step(LEAVES_JUNIOR, grade)
        if number == self.primary_last and category not in self.through_schools:
            return Step(LEAVES_PRIMARY, grade)
        following = [style[at + 1] for style in styles if at + 1 < len(style)]
        name = next((each for each in following if each in used), following[0])
        return Step(TO_JUNIOR if number == self.primary_last else UP, grade, name)

    def number(self, stage: str, grade: str) -> int:
        """The year at school a grade is, for putting grades in order; 0 when it can not be read."""
        found = self._place(stage, grade)
        return found[2] if found else 0

    def _place(self, stage: str, grade: str) -> tuple[list[list[str]], int, int] | None:
        """(styles that write it so, position in them, year at school); 初中的“一年级” is the seventh."""
        styles = [style for style in self.grade_styles if grade in style]
        if not styles:
            return None
        at = styles[0].index(grade)
        in_junior = stage == JUNIOR and at < self.junior_last - self.primary_last
        return styles, at, at + 1 + (self.primary_last if in_junior else 0)


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of a grade: `kind`, the grade as it is, and as it will be ("" when the pupil leaves)."""

    kind: str
    grade: str
    next: str = ""


def next_klass(klass: str, grade: str, following: str) -> str:
    """A class named with its grade (四年级1班) takes the new one; any other keeps its name."""
    return following + klass.removeprefix(grade) if following and klass.startswith(grade) else klass


def first_day_of(weekly: WeeklyPolicy, year: int) -> Day:
    """The first day of the school year that begins in `year`."""
    return f"{year:04d}-{weekly.school_year.first_day}"


def year_of(weekly: WeeklyPolicy, day: Day) -> int:
    """The year in which the school year of a day began."""
    year = int(day[:4])
    return year if day >= first_day_of(weekly, year) else year - 1


def year_name(year: int) -> str:
    """2026 → 2026—2027学年."""
    return f"{year}—{year + 1}学年"


def check_term(weekly: WeeklyPolicy, term: Day, today: Day) -> None:
    """Refuses a day that begins no term, and a term that has not begun."""
    try:
        begins = weekly.term_start(term) == term
    except (ValueError, IndexError):
        begins = False
    if not begins:
        raise BadInput("没有这个学期，请从页面上选择学期", term=term)
    if term > today:
        raise BadInput(f"这个学期 {term} 才开学，开学后再核查", term=term)


def term_name(weekly: WeeklyPolicy, term: Day) -> str:
    """2026-09-01 → 2026年秋季."""
    autumn = term[5:] == weekly.school_year.first_day
    return f"{int(term[:4])}年{'秋季' if autumn else '春季'}"


def stays_for_now(kind: str, status: str) -> bool:
    """A child out of school or in transfer stays the school's: no dropout list gets shorter by paper."""
    return kind in LEAVING and status in (*OUT, TRANSFERRING)


def is_asked(kind: str, status: str) -> bool:
    """休学 and 送教: a person says whether the child goes with the class."""
    return status in (DEFERRED, HOME_TEACHING) and kind in MOVING


def stays_unless_said(kind: str, status: str) -> bool:
    """What is proposed of those asked: 休学 keeps the grade, 送教 goes with it but does not leave."""
    return status == DEFERRED or kind in LEAVING
