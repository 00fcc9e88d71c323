"""A county's rules as data: parsed from the whole adopted text, by document name and date (政策).

Nothing marked local or default in the field is a constant in code: weeks, terms, ages, letters and
their issuers, dictionaries. A document is replaced by adopting another text from a day on; what was
judged under the old one stays judged so.
"""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from casework.domain.values import FOREVER, SINCE_EVER, Day
from casework.errors import BadInput

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")
MONTH_DAY = Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")


def weekday_number(name: Weekday) -> int:
    """Monday is 0."""
    return _WEEKDAYS.index(name)


class Document(BaseModel):
    """Any policy document: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: str


class Week(BaseModel):
    """The reporting week, named by the ISO week of its last day."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    last_day: Weekday


class SchoolYear(BaseModel):
    """When the school year begins, `MM-DD`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    first_day: str = MONTH_DAY


class Terms(BaseModel):
    """First days of the terms, `MM-DD`; each runs to the next for cumulative figures."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    first_days: list[Annotated[str, MONTH_DAY]] = Field(min_length=1)


class CompulsoryAge(BaseModel):
    """Ages in full years on 31 August before the school year, both included."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    youngest: int = Field(ge=0, le=25)
    oldest: int = Field(ge=0, le=25)


class WeeklyPolicy(Document):
    """周监测报告: week, terms and ages."""

    week: Week
    school_year: SchoolYear
    terms: Terms
    compulsory_age: CompulsoryAge

    def days_of(self, week: str) -> tuple[Day, Day]:
        """First and last day of a week such as `2026-W38`; BadInput when it is not one."""
        try:
            year, number = week.split("-W")
            last = date.fromisocalendar(int(year), int(number), 1 + weekday_number(self.week.last_day))
        except ValueError as error:
            raise BadInput(f"统计周“{week}”写法不对：应为 2026-W38 这样的年和周次") from error
        return (last - timedelta(days=6)).isoformat(), last.isoformat()

    def week_of(self, day: Day) -> str:
        """The week a day belongs to, such as `2026-W38`."""
        at = date.fromisoformat(day)
        last = at + timedelta(days=(weekday_number(self.week.last_day) - at.weekday()) % 7)
        year, number, _ = last.isocalendar()
        return f"{year}-W{number:02d}"

    def term_start(self, day: Day) -> Day:
        """First day of the term a day belongs to."""
        return _last_start(self.terms.first_days, day)

    def entry_years(self, day: Day) -> tuple[int, int]:
        """The cohorts (year of turning six by 31 August) of compulsory age in the school year of `day`."""
        year = int(_last_start([self.school_year.first_day], day)[:4])
        return year + 6 - self.compulsory_age.oldest, year + 6 - self.compulsory_age.youngest


def _last_start(month_days: list[str], day: Day) -> Day:
    """The latest of these yearly days that is not after `day`."""
    year = int(day[:4])
    return max(start for y in (year - 1, year) for md in month_days if (start := f"{y:04d}-{md}") <= day)


class Approval(BaseModel):
    """Which posts approve one change (变化) of status."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    change: Literal["销号", "缓学", "休学", "送教上门"]
    posts: list[str] = Field(min_length=1)


class DeferralTerm(BaseModel):
    """缓学休学: the longest term one paper gives, and from when its end is close, in days."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    max_days: int = Field(ge=1, le=1000)
    renew_days_before: int = Field(ge=0, le=100)


class ApprovalPolicy(Document):
    """审批: who gives the second signature for each change that needs one; how long a deferral may be."""

    approvals: list[Approval]
    deferral: DeferralTerm

    def posts(self, change: str) -> list[str]:
        """The posts that approve a change, by its Chinese word; [] when none is named."""
        return next((each.posts for each in self.approvals if each.change == change), [])


class ImportPolicy(Document):
    """导入: how many days an upload that was not written, and what was said of its rows, are kept."""

    keep_days: int = Field(ge=1, le=365)


class Dated(BaseModel):
    """A word that may be used from a day to a day, both included."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    since: Annotated[Day, _DAY] = SINCE_EVER
    until: Annotated[Day, _DAY] = FOREVER


class Dictionaries(Document):
    """字典: the words a county uses; unknown names are refused."""

    causes: list[str]
    lost_types: list[str]
    placements: list[str]
    verification_outcomes: list[str]
    hardship_levels: list[str]
    visit_modes: list[str]
    visit_met: list[str]
    visit_outcomes: list[str]
    service_modes: list[str]
    legal_steps: list[str] = []
    posts: list[str]
    post_synonyms: dict[str, str] = {}
    closing_reasons: dict[str, str]
    groups: dict[str, Dated]
    group_synonyms: dict[str, str] = {}
