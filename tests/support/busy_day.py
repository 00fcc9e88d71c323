"""Days on which everybody acts: rounds of forms drawn at random, sent by many hands or by one.

By many hands the order is the machine's; by one hand the same seed is the same day again.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import func, select

from casework.commands.unit_acts import close_unit, reopen_unit
from casework.errors import CaseworkError
from casework.store.clock import instant
from casework.store.schema import act
from tests.oracle.world import Import
from tests.support.acts import take_acts
from tests.support.busy_county import seen_now
from tests.support.county import County
from tests.support.random_duties import duty_form
from tests.support.random_forms import child_form
from tests.support.random_offices import follow_form, office_form
from tests.support.random_pen import Form, Pen
from tests.support.random_roster import policy_row, roster_rows
from tests.support.random_year import year_form

PAUSES = (0, 1, 5, 30, 72)
SELDOM: tuple[tuple[float, Callable[[Pen], Form | None]], ...] = (
    (0.3, office_form),
    (0.5, year_form),
    (0.9, duty_form),
)
"""How often a round holds such a form."""


@dataclass(frozen=True)
class Taken:
    """What was acknowledged: a form with its answer, or a workbook; `act`: its last act."""

    act: int
    told: tuple[Form, dict[str, Any]] | Import


class Day:
    """One county through many rounds; what was acknowledged and what was refused, by form.

    `hands`: how many send at once. `forms`: drawn for a round from one look at the screens, so the more the
    staler. `pauses`: hours between rounds. `sheets`: a roster row now and then. `careless`: see `Pen`.
    `at_rest` is called after each round, when nobody writes.
    """

    def __init__(
        self,
        county: County,
        seed: int,
        *,
        hands: int = 8,
        forms: int = 16,
        pauses: tuple[int, ...] = PAUSES,
        sheets: bool = False,
        careless: float = 0.15,
    ) -> None:
        self.county, self.rng = county, Random(seed)
        self.hands, self.forms, self.pauses, self.sheets = hands, forms, pauses, sheets
        self.careless = careless
        self.replies: dict[str, Any] = {}
        self.refused: Counter[str] = Counter()
        self.sent: list[Form] = []
        self.imports: dict[int, Import] = {}
        self._hot: list[str] = []
        self._of_sheets: set[int] = set()
        self.at_rest: Callable[[], None] = lambda: None
        self.before = self.last_act()
        self._lock = threading.Lock()

    def go(self, rounds: int) -> None:
        """All rounds; after each the children of a merged school are all placed."""
        with ThreadPoolExecutor(self.hands) as hands:
            for _ in range(rounds):
                forms = self._round()
                list(hands.map(self.send, forms) if self.hands > 1 else map(self.send, forms))
                self._follow(form for form in forms if form.command in (close_unit, reopen_unit))
                self._take_sheet()
                self.at_rest()
                # A clock that stands still would stamp the next round at the very time just asked about.
                self.county.now += timedelta(hours=self.rng.choice(self.pauses), seconds=1)

    def _follow(self, forms: Iterable[Form]) -> None:
        for code in sorted({str(form.said["code"]) for form in forms}):
            while self.send(follow_form(self._pen(), code))["left"]:
                pass

    def _pen(self) -> Pen:
        return Pen(self.rng, seen_now(self.county), self.careless)

    def _round(self) -> list[Form]:
        """Forms that meet: about a few children who stay for a while; some sent twice, old ones again."""
        pen = self._pen()
        everybody = list(pen.seen.files)
        self._hot = self._hot[self.rng.choice((0, 1)) :]
        self._hot += self.rng.sample(everybody, 4 - len(self._hot))
        forms = [child_form(pen, self.rng.choice(self._hot)) for _ in range(self.forms)]
        drawn = [make(pen) for often, make in SELDOM if self.rng.random() < often]
        forms += [form for form in drawn if form]
        again = self.forms // 5
        twice = self.rng.sample(forms, again) + self.rng.sample(self.sent, min(again, len(self.sent)))
        self.sent += forms
        forms += twice
        self.rng.shuffle(forms)
        return forms

    def _take_sheet(self) -> None:
        if not self.sheets or self.rng.random() < 0.6:
            return
        pen = self._pen()
        if self.rng.random() < 0.1:
            self._imported(Import(self.county.now, "policy", [policy_row(pen)]))
            return
        for row in roster_rows(pen):
            self._imported(Import(self.county.now, "roster", [row]))

    def _imported(self, sheet: Import) -> None:
        """Takes a sheet of one row; one that is refused or says nothing new is not told."""
        before = self.last_act()
        if sheet.kind == "policy":
            take_acts(self.county, sheet)
        elif self.county.take(sheet.kind, sheet.rows).refused:
            return
        last = self.last_act()
        self._of_sheets |= set(range(before + 1, last + 1))
        if last > before:
            self.imports[last] = sheet

    def send(self, form: Form) -> Any:
        """Sends a form; anything but an answer or a refusal in words is a fault and breaks the test."""
        try:
            reply = self.county.casework.do(
                form.command.__name__,
                lambda act, ref: form.command(act, ref, **form.said),
                actor=form.actor,
                command_id=form.form_id,
                content={"said": repr(form.said)},
            )
        except CaseworkError as refusal:
            with self._lock:
                self.refused[type(refusal).__name__] += 1
            return None
        with self._lock:
            known = self.replies.get(form.form_id, (form, reply))[1]
            if not wrote_nothing(reply):
                assert known == reply or wrote_nothing(known), (form, known, reply)
                known = reply
            self.replies[form.form_id] = form, known
        return reply

    def acts_by_form(self) -> Counter[str]:
        """Acts of forms since the beginning, by command id."""
        with self.county.casework.store.engine.connect() as conn:
            rows = conn.execute(select(act.c.id, act.c.command_id).where(act.c.id > self.before))
            return Counter(row.command_id for row in rows if row.id not in self._of_sheets)

    def taken(self) -> list[tuple[Taken, Any]]:
        """Everything acknowledged in the order of its acts, with the instants at which it was recorded."""
        with self.county.casework.store.engine.connect() as conn:
            query = select(act.c.id, act.c.command_id, act.c.recorded_us).where(act.c.id > self.before)
            rows = list(conn.execute(query.order_by(act.c.id)))
        found: list[tuple[Taken, Any]] = []
        for row in rows:
            if row.id in self.imports:
                found.append((Taken(row.id, self.imports[row.id]), instant(row.recorded_us)))
            elif row.command_id in self.replies:
                found.append((Taken(row.id, self.replies[row.command_id]), instant(row.recorded_us)))
        return found

    def last_act(self) -> int:
        """The number of the last act."""
        with self.county.casework.store.engine.connect() as conn:
            return conn.scalar(select(func.max(act.c.id))) or 0


def wrote_nothing(reply: dict[str, Any]) -> bool:
    """Such an answer leaves no act, so the same form sent again is judged anew."""
    return reply.get("verb") == "unchanged" or reply.get("last") == ""
