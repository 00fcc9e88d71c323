"""The small county at its letters: an authorised and an unauthorised subdistrict's child, and quick commands.

李大山 S2 (in T2)  out since 09-08, with an imported letter 第001号 of S2, not yet served.
"""

from typing import Any

from casework.commands.issue_letters import issue_letter, void_letter
from casework.commands.letter_service import Service, correct_service, record_attempt, record_service
from casework.domain.case_file import CaseFile
from casework.domain.values import Actor
from casework.projections.case_history import history_of
from tests.support.county import County
from tests.web.small_county import CLERK, HEAD_1, HEAD_2, MAYOR, NAMES

PERSUASION, ORDER, REPORT, ENTRY = (
    "劝返复学通知书",
    "限期复学通知书",
    "劝返无效书面报告",
    "义务教育入学通知书",
)
HEAD_OF_1 = Actor(HEAD_1, NAMES[HEAD_1], "校长", "S1")
HEAD_OF_2 = Actor(HEAD_2, NAMES[HEAD_2], "校长", "S2")
TOWNSHIP_1 = Actor(MAYOR, NAMES[MAYOR], "镇长", "T1")
COUNTY_DESK = Actor(CLERK, NAMES[CLERK], "基教股", "C1")

SERVED = {"place": "石桥村家里", "recipient": "张家长", "relation": "母亲", "server": "温若谷"}


def issue(county: County, actor: Actor, child: str, kind: str = PERSUASION, **more: Any) -> dict[str, Any]:
    """Issues a letter, signed by the actor unless said otherwise."""
    command_id = more.pop("command_id", "")
    arguments = {"child_id": child, "kind": kind, "signer": actor.account, **more}
    return county.casework.do(
        "issue_letter",
        lambda act, ref: issue_letter(act, ref, **arguments),
        actor=actor,
        command_id=command_id,
        content=arguments,
    )


def void(county: County, actor: Actor, child: str, no: int, reason: str = "写错班级", **more: Any) -> Any:
    """Voids a letter."""
    return county.casework.do(
        "void_letter",
        lambda act, ref: void_letter(act, ref, child_id=child, no=no, reason=reason, **more),
        actor=actor,
    )


def service(on: str, mode: str = "直接", at: str = "18:30", **said: str) -> Service:
    """A service that says everything a direct one needs."""
    return Service(on=on, mode=mode, at=at, private={**SERVED, **said})


def serve(county: County, actor: Actor, child: str, no: int, how: Service, reason: str = "") -> Any:
    """Records a service; with a reason, corrects it."""
    if reason:
        return county.casework.do(
            "correct_service",
            lambda act, ref: correct_service(act, ref, child_id=child, no=no, service=how, reason=reason),
            actor=actor,
        )
    return county.casework.do(
        "record_service",
        lambda act, ref: record_service(act, ref, child_id=child, no=no, service=how),
        actor=actor,
    )


def attempt(county: County, actor: Actor, child: str, no: int, how: Service) -> Any:
    """Records an attempt to serve."""
    return county.casework.do(
        "record_attempt",
        lambda act, ref: record_attempt(act, ref, child_id=child, no=no, attempt=how),
        actor=actor,
    )


def file_of(county: County, child: str) -> CaseFile:
    """The child's file as it stands."""
    with county.casework.reading() as reading:
        return history_of(reading.snapshot, child, open_private=False).file
