"""资助规则 as data: the terms, the programmes with the days in which they run, the reasons for no aid."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from casework.domain.policy import MONTH_DAY, Dated, Document
from casework.domain.values import Day

TERMS = ("秋", "春")
OTHER_REASON = "其他"
"""What a reason for no aid counts as when it is none of the county's words."""


class Programme(Dated):
    """One 资助项目: who pays, how it is given, in which 学段, from when to when."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    code: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")
    name: str
    stages: list[Literal["学前", "小学", "初中", "普高", "中职", "高校"]] = Field(min_length=1)
    delivery: Literal["现金", "减免", "实物", "贷款"]
    funding: str

    def runs_on(self, day: Day) -> bool:
        """Whether it may be given for a term that begins on this day."""
        return self.since <= day <= self.until


class FirstDays(BaseModel):
    """First days of the two terms, `MM-DD`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    autumn: Annotated[str, MONTH_DAY] = Field(alias="秋")
    spring: Annotated[str, MONTH_DAY] = Field(alias="春")


class AidPolicy(Document):
    """资助: terms, programmes, reasons for no aid."""

    unpaid_reasons: list[str] = Field(min_length=1)
    first_days: FirstDays
    programmes: list[Programme] = Field(min_length=1)

    def term_start(self, year: str, term: str) -> Day:
        """The first day of a term of a school year such as `2026-2027`."""
        first, _, second = year.partition("-")
        autumn = term == TERMS[0]
        return f"{first}-{self.first_days.autumn}" if autumn else f"{second}-{self.first_days.spring}"

    def term_of(self, day: Day) -> tuple[str, str]:
        """(school year, term) that a day lies in."""
        year = int(day[:4])
        if day[5:] >= self.first_days.autumn:
            return f"{year}-{year + 1}", TERMS[0]
        spring = day[5:] >= self.first_days.spring
        return f"{year - 1}-{year}", TERMS[1] if spring else TERMS[0]

    def programme(self, code: str) -> Programme | None:
        """The programme with this code."""
        return next((each for each in self.programmes if each.code == code), None)

    def name(self, code: str) -> str:
        """Its name; the code itself when it is not known."""
        found = self.programme(code)
        return found.name if found else code

    def running(self, day: Day) -> list[Programme]:
        """The programmes that may be given for a term that begins on this day."""
        return [each for each in self.programmes if each.runs_on(day)]
