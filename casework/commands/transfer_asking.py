"""申请转入: a school asks for a child it names, and may take the asking back.

The child is out of the school's sight. So the answer is one and the same whether the words meet one
child, none or several, a child of another county or one whose data were erased: nothing can be found out
by asking. Every asking is kept as typed, and its page writes it into the read log.
"""

from dataclasses import dataclass

from casework.commands import transfers
from casework.commands.case_facts import cases_of, children_of
from casework.commands.identity import Person
from casework.commands.one_child import reach_now
from casework.commands.rights import needs
from casework.domain import statuses as s
from casework.domain.case_file import WITHDRAWN, receiver_of
from casework.domain.held_once import CERTIFICATE, STUDENT_NO
from casework.domain.permissions import TRANSFER
from casework.domain.places import place_on
from casework.domain.student_case import StudentCase
from casework.domain.units import SCHOOL
from casework.domain.values import Day, day_of
from casework.errors import BadInput, NotFound, RuleBroken
from casework.projections.children import named, records_of
from casework.projections.reference import Reference
from casework.projections.transfer_requests import add_request, end_requests, open_requests, request_of
from casework.store.act import Act
from casework.store.store import Reply


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The child as the asking school knows it: by 学籍号, by certificate, or by name and birth."""

    student_no: str = ""
    cert_type: str = ""
    cert_no: str = ""
    name: str = ""
    birth: Day = ""

    @property
    def text(self) -> str:
        """As the school's own list shows it."""
        numbers = (("学籍号", self.student_no), (self.cert_type or "证件号", self.cert_no))
        said = [f"{label} {number}" for label, number in numbers if number]
        return "，".join(filter(None, (self.name, self.birth, *said)))

    def check(self) -> None:
        """One of the three must be there."""
        if not (self.student_no or self.cert_no or (self.name and self.birth)):
            raise BadInput("请填学籍号或证件号；都没有的，填姓名和出生日期")


@needs(TRANSFER)
def ask_transfer(
    act: Act, reference: Reference, *, request_id: str, school: str, wanted: Wanted, why: str = ""
) -> Reply:
    """Asks for a child. Reply: the asking, and nothing about the child."""
    wanted.check()
    today, units = day_of(act.recorded_at), reference.units
    unit, reach = units.get(school), reach_now(act, reference, today)
    if unit is None or unit.kind != SCHOOL or not transfers.answers_for(units, reach, school, today):
        raise NotFound("没有这所学校", unit=school)
    if not unit.open_between(today, today):
        raise RuleBroken(f"{unit.name}已停办，不能申请转入", unit=school)
    child_id = _met(act, wanted)
    case = _case(act, child_id, school, units.county_of(school), today)
    if case is None:
        child_id = ""
    elif not open_requests(act, child_id, school):
        case.ask_for(school, on=today, private={"why": why.strip()} if why.strip() else None)
        act.save(case)
    add_request(act, request_id, school=school, child_id=child_id, on=today, typed=wanted.text)
    return {"request": request_id}


@needs(TRANSFER)
def withdraw_asking(act: Act, reference: Reference, *, request_id: str) -> Reply:
    """The school takes its asking back."""
    today = day_of(act.recorded_at)
    request, reach = request_of(act, request_id), reach_now(act, reference, today)
    if request is None or not transfers.answers_for(reference.units, reach, request.school, today):
        raise NotFound("没有这项申请", request=request_id)
    if request.ended:
        raise RuleBroken("这项申请已经有了答复，请刷新后再看", request=request_id)
    end_requests(act, [request], WITHDRAWN, on=today)
    case = act.find(StudentCase, request.child_id) if request.child_id else None
    if case is not None and not open_requests(act, request.child_id, request.school):
        for no, body in case.file.open_asks().items():
            if body["school"] == request.school:
                case.end_asking(no, WITHDRAWN, on=today, private=None)
        act.save(case)
    return {"request": request_id}


def _met(act: Act, wanted: Wanted) -> str:
    """The one child that everything typed points to; "" for none, several, or another name."""
    person = Person(wanted.name, wanted.birth, cert_type=wanted.cert_type, cert_no=wanted.cert_no)
    found: list[set[str]] = []
    if wanted.student_no:
        found.append(set(act.owners_of(STUDENT_NO, [wanted.student_no]).values()))
    if wanted.cert_no:
        key = act.keys.hmac(CERTIFICATE, person.certificate())
        found.append(set(act.owners_of(CERTIFICATE, [key]).values()))
    if not found:
        found.append(set(named(act.conn, [(wanted.name, wanted.birth)]).get((wanted.name, wanted.birth), ())))
    candidates = set.intersection(*found)
    if len(candidates) != 1:
        return ""
    child_id = candidates.pop()
    record = records_of(act.conn, [child_id]).get(child_id)
    erased = record is None or not record.name
    other = record is not None and (
        (wanted.name and wanted.name != record.name) or (wanted.birth and wanted.birth != record.birth)
    )
    return "" if erased or other else child_id


def _case(act: Act, child_id: str, school: str, county: str, today: Day) -> StudentCase | None:
    """The file to ask in; None when the child is not to be had by an asking of this school."""
    if not child_id:
        return None
    child = children_of(act, {child_id: ()})[child_id]
    place = place_on(child.places, today)
    if place is None or place.county != county:
        return None
    case = cases_of(act, {child_id: child})[child_id]
    if place.school == school:
        raise RuleBroken("该生已在本校的花名册上，不用申请转入", child=child_id)
    if case.file.status == s.TRANSFERRING and receiver_of(case.file) == school:
        raise RuleBroken("该生正在转来本校，请在“转来的学生”里接收", child=child_id)
    return case
