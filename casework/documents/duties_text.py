"""The list of duties as text for a terminal (责任事项清单)."""

from collections.abc import Mapping
from typing import Any

_STATES = {
    "open": "未到期",
    "overdue": "逾期未办",
    "on_time": "按时办结",
    "late": "逾期办结",
    "ended": "已终止",
    "excused": "已免办",
}


def duties_text(found: Mapping[str, Any]) -> str:
    """One line a duty: due day, state, who, what rule, which child."""
    unit = found["unit"]
    lines = [f"{unit['name']}（{unit['code']}）截至 {found['on']} 的责任事项 {len(found['duties'])} 项"]
    lines += [_line(duty) for duty in found["duties"]]
    return "\n".join(lines)


def _line(duty: Mapping[str, Any]) -> str:
    who = "、".join(each["name"] for each in duty["holders"]) or "空缺"
    done = f"（{duty['fulfilled_on']} 办结）" if duty["fulfilled_on"] else ""
    where = f"{duty['role']} {who} {duty['unit']['name']}"
    return (
        f"{duty['due_day']} {_STATES[duty['state']]}{done} {where} {duty['rule']} {duty['child'] or '本单位'}"
    )
