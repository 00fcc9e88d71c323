"""What the ledger's address asks for: term, school, programme, and which of its three lists."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from casework.domain.aid import year_fault
from casework.domain.aid_policy import TERMS, AidPolicy
from casework.domain.permissions import Reach
from casework.domain.units import SCHOOL, Units
from casework.domain.values import Day
from casework.errors import BadInput, NotFound
from casework.projections.aid_queries import MISSING, PAID, UNPAID, AidFilter
from casework.web.transfers.reach import schools_of

VIEWS = {PAID: "已发放", UNPAID: "未资助及原因", MISSING: "还没有记录的困难学生"}
_PLAIN = ("year", "term", "school", "programme", "view")
_DAY_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """Every argument as text; "" of school and programme asks for all."""

    year: str
    term: str
    school: str = ""
    programme: str = ""
    view: str = PAID

    @classmethod
    def of(
        cls, args: MultiDict[str, str], policy: AidPolicy, reach: Reach, units: Units, today: Day
    ) -> "Asked":
        """Reads the address; a term that is none is this one. NotFound for a school out of reach."""
        given = {name: args.get(name, "").strip()[:40] for name in _PLAIN}
        year, term = policy.term_of(today)
        asked = cls(
            year=given["year"] if not year_fault(given["year"]) else year,
            term=given["term"] if given["term"] in TERMS else term,
            school=given["school"],
            programme=given["programme"] if policy.programme(given["programme"]) else "",
            view=given["view"] if given["view"] in VIEWS else PAID,
        )
        if asked.school and not _theirs(units, reach, asked.school, today):
            raise NotFound("没有这个单位", unit=asked.school)
        return asked

    @property
    def filter(self) -> AidFilter:
        """As the queries take it."""
        return AidFilter(self.year, self.term, self.school, self.programme)

    def args(self) -> dict[str, Any]:
        """The arguments that are asked."""
        return {name: value for name in _PLAIN if (value := getattr(self, name))}

    def address(self, **changes: str) -> str:
        """The ledger's first page with some arguments changed."""
        return f"/aid?{urlencode(replace(self, **changes).args())}"

    def page_after(self, after: tuple[Any, ...]) -> str:
        """The page that goes on from a place."""
        return f"/aid?{urlencode({**self.args(), 'after': after}, doseq=True)}"

    def download(self) -> str:
        """The workbook's address."""
        return f"/aid.xlsx?{urlencode(self.args())}"


def _theirs(units: Units, reach: Reach, code: str, today: Day) -> bool:
    unit = units.get(code)
    return unit is not None and unit.kind == SCHOOL and code in schools_of(units, reach, today)


def after_of(args: MultiDict[str, str], view: str) -> tuple[Any, ...]:
    """The place to go on from. BadInput for an address cut short."""
    given = tuple(args.getlist("after"))
    if not given:
        return ()
    if view == MISSING and len(given) == 1:
        return given
    if len(given) != 3 or not given[2].isdecimal() or len(given[2]) > 9 or len(given[0]) != _DAY_LENGTH:
        raise BadInput("翻页的地址不完整，请回到第一页")
    return given[0], given[1], int(given[2])
