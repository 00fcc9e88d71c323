"""提醒渠道: the groups of units, and the secrets of mail and SMS. What is saved is never shown again."""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.channels.robot import plugin_of
from casework.domain.permissions import MANAGE_REMINDERS, MANAGE_SYSTEM_CHANNELS
from casework.domain.reminder_policy import ROBOTS, SECRETS
from casework.domain.units import COUNTY, DISTRICT, SCHOOL, TOWNSHIPS, Unit, Units
from casework.errors import NotAllowed, NotFound
from casework.store.reminder_settings import keep_secret, secrets_told
from casework.web.access import allow, casework, this_moment, today, viewer

pages = Blueprint("reminder_channels", __name__, template_folder="templates")

_LONGEST = 300
_GROUPS = (COUNTY, *TOWNSHIPS, DISTRICT, SCHOOL)


@pages.get("/reminders/channels")
@allow(MANAGE_REMINDERS)
def channels() -> str:
    """What is set, and the forms to set it."""
    return _page()


def _page(fault: str = "", unit: str = "", name: str = "") -> str:
    with this_moment() as reading:
        units = _units(reading.reference.units)
        told = secrets_told(reading.snapshot.conn, ["", *(each.code for each in units)])
        policy = reading.reference.reminders(today())
    needed = policy.secrets_needed()
    return render_template(
        "reminder_channels.html",
        units=units,
        robots={scheme: ROBOTS[scheme] for scheme in policy.robots},
        groups=[note for (code, _), note in sorted(told.items()) if code],
        unit_name=reading.reference.units.name,
        secrets={
            channel: (words, told.get(("", channel)), channel in needed) for channel, words in SECRETS.items()
        },
        fault=fault,
        chosen=(unit or viewer().unit, name),
        done=request.args.get("done", ""),
    )


def _units(units: Units) -> Sequence[Unit]:
    """The units whose groups one may set: one's own and those below."""
    own = units.get(viewer().unit)
    if own is None:
        return []
    below = [each for each in units.below(own.code, *_GROUPS) if each.code != own.code]
    return [own, *below]


@pages.post("/reminders/channels/robot")
@allow(MANAGE_REMINDERS)
def robot() -> Response | tuple[str, int]:
    """Saves or removes a group robot."""
    unit, name, address = (request.form.get(each, "").strip() for each in ("unit", "name", "address"))
    with this_moment() as reading:
        known = {each.code for each in _units(reading.reference.units)}
    if unit not in known or name not in ROBOTS:
        raise NotFound("没有这个单位或机器人")
    address = _written(name, address)
    if "remove" in request.form:
        _keep(unit, name, "")
        return redirect(url_for("reminder_channels.channels", done="removed"), 303)
    if len(address) > _LONGEST or not address.startswith(f"{name}://") or plugin_of(address) is None:
        return _page("地址或密钥不对：请从群机器人设置里复制完整的 Webhook 地址", unit, name), 400
    _keep(unit, name, address)
    return redirect(url_for("reminder_channels.channels", done="saved"), 303)


_WEBHOOKS = {
    "wecombot": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=",
    "dingtalk": "https://oapi.dingtalk.com/robot/send?access_token=",
    "feishu": "https://open.feishu.cn/open-apis/bot/v2/hook/",
}


def _written(name: str, address: str) -> str:
    """The address as Apprise writes it, from the one that the group's settings show, or from the bare key."""
    key = address.removeprefix(_WEBHOOKS[name]).removeprefix(f"{name}://").rstrip("/")
    secret = request.form.get("sign", "").strip()
    return f"{name}://{secret}@{key}" if secret and name == "dingtalk" else f"{name}://{key}"


@pages.post("/reminders/channels/secret")
@allow(MANAGE_REMINDERS)
def secret() -> Response | tuple[str, int]:
    """Saves the password of the mail server, or the key of the SMS gateway."""
    if not viewer().may(MANAGE_SYSTEM_CHANNELS):
        raise NotAllowed("邮件和短信的密钥由县教体局保存")
    name, value = request.form.get("name", ""), request.form.get("secret", "")
    if name not in SECRETS:
        raise NotFound("没有这个渠道")
    if not value or len(value) > _LONGEST or not value.isprintable():
        return _page(f"请填写{SECRETS[name]}（不超过 {_LONGEST} 个字符）", "", name), 400
    _keep("", name, value)
    return redirect(url_for("reminder_channels.channels", done="saved"), 303)


def _keep(unit: str, name: str, value: str) -> None:
    store = casework().store
    keep_secret(store.engine, store.keys, unit, name, value, viewer().actor, store.now())
