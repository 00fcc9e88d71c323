"""责任事项的规则: who must do what, triggered by what, within how long, done by which event.

A document of rows, replaced as a whole from a day on. What a row may say is fixed here; what it says
is the county's.
"""

from collections.abc import Collection
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from casework.domain.policy import Document
from casework.domain.statuses import STATUS_NAMES

STATUS_WORDS = {name.partition("(")[0]: code for code, name in STATUS_NAMES.items()}
"""The words of a rule for the statuses: 疑似辍学, 已复学 … → code."""

StatusWord = Literal[
    "重点关注", "待核查", "疑似辍学", "辍学", "已复学", "送教上门", "缓学休学", "转学办理中", "销号"
]
Trigger = Literal[
    "absence",
    "out",
    "letter_issued",
    "letter_served",
    "deadline_passed",
    "returned",
    "deferral_ends",
    "closure_proposed",
    "week",
    "school_week",
    "month",
    "quarter",
]
PERIODS = ("week", "school_week", "month", "quarter")
"""Triggers that come round: each period that opens while the child is in the status has its duty."""

ISSUER = "签发单位"
"""The role of a rule that falls to the head of the unit that issued the letter."""

_MONTH_DAY = r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]|end)$"
_FROZEN = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Within(BaseModel):
    """How long: days as the calendar runs, school days, working days; to the deadline or the period's end."""

    model_config = _FROZEN
    days: int | None = Field(default=None, ge=0, le=366)
    school_days: int | None = Field(default=None, ge=0, le=200)
    working_days: int | None = Field(default=None, ge=1, le=200)
    deadline: bool = False
    period: bool = False


class While(BaseModel):
    """What must hold for the duty to exist and go on."""

    model_config = _FROZEN
    absent: bool = False
    pending: bool = False
    in_: tuple[StatusWord, ...] = Field(default=(), alias="in")
    not_in: tuple[StatusWord, ...] = ()

    def holds(self, status: str) -> bool:
        """Whether a status ("" before the first) is one of those named, or none of those excluded."""
        return status in self.statuses

    @cached_property
    def statuses(self) -> frozenset[str]:
        """The statuses it holds in, "" among them when it holds before the first."""
        if self.in_:
            return frozenset(STATUS_WORDS[word] for word in self.in_)
        return frozenset(("", *STATUS_NAMES)) - {STATUS_WORDS[word] for word in self.not_in}


class Fulfilment(BaseModel):
    """The event that fulfils: its kind, and what it must be like."""

    model_config = _FROZEN
    kind: Literal[
        "visit", "status", "report", "letter", "service", "check", "session", "decision", "proposal"
    ]
    modes: tuple[str, ...] = ()
    participants: int = Field(default=0, ge=0, le=20)
    since: Literal["beginning", "absence"] = "beginning"
    statuses: tuple[StatusWord, ...] = ()
    letters: tuple[str, ...] = ()
    with_: Literal["", "village", "township", "helper"] = Field(default="", alias="with")


class Rule(BaseModel):
    """One row about a child. `why` is the rule in words, as people read it."""

    model_config = _FROZEN
    name: str = Field(pattern=r"^[a-z_]+\.[a-z_]+$")
    role: str
    posts: tuple[str, ...] = ()
    must: str
    why: str
    on: Trigger
    nth_school_day: int = Field(default=0, ge=0, le=60)
    school_days: tuple[int, ...] = ()
    days_before: int = Field(default=0, ge=0, le=366)
    letters: tuple[str, ...] = ()
    except_: tuple[str, ...] = Field(default=(), alias="except")
    unbroken: bool = False
    within: Within = Within()
    while_: While = Field(alias="while")
    fulfilled_by: Fulfilment


class UnitRule(BaseModel):
    """One row about a unit itself, falling due on the same days each year (`MM-DD`, `02-end`)."""

    model_config = _FROZEN
    name: str = Field(pattern=r"^[a-z_.]+$")
    role: str
    posts: tuple[str, ...] = ()
    must: str
    why: str
    due: tuple[str, ...] = Field(min_length=1)
    days_before: int = Field(default=0, ge=0, le=366)
    from_: tuple[str, ...] = Field(default=(), alias="from")


class Role(BaseModel):
    """A place in the chain (角色): the posts that fill it, at which level, and who stands above it."""

    model_config = _FROZEN
    name: str
    title: str
    level: Literal["class", "school", "village", "township", "county", "guardian", "helper"]
    posts: tuple[str, ...]
    above: tuple[str, ...]


class Chain(BaseModel):
    """The pages of the chain (六长, 七长 …), in order.

    `silent_days`: a child out of school for whom nothing was done for so long is counted as silent.
    """

    model_config = _FROZEN
    name: str
    roles: tuple[str, ...] = Field(min_length=1)
    silent_days: int = Field(default=14, ge=1, le=366)


class Escalation(BaseModel):
    """After how many days overdue the level above is shown a duty, and after how many the top."""

    model_config = _FROZEN
    after_days: int = Field(ge=0, le=366)
    top_after_days: int = Field(ge=0, le=366)
    top: str


class DutyPolicy(Document):
    """责任事项: the chain, its rules, and when they escalate."""

    model_config = _FROZEN
    roles: tuple[Role, ...] = Field(min_length=1)
    chain: Chain
    escalation: Escalation
    rules: tuple[Rule, ...]
    unit_rules: tuple[UnitRule, ...] = ()

    @model_validator(mode="after")
    def _chain_is_whole(self) -> "DutyPolicy":
        """Every role that is named exists; nobody stands above oneself; no rule is there twice."""
        known = {role.name: role for role in self.roles}
        for role in self.roles:
            _known(known, role.above, f"roles.{role.name}.above")
        _known(known, self.chain.roles, "chain.roles")
        _known(known, [self.escalation.top], "escalation.top")
        for rule in self.rules:
            _known([*known, ISSUER], [rule.role], f"rules.{rule.name}.role")
        for unit_rule in self.unit_rules:
            _known(known, [unit_rule.role], f"unit_rules.{unit_rule.name}.role")
        for role in self.roles:
            _no_circle(known, role.name, (role.name,))
        for rule in self.rules:
            wanted = rule.fulfilled_by
            if rule.on in PERIODS and (wanted.kind not in ("visit", "session") or wanted.modes):
                raise ValueError(f"rules.{rule.name}.fulfilled_by：按周月季的规则只能由走访或送教办结")
        names = [rule.name for rule in self.rules]
        for name in {name for name in names if names.count(name) > 1}:
            raise ValueError(f"rules.{name}：同名的规则出现多次，应只有一条")
        return self

    def role(self, name: str) -> Role:
        """The role of this name. Raises KeyError: a document names no unknown role."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Role]:
        return {role.name: role for role in self.roles}

    def rule(self, name: str) -> Rule | None:
        """The rule of this name, None when this version has none."""
        return next((rule for rule in self.rules if rule.name == name), None)


def _known(known: Collection[str], named: Collection[str], where: str) -> None:
    for name in named:
        if name not in known:
            raise ValueError(f"{where}：没有“{name}”这个角色，应为 {'、'.join(known)} 之一")


def _no_circle(known: dict[str, Role], name: str, path: tuple[str, ...]) -> None:
    for above in known[name].above:
        if above in path:
            raise ValueError(f"roles.{path[0]}.above：上一级成环（{'→'.join((*path, above))}），应逐级向上")
        _no_circle(known, above, (*path, above))
