"""The policy documents a county adopts, by name, and how an adopted text is read (政策文件)."""

import tomllib

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from casework.domain.account_policy import AccountPolicy
from casework.domain.aid_policy import AidPolicy
from casework.domain.attendance import ReturnedPolicy
from casework.domain.backup_policy import BackupPolicy
from casework.domain.calendar import Calendar
from casework.domain.duty_policy import DutyPolicy
from casework.domain.letter_policy import LetterPolicy
from casework.domain.policy import (
    ApprovalPolicy,
    Dictionaries,
    Document,
    ImportPolicy,
    WeeklyPolicy,
)
from casework.domain.post_policy import PostPolicy
from casework.domain.reminder_policy import ReminderPolicy
from casework.domain.school_year import SchoolYearPolicy
from casework.errors import BadInput

DOCUMENTS: dict[str, type[Document]] = {
    "weekly": WeeklyPolicy,
    "letters": LetterPolicy,
    "dictionaries": Dictionaries,
    "calendar": Calendar,
    "accounts": AccountPolicy,
    "imports": ImportPolicy,
    "school_year": SchoolYearPolicy,
    "posts": PostPolicy,
    "approvals": ApprovalPolicy,
    "returned": ReturnedPolicy,
    "backups": BackupPolicy,
    "aid": AidPolicy,
    "duties": DutyPolicy,
    "reminders": ReminderPolicy,
}
"""Document name → its shape."""


def parse(name: str, text: str) -> Document:
    """Reads an adopted text; BadInput names the document, the key and what was expected."""
    if name not in DOCUMENTS:
        raise BadInput(f"没有名为“{name}”的政策文件，可用的有：{'、'.join(DOCUMENTS)}")
    try:
        return DOCUMENTS[name].model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"政策文件 {name} 不是有效的 TOML：{error}") from error
    except ValidationError as error:
        faults = "；".join(_fault(fault) for fault in error.errors(include_url=False))
        raise BadInput(f"政策文件 {name} 有误：{faults}") from error


def _fault(fault: ErrorDetails) -> str:
    """Which key, what was expected there, and what stands there."""
    key = ".".join(map(str, fault["loc"])) or "整个文件"
    wanted = _EXPECTED.get(fault["type"], "")
    expected = wanted.format(**fault.get("ctx", {})) if wanted else fault["msg"]
    shown = "" if fault["type"] in ("missing", "extra_forbidden") else f"（现为 {fault['input']!r}）"
    return f"{key}：{expected}{shown}"


_EXPECTED = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这一项，请核对名称",
    "string_type": "应为带引号的文字",
    "string_pattern_mismatch": "写法不对，月日应如 09-01，日期应如 2026-09-01",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "list_type": "应为方括号里的列表",
    "dict_type": "应为一组 名称 = 值",
    "model_type": "应为一组 名称 = 值",
    "literal_error": "应为 {expected}",
    "too_short": "至少要有 {min_length} 项",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
}
"""Kind of fault → what was expected, in Chinese."""
