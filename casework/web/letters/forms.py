"""签发表、送达回证登记表: what is typed, what is wrong with it, and what it makes."""

from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField

from casework.commands.letter_drafts import Draft
from casework.commands.letter_service import Service
from casework.domain.letter_service import LABELS
from casework.web.visits.forms import clock

ANSWER = "answer_"


class IssueForm(FlaskForm):
    """签发: who signs, what the kind asks for (fields `answer_…` of the request), whether again."""

    form_id = HiddenField()
    seen = HiddenField()
    signer = RadioField("签发人", validate_choice=False)
    again = BooleanField("仍要再签发一份")


def answers_of(draft: Draft, fields: Mapping[str, str]) -> dict[str, str]:
    """What was typed for the kind."""
    return {name: fields.get(f"{ANSWER}{name}", "").strip() for name in draft.kind.asks}


class ServiceForm(FlaskForm):
    """One service or one attempt."""

    form_id = HiddenField()
    written = HiddenField()
    on = StringField("哪天送的")
    at = StringField("几点")
    mode = RadioField("怎么送的", validate_choice=False)
    place = StringField(LABELS["place"])
    recipient = StringField(LABELS["recipient"])
    relation = StringField(LABELS["relation"])
    collector = StringField(LABELS["collector"])
    refusal = StringField(LABELS["refusal"])
    witness = StringField(LABELS["witness"])
    server = StringField(LABELS["server"])
    consent = StringField(LABELS["consent"])
    why = StringField(LABELS["why"])
    note = TextAreaField(LABELS["note"])
    reason = StringField("为什么要改")

    def blame(self, faults: Mapping[str, str]) -> None:
        """Puts each fault at its field."""
        for name, fault in faults.items():
            self[name].errors = [*self[name].errors, fault]


_SERVED = tuple(name for name in LABELS if name != "why")
_TRIED = ("place", "witness", "server", "why", "note")


def service_of(form: ServiceForm, *, served: bool) -> Service:
    """What the form tells."""
    private = {name: (form[name].data or "").strip() for name in (_SERVED if served else _TRIED)}
    typed = (form.at.data or "").strip()
    return Service(
        on=form.on.data or "",
        mode=form.mode.data or "",
        at=clock(typed) or typed[:20],
        private={name: text for name, text in private.items() if text},
    )


def typed_service(body: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """The form's fields as a recorded service fills them."""
    clear = {name: body.get(name, "") for name in ("on", "at", "mode")}
    return {**clear, **{name: said.get(name, "") for name in LABELS}}
