"""Refusals that a form of units and postings shows beside what was typed."""

from werkzeug.wrappers import Response

from casework.errors import BadInput, CaseworkError, ChangedMeanwhile, NotFound, RuleBroken
from casework.store.failures import CommandReused
from casework.web.errors import STATUS

Page = Response | str | tuple[str, int]
REFUSED = (BadInput, RuleBroken, ChangedMeanwhile, NotFound)


def status_of(refused: CaseworkError) -> int:
    """The HTTP status of a refusal."""
    return next(code for kind, (code, _) in STATUS.items() if isinstance(refused, kind))


def said_of(refused: CaseworkError) -> str:
    """What a form says of a refusal."""
    used = "这份表已经提交过一次，这次的改动没有存。请返回单位页查看已登记的内容。"
    return used if isinstance(refused, CommandReused) else refused.message
