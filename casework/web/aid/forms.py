"""资助登记表: what is typed of one grant, and what is wrong with it, field by field."""

from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, RadioField, StringField, ValidationError

from casework.domain.aid import Grant, grant_faults
from casework.domain.aid_policy import AidPolicy
from casework.domain.values import Day
from casework.importers.cells import parse_money_fen
from casework.web.cases.acts_told import yuan
from casework.web.typed import day_fault

GIVEN, NONE = "given", "none"
KINDS = {GIVEN: "已发放", NONE: "没有发放"}
_LONGEST = {"way": 40, "voucher": 100, "unpaid": 200, "note": 200, "reason": 200}


class AidForm(FlaskForm):
    """One grant, or the reason why there is none. `written`: the version that a correction showed."""

    form_id = HiddenField()
    written = HiddenField()
    year = StringField("学年")
    term = RadioField("学期", validate_choice=False)
    programme = StringField("资助项目")
    kind = RadioField("发放了没有", validate_choice=False)
    amount = StringField("金额（元）")
    on = StringField("哪天发放")
    voucher = StringField("凭证号")
    way = StringField("怎么发的")
    unpaid = StringField("为什么没有发放")
    note = StringField("备注")
    reason = StringField("为什么要改")

    def ask(self, policy: AidPolicy, today: Day, *, correcting: bool = False) -> "AidForm":
        """Sets the rules and the day; `correcting` asks for a reason."""
        self.policy, self.today, self.correcting = policy, today, correcting
        return self

    def validate_amount(self, field: Field) -> None:
        """An amount of 元 that is a whole number of 分."""
        try:
            self.fen = (parse_money_fen(field.data or "") or 0) if self.kind.data == GIVEN else 0
        except ValueError as error:
            self.fen = 0
            raise ValidationError(str(error)) from error
        self._judge(field, "fen")

    def validate_on(self, field: Field) -> None:
        """A day that has come."""
        if self.kind.data != GIVEN:
            return
        fault = day_fault(field.data or "")
        if fault:
            raise ValidationError(fault)
        if field.data > self.today:
            raise ValidationError("这一天还没到，发放以后再登记")

    def validate_year(self, field: Field) -> None:
        """2026-2027."""
        self._judge(field, "year")

    def validate_term(self, field: Field) -> None:
        """秋 or 春."""
        self._judge(field, "term")

    def validate_programme(self, field: Field) -> None:
        """One that runs in the term."""
        self._judge(field, "programme")

    def validate_kind(self, field: Field) -> None:
        """Paid or not."""
        if field.data not in KINDS:
            raise ValidationError("请选择发放了没有")

    def validate_unpaid(self, field: Field) -> None:
        """No payment needs its reason."""
        if self.kind.data == NONE and not (field.data or "").strip():
            raise ValidationError("请写为什么没有发放")
        self._short(field)

    def validate_voucher(self, field: Field) -> None:
        """Short enough."""
        self._short(field)

    validate_way = validate_note = validate_voucher

    def validate_reason(self, field: Field) -> None:
        """A correction says why."""
        if self.correcting and not (field.data or "").strip():
            raise ValidationError("请写一句为什么要改，如：金额记错了")
        self._short(field)

    def _short(self, field: Field) -> None:
        longest = _LONGEST[field.name]
        if len(field.data or "") > longest:
            raise ValidationError(f"太长了，请写在 {longest} 个字以内")

    def _judge(self, field: Field, part: str) -> None:
        for name, why in grant_faults(self.policy, grant_of(self)):
            if name == part:
                raise ValidationError(why)


def grant_of(form: AidForm) -> Grant:
    """The grant as typed."""
    given = form.kind.data == GIVEN

    def text(name: str) -> str:
        return (form[name].data or "").strip()

    return Grant(
        year=text("year"),
        term=text("term"),
        programme=text("programme"),
        fen=getattr(form, "fen", 0) if given else 0,
        on=text("on") if given else "",
        way=text("way") if given else "",
        voucher=text("voucher") if given else "",
        unpaid="" if given else text("unpaid"),
    )


def typed_of(body: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, str]:
    """The form's fields as a recorded grant fills them."""
    unpaid = str(body.get("unpaid", ""))
    return {
        **{name: str(body.get(name, "")) for name in ("year", "term", "programme", "way", "voucher")},
        "kind": NONE if unpaid else GIVEN,
        "amount": "" if unpaid else yuan(int(body["fen"])),
        "on": "" if unpaid else str(body["on"]),
        "unpaid": str(said.get("unpaid_why") or unpaid),
        "note": str(said.get("note", "")),
    }
