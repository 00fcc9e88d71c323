"""The cells of the weekly report: which row a fact falls into, and the figures of a row.

A row is a place: (code, stage). Every fact is counted twice in a table: in its stage's row and in
the row `all`, which is computed for itself (a move inside it is neither in nor out).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from casework.domain.statuses import (
    CLOSED,
    COMPULSORY,
    DEFERRED,
    DROPPED_OUT,
    HOME_TEACHING,
    OUT,
    RETURNED,
    SUSPECTED,
)

ALL = "all"
STAGES = (*COMPULSORY, ALL)
_LEAVING = {RETURNED: "returned", HOME_TEACHING: "taught", DEFERRED: "deferred", CLOSED: "closed"}
STOCKS = {SUSPECTED: "s", DROPPED_OUT: "d"}
GROUP_FIGURES = ("s_close", "d_close", "s_new", "d_new", "s_returned", "d_returned")

FLOWS = (
    "s_open", "d_open", "s_adj", "d_adj", "s_new", "confirmed", "d_new", "relapsed",
    "s_returned", "d_returned", "s_taught", "d_taught", "s_deferred", "d_deferred",
    "s_closed", "d_closed", "s_other", "d_other", "s_in", "d_in", "s_out", "d_out",
    "s_close", "d_close",
)  # fmt: skip
STATES = ("returned", "taught", "deferred", "watch", "verifying", "transferring")
TERM = ("term_s_new", "term_d_new", "term_returned")
WORK = ("visits", "visits_met", "children_visited", "letters_issued", "letters_served", "sessions")
DUTIES = ("duties_due", "duties_on_time", "duties_late", "duties_open")
_STATE_KEYS = {
    RETURNED: "returned",
    HOME_TEACHING: "taught",
    DEFERRED: "deferred",
    "watch": "watch",
    "verifying": "verifying",
    "transferring": "transferring",
}


class Where(NamedTuple):
    """A place as figures see it."""

    county: str
    township: str
    school: str
    stage: str


def flow_of(before: str, after: str) -> str:
    """The figure a change of status counts in; "" when it is not a movement of the two stocks."""
    if before in OUT:
        if after in OUT:
            return "confirmed" if (before, after) == (SUSPECTED, DROPPED_OUT) else ""
        return f"{STOCKS[before]}_{_LEAVING.get(after, 'other')}"
    return f"{STOCKS[after]}_new" if after in OUT else ""


@dataclass
class Figures:
    """The counts of one row."""

    n: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    groups: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    visited: set[str] = field(default_factory=set)
    tenths: int = 0

    def any(self) -> bool:
        """Whether anything at all is counted here."""
        return any(self.n.values()) or bool(self.reasons) or bool(self.visited)

    def as_json(self, *, by_pupils: bool) -> dict[str, Any]:
        """The row's keys in the report's order. `by_pupils`: the rate is per pupil, as in schools rows."""
        n = self.n
        return {
            **{key: n[key] for key in FLOWS},
            **{key: n[key] for key in STATES},
            "d_never": n["d_never"],
            "closed_by_reason": dict(sorted(self.reasons.items())),
            "d_by_cause": dict(sorted(self.causes.items())),
            **{key: n[key] for key in TERM},
            **{key: n[key] for key in WORK if key != "children_visited"},
            "children_visited": len(self.visited),
            "session_hours": self.tenths // 10 if self.tenths % 10 == 0 else self.tenths / 10,
            **{key: n[key] for key in DUTIES},
            "pupils": n["pupils"],
            "due_children": n["due_children"],
            "dropout_rate": _rate(n["d_close"], n["pupils"] if by_pupils else n["due_children"]),
            "filing": "none",
            "groups": {
                name: {key: counts[key] for key in GROUP_FIGURES}
                for name, counts in sorted(self.groups.items())
                if any(counts.values())
            },
        }


def _rate(part: int, whole: int) -> float | None:
    if not whole:
        return None
    return float((Decimal(part) / Decimal(whole)).quantize(Decimal("0.0001"), ROUND_HALF_UP))


class Grid:
    """One table of the report: rows by (code, stage). `code_of`: the row of a place, None outside the set."""

    def __init__(self, code_of: Callable[[Where], str | None]) -> None:
        self._code_of = code_of
        self.rows: defaultdict[tuple[str, str], Figures] = defaultdict(Figures)

    def code(self, where: Where) -> str | None:
        """The row's code when the place is counted at all: in the unit's set and of compulsory stage."""
        return self._code_of(where) if where.stage in COMPULSORY else None

    def at(self, where: Where) -> Iterator[Figures]:
        """The two rows a fact at this place counts in; none when it is outside the set."""
        code = self.code(where)
        if code is not None:
            yield self.rows[code, where.stage]
            yield self.rows[code, ALL]

    def move(self, stock: str, before: Where, after: Where, n: int = 1) -> None:
        """A child moved while in a stock: out of one row and in the other, where the row differs."""
        old, new = self.code(before), self.code(after)
        for old_stage, new_stage in ((before.stage, after.stage), (ALL, ALL)):
            if (old, old_stage) == (new, new_stage):
                continue
            if old is not None:
                self.rows[old, old_stage].n[f"{stock}_out"] += n
            if new is not None:
                self.rows[new, new_stage].n[f"{stock}_in"] += n

    def codes(self) -> set[str]:
        """The codes where anything is counted."""
        return {code for (code, _), figures in self.rows.items() if figures.any()}


def state_key(status: str) -> str | None:
    """The figure of children held in a status at the end of the week, other than the two stocks."""
    return _STATE_KEYS.get(status)
