"""What the addresses of the two lists ask for: a township, a school, the place to go on from."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request

from casework.errors import BadInput
from casework.projections.placements import After, Where
from casework.service import Reading
from casework.web.access import today, viewer
from casework.web.board.asked import Asked as AskedBoard
from casework.web.board.choices import Choices, choices


@dataclass(frozen=True)
class Asked:
    """One list as asked for; `choices` are what its filters offer."""

    path: str
    where: Where
    after: After | None
    choices: dict[str, Choices]

    def address(self, after: After | None = None, path: str = "") -> str:
        """The list, or the page that goes on from a place, or its workbook."""
        args = {name: getattr(self.where, name) for name in ("township", "school")}
        asked: dict[str, object] = {name: code for name, code in args.items() if code}
        asked |= {"after": list(after)} if after else {}
        return f"{path or self.path}?{urlencode(asked, doseq=True)}" if asked else path or self.path

    def said(self, reading: Reading) -> str:
        """The filters in words."""
        names = (reading.reference.units.name(code) for code in (self.where.township, self.where.school))
        return "，".join(name for name in names if name)


def asked_of(path: str, reading: Reading) -> Asked:
    """Reads the address; NotFound for a place out of reach, BadInput for one cut short."""
    board = AskedBoard.of(request.args, viewer(), reading.reference.units)
    after = request.args.getlist("after")
    if after and len(after) != 2:
        raise BadInput("翻页的地址不完整，请回到第一页")
    offered = choices(reading.reference, viewer(), board, today())
    return Asked(
        path,
        Where(board.township, board.school),
        (after[0], after[1]) if after else None,
        {name: offered[name] for name in ("township", "school") if offered[name]},
    )
