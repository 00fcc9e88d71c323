"""How a command went (操作的结果): counted, timed and told, without a word of what was in it."""

from collections.abc import Callable
from time import perf_counter
from typing import Any, TypeVar

from casework.errors import CaseworkError
from casework.telemetry import logs
from casework.telemetry.metrics import figures

DONE, UNCHANGED, REPEATED, TAKEN_BACK, FAULT = "done", "unchanged", "repeated", "taken_back", "fault"
"""Outcomes besides the kinds of refusal: NotAllowed, RuleBroken, StoreBusy …"""

P = TypeVar("P", bound=Callable[..., Any])


class Passage:
    """One command through the door; `with` it around the store's work."""

    def __init__(self, command: str) -> None:
        self.command = command
        self._act: Any = None
        self._outcome = REPEATED
        self._entered = perf_counter()
        self._turn = 0.0

    def begins(self, act: Any) -> None:
        """Its turn has come: at the first attempt the wait is over."""
        if self._act is None:
            self._turn = perf_counter() - self._entered
            figures().lock_wait_s.observe(self._turn)
        self._act = act

    def taken_back(self) -> None:
        """It was only tried."""
        self._outcome = TAKEN_BACK

    def __enter__(self) -> "Passage":
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        took = perf_counter() - self._entered
        outcome = self._came_to(error)
        figures().commands.labels(self.command, outcome).inc()
        figures().command_s.labels(self.command).observe(took)
        known = {"act": self._act.id} if outcome == DONE else {}
        logs.tell(
            "command",
            command=self.command,
            outcome=outcome,
            ms=round(took * 1000, 1),
            wait_ms=round(self._turn * 1000, 1),
            **known,
        )

    def _came_to(self, error: BaseException | None) -> str:
        if isinstance(error, CaseworkError):
            return type(error).__name__
        if self._outcome == TAKEN_BACK or (error is None and self._act is None):
            return self._outcome
        if error is not None:
            return FAULT
        return DONE if self._act.wrote else UNCHANGED


def timed_projection(project: P) -> P:
    """The same projection, timed."""

    def timed(*arguments: Any) -> None:
        started = perf_counter()
        project(*arguments)
        figures().projection_s.observe(perf_counter() - started)

    return timed  # type: ignore[return-value]
