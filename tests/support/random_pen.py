"""A form as a page sends it, and the pen that draws one at random from what the screens show."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from casework.commands import issue_letters, status_acts, transfer_asking, transfers
from casework.domain import statuses as s
from casework.domain.case_file import receiver_of
from casework.domain.values import Actor, Day, day_after
from casework.store.store import Reply
from tests.support.busy_county import SCHOOLS, Seen
from tests.support.rows import COUNTY, NEAR

Said = dict[str, Any]
Drawn = tuple[Callable[..., Reply], Said]

_SCHOOLS_KINDS = ("劝返复学通知书", "劝返复学通知书", "劝返无效书面报告", "义务教育入学通知书")
_ORDER = ("限期复学通知书",)
_CAUSES = ("上学远", "外出务工", "学习困难/厌学", "因病")
LOST = ("中途辍学", "中途辍学", "从未入学", "小升初未衔接")
_CHANGES = (*s.MOVES[""], s.RETURNED, s.RELAPSED, s.REOPENED, s.CLOSED, s.TRANSFERRING)


@dataclass(frozen=True)
class Form:
    """One click of one person. `form_id` is the command id; `about`: what the screen shows it is about."""

    form_id: str
    actor: Actor
    command: Callable[..., Reply]
    said: Said
    about: Said = field(default_factory=dict)


class Pen:
    """Draws forms from what was seen. `careless`: how often one is given by somebody it is no business of."""

    def __init__(self, rng: Random, seen: Seen, careless: float = 0.15) -> None:
        self.rng, self.seen, self.careless = rng, seen, careless

    def school(self, child_id: str, said: Said, command: Callable[..., Reply]) -> str:
        """The school whose business it is: the child's own; of a transfer's second half, the other."""
        file = self.seen.files[child_id]
        if command in (transfers.accept_transfer, transfers.refuse_transfer):
            return receiver_of(file)
        if command is transfer_asking.ask_transfer:
            return str(said["school"])
        return file.places[-1].school if file.places else NEAR

    def of(self, actor: Actor, command: Callable[..., Reply], said: Said) -> Form:
        """A form with a fresh id; a letter is mostly of a kind that the actor's unit issues."""
        if command is issue_letters.issue_letter:
            theirs = _SCHOOLS_KINDS if actor.unit in SCHOOLS else _ORDER
            kind = self.rng.choice(theirs if self.rng.random() < 0.8 else _SCHOOLS_KINDS + _ORDER)
            signer = "boss" if actor.unit == COUNTY else actor.account
            said = {**said, "signer": signer, "kind": kind}
        return Form(UUID(int=self.rng.getrandbits(128)).hex, actor, command, said)

    def day(self) -> Day:
        """Mostly today, sometimes weeks ago, now and then tomorrow."""
        back = self.rng.choice((0, 0, 0, 1, 2, 7, 20, -1))
        return day_after(self.seen.today, -back)

    def status_of(self, child_id: str) -> str:
        """The status as seen, "" before the first."""
        spans = self.seen.files[child_id].spans()
        return spans[-1].status if spans else ""

    def judged(self, child_id: str) -> int | None:
        """What a form shows of the file: as it stands, or as somebody saw it long ago."""
        now = self.seen.files[child_id].judged
        stale = max(now - 1, 0) if self.rng.random() < self.careless else now
        return self.rng.choice((stale, None))

    def no(self, child_id: str, ledger: str) -> int:
        """A fact of a ledger, else any number."""
        live = list(self.seen.files[child_id].ledgers[ledger].live)
        return self.rng.choice(live or [self.rng.randint(1, 9)])

    def status(self, child_id: str) -> status_acts.StatusAct:
        """Mostly a move that the table allows from the present status."""
        status = self.status_of(child_id)
        allowed = sorted(s.MOVES[status]) or [s.CLOSED]
        change = self.rng.choice(sorted(_CHANGES) if self.rng.random() < self.careless else allowed)
        back = s.status_of(change) == s.RETURNED
        return status_acts.StatusAct(
            on=self.day(),
            change=change,
            causes=self.causes(change),
            lost_type=self.rng.choice(LOST),
            placement="插班" if back else "",
            school=self.rng.choice(("", "", *SCHOOLS)) if back else "",
            outcome="确认辍学" if status == s.VERIFYING else "",
            private={"why": f"说明{self.rng.randint(1, 9)}"},
        )

    def reason(self, child_id: str) -> str:
        """Why a file is closed: of one that goes outside the county, mostly because it was taken there."""
        gone = self.status_of(child_id) == s.TRANSFERRING and self.rng.random() < 0.8
        return "转学已接收" if gone else self.rng.choice(("复学稳定", "毕业", "核查排除"))

    def causes(self, change: str) -> tuple[str, ...]:
        """Why; at times unsaid, where only a first suspicion is told."""
        some = self.rng.sample(_CAUSES, self.rng.choice((1, 1, 2)))
        return () if change == s.SUSPECTED and self.rng.random() < 0.4 else tuple(some)
