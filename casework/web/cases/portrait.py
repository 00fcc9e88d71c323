"""Who a child is, as far as a page may say: masked numbers, place, groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from casework.domain.permissions import REVEAL
from casework.domain.statuses import STAGE_NAMES
from casework.domain.values import Day
from casework.projections.case_people import Person
from casework.projections.reference import Reference
from casework.projections.weekly_report import NO_SCHOOL
from casework.web.access import Viewer
from casework.web.filters import masked_name

REVEALED_FIELDS = {
    "cert_no": "证件号",
    "phone": "联系电话",
    "registration_address": "户籍详址",
    "residence_address": "居住详址",
}
"""What is masked and may be shown whole on request: field → its name."""
ADDRESSES = ("registration_address", "residence_address")


class Fact(NamedTuple):
    """One line of 基本情况; `field` names what may be shown whole, "" when there is nothing more."""

    label: str
    text: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Portrait:
    """The head of the page. Facts with empty texts are left out."""

    name: str
    sex: str
    school: str
    room: str
    groups: list[str]
    facts: list[Fact]


def portrait_of(
    who: Person, reference: Reference, viewer: Viewer, day: Day, shown: Mapping[str, str] | None = None
) -> Portrait:
    """The head of a child's page, from the roster of a day; `shown`: values to be shown whole, by field."""
    row, place, units = who.child, who.on(day), reference.units
    name = (masked_name(row.name) if viewer.masked else row.name) or "已清除"
    personal = _personal(who, viewer, shown or {})
    if place is None:
        return Portrait(name, row.sex, NO_SCHOOL, "", [], personal)
    where = "".join(units.name(code) for code in (place.township, place.village) if code)
    facts = [
        Fact("就读情况", place.enrolment),
        Fact("学段", STAGE_NAMES.get(place.stage, "")),
        Fact("就读学校（县外）", "，".join(filter(None, (place.outside_school, place.outside_place)))),
        Fact("乡镇村", where),
        Fact("户籍地", units.name(place.registration)),
        Fact("是否寄宿", place.boarding),
        Fact("困难认定等级", place.hardship),
        Fact("帮扶责任人", place.helper),
        *personal,
    ]
    return Portrait(
        name,
        row.sex,
        units.name(place.school) or NO_SCHOOL,
        f"{place.grade}{place.klass}",
        place.groups.split("、") if place.groups else [],
        [fact for fact in facts if fact.text],
    )


def _personal(who: Person, viewer: Viewer, shown: Mapping[str, str]) -> list[Fact]:
    row = who.child
    if viewer.masked:
        return [Fact("出生年份", row.birth[:4])]
    guardian = f"{row.guardian}（{row.guardian_relation}）" if row.guardian_relation else row.guardian

    def masked(field: str, label: str, mask: str) -> Fact:
        return Fact(label, shown.get(field, mask), "" if field in shown else field)

    addresses = [masked(field, REVEALED_FIELDS[field], "已遮蔽") for field in ADDRESSES if viewer.may(REVEAL)]
    return [
        Fact("出生日期", row.birth),
        Fact("民族", row.ethnicity),
        Fact("学籍号", row.student_no),
        masked("cert_no", row.cert_type or REVEALED_FIELDS["cert_no"], row.cert_mask),
        Fact("监护人", guardian),
        masked("phone", REVEALED_FIELDS["phone"], row.phone_mask),
        *(addresses if row.private else ()),
    ]
