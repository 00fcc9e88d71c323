"""The policy documents a county adopts, by name, and how an adopted text is read (政策文件)."""

import tomllib

from pydantic import ValidationError

from casework.domain.account_policy import AccountPolicy
from casework.domain.calendar import Calendar
from casework.domain.policy import Dictionaries, Document, ImportPolicy, LetterPolicy, WeeklyPolicy
from casework.errors import BadInput

DOCUMENTS: dict[str, type[Document]] = {
    "weekly": WeeklyPolicy,
    "letters": LetterPolicy,
    "dictionaries": Dictionaries,
    "calendar": Calendar,
    "accounts": AccountPolicy,
    "imports": ImportPolicy,
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
        faults = "；".join(
            f"{'.'.join(map(str, fault['loc']))}：{fault['msg']}（现为 {fault['input']!r}）"
            for fault in error.errors(include_url=False)
        )
        raise BadInput(f"政策文件 {name} 有误：{faults}") from error
