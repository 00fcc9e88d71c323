"""A child's id, which is the id of its file too (孩子的内部编号).

UUID version 7 (RFC 9562): the millisecond of the act that enters the child, then 74 random bits. Nothing
of it follows from a name or a number. Children entered together lie together in every index: a county's
clerk reads and writes pages of the county's own children, however many counties share the database.
"""

from datetime import datetime
from secrets import randbits

_VERSION, _VARIANT = 0x7 << 76, 0b10 << 62


def new_child_id(entered: datetime) -> str:
    """A new id, 32 hex characters; `entered`: the aware instant of the act."""
    milliseconds = int(entered.timestamp() * 1000)
    return f"{milliseconds << 80 | _VERSION | randbits(12) << 64 | _VARIANT | randbits(62):032x}"
