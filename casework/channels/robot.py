"""群机器人: Apprise writes the message as WeCom, DingTalk and Feishu want it; our own way out carries it.

Apprise's plugins post by themselves and say only yes or no, and yes also when the robot answers 200 with
an error inside. So what they post is carried by `Outgoing` (one host, no redirects, what is uncertain is
told apart) and the answer is read here. Their log would tell the robot's key, so it is switched off.
"""

import logging
import re
import threading
from typing import Any

import requests
from apprise import NotifyBase
from apprise.plugins import dingtalk, feishu, wecombot

from casework.channels.outcome import Outcome, refused, taken, uncertain
from casework.channels.outgoing import Outgoing, Reply

PLUGINS: dict[str, type[NotifyBase]] = {
    "wecombot": wecombot.NotifyWeComBot,
    "dingtalk": dingtalk.NotifyDingTalk,
    "feishu": feishu.NotifyFeishu,
}
HOSTS = {"wecombot": "qyapi.weixin.qq.com", "dingtalk": "oapi.dingtalk.com", "feishu": "open.feishu.cn"}
"""The one host of each, whatever an address says."""

# Nothing after the key: Apprise would take wishes from there, such as to try again by itself.
_ADDRESS = re.compile(r"(wecombot|dingtalk|feishu)://([A-Za-z0-9]+@)?[A-Za-z0-9_-]+/?")
_ANSWERS = ("errcode", "code", "StatusCode")
_here = threading.local()

logging.getLogger("apprise").disabled = True


class _Carrier:
    """Stands where the plugins look for `requests`."""

    RequestException = requests.RequestException
    codes = requests.codes

    def post(self, url: str, *, data: str | bytes, headers: dict[str, str], **more: Any) -> requests.Response:
        """Carries one request, and keeps what became of it for `send`."""
        address = requests.Request("POST", url, params=more.get("params")).prepare().url or ""
        body = data.encode() if isinstance(data, str) else data
        _here.came = _here.out.post(address, body, headers, host=_here.host)
        answer = requests.Response()
        answer.status_code = 200 if isinstance(_here.came, Reply) else 502
        answer._content = b""
        return answer


for _module in (wecombot, dingtalk, feishu):
    _module.requests = _Carrier()  # type: ignore[attr-defined]


def plugin_of(address: str) -> NotifyBase | None:
    """The robot of an address such as `wecombot://KEY`, `dingtalk://SECRET@TOKEN`, `feishu://TOKEN`.

    None when it is none of these, or not written as they are.
    """
    written = _ADDRESS.fullmatch(address)
    if written is None:
        return None
    plugin = PLUGINS[written[1]]
    try:
        parsed = plugin.parse_url(address)
        return plugin(**parsed) if parsed else None
    except TypeError:  # AppriseImproperlyConfigured is one
        return None


def send(out: Outgoing, address: str, text: str) -> Outcome:
    """Hands one message over to the group."""
    plugin = plugin_of(address)
    if plugin is None:
        return refused("机器人地址不对，请重新登记", for_good=True)
    _here.out, _here.host, _here.came = out, HOSTS[address.partition("://")[0]], None
    try:
        plugin.notify(body=text)
        came = _here.came
    finally:
        del _here.out, _here.host, _here.came
    if isinstance(came, Outcome):
        return came
    return _read(came) if came else refused("消息没有写成", for_good=True)


def _read(reply: Reply) -> Outcome:
    said = reply.json()
    for name in _ANSWERS:
        if name in said:
            return taken() if said[name] == 0 else refused(f"机器人没有收下（{name}：{said[name]!s:.20}）")
    return uncertain("机器人的答复看不懂，不知道收下没有")
