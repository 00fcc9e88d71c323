"""法律措施决定表: the day, the step of the county's dictionary, why."""

from wtforms import Field, RadioField, StringField, TextAreaField, ValidationError

from casework.commands.decisions import Decision
from casework.domain.values import Day
from casework.web.cases.fact_forms import LONGEST, FactForm


class DecisionForm(FactForm):
    """One decision."""

    on = StringField("哪天决定的")
    step = RadioField("决定采取什么措施", validate_choice=False)
    why = TextAreaField("理由和依据")

    def of(self, steps: list[str], today: Day, *, correcting: bool = False) -> "DecisionForm":
        """Sets the steps that may be chosen."""
        self.ask(today, correcting=correcting)
        self.steps = steps
        return self

    def validate_step(self, field: Field) -> None:
        """One of the dictionary."""
        if field.data not in self.steps:
            raise ValidationError("请选择一项措施")

    def validate_why(self, field: Field) -> None:
        """A decision has its reasons."""
        if not (field.data or "").strip():
            raise ValidationError("请写明理由和依据，如：责令限期已过，监护人拒不送返")
        if len(field.data) > LONGEST:
            raise ValidationError(f"太长了，请控制在 {LONGEST} 字以内")


def decision_of(form: DecisionForm, recorder: str) -> Decision:
    """The decision that a valid form tells."""
    private = {"why": (form.why.data or "").strip(), "recorder": recorder}
    return Decision(on=form.on.data, step=form.step.data, private=private)
