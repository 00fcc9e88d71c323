"""村里核对与线索: a village confirms its children one by one, and tells of a child nobody teaches.

A confirmation opens no file and judges nobody. A lead (线索) makes 待核查: school and county look into
it; it is not yet a dropout.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from casework.commands import one_child
from casework.commands.identity import Person
from casework.commands.rights import needs
from casework.commands.roster import CREATED, RosterRow, take_roster_rows
from casework.domain import statuses as s
from casework.domain.case_file import STATUSES
from casework.domain.ledger import fact_of
from casework.domain.permissions import CONFIRM_CHILD, GIVE_LEAD
from casework.domain.places import place_on
from casework.domain.units import VILLAGE
from casework.domain.values import Day, day_of
from casework.domain.village import AWAY, CONFIRMATIONS
from casework.errors import BadInput, NotFound, RuleBroken
from casework.projections.reference import Reference
from casework.projections.village import add_confirmation, latest
from casework.store.act import Act
from casework.store.store import Reply

UNENROLLED = "未入学"
_KNOWN = "这个孩子的情况已有登记，不能作为新的孩子上报；请打电话告诉学校或乡镇，由他们核对"


@needs(CONFIRM_CHILD)
def confirm_child(
    act: Act, reference: Reference, *, child_id: str, found: str, place: str = "", note: str = ""
) -> Reply:
    """Records what the village found today; the same word said twice in one day is written once."""
    at_hand = one_child.take_up(act, reference, child_id)
    if found not in CONFIRMATIONS:
        raise BadInput(f"请选择：{'、'.join(CONFIRMATIONS.values())}")
    if found == AWAY and not place.strip():
        raise BadInput("孩子外出，请写上去了哪里")
    words = {"place": place.strip() if found == AWAY else "", "note": note.strip()}
    said = {name: text for name, text in words.items() if text}
    held = latest(act.conn, act.keys, act.id, [child_id]).get(child_id)
    if held and (held.on, held.found, dict(held.said)) == (at_hand.today, found, said):
        return {"child": child_id, "verb": "unchanged"}
    where = place_on(at_hand.child.places, at_hand.today)
    village = where.village if where else ""
    add_confirmation(act, child_id, village=village, on=at_hand.today, found=found, said=said)
    return {"child": child_id, "verb": "recorded"}


@needs(GIVE_LEAD)
def give_lead(act: Act, reference: Reference, *, child_id: str, words: str) -> Reply:
    """报告线索 about a child on the roster: it becomes 待核查 where the moves allow it."""
    at_hand = one_child.take_up(act, reference, child_id)
    status = at_hand.case.file.status
    if status not in ("", s.CLOSED) and s.VERIFYING not in s.MOVES[status]:
        name = s.STATUS_NAMES[status]
        raise RuleBroken(f"这个孩子已在关注中（{name}），不用再报线索；去过家里或见过家长，请记一次家访")
    _need(words, "请写下您知道的情况：什么时候没见到、听说去了哪里")
    private = {"why": words.strip(), "recorder": act.actor.name}
    body = {
        "on": at_hand.today,
        "change": s.VERIFYING,
        "causes": [],
        "lost_type": "",
        "placement": "",
        "school": "",
        "until": "",
        "reason": "",
        "evidence": "",
        "approved": False,
    }
    key = f"{at_hand.today} {s.VERIFYING}"
    fact = fact_of(key, body, private, act.mark)
    taken = "今天已经报告过这个孩子的线索，学校和县里会核实"
    return one_child.record(act, at_hand, STATUSES, fact, taken=taken)


@dataclass(frozen=True, kw_only=True)
class NewChild:
    """A child that is on no roster, as the village knows it. `birth` may be estimated from the age."""

    name: str
    sex: str
    birth: Day
    estimated: bool = False
    guardian: str = ""
    relation: str = ""
    place: str = ""

    def stated(self) -> Mapping[str, str]:
        """What the village said besides who the child is, for the lead's words."""
        return {
            "出生日期": "按年龄估计" if self.estimated else "",
            "见到的地方": self.place,
        }


@needs(GIVE_LEAD)
def lead_on_new_child(act: Act, reference: Reference, *, village: str, child: NewChild, words: str) -> Reply:
    """报告线索 about a child on no roster: it is put there (未入学) and becomes 待核查, in one act."""
    unit = reference.units.get(village)
    if unit is None or unit.kind != VILLAGE:
        raise NotFound("没有这个村", unit=village)
    _check(child, day_of(act.recorded_at))
    _need(words, "请写下您知道的情况：什么时候见到的、为什么没上学")
    fields = {"enrolment": UNENROLLED, "residence": village}
    person = Person(
        name=child.name.strip(),
        sex=child.sex,
        birth=child.birth,
        guardian=child.guardian.strip(),
        guardian_relation=child.relation.strip(),
    )
    today = day_of(act.recorded_at)
    row = RosterRow(person, fields, on=today)
    taken = take_roster_rows(act, reference.units, [row], today=today)[0]
    if taken.verb != CREATED:
        # The same name, birth and guardian are known, perhaps far away: nobody moves a child by a lead.
        raise RuleBroken(_KNOWN)
    more = "；".join(f"{label}：{text}" for label, text in child.stated().items() if text)
    said = "；".join(filter(None, (words.strip(), more)))
    return give_lead(act, reference, child_id=taken.child_id, words=said)


def _check(child: NewChild, today: Day) -> None:
    _need(child.name, "请填写孩子的姓名")
    if child.sex not in ("男", "女"):
        raise BadInput("请选择性别")
    if not child.birth:
        raise BadInput("请填写出生日期，不知道的填大约几岁")
    if child.birth > today:
        raise BadInput("出生日期在将来，请核对")


def _need(text: str, message: str) -> None:
    if not text.strip():
        raise BadInput(message)
