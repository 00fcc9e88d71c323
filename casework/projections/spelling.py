"""Finding by the beginning of a name: in characters, in pinyin or by initials (姓名、拼音、首字母).

Prefixes are ranges, so that an index answers them on both databases: the columns are compared byte by byte.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from casework.projections.roster import child

_AFTER_ALL = "\U0010ffff"
_LONGEST = 40


def begins(column: Any, text: str) -> ColumnElement[bool]:
    """Rows whose column begins with a text."""
    first, beyond = range_of(text)
    return and_(column >= first, column < beyond)


def range_of(text: str) -> tuple[str, str]:
    """What begins with a text: from the first of these on, below the second."""
    return text, text + _AFTER_ALL


def typed(text: str) -> str:
    """What was typed as it is compared: no spaces, small letters, at most 40 characters."""
    return "".join(text.split()).lower()[:_LONGEST]


def spelled_columns(text: str) -> tuple[Any, ...]:
    """The columns of `child` that what was typed may be the beginning of."""
    return (child.c.pinyin, child.c.initials) if text.isascii() else (child.c.name,)


def named_like(text: str, *among: ColumnElement[bool]) -> ColumnElement[bool]:
    """Children whose name, pinyin or initials begin with what was typed, among those of some conditions."""
    wanted = typed(text)
    return or_(*(and_(*among, begins(column, wanted)) for column in spelled_columns(wanted)))
