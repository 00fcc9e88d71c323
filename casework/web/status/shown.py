"""What the pages of a status act have in common: the form, its preview, the form again when refused."""

from typing import Any
from uuid import uuid4

from flask import render_template, request

from casework.domain import statuses as s
from casework.domain.timeline import LEFT_MIDWAY, UNSTATED_CAUSE
from casework.domain.units import SCHOOL
from casework.errors import BadInput, CaseworkError, ChangedMeanwhile
from casework.projections.reference import Reference
from casework.web.access import casework, today
from casework.web.cases.at_hand import Pupil, refusal
from casework.web.cases.stale import Stale, stale_of
from casework.web.status.forms import FIELDS, TITLES, StatusForm
from casework.web.status.offers import offered_words, why_not
from casework.web.status.trial import Trial, tried

Answer = str | tuple[str, int]


def going_back() -> bool:
    """Whether the preview was left to change the form."""
    return request.form.get("step") == "back"


def confirmed() -> bool:
    """Whether the preview was seen and agreed to."""
    return request.form.get("step") == "confirm"


def seen() -> int:
    """What the form showed of the file."""
    text = request.form.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() else -1


def asked(
    form: StatusForm, pupil: Pupil, reference: Reference, change: str, *, correcting: bool = False
) -> StatusForm:
    """The form with the words of the day, and what this change needs."""
    if change not in FIELDS:
        raise BadInput("请选择要登记的变化")
    verified = any(span.status == s.VERIFYING for span in pupil.file.spans())
    form.ask(reference.dictionaries(today()), today(), change, verified=verified, correcting=correcting)
    units, own = reference.units, pupil.place.school
    others = sorted(
        (unit.name, unit.code)
        for unit in units.below(pupil.place.county, SCHOOL)
        if unit.closed_on > today() and unit.code != own
    )
    here = f"原来的学校（{units.name(own)}）" if own else "不填"
    form.school.choices = [("", here), *((code, name) for name, code in others)]
    return form


def first_entries(pupil: Pupil, change: str) -> dict[str, Any]:
    """What is known before anything is typed: today, and what already holds of cause and type."""
    spans = pupil.file.spans()
    held = spans[-1] if spans else None
    cause = held.cause if held and held.cause != UNSTATED_CAUSE else ""
    possible = not why_not(held.status if held else "", change)
    return {
        "form_id": uuid4().hex,
        "seen": str(pupil.file.judged),
        "on": today() if possible else "",
        "causes": cause,
        "lost_type": held.lost_type if held else LEFT_MIDWAY if pupil.place.school else "",
        "school": "",
    }


def form_page(
    form: StatusForm,
    pupil: Pupil,
    *,
    no: int = 0,
    message: str = "",
    stale: Stale | None = None,
) -> str:
    """The form of one change; `no`: the entry that is corrected."""
    change = form.change.data or ""
    spans = pupil.file.spans()
    status = spans[-1].status if spans else ""
    return render_template(
        "status_form.html",
        form=form,
        pupil=pupil,
        no=no,
        message=message,
        stale=stale,
        title=f"更正：{s.CHANGE_NAMES[change]}" if no else TITLES[change],
        not_today="" if no else why_not(status, change),
        changes={each: s.CHANGE_NAMES[each] for each in offered_words(status, spans)} if no else {},
    )


def choice_page(pupil: Pupil) -> str:
    """The changes to choose from, for what happened on an earlier day."""
    spans = pupil.file.spans()
    words = offered_words("", spans) + [s.REOPENED] * any(span.status == s.CLOSED for span in spans)
    return render_template("status_choice.html", pupil=pupil, changes={w: s.CHANGE_NAMES[w] for w in words})


def previewed(
    trial: Trial, pupil: Pupil, reference: Reference, heading: str, form: StatusForm | None, no: int = 0
) -> Answer:
    """What the act would change, to be agreed to; or the form again with what is wrong."""
    try:
        preview = tried(trial, pupil, reference)
    except (BadInput, ChangedMeanwhile) as refused:
        return again(refused, pupil, form, no=no)
    fields = [
        (name, value) for name, value in request.form.items(multi=True) if name not in ("csrf_token", "step")
    ]
    return render_template(
        "status_preview.html", pupil=pupil, preview=preview, heading=heading, fields=fields
    ), 422 if preview.refusals else 200


def again(refused: CaseworkError, pupil: Pupil, form: StatusForm | None, *, no: int = 0) -> Answer:
    """The form as it was typed with the refusal; a stale one with both versions and the new one to see."""
    message, code = refusal(refused)
    stale = None
    if isinstance(refused, ChangedMeanwhile) and "seen" in refused.ids:
        with casework().reading() as reading:
            stale = stale_of(refused, reading, pupil.child_id)
        message = ""
    if form is None:
        return void_page(pupil, no, message=message, stale=stale), code
    if stale:
        form.seen.data = str(stale.version)
    return form_page(form, pupil, no=no, message=message, stale=stale), code


def void_page(pupil: Pupil, no: int, *, message: str = "", stale: Stale | None = None) -> str:
    """Asks for the reason of a void."""
    line = next(each for each in pupil.history.lines if (each.ledger, each.no) == ("statuses", no))
    return render_template(
        "status_void.html",
        pupil=pupil,
        no=no,
        name=s.CHANGE_NAMES[line.now.body["change"]],
        on=line.on,
        form_id=request.form.get("form_id") or uuid4().hex,
        seen=stale.version if stale else request.form.get("seen") or pupil.file.judged,
        reason=request.form.get("reason", ""),
        approved=line.now.body.get("approved", False),
        message=message,
        stale=stale,
    )
