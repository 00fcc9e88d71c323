"""A command runs for posts that carry its action, and for nobody else."""

from types import SimpleNamespace
from typing import Any

import pytest

from casework.commands import rights
from casework.commands.rights import NEEDED, needs, require
from casework.domain.permissions import RECORD_VISIT
from casework.domain.values import Actor
from casework.errors import NotAllowed
from casework.store.act import Act


def act_of(post: str) -> Any:
    """As much of an act as a right asks for: who acts."""
    return SimpleNamespace(actor=Actor("login", "某人", post, "S1"))


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the command below did; its name leaves the register again."""
    monkeypatch.setattr(rights, "NEEDED", dict(NEEDED))
    return []


def command_of(ran: list[str]) -> Any:
    @needs(RECORD_VISIT)
    def write_down(act: Act, *, word: str) -> dict[str, Any]:
        """Writes a word."""
        ran.append(word)
        return {"word": word}

    return write_down


def test_a_post_that_carries_the_action_runs_the_command_and_gets_its_answer(ran: list[str]):
    assert command_of(ran)(act_of("班主任"), word="见到家长") == {"word": "见到家长"}
    assert ran == ["见到家长"]


@pytest.mark.parametrize("post", ["督导", "代理家长", "没有这个岗位", ""])
def test_any_other_post_is_refused_before_the_command_begins(post: str, ran: list[str]):
    with pytest.raises(NotAllowed, match="您的岗位没有这项操作的权限") as refused:
        command_of(ran)(act_of(post), word="见到家长")
    assert refused.value.ids == {"action": RECORD_VISIT}
    assert ran == []


def test_a_command_is_registered_under_its_own_name_with_the_action_it_needs(ran: list[str]):
    command = command_of(ran)
    assert (command.__name__, command.__doc__) == ("write_down", "Writes a word.")
    assert rights.NEEDED["write_down"] == RECORD_VISIT


def test_a_right_that_does_not_exist_can_not_be_asked_for():
    with pytest.raises(ValueError, match="no such action: record_vist"):
        needs("record_vist")


def test_what_is_asked_in_the_middle_of_a_command_is_refused_alike():
    require(act_of("校长"), RECORD_VISIT)
    with pytest.raises(NotAllowed):
        require(act_of("督导"), RECORD_VISIT)
