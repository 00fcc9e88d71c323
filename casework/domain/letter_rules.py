"""Who may issue which letter, to which child, when (文书的签发条件).

Source: 义务教育法第五十八条 (an order is the township government's or the county bureau's), the
county plans for the rest. A rule gives the reason in the words of the page, "" when it has none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from casework.domain.calendar import Calendar
from casework.domain.case_file import LETTERS, Body, CaseFile
from casework.domain.letter_deadline import deadline, served_day
from casework.domain.letter_policy import LetterKind, LetterPolicy
from casework.domain.statuses import OUT, RETURNED, STATUS_NAMES
from casework.domain.timeline import Span
from casework.domain.units import COUNTY, DISTRICT, SUBDISTRICT, TOWNSHIP, TOWNSHIPS, Unit, Units
from casework.domain.values import Day

_KINDS_WITH_ORDER = (TOWNSHIP, SUBDISTRICT, COUNTY)


def issuer_fault(policy: LetterPolicy, kind_name: str, issuer: Unit) -> str:
    """Why this unit may not issue this letter; "" when it may. Art. 58 is the floor no policy lowers."""
    kind = policy.kind(kind_name)
    if kind is None:
        names = "、".join(each.name for each in policy.letters)
        return f"没有“{kind_name}”这种文书，可用的有：{names}"
    if kind.order and issuer.kind not in _KINDS_WITH_ORDER:
        return (
            f"{kind.name}只能由乡镇人民政府或县级教育行政部门签发（义务教育法第五十八条），"
            f"{issuer.name}无权签发"
        )
    if kind.order and issuer.kind == SUBDISTRICT and issuer.code not in policy.authorised_subdistricts:
        return (
            f"{issuer.name}是街道办事处，不是乡镇人民政府：须先登记授权文件，否则由县教育局签发"
            "（义务教育法第五十八条）"
        )
    if issuer.kind not in kind.issuers:
        return f"{kind.name}不能由{issuer.name}签发，请核对签发单位代码"
    return ""


def acts_for(units: Units, own: str, issuer: str) -> bool:
    """Whether somebody of unit `own` does the paper work of `issuer`: its own, a 学区 its schools', a
    school its teaching points' (教学点)."""
    if own == issuer:
        return True
    of, at = units.get(issuer), units.get(own)
    if of is None or at is None:
        return False
    return of.reports_for == own or (
        at.kind == DISTRICT and own in {each.code for each in units.with_ancestors(issuer)}
    )


def issuer_for(units: Units, own: str, place: Any) -> str:
    """The unit for which somebody of unit `own` issues letters to a child at this place; "" for none.

    The child's school, the township it lives in (当地乡镇), its county: each for its own.
    """
    near = (place.school, _reporter(units, place.school), place.township, place.county) if place else ()
    return next((code for code in near if code and acts_for(units, own, code)), "")


def _reporter(units: Units, school: str) -> str:
    unit = units.get(school)
    return unit.reports_for if unit else ""


def not_ours(units: Units, own: str) -> str:
    """Why somebody of unit `own` issues nothing to a child that is in reach but not theirs."""
    unit = units.get(own)
    if unit is not None and unit.kind in TOWNSHIPS:
        return f"该生不住在{unit.name}，文书由其居住地的乡镇、就读学校或县教育局签发"
    return "该生的文书由其就读学校、居住地乡镇或县教育局签发"


@dataclass(frozen=True)
class Standing:
    """A child's file on a day, as the rules ask it."""

    file: CaseFile
    spans: list[Span]
    today: Day
    calendar: Calendar

    @property
    def status(self) -> str:
        """The status now held."""
        return self.spans[-1].status if self.spans else ""

    @property
    def lost_type(self) -> str:
        """失学类型 now held."""
        return self.spans[-1].lost_type if self.spans else ""

    @property
    def out_since(self) -> Day:
        """The first day of the unbroken time in 疑似辍学 or 辍学; "" when the child is not out."""
        since = ""
        for span in reversed(self.spans):
            if span.status not in OUT:
                break
            since = span.valid_from
        return since

    def due(self, no: int, letter: Body) -> Day:
        """The deadline of letter `no`; "" without a term or while it is not served."""
        service = self.file.services.get(no)
        return deadline(self.calendar, served_day(service), letter.get("days", 0)) if service else ""

    def letters(self, kind: str) -> Iterator[tuple[int, Body]]:
        """The letters of a kind that are not void and belong to the present time out of school, newest
        first. A letter of before the child's last return asks for nothing any more."""
        live = self.file.ledgers[LETTERS].live
        for no in sorted(live, key=lambda no: (live[no]["on"], no), reverse=True):
            if live[no]["kind"] == kind and live[no]["on"] >= self.out_since:
                yield no, live[no]


def situation_fault(kind: LetterKind, child: Standing) -> str:
    """Why this letter does not fit the child's situation today; "" when it does."""
    if not kind.text:
        return f"{kind.name}须经法制审核、另行制作；制成后请在“导入”中登记"
    if kind.statuses and child.status not in kind.status_codes:
        return _status_fault(kind, child)
    if kind.lost_types and child.lost_type not in kind.lost_types:
        return f"{kind.name}用于{'、'.join(kind.lost_types)}的学生，该生的失学类型是“{child.lost_type}”"
    return _after_fault(kind, child) if kind.after else ""


def _status_fault(kind: LetterKind, child: Standing) -> str:
    now = f"“{STATUS_NAMES[child.status]}”" if child.status else "没有登记过状态"
    wanted = "、".join(kind.statuses)
    if child.status == RETURNED:
        return f"该生已复学，不再下达{kind.name}；如又离校，请先登记状态"
    return f"{kind.name}只在{wanted}时下达，该生现在{now}；如情况有变，请先登记状态"


def _after_fault(kind: LetterKind, child: Standing) -> str:
    """劝返无效 means: served, its last day over, and out of school without a break since that service."""
    earlier = previous(kind, child)
    if earlier is None:
        return f"{kind.name}须在{kind.after}送达、期满之后：本次离校以来还没有送达过{kind.after}"
    no, letter = earlier
    due = child.due(no, letter)
    if due >= child.today:
        return f"{kind.after}的期限到 {due}，期满后仍未复学才能签发{kind.name}"
    return ""


def previous(kind: LetterKind, child: Standing) -> tuple[int, Body] | None:
    """The served letter that this one follows: the one whose deadline is the earliest."""
    served = [(no, body) for no, body in child.letters(kind.after) if no in child.file.services]
    return min(served, key=lambda each: (child.due(*each) or child.today, each[0])) if served else None


def running(kind: LetterKind, child: Standing) -> str:
    """What is said of a letter of the same kind that is still on its way; "" when there is none."""
    for no, letter in child.letters(kind.name):
        name = f"{kind.name}{letter.get('number', '')}（{letter['on']}签发）"
        due = child.due(no, letter)
        if kind.to == "county":
            return f"本次离校以来已经签发过{name}"
        if no not in child.file.services:
            return f"{name}还没有送达"
        if due >= child.today:
            return f"{name}已送达，期限到 {due}，还没有期满"
    return ""
