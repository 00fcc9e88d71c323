"""What a roster row states otherwise than the roster, and what a person must be asked first (花名册比对).

A field is compared with its value on the row's day; a difference holds until that field's next
recorded change. An old roster never moves a child back from where its case took it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from casework.domain import roster as rules
from casework.domain.roster import RosterEntry, source_on, values_on
from casework.domain.statuses import STAGE_NAMES
from casework.domain.units import Units
from casework.domain.values import Day

LABELS = {
    "enrolment": "就读情况",
    "school": "学校代码",
    "stage": "学段",
    "grade": "年级",
    "klass": "班级",
    "residence": "现居住地代码",
    "registration": "户籍地代码",
    "groups": "特殊群体",
    "boarding": "是否寄宿",
    "hardship": "困难认定等级",
    "helper": "帮扶责任人",
    "outside_school": "就读学校名称",
    "outside_place": "所在地",
}
"""Dated field → the column it stands in."""

_SCHOOL_FIELDS = ("school", "stage", "grade", "klass")
_PLACES = ("school", "residence", "registration")


@dataclass(slots=True)
class Differences:
    """`values`: the dated fields that differ; `changes`: the same as (column, old, new) to be read.

    `question` is why the row can not be taken as it stands, `column` where to look.
    """

    values: dict[str, str] = field(default_factory=dict)
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    question: str = ""
    column: str = ""


def first_values(fields: Mapping[str, str]) -> dict[str, str]:
    """Every dated field as a child's first row states it; 就读情况 is 在籍在校 unless it says otherwise."""
    values = {name: fields.get(name, "") for name in rules.FIELDS}
    return {**values, "enrolment": values["enrolment"] or rules.ENROLLED}


def lacking(values: Mapping[str, str], stated: Sequence[str] = rules.FIELDS) -> tuple[str, str]:
    """(why, column) when a child can not stand so: a school child needs its class, any other a place.

    Only what the row itself changes (`stated`) is asked for; a change of 就读情况 asks for everything.
    """
    whole = "enrolment" in stated
    if values["enrolment"] == rules.ENROLLED:
        absent = [LABELS[name] for name in _SCHOOL_FIELDS if not values[name] and (whole or name in stated)]
        if absent:
            why = f"就读情况为在籍在校的学生须填写{'、'.join(absent)}；没有学校的请填写就读情况"
            return why, absent[0]
    elif not any(values[name] for name in _PLACES) and (whole or any(name in stated for name in _PLACES)):
        return "没有学校的儿童须填写现居住地代码或户籍地代码", LABELS["residence"]
    return "", ""


def differences(
    units: Units, entries: list[RosterEntry], fields: Mapping[str, str], on: Day, *, dated: bool
) -> Differences:
    """What a row states otherwise on its day. `dated`: the row itself gives 变动日期."""
    known = any(entry.on <= on for entry in entries)
    before = values_on(entries, on)
    stated = _with_consequences(before, fields) if known else first_values(fields)
    values = {name: new for name, new in stated.items() if not _same(units, name, before[name], new, on)}
    if "school" in values and not dated and _goes_back(units, entries, {**before, **values}, on):
        return Differences(
            question=_ASKED.format(
                now=_shown(units, "school", before["school"], on),
                old=_shown(units, "school", values["school"], on) or "无",
            ),
            column=LABELS["school"],
        )
    why, column = lacking({**before, **values}, list(values))
    if why:
        return Differences(question=why, column=column)
    changes = [
        (LABELS[name], _shown(units, name, before[name], on), _shown(units, name, new, on))
        for name, new in values.items()
    ]
    return Differences(values, changes)


_ASKED = (
    "该生已按个案登记转入{now}，本表仍写“{old}”：旧名册不会把学生转回；"
    "如确已转回，请填写变动日期后再导入，否则请改为现在的学校"
)


def _same(units: Units, name: str, old: str, new: str, on: Day) -> bool:
    if name == "school":
        return units.standing(old, on) == units.standing(new, on)
    return old == new


def _shown(units: Units, name: str, value: str, on: Day) -> str:
    if name == "stage":
        return STAGE_NAMES.get(value, value)
    if name == "school" and value:
        code = units.standing(value, on)
        return f"{units.name(code)}（{code}）"
    return value


def _with_consequences(before: Mapping[str, str], fields: Mapping[str, str]) -> Mapping[str, str]:
    """A child that leaves 在籍在校 and names no school sits in none: school, grade and class end with it.

    One who left by 学年升级 and is named by a school sits there: 在籍在校 is what its empty cell means.
    """
    enrolment = fields.get("enrolment", "")
    if not enrolment and fields.get("school") and before["enrolment"] in rules.LEFT:
        return {**fields, "enrolment": rules.ENROLLED}
    if enrolment in ("", rules.ENROLLED) or "school" in fields or before["enrolment"] != rules.ENROLLED:
        return fields
    return {**fields, "school": "", "klass": fields.get("klass", ""), "grade": fields.get("grade", "")}


def _goes_back(units: Units, entries: list[RosterEntry], after: Mapping[str, str], on: Day) -> bool:
    """Whether a roster without a date puts the child where it was before a case moved it."""
    if not source_on(entries, "school", on):
        return False

    def place(school: str, enrolment: str) -> tuple[str, str]:
        return units.standing(school, on), enrolment

    days = {entry.on for entry in entries if entry.on <= on}
    then = [values_on(entries, day) for day in days]
    earlier = {place(values["school"], values["enrolment"]) for values in then}
    return place(after["school"], after["enrolment"]) in earlier
