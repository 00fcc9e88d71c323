"""What may stand in a log line (日志脱敏): known keys only, and in them no number and no name.

The program's own words are ASCII; what is not was typed by somebody and becomes `***`. Digits in the
shape of identity, student or phone numbers too. Messages of exceptions hold what was being written (the
database quotes the row), so of an exception only its kind and the places in the code are told.
"""

import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

MASK = "***"
_LONGEST = 300
_MOST_FRAMES = 12
_DEEPEST = 5

_TYPED = re.compile(r"[^\x20-\x7e]+")
_NUMBER = re.compile(
    r"(?P<digest>\b[0-9a-f]{64}\b)"  # the head of the chain is told in full
    r"|\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx]"  # identity number, also in groups
    r"|(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"  # mobile phone
    r"|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)"  # telephone
    r"|[A-Za-z]?\d{7,}[Xx]?"  # student number, and any other long one
)
_CODE = re.compile(r"[\w.:/<>()=,*-]{0,160}", re.ASCII)


def masked(text: str) -> str:
    """The text without what somebody may have typed and without long numbers."""
    return _NUMBER.sub(lambda found: found["digest"] or MASK, _TYPED.sub(MASK, text))[:_LONGEST]


def _words(value: object) -> str | None:
    return masked(value) if isinstance(value, str) else None


def _code(value: object) -> str | None:
    """A name out of the code; a text with blanks in it is none."""
    return masked(value) if isinstance(value, str) and _CODE.fullmatch(value) else None


def word(value: object) -> object:
    """What may stand inside a message: numbers and names out of the code; of an exception its kind."""
    if isinstance(value, BaseException):
        return type(value).__qualname__
    if value is None or isinstance(value, int | float):
        return value
    return _code(str(value)) or MASK


def _id(value: object) -> str | None:
    return value if isinstance(value, str) and re.fullmatch("[0-9a-f]{16}", value) else None


def _count(value: object) -> float | int | None:
    return value if isinstance(value, int | float) and abs(value) < 10**9 else None


def _places(value: object) -> list[str] | None:
    return [masked(str(each)) for each in value] if isinstance(value, list) else None


KNOWN: Mapping[str, Callable[[Any], Any]] = {
    "level": _code,
    "event": _words,
    "logger": _code,
    "request_id": _id,
    "method": _code,
    "route": _code,
    "status": _count,
    "command": _code,
    "outcome": _code,
    "act": _count,
    "ms": _count,
    "wait_ms": _count,
    "job": _code,
    "pid": _count,
    "error": _code,
    "places": _places,
}
"""Key → what of its value may be written; None: nothing. Any other key is dropped."""


def scrub(_logger: object, _method: str, line: MutableMapping[str, Any]) -> dict[str, Any]:
    """The line with what may be told; the last processor before it becomes text."""
    allowed = ((key, keep(line[key])) for key, keep in KNOWN.items() if key in line)
    return {key: value for key, value in allowed if value is not None}


def told_of(error: BaseException) -> dict[str, Any]:
    """Kind and places of an exception and of what caused it, the innermost frames; never a message."""
    kinds, places = [], []
    for each in _chain(error):
        kinds.append(f"{type(each).__module__}.{type(each).__qualname__}".removeprefix("builtins."))
        places += list(_frames(each.__traceback__))[-_MOST_FRAMES:]
    return {"error": "<-".join(kinds), "places": places}


def _chain(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    for _ in range(_DEEPEST):
        if found is None:
            return
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def _frames(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        code = trace.tb_frame.f_code
        yield f"{'/'.join(Path(code.co_filename).parts[-3:])}:{trace.tb_lineno} {code.co_name}"
        trace = trace.tb_next
