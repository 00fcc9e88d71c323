"""The right a command needs, declared where it is written and checked before it runs (操作权限)."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from casework.domain.permissions import ACTIONS, may
from casework.errors import NotAllowed
from casework.store.act import Act
from casework.store.store import Reply

P = ParamSpec("P")
Command = Callable[Concatenate[Act, P], Reply]

NEEDED: dict[str, str] = {}
"""Command → the action it needs: every command that a person gives is here."""


def needs(action: str) -> Callable[[Command[P]], Command[P]]:
    """Refuses the command to actors whose post does not carry the action."""
    if action not in ACTIONS:
        raise ValueError(f"no such action: {action}")

    def declare(command: Command[P]) -> Command[P]:
        NEEDED[command.__name__] = action

        @wraps(command)
        def run(act: Act, /, *args: P.args, **kwargs: P.kwargs) -> Reply:
            require(act, action)
            return command(act, *args, **kwargs)

        return run

    return declare


def require(act: Act, action: str) -> None:
    """Refuses an act that the actor's post does not carry."""
    if not may(act.actor.post, action):
        raise NotAllowed("您的岗位没有这项操作的权限；如有需要，请联系上级管理员", action=action)
