"""Who a child is, as far as a page may say: masked numbers, place, groups."""

from dataclasses import dataclass

from casework.domain.statuses import STAGE_NAMES
from casework.domain.values import Day
from casework.projections.case_people import Person
from casework.projections.reference import Reference
from casework.projections.weekly_report import NO_SCHOOL
from casework.web.access import Viewer
from casework.web.filters import masked_name


@dataclass(frozen=True, slots=True)
class Portrait:
    """The head of the page. `facts` are (label, text), empty texts left out."""

    name: str
    sex: str
    school: str
    room: str
    groups: list[str]
    facts: list[tuple[str, str]]


def portrait_of(who: Person, reference: Reference, viewer: Viewer, day: Day) -> Portrait:
    """The head of a child's page, from the roster of a day."""
    row, place, units = who.child, who.on(day), reference.units
    name = (masked_name(row.name) if viewer.masked else row.name) or "已清除"
    if place is None:
        return Portrait(name, row.sex, NO_SCHOOL, "", [], _personal(who, viewer))
    where = "".join(units.name(code) for code in (place.township, place.village) if code)
    facts = [
        ("就读情况", place.enrolment),
        ("学段", STAGE_NAMES.get(place.stage, "")),
        ("就读学校（县外）", "，".join(filter(None, (place.outside_school, place.outside_place)))),
        ("乡镇村", where),
        ("户籍地", units.name(place.registration)),
        ("是否寄宿", place.boarding),
        ("困难认定等级", place.hardship),
        ("帮扶责任人", place.helper),
        *_personal(who, viewer),
    ]
    return Portrait(
        name,
        row.sex,
        units.name(place.school) or NO_SCHOOL,
        f"{place.grade}{place.klass}",
        place.groups.split("、") if place.groups else [],
        [(label, text) for label, text in facts if text],
    )


def _personal(who: Person, viewer: Viewer) -> list[tuple[str, str]]:
    row = who.child
    if viewer.masked:
        return [("出生年份", row.birth[:4])]
    guardian = f"{row.guardian}（{row.guardian_relation}）" if row.guardian_relation else row.guardian
    return [
        ("出生日期", row.birth),
        ("民族", row.ethnicity),
        ("学籍号", row.student_no),
        (row.cert_type or "证件号", row.cert_mask),
        ("监护人", guardian),
        ("联系电话", row.phone_mask),
    ]
