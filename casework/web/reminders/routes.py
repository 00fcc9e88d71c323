"""我的提醒, 提醒记录 and its 重发."""

import hashlib
from contextlib import suppress
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from casework.domain.permissions import HOME, MANAGE_REMINDERS
from casework.domain.reminder_policy import CHANNEL_NAMES, IN_APP
from casework.domain.reminders import FAILED, HANDING, PLANNED, SENT, STATE_NAMES, SUPPRESSED, UNKNOWN
from casework.errors import BadInput, NotFound, RuleBroken
from casework.projections.reminder_pages import message_in, messages_of, messages_to, sent_again
from casework.store import reminder_log
from casework.store.clock import micros
from casework.web.access import allow, casework, this_moment, viewer

pages = Blueprint("reminders", __name__, template_folder="templates")

_SHOWN, _LOGGED = 60, 50
STATES = {
    "": ("全部", ()),
    SENT: ("已发", (SENT,)),
    UNKNOWN: ("结果不明", (UNKNOWN,)),
    FAILED: ("没发出", (FAILED,)),
    SUPPRESSED: ("没有发", (SUPPRESSED,)),
    "waiting": ("待发", (PLANNED, HANDING)),
}


def unread_here() -> int:
    """How many messages wait for who looks: the number in the head of every page."""
    # The page that tells of a broken database has this head too.
    with suppress(SQLAlchemyError), this_moment() as reading:
        return reminder_log.unread(reading.snapshot.conn, viewer().login)
    return 0


@pages.app_context_processor
def in_every_page() -> dict[str, Any]:
    """What the head of a page asks."""
    return {"unread_reminders": unread_here}


@pages.get("/reminders")
@allow(HOME)
def mine() -> str:
    """My messages, the newest first."""
    with this_moment() as reading:
        messages = messages_to(reading.snapshot.conn, viewer().login, _SHOWN)
    return render_template("reminders.html", messages=messages)


@pages.post("/reminders/read")
@allow(HOME)
def read() -> Response:
    """All of mine are read."""
    reminder_log.mark_read(casework().store.engine, viewer().login)
    return redirect(url_for("reminders.mine"), 303)


@pages.get("/reminders/log")
@allow(MANAGE_REMINDERS)
def log() -> str:
    """What was sent, to whom, why, and what was not."""
    state, channel, after = (request.args.get(name, "") for name in ("state", "channel", "after"))
    state = state if state in STATES else ""
    channel = channel if channel in CHANNEL_NAMES else ""
    us, _, key = after.partition("-")
    if after and not (us.isdecimal() and len(us) < 19 and key.isalnum()):
        raise BadInput("翻页的地址不完整，请回到第一页")
    with this_moment() as reading:
        units = reading.reference.units
        page = messages_of(
            reading.snapshot.conn,
            units,
            viewer().unit,
            states=STATES[state][1],
            channel=channel,
            after=after,
            size=_LOGGED,
        )
        args = {"state": state, "channel": channel}
        return render_template(
            "reminder_log.html",
            page=page,
            unit_name=units.name,
            times=lambda key: sent_again(reading.snapshot.conn, key),
            states=STATES,
            state_names=STATE_NAMES,
            channels=CHANNEL_NAMES,
            asked=args,
            address=lambda **changes: _address({**args, **changes}),
            later=bool(after),
            again=(UNKNOWN, FAILED),
            done=request.args.get("done", ""),
        )


def _address(args: dict[str, Any]) -> str:
    return url_for("reminders.log", **{name: value for name, value in args.items() if value})


@pages.post("/reminders/log/again")
@allow(MANAGE_REMINDERS)
def again() -> Response:
    """重发: a person decides that a message goes out once more; asked twice at once, it goes once."""
    key = request.form.get("key", "")
    with this_moment() as reading:
        conn, units = reading.snapshot.conn, reading.reference.units
        row = message_in(conn, units, viewer().unit, key)
        if row is None or row["channel"] == IN_APP:
            raise NotFound("没有这条提醒")
        times, now = sent_again(conn, key), reading.known_at
    if row["state"] not in (UNKNOWN, FAILED):
        raise RuleBroken("只有结果不明或没发出的提醒可以重发")
    if str(times) != request.form.get("times", "0"):
        raise RuleBroken("这条提醒刚刚已经重发过，请在记录里看结果")
    by = viewer().actor
    kept = ("recipient", "name", "post", "unit", "county", "channel", "instant_us", "digest", "version")
    reminder_log.plan(
        casework().store.engine,
        [
            {
                **{name: row[name] for name in (*kept, "why", "subject", "text")},
                "key": hashlib.sha256(f"{key} again {times}".encode()).hexdigest(),
                "state": PLANNED,
                "planned_us": micros(now),
                "again_of": key,
                "again_by": by.account,
                "again_name": by.name,
            }
        ],
    )
    return redirect(url_for("reminders.log", done="again"), 303)
