"""One dated fact of a child, on its pages: recorded, corrected, voided with a reason.

    @pages.post(f"{CASE}/checks/<int:no>/correct")
    @allow(RECORD_CHECK)
    def correct(child_id: str, no: int) -> Page:
        pupil, form = at_hand(child_id), CheckForm()
        line = live(pupil, CHECKS, no, _VOIDED)
        if not form.ask(today(), correcting=True).validate_on_submit():
            return _form(form, pupil, no=no), 400
        said = {"no": no, "check": check_of(form, …), "reason": form.reason.data or ""}
        return write(correct_check, pupil, form, said, partial(_form, form, pupil, no=no), "check-corrected")

A route, its right, its form and what the form makes of the words are the capability's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from casework.errors import BadInput, ChangedMeanwhile, RuleBroken
from casework.projections.case_history import Line
from casework.web.access import casework, this_moment, today, viewer
from casework.web.cases.at_hand import Pupil, pupil_at_hand, refusal
from casework.web.cases.fact_forms import FactForm

CASE = "/cases/<string(length=32):child_id>"
Page = Response | str | tuple[str, int]
Command = Callable[..., Any]
REFUSALS = (BadInput, RuleBroken, ChangedMeanwhile)
"""What is shown at the form again, which keeps what was typed."""


def at_hand(child_id: str) -> Pupil:
    """The child, if it is in the viewer's reach today. Raises NotFound."""
    with this_moment() as reading:
        return pupil_at_hand(reading, child_id, today())


def live(pupil: Pupil, ledger: str, no: int, voided: str) -> Line:
    """The fact, if it holds. Raises NotFound; RuleBroken, in the words `voided`, when it was voided."""
    line = pupil.line(ledger, no)
    if line.voided:
        raise RuleBroken(voided, no=no)
    return line


def recorder_of(line: Line) -> str:
    """Who recorded the fact: a correction by another keeps the name."""
    return (line.now.said or {}).get("recorder") or viewer().name


def tell(command: Command, child_id: str, form_id: str, said: Mapping[str, Any]) -> Any:
    """Gives a command about a child what was said; its reply. The same form sent again is one act."""
    return casework().do(
        command.__name__,
        lambda act, ref: command(act, ref, child_id=child_id, **said),
        actor=viewer().actor,
        command_id=form_id,
        content={"child": child_id, **_plain(said)},
    )


def write(
    command: Command,
    pupil: Pupil,
    form: FactForm,
    said: Mapping[str, Any],
    again: Callable[..., str],
    saved: str | Callable[[Any], str],
) -> Page:
    """Gives the command; on to the case, which says `saved` (or the address made of the reply).

    `again(message=…)` is the form once more, with why it was refused.
    """
    try:
        reply = tell(command, pupil.child_id, form.form_id.data or "", said)
    except REFUSALS as refused:
        message, code = refusal(refused)
        return again(message=message), code
    return redirect(on_case(pupil.child_id, saved) if isinstance(saved, str) else saved(reply), 303)


def void(command: Command, child_id: str, no: int, to: str) -> Response:
    """Voids a fact with the reason of the small form below it; it stays in the history, struck through."""
    said = {"no": no, "reason": request.form.get("void_reason", "")}
    tell(command, child_id, request.form.get("form_id", ""), said)
    return redirect(to, 303)


def on_case(child_id: str, saved: str) -> str:
    """The address of the case page that says what was saved."""
    return url_for("cases.case", child_id=child_id, saved=saved)


def _plain(said: Mapping[str, Any]) -> dict[str, Any]:
    """What was said as JSON holds it: the fields of a fact beside the other words."""
    plain: dict[str, Any] = {}
    for name, value in said.items():
        plain |= asdict(value) if is_dataclass(value) and not isinstance(value, type) else {name: value}
    return plain
