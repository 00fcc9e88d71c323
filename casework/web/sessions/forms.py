"""送教记录表: what is typed, what is wrong with it, and the session it makes."""

import re
from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, Field, RadioField, StringField, TextAreaField, ValidationError

from casework.commands.sessions import Session
from casework.domain.values import Day
from casework.importers.cells import parse_hours_tenths
from casework.web.cases.fact_forms import FactForm

SIGNED, UNSIGNED = "已签字", "没有签字"
_CLOCK = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)")
_BETWEEN = re.compile(r"[；;、,，\n]")


class SessionForm(FactForm):
    """One session. `confirmed`: the child was not in 送教上门 that day, and it is recorded all the same."""

    on = StringField("哪天送教")
    start = StringField("几点开始")
    end = StringField("几点结束")
    hours = StringField("多少课时")
    teacher = StringField("送教教师")
    second = StringField("另一位教师")
    content = TextAreaField("教了什么")
    response = TextAreaField("孩子的反应")
    homework = TextAreaField("留的作业")
    signed = RadioField("家长签字了吗", validate_choice=False)
    confirmed = BooleanField("确实送教了，照样登记")

    def validate_start(self, field: Field) -> None:
        """A time."""
        field.data = _clock(field.data or "")
        if not field.data:
            raise ValidationError("请填写开始时间，如 09:00")

    def validate_end(self, field: Field) -> None:
        """May be empty; not before the start."""
        field.data = _clock(field.data or "")
        if field.data and field.data < _clock(self.start.data or ""):
            raise ValidationError("结束时间早于开始时间")

    def validate_hours(self, field: Field) -> None:
        """课时, with one decimal at most."""
        try:
            tenths = parse_hours_tenths(field.data or "")
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if tenths is None:
            raise ValidationError("请填写课时，如 3 或 1.5")
        if tenths > 240:
            raise ValidationError("一次不超过 24 课时，请核对")

    def validate_teacher(self, field: Field) -> None:
        """Somebody taught."""
        if not teachers(self):
            raise ValidationError("请写上送教教师")


def session_of(form: SessionForm, recorder: str, note: str = "") -> Session:
    """The session that a valid form tells."""
    private = {name: (form[name].data or "").strip() for name in ("content", "response", "homework")}
    return Session(
        on=form.on.data,
        start=form.start.data,
        end=form.end.data or "",
        tenths=parse_hours_tenths(form.hours.data) or 0,
        signed=form.signed.data == SIGNED,
        private={**private, "teachers": "；".join(teachers(form)), "recorder": recorder, "note": note},
    )


def teachers(form: SessionForm) -> list[str]:
    """Who taught, each once."""
    return named(f"{form.teacher.data or ''}；{form.second.data or ''}")


def named(text: str) -> list[str]:
    """Names as people join them."""
    return list(dict.fromkeys(name for each in _BETWEEN.split(text) if (name := each.strip())))


def typed_of(body: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """The form's fields as a recorded session fills them."""
    first, *others = named(str(said.get("teachers", ""))) or [""]
    return {
        **{name: body.get(name, "") for name in ("on", "start", "end")},
        **{name: said.get(name, "") for name in ("content", "response", "homework")},
        "hours": f"{body['tenths'] / 10:g}",
        "teacher": first,
        "second": "、".join(others),
        "signed": SIGNED if body.get("signed") else UNSIGNED,
    }


def first_entries(
    last: Mapping[str, Any] | None, said: Mapping[str, Any], me: str, today: Day
) -> dict[str, Any]:
    """What is known before anything is typed: as last time, today; without a last time, me."""
    if last is None:
        return {"on": today, "teacher": me}
    before = typed_of(last, said)
    again = {name: before[name] for name in ("start", "end", "hours", "teacher", "second")}
    return {"on": today, **again}


def _clock(text: str) -> str:
    found = _CLOCK.fullmatch(text.strip()[:5])
    return f"{int(found[1]):02d}:{found[2]}" if found else ""
