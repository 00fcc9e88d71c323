"""What the register's address asks for: issuer, kind, year, state. All in the URL."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from casework.errors import BadInput
from casework.projections.letter_register import (
    OVER,
    RUNNING,
    SERVED,
    UNSERVED,
    VOIDED,
    Key,
    RegisterFilter,
)

STATES = {
    "": "全部",
    UNSERVED: "未送达",
    RUNNING: "期限内",
    OVER: "已过期",
    SERVED: "已送达、已了结",
    VOIDED: "作废",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The register as asked for, as text; "" is not asked."""

    issuer: str = ""
    kind: str = ""
    year: str = ""
    state: str = ""

    @classmethod
    def of(cls, args: MultiDict[str, str]) -> "Asked":
        """Reads the address; what makes no filter is not asked."""
        given = {name: args.get(name, "").strip()[:60] for name in cls.__dataclass_fields__}
        year = given["year"] if given["year"].isdecimal() and len(given["year"]) == 4 else ""
        return replace(cls(**given), year=year, state=given["state"] if given["state"] in STATES else "")

    @property
    def filter(self) -> RegisterFilter:
        """As the queries take it."""
        return RegisterFilter(self.issuer, self.kind, int(self.year or 0), self.state)

    @property
    def filtered(self) -> bool:
        """Whether anything is asked for."""
        return self != Asked()

    def args(self) -> dict[str, Any]:
        """The arguments that are asked."""
        return {name: value for name in self.__dataclass_fields__ if (value := getattr(self, name))}

    def address(self, **changes: str) -> str:
        """The first page with some arguments changed."""
        return _with("/letters", replace(self, **changes).args())

    def page_after(self, after: Key) -> str:
        """The page that goes on from a place."""
        return _with("/letters", {**self.args(), "after": after})

    def download(self) -> str:
        """The workbook's address."""
        return _with("/letters.xlsx", self.args())


def after_of(args: MultiDict[str, str]) -> Key | None:
    """The place to go on from. BadInput for an address cut short."""
    given = args.getlist("after")
    if not given:
        return None
    if len(given) != 4 or not all(each.isdecimal() and len(each) < 10 for each in (given[1], given[3])):
        raise BadInput("翻页的地址不完整，请回到第一页")
    return given[0], int(given[1]), given[2], int(given[3])


def _with(path: str, args: dict[str, Any]) -> str:
    return f"{path}?{urlencode(args, doseq=True)}" if args else path
