"""How each school stands in its school year: one line a school, for an office above it and for itself."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from casework.domain.promotion import BEGUN, DECLARED, DONE
from casework.domain.roll_call import FILED
from casework.domain.units import Unit
from casework.domain.values import Day
from casework.projections.leavers import leavers
from casework.projections.promotions import Step, promotions
from casework.projections.roll_calls import FiledSheet, sheets_of
from casework.projections.unnamed import unexplained_by_school
from casework.service import Reading
from casework.store.clock import instant
from casework.web.filters import instant_text
from casework.web.school_year.asked import ours, year_asked

_STEPS = {BEGUN: "办理到一半", DONE: "已升级", DECLARED: "名册已是新学年"}


@dataclass(frozen=True, slots=True)
class Standing:
    """One school: its promotion, its sheet of the term, who waits for an explanation or has no 初中."""

    code: str
    name: str
    step: Step | None
    sheet: FiledSheet | None
    unnamed: int
    unplaced: int

    @property
    def step_text(self) -> str:
        """How the promotion stands."""
        return _STEPS[self.step.state] if self.step else "未升级"

    @property
    def filed(self) -> bool:
        """Whether the sheet of the term is filed."""
        return self.sheet is not None and self.sheet.state == FILED

    @property
    def sheet_text(self) -> str:
        """How the sheet stands."""
        if self.filed:
            return "已上报"
        return ("更正中" if self.sheet.filed else "填写中") if self.sheet else "未开始"


def told(step: Step | FiledSheet) -> str:
    """By whom and when."""
    return f"{instant_text(instant(step.at_us))} {step.by}" if step.by else ""


def standings(reading: Reading, schools: Sequence[Unit], term: Day, today: Day) -> list[Standing]:
    """The schools' lines, in their order."""
    snapshot, units = reading.snapshot, reading.reference.units
    codes = [each.code for each in schools]
    year, _ = year_asked(reading)
    steps = promotions(snapshot.conn, snapshot.k, year, codes)
    sheets = sheets_of(snapshot.conn, snapshot.k, term, codes)
    unplaced, waiting = Counter[str](), Counter[str]()
    for each in leavers(snapshot.conn, snapshot.k, today, lambda code: ours(reading, code)):
        unplaced[units.standing(each.school, today)] += not each.followed
    for code, n in unexplained_by_school(snapshot.conn, snapshot.k, lambda code: ours(reading, code)).items():
        waiting[units.standing(code, today)] += n
    return [
        Standing(code, units.name(code), steps.get(code), sheets.get(code), waiting[code], unplaced[code])
        for code in codes
    ]
