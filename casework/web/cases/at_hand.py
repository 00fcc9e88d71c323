"""The child an act's page is about: in reach today, with its history and what the page's head says."""

from dataclasses import dataclass
from typing import Any

from casework.domain.case_file import CaseFile
from casework.domain.values import FOREVER, Day
from casework.errors import CaseworkError, NotFound
from casework.projections.case_history import CaseHistory, Line, history_of
from casework.projections.case_people import Person, person
from casework.projections.reference import Reference
from casework.projections.weekly_report import NO_SCHOOL
from casework.service import Reading
from casework.store.failures import CommandReused
from casework.web.access import viewer
from casework.web.cases.timeline import Moment, moments
from casework.web.errors import STATUS

_USED = "这份表已经保存过一次，这次的改动没有存。要改内容，请打开已保存的那条记录更正。"


@dataclass(frozen=True)
class Pupil:
    """The child, its roster stretch of today (`place`) and its history as it now stands."""

    child_id: str
    name: str
    sex: str
    room: str
    who: Person
    place: Any
    history: CaseHistory

    @property
    def file(self) -> CaseFile:
        """The folded file; empty while none is open."""
        return self.history.file

    def line(self, ledger: str, no: int) -> Line:
        """One fact with its versions. Raises NotFound."""
        for each in self.history.lines:
            if (each.ledger, each.no) == (ledger, no):
                return each
        raise NotFound("没有这条记录", child=self.child_id, no=no)

    def moment(self, ledger: str, no: int, reference: Reference) -> Moment:
        """One fact in words."""
        shown = moments(self.history, reference, FOREVER)
        return next(each for each in shown if (each.ledger, each.no) == (ledger, no))


def pupil_at_hand(reading: Reading, child_id: str, today: Day) -> Pupil:
    """The child, if it is in the viewer's reach today; NotFound otherwise, as if there were none."""
    snapshot, units = reading.snapshot, reading.reference.units
    who = person(snapshot.conn, snapshot.k, child_id)
    place = who.on(today)
    if place is None or not viewer().reach.holds(child_id, place):
        raise NotFound("没有这名学生", child=child_id)
    return Pupil(
        child_id=child_id,
        name=who.child.name or "已清除",
        sex=who.child.sex,
        room=f"{units.name(place.school) or NO_SCHOOL} {place.grade}{place.klass}".strip(),
        who=who,
        place=place,
        history=history_of(snapshot, child_id, open_private=not viewer().masked),
    )


def refusal(refused: CaseworkError) -> tuple[str, int]:
    """What a form says of a refusal, and the answer's code."""
    message = _USED if isinstance(refused, CommandReused) else refused.message
    return message, next(code for kind, (code, _) in STATUS.items() if isinstance(refused, kind))
