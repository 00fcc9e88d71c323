"""One child's transfer: both schools, those that ask, and the forms of the side the viewer acts for."""

from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, url_for

from casework.commands.transfers import (
    accept_transfer,
    decline_asking,
    refuse_transfer,
    release_transfer,
    withdraw_transfer,
)
from casework.domain.permissions import TRANSFER
from casework.errors import BadInput, ChangedMeanwhile, RuleBroken
from casework.store.store import Reply
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.cases.at_hand import refusal
from casework.web.cases.stale import Stale, stale_of
from casework.web.transfers.forms import (
    ACCEPT,
    AGREE,
    DECLINE,
    REFUSE,
    RELEASE,
    WITHDRAW,
    TransferForm,
    empty_form,
)
from casework.web.transfers.routes import Page, pages
from casework.web.transfers.shown import Transfer, receivers, transfer_in

_CHILD = "/cases/<string(length=32):child_id>/transfer"


@pages.get(_CHILD)
@allow(TRANSFER)
def transfer(child_id: str) -> str:
    """How the transfer stands; who opened it is logged."""
    shown, schools = _child(child_id)
    return _page(shown, schools)


@pages.post(f"{_CHILD}/release")
@allow(TRANSFER)
def release(child_id: str) -> Page:
    """转出."""
    return _send(child_id, RELEASE, _release)


@pages.post(f"{_CHILD}/agree")
@allow(TRANSFER)
def agree(child_id: str) -> Page:
    """The sender agrees to a school's asking."""
    return _send(child_id, AGREE, _release)


def _release(child_id: str, form: TransferForm, said: dict[str, Any]) -> Reply:
    school, destination = form.school.data or "", form.destination.data or ""
    return casework().do(
        "release_transfer",
        lambda act, ref: release_transfer(
            act, ref, child_id=child_id, school=school, destination=destination, **said
        ),
        actor=viewer().actor,
        command_id=form.form_id.data or "",
        content={"child": child_id, "school": school, "destination": destination, **said},
    )


@pages.post(f"{_CHILD}/decline")
@allow(TRANSFER)
def decline(child_id: str) -> Page:
    """The sender does not agree to a school's asking."""
    return _send(child_id, DECLINE, _decline)


def _decline(child_id: str, form: TransferForm, said: dict[str, Any]) -> Reply:
    school, why, seen = form.school.data or "", said["why"], said["seen"]
    return casework().do(
        "decline_asking",
        lambda act, ref: decline_asking(act, ref, child_id=child_id, school=school, why=why, seen=seen),
        actor=viewer().actor,
        command_id=form.form_id.data or "",
        content={"child": child_id, "school": school, "why": why, "seen": seen},
    )


@pages.post(f"{_CHILD}/withdraw")
@allow(TRANSFER)
def withdraw(child_id: str) -> Page:
    """The sender takes the release back."""
    return _send(child_id, WITHDRAW, _withdraw)


def _withdraw(child_id: str, form: TransferForm, said: dict[str, Any]) -> Reply:
    return casework().do(
        "withdraw_transfer",
        lambda act, ref: withdraw_transfer(act, ref, child_id=child_id, **said),
        actor=viewer().actor,
        command_id=form.form_id.data or "",
        content={"child": child_id, **said},
    )


@pages.post(f"{_CHILD}/accept")
@allow(TRANSFER)
def accept(child_id: str) -> Page:
    """转入接收."""
    return _send(child_id, ACCEPT, _accept)


def _accept(child_id: str, form: TransferForm, said: dict[str, Any]) -> Reply:
    grade, klass = (form.grade.data or "")[:40], (form.klass.data or "")[:40]
    return casework().do(
        "accept_transfer",
        lambda act, ref: accept_transfer(act, ref, child_id=child_id, grade=grade, klass=klass, **said),
        actor=viewer().actor,
        command_id=form.form_id.data or "",
        content={"child": child_id, "grade": grade, "klass": klass, **said},
    )


@pages.post(f"{_CHILD}/refuse")
@allow(TRANSFER)
def refuse(child_id: str) -> Page:
    """转入拒收."""
    return _send(child_id, REFUSE, _refuse)


def _refuse(child_id: str, form: TransferForm, said: dict[str, Any]) -> Reply:
    return casework().do(
        "refuse_transfer",
        lambda act, ref: refuse_transfer(act, ref, child_id=child_id, **said),
        actor=viewer().actor,
        command_id=form.form_id.data or "",
        content={"child": child_id, **said},
    )


_GONE = {ACCEPT: "in", REFUSE: "in"}


def _send(child_id: str, kind: str, give: Callable[[str, TransferForm, dict[str, Any]], Reply]) -> Page:
    """Gives the command; with a fault, the page again with everything typed."""
    shown, schools = _child(child_id)
    form = TransferForm(prefix=f"{kind}-").ask(kind, today())
    if not form.validate_on_submit():
        return _page(shown, schools, form), 400
    seen = form.seen.data or ""
    said = {
        "on": form.on.data or "",
        "why": (form.why.data or "").strip(),
        "seen": int(seen) if seen.isdecimal() and len(seen) < 10 else None,
    }
    try:
        give(child_id, form, said)
    except ChangedMeanwhile as refused:
        return _changed(child_id, form, refused)
    except (BadInput, RuleBroken) as refused:
        message, code = refusal(refused)
        return _page(shown, schools, form, message=message), code
    return redirect(url_for("transfers.lists", view=_GONE.get(kind, "out"), done=kind), 303)


def _changed(child_id: str, form: TransferForm, refused: ChangedMeanwhile) -> Page:
    """Both versions above the form, if the viewer still has a part in it."""
    message, code = refusal(refused)
    shown, schools = _child(child_id)
    with this_moment() as reading:
        stale = stale_of(refused, reading, child_id) if "seen" in refused.ids else None
    if stale:
        form.seen.data = str(stale.version)
    return _page(shown, schools, form, message="" if stale else message, stale=stale), code


def _child(child_id: str) -> tuple[Transfer, list[tuple[str, str]]]:
    with this_moment() as reading:
        shown = transfer_in(reading, viewer(), child_id, today())
        schools = receivers(reading.reference.units, shown.school, shown.county, today())
    return shown, schools


def _page(
    shown: Transfer,
    schools: list[tuple[str, str]],
    typed: TransferForm | None = None,
    *,
    message: str = "",
    stale: Stale | None = None,
) -> str:
    """Every form of the page, the one just sent as it was typed."""

    def form(act: str, **first: Any) -> TransferForm:
        made = typed if typed is not None and typed.act == act else None
        return made if made is not None else empty_form(act, today(), shown.judged, **first)

    return render_template(
        "transfer.html",
        t=shown,
        release=form(RELEASE),
        accept=form(ACCEPT, grade=shown.grade),
        refuse=form(REFUSE),
        withdraw=form(WITHDRAW),
        decline=form(DECLINE),
        agree=form(AGREE),
        schools=[("", "（请选择；转往县外的不选）"), *schools],
        asking=[(each.school, each.name) for each in shown.askings],
        typed=typed.act if typed is not None else "",
        message=message,
        stale=stale,
        today=today(),
    )
