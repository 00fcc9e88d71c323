"""家访记录表: what is typed, what is wrong with it, and the visit it makes."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    Field,
    HiddenField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)

from casework.commands.home_visits import Visit
from casework.domain.policy import Dictionaries
from casework.domain.values import Day
from casework.web.typed import day_fault

NOBODY = "无人"
AGREED = ("约定日期", "同意返校")
"""Outcomes with a day of coming back; the first must name it."""
TEXTS = {
    "talk": "谈了什么",
    "guardian_view": "家长怎么说",
    "child_view": "孩子怎么说",
    "needs": "家里有什么困难、需要什么帮助",
    "next_step": "下一步打算",
}
_CLOCK = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)")


class VisitForm(FlaskForm):
    """One visit. `people` are participants ticked, `others` those written, one a line."""

    form_id = HiddenField()
    on = StringField("哪天去的")
    start = StringField("几点开始")
    end = StringField("几点结束")
    mode = RadioField("怎么联系的", validate_choice=False)
    place = StringField("在哪里")
    people = SelectMultipleField("谁去的", validate_choice=False)
    others = TextAreaField("还有谁（一行一人，写成 姓名/职务/单位）")
    met = SelectMultipleField("见到了谁", validate_choice=False)
    outcome = RadioField("结果怎样", validate_choice=False)
    agreed_on = StringField("约好哪天回校")
    talk = TextAreaField(TEXTS["talk"])
    guardian_view = TextAreaField(TEXTS["guardian_view"])
    child_view = TextAreaField(TEXTS["child_view"])
    needs = TextAreaField(TEXTS["needs"])
    next_step = TextAreaField(TEXTS["next_step"])
    reason = StringField("为什么要改")

    def ask(self, words: Dictionaries, today: Day, *, correcting: bool = False) -> "VisitForm":
        """Sets the words to choose from and the day it is; `correcting` asks for a reason."""
        self.words, self.today, self.correcting = words, today, correcting
        return self

    def validate_on(self, field: Field) -> None:
        """A day that has come."""
        fault = day_fault(field.data or "")
        if fault:
            raise ValidationError(fault)
        if field.data > self.today:
            raise ValidationError("这一天还没到，只能登记已经发生的家访")

    def validate_start(self, field: Field) -> None:
        """A time; not later than the end."""
        field.data = clock(field.data or "")
        if not field.data:
            raise ValidationError("请填写开始时间，如 18:30")

    def validate_end(self, field: Field) -> None:
        """May be empty."""
        field.data = clock(field.data or "")
        if field.data and self.start.data and field.data < (clock(self.start.data) or ""):
            raise ValidationError("结束时间早于开始时间")

    def validate_mode(self, field: Field) -> None:
        """One of the county's words."""
        _one_of(field.data, self.words.visit_modes, "请选择是上门还是电话等")

    def validate_people(self, field: Field) -> None:
        """Somebody went."""
        if not participants(self):
            raise ValidationError("请勾选或写上谁去的")

    def validate_met(self, field: Field) -> None:
        """Somebody or nobody."""
        chosen = field.data or []
        for each in chosen or [""]:
            _one_of(each, self.words.visit_met, "请选择见到了谁；谁也没见到，请选“无人”")
        if NOBODY in chosen and len(chosen) > 1:
            raise ValidationError("选了“无人”，就不能再选别人")

    def validate_outcome(self, field: Field) -> None:
        """One of the county's words."""
        _one_of(field.data, self.words.visit_outcomes, "请选择这次的结果")

    def validate_agreed_on(self, field: Field) -> None:
        """Needed for 约定日期; not before the visit."""
        if self.outcome.data not in AGREED:
            return
        if not field.data:
            if self.outcome.data == AGREED[0]:
                raise ValidationError("约好哪天回校？请填日期")
            return
        fault = day_fault(field.data)
        if fault:
            raise ValidationError(fault)
        if field.data < (self.on.data or ""):
            raise ValidationError("约好的日期早于家访那天，请核对")

    def validate_reason(self, field: Field) -> None:
        """A correction says why."""
        if self.correcting and not (field.data or "").strip():
            raise ValidationError("请写一句为什么要改，如：时间记错了")


def visit_of(form: VisitForm, recorder: str) -> Visit:
    """The visit that a valid form tells."""
    people = participants(form)
    private = {name: (form[name].data or "").strip() for name in ("place", *TEXTS)}
    return Visit(
        on=form.on.data,
        mode=form.mode.data,
        outcome=form.outcome.data,
        start=form.start.data,
        end=form.end.data,
        met=tuple(each for each in form.met.data if each != NOBODY),
        units=tuple(_unit(each) for each in people),
        agreed_on=form.agreed_on.data or "" if form.outcome.data in AGREED else "",
        private={**private, "participants": "；".join(people), "recorder": recorder},
    )


def participants(form: VisitForm) -> list[str]:
    """姓名/职务/单位 of all who went, ticked and written, each once."""
    written = re.split(r"[\n;；]", form.others.data or "")
    tidy = ("/".join(part.strip() for part in each.replace("／", "/").split("/")) for each in written)
    return list(dict.fromkeys([*(form.people.data or []), *(each for each in tidy if each.strip("/"))]))


def typed_of(body: Mapping[str, Any], said: Mapping[str, Any], offered: Iterable[str]) -> dict[str, Any]:
    """The form's fields as a recorded visit fills them."""
    people = [each.strip() for each in str(said.get("participants", "")).split("；") if each.strip()]
    known = set(offered)
    return {
        **{name: body.get(name, "") for name in ("on", "start", "end", "mode", "outcome", "agreed_on")},
        **{name: said.get(name, "") for name in ("place", *TEXTS)},
        "met": list(body.get("met", ())) or [NOBODY],
        "people": [each for each in people if each in known],
        "others": "\n".join(each for each in people if each not in known),
    }


def clock(text: str) -> str:
    """A time as `HH:MM`; "" when it is none."""
    found = _CLOCK.fullmatch(text.strip()[:5])
    return f"{int(found[1]):02d}:{found[2]}" if found else ""


def _unit(person: str) -> str:
    parts = person.split("/")
    return parts[2].strip() if len(parts) > 2 else ""


def _one_of(value: object, allowed: Iterable[object], message: str) -> None:
    if value not in allowed:
        raise ValidationError(message)
