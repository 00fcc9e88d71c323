"""到校检查表: the day, in class or not, a note."""

from wtforms import Field, RadioField, StringField, ValidationError

from casework.commands.checks import Check
from casework.web.cases.fact_forms import FactForm

PRESENT, AWAY = "在校上课", "不在校"


class CheckForm(FactForm):
    """One check."""

    on = StringField("哪天看的")
    found = RadioField("孩子在不在", validate_choice=False)

    def validate_found(self, field: Field) -> None:
        """There or not."""
        if field.data not in (PRESENT, AWAY):
            raise ValidationError("请选择在校还是不在校")


def check_of(form: CheckForm, recorder: str) -> Check:
    """The check that a valid form tells."""
    private = {"note": (form.note.data or "").strip(), "recorder": recorder}
    return Check(on=form.on.data, present=form.found.data == PRESENT, private=private)
