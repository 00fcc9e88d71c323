"""Structured logs (日志): one JSON object a line on standard error, everything through the scrubber.

What the code tells (`tell`) and what libraries write by `logging` come out alike. Until `begin` was
called, as in a command typed by hand, nothing is written.
"""

import logging
import os
import sys
import threading
from collections.abc import Mapping
from contextvars import ContextVar
from copy import copy
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict

from casework.telemetry.scrub import scrub, told_of, word

request_id: ContextVar[str] = ContextVar("casework_request_id", default="")
"""The request this thread works on: stands in every line told meanwhile."""

_lines: Any = None


def begin(level: str = "info", stream: TextIO | None = None) -> None:
    """Writes lines from now on, of this level and above; also those of libraries and of threads that die."""
    global _lines  # noqa: PLW0603 - one process, one log
    number = logging.getLevelNamesMapping()[level.upper()]
    _lines = structlog.wrap_logger(
        structlog.WriteLogger(stream or sys.stderr),
        processors=[structlog.processors.add_log_level, *_PROCESSORS],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.WARNING))
    logging.getLogger("casework").setLevel(number)
    logging.captureWarnings(True)
    sys.excepthook = lambda _, error, __: fault("the process ended by a fault", error)
    threading.excepthook = lambda told: fault("a thread ended by a fault", told.exc_value)


def is_begun() -> bool:
    """Whether lines are written."""
    return _lines is not None


def end() -> None:
    """Writes nothing any more (tests)."""
    global _lines  # noqa: PLW0603 - one process, one log
    _lines = None
    logging.getLogger().handlers.clear()
    logging.captureWarnings(False)
    sys.excepthook, threading.excepthook = sys.__excepthook__, threading.__excepthook__


def tell(event: str, **known: Any) -> None:
    """One line at level info."""
    if _lines is not None:
        _lines.info(event, **known)


def fault(event: str, error: BaseException | None) -> None:
    """One line about a fault nobody foresaw."""
    if _lines is not None:
        _lines.error(event, **(told_of(error) if error else {}))


def formatter() -> logging.Formatter:
    """Makes lines of `logging`'s records."""
    chain = [structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name]
    return _Lines(
        foreign_pre_chain=chain,
        processors=[_of_exception, ProcessorFormatter.remove_processors_meta, *_PROCESSORS],
    )


class _Lines(ProcessorFormatter):
    """What is put into a message is looked at before it is part of a sentence."""

    def format(self, record: logging.LogRecord) -> str:
        mine = copy(record)  # others may format it too
        if isinstance(record.args, Mapping):
            mine.args = {name: word(value) for name, value in record.args.items()}
        elif record.args:
            mine.args = tuple(word(value) for value in record.args)
        return super().format(mine)


def for_server() -> dict[str, Any]:
    """The same for the web server's own logger, as `logging.config` wants it. It logs no requests:
    its line would hold the address as it was asked for, names searched for and all."""
    console = {"class": "logging.StreamHandler", "formatter": "lines", "stream": "ext://sys.stderr"}
    named = {"handlers": ["console"], "level": "INFO", "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "casework.telemetry.logs.formatter"}},
        "handlers": {"console": console},
        "loggers": {"_granian": named},
    }


def _of_exception(_logger: object, _method: str, line: EventDict) -> EventDict:
    """An exception as kind and places instead of its message."""
    kind_error_trace = line.pop("exc_info", None) or line["_record"].exc_info
    if kind_error_trace and kind_error_trace[1]:
        line.update(told_of(kind_error_trace[1]))
    return line


def _of_request(_logger: object, _method: str, line: EventDict) -> EventDict:
    asked = request_id.get()
    if asked:
        line["request_id"] = asked
    return line


def _stamped(_logger: object, _method: str, line: EventDict) -> EventDict:
    """When and by which process: added last, so that nothing else can stand there."""
    return {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "pid": os.getpid(), **line}


_PROCESSORS: list[Any] = [_of_request, scrub, _stamped, structlog.processors.JSONRenderer()]
