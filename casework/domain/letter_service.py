"""What a proof of service must say (送达回证), by the way the letter was served.

Source: domain practice of 送达 as in 民事诉讼法 (直接、留置、邮寄、委托、电子、公告): a refusal is left with
a witness, electronic service needs consent, a published letter counts as served after the days of
the county's rules.
"""

import re
from collections.abc import Iterable, Mapping

from casework.domain.letter_text import too_long
from casework.domain.values import Day

DIRECT, LEFT, MAILED, ENTRUSTED, ELECTRONIC, PUBLISHED = "直接", "留置", "邮寄", "委托", "电子", "公告"
LONGEST = 500

LABELS = {
    "place": "送达地点",
    "recipient": "受送达人",
    "relation": "与被送达人关系",
    "collector": "代收人",
    "refusal": "拒收理由",
    "witness": "见证人",
    "server": "送达人",
    "consent": "同意电子送达的凭据",
    "note": "备注",
    "why": "未送达的原因",
}
"""The personal part of a service or an attempt: field → its name on the form."""

_NEEDED: dict[str, tuple[str, ...]] = {
    DIRECT: ("place", "recipient", "relation", "server"),
    LEFT: ("place", "recipient", "refusal", "witness", "server"),
    MAILED: ("recipient", "place", "server"),
    ENTRUSTED: ("place", "recipient", "relation", "server"),
    ELECTRONIC: ("recipient", "consent", "server"),
    PUBLISHED: ("place", "server"),
}
_WHY_NEEDED = {
    ("refusal", LEFT): "留置送达要写明拒收理由",
    ("witness", LEFT): "留置送达要有见证人（村（居）委会人员等）在场",
    ("consent", ELECTRONIC): "电子送达要先得到受送达人同意，请写明同意的凭据（如：确认书、聊天记录）",
    ("place", MAILED): "请写寄往的地址",
    ("place", PUBLISHED): "请写公告发布在哪里",
}
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def service_faults(
    *,
    issued: Day,
    on: Day,
    at: str,
    mode: str,
    said: Mapping[str, str],
    modes: Iterable[str],
    today: Day,
    served: bool = True,
) -> dict[str, str]:
    """Field → what is wrong with it; {} when the service (or, not `served`, the attempt) may be recorded."""
    found = {}
    if not on:
        found["on"] = "请选择日期"
    elif on > today:
        found["on"] = f"日期 {on} 还没到（今天是 {today}），只能登记已经发生的送达"
    elif on < issued:
        found["on"] = f"送达日期 {on} 早于签发日期 {issued}：文书签发以后才能送达，请核对"
    if at and not _CLOCK.fullmatch(at):
        found["at"] = "时间请写成 18:30 这样"
    if mode not in modes:
        found["mode"] = f"请选择送达方式，可选：{'、'.join(modes)}"
    needed = _NEEDED.get(mode, ()) if served else ("why", "server")
    for name in needed:
        if not said.get(name, "").strip():
            found[name] = _WHY_NEEDED.get((name, mode), f"请填写{LABELS[name]}")
    for name, text in said.items():
        if fault := too_long(LABELS.get(name, name), text, LONGEST):
            found[name] = fault
    return found
