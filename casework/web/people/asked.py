"""Which of a unit's people are shown: by a word, by how the account stands, a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from casework.accounts.book import ACTIVE, DISABLED, INVITED
from casework.web.people.shown import Line

LACKING, LEFT = "lacking", "left"
WHICH = {
    "": "全部",
    LACKING: "要发密码的",
    INVITED: "待首次登录",
    ACTIVE: "正常",
    DISABLED: "已停用",
    LEFT: "已离任",
}
SIZE = 40


@dataclass(frozen=True, slots=True)
class Asked:
    """`q`: part of a name, login or post; `which`: a key of WHICH; `start`: how many were shown before."""

    q: str = ""
    which: str = ""
    start: int = 0

    @classmethod
    def of(cls, args: Mapping[str, str]) -> "Asked":
        """From an address; what is no filter is none."""
        which, start = args.get("which", ""), args.get("start", "")
        number = int(start) if start.isdecimal() and len(start) < 7 else 0
        return cls(args.get("q", "").strip()[:40], which if which in WHICH else "", number)

    def found(self, lines: Sequence[Line]) -> list[Line]:
        """Those asked for, all pages of them."""
        return [line for line in lines if self._named(line) and self._stands(line)]

    def address(self, unit: str, start: int) -> str:
        """The same question, from another line on."""
        asked = {"unit": unit, "q": self.q, "which": self.which, "start": start}
        return f"/people?{urlencode({name: value for name, value in asked.items() if value})}"

    def _named(self, line: Line) -> bool:
        return not self.q or any(self.q in text for text in (line.name, line.login, *line.posts))

    def _stands(self, line: Line) -> bool:
        if self.which == LACKING:
            return line.lacks_code
        if self.which == LEFT:
            return line.left
        return not self.which or (line.account.state == self.which and not line.left)
