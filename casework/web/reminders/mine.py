"""提醒设置: where a person is reached, and by which channels."""

import re

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from casework.domain.reminder_policy import EMAIL, SMS, ReminderPolicy
from casework.store.reminder_settings import Contact, contacts_of, keep_contact
from casework.web.access import SIGNED_IN, allow, casework, this_moment, today, viewer

pages = Blueprint("my_reminders", __name__, template_folder="templates")

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_PHONE = re.compile(r"1\d{10}")


@pages.get("/account/reminders")
@allow(SIGNED_IN)
def settings() -> str:
    """What is set now."""
    with this_moment() as reading:
        keys = casework().store.keys
        held = contacts_of(reading.snapshot.conn, keys, [viewer().login]).get(viewer().login, Contact())
        policy = reading.reference.reminders(today())
    return _page(held, policy, {})


def _page(contact: Contact, policy: ReminderPolicy, faults: dict[str, str]) -> str:
    channels = {channel for kind in policy.kinds for channel in kind.channels}
    return render_template(
        "my_reminders.html",
        contact=contact,
        faults=faults,
        digests=policy.digests,
        quiet=policy.quiet,
        by_email=EMAIL in channels,
        by_sms=SMS in channels,
        done=request.args.get("done", ""),
    )


@pages.post("/account/reminders")
@allow(SIGNED_IN)
def save() -> Response | tuple[str, int]:
    """Saves one's own addresses and choices."""
    form = request.form
    contact = Contact(
        email=form.get("email", "").strip()[:200],
        phone=re.sub(r"[\s-]", "", form.get("phone", ""))[:20],
        by_email="by_email" in form,
        by_sms="by_sms" in form,
    )
    faults = {}
    if contact.email and not _EMAIL.fullmatch(contact.email):
        faults["email"] = "邮箱写法不对，应如 zhang@example.com"
    if contact.phone and not _PHONE.fullmatch(contact.phone):
        faults["phone"] = "手机号应为 11 位数字"
    if faults:
        with this_moment() as reading:
            return _page(contact, reading.reference.reminders(today()), faults), 400
    store = casework().store
    keep_contact(store.engine, store.keys, viewer().login, contact, store.now())
    return redirect("/account/reminders?done=1", 303)
