"""Eight people who write while the server dies: what each sent, and what each was told is saved.

A person whose connection broke sends the very same form again, as a browser's reload does, or gives it
up; then nobody knows whether it was saved, and it may be there once or not at all.
"""

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import quote
from uuid import uuid4

from tests.faults.browser import Answer, Browser, Lost, filled, form_in, token_in
from tests.faults.site import CHILDREN, CLERK, HEAD, PASSWORD, TEACHER, FaultSite, number_of
from tests.support.letters import PERSUASION
from tests.support.rows import Row, pupil, visit
from tests.support.uploads import workbook

ROWS = 40
"""Of one imported workbook."""
_GIVES_UP = 0.3
_UNREACHED_S = 900
"""Before a test ends that will not: a machine that does much else may take minutes to start a process."""
_PEOPLE, _MINUTES = 8, 24 * 60
_LATER = (502, 503, 504)


class GivenUp(Exception):
    """The person did not try again."""


@dataclass
class Sent:
    """What everybody sent and was told. `visits`: text → address once saved, "" when nobody knows."""

    visits: dict[str, str] = field(default_factory=dict)
    letters: dict[str, str] = field(default_factory=dict)
    served: dict[str, str] = field(default_factory=dict)
    imported: dict[str, bool] = field(default_factory=dict)
    lost: Counter[str] = field(default_factory=Counter)
    refusals: list[Answer] = field(default_factory=list)

    @property
    def acknowledged(self) -> int:
        """How many writes were told to be saved; the people may go on meanwhile."""
        kinds = (self.visits, self.letters, self.served, self.imported)
        return sum(bool(told) for kind in kinds for told in tuple(kind.values()))


def _main(page: str) -> str:
    """What a page says, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.partition("<main")[2] or page))[:1500]


class Person(threading.Thread):
    """Writes one thing after the other until told to end, and then finishes what is under way."""

    def __init__(self, no: int, site: FaultSite, sent: Sent, seed: int) -> None:
        super().__init__(name=f"person-{no}", daemon=True)
        self.no, self.site, self.sent = no, site, sent
        self.chance = random.Random(f"{seed}/{no}")
        self.browser = Browser(site.servers[no % len(site.servers)].port)
        self.ending = threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        """Until `ending`; what went wrong is kept for the test."""
        try:
            self.sign_in()
            for turn in count():
                if self.ending.is_set():
                    return
                try:
                    self.write(turn)
                except GivenUp:
                    self.sent.lost["given up"] += 1
        except BaseException as failure:
            self.failure = failure

    login = ""

    def write(self, turn: int) -> None:
        """One thing, saved or given up."""
        raise NotImplementedError

    def sign_in(self) -> None:
        """With the password, however often it takes."""
        page = self.insist(lambda: self.browser.get("/sign-in"))
        fields = [("csrf_token", token_in(page.text)), ("login", self.login), ("password", PASSWORD)]
        self.insist(lambda: self.browser.send("/sign-in", fields), 302)

    def insist(self, ask: Callable[[], Answer], status: int = 200, *, may_give_up: bool = False) -> Answer:
        """The answer, asked for again and again while the server is away or says: later."""
        patience = time.monotonic() + _UNREACHED_S
        while True:
            try:
                answer = ask()
                if answer.status == status:
                    return answer
                if answer.status not in _LATER:
                    raise AssertionError((self.name, answer.status, answer.location, _main(answer.text)))
                self.sent.refusals.append(answer)
            except Lost:
                self.sent.lost["broken"] += 1
            if may_give_up and self.chance.random() < _GIVES_UP:
                raise GivenUp
            assert time.monotonic() < patience, f"{self.name} never got an answer"
            time.sleep(self.chance.uniform(0.1, 0.4))

    def save(self, address: str, fields: list[tuple[str, str]]) -> str:
        """Sends a form until it is saved; the address of what was saved."""
        saved = self.insist(lambda: self.browser.send(address, fields), 303, may_give_up=True)
        return saved.location.partition("?")[0]


class Visitor(Person):
    """A class teacher who records home visits."""

    login = TEACHER

    def write(self, turn: int) -> None:
        child_id = self.site.children[number_of(self.chance.randrange(CHILDREN // 2))]
        address = f"/children/{child_id}/visits/new"
        fields = form_in(self.insist(lambda: self.browser.get(address)).text)
        talk = f"第{self.no}人第{turn}次{uuid4().hex[:8]}"
        self.sent.visits[talk] = ""
        day, minute = divmod(turn * _PEOPLE + self.no, _MINUTES)  # the same visit told twice is refused
        said = {"met": "家长", "outcome": "犹豫", "talk": talk}
        when = {"on": f"2026-10-{8 - day:02d}", "start": f"{minute // 60:02d}:{minute % 60:02d}", "end": ""}
        self.sent.visits[talk] = self.save(address, filled(fields, **said, **when))


class Letterwriter(Person):
    """A head who issues a letter and records its service; each has children of its own."""

    login = HEAD

    def write(self, turn: int) -> None:
        own = range(CHILDREN // 2 + self.no % 2, CHILDREN, 2)
        child_id = self.site.children[number_of(own[turn % len(own)])]
        address = f"/cases/{child_id}/letters/new"
        page = self.insist(lambda: self.browser.get(f"{address}?kind={quote(PERSUASION)}"))
        fields = filled(form_in(page.text), again="y")
        form_id = dict(fields)["form_id"]
        self.sent.letters[form_id] = ""
        at = self.sent.letters[form_id] = self.save(address, fields)
        page = self.insist(lambda: self.browser.get(f"{at}/serve"))
        fields = filled(form_in(page.text), place="家里", recipient="家长", relation="母亲")
        self.sent.served[at] = ""
        self.sent.served[at] = self.save(f"{at}/serve", fields)


class Importer(Person):
    """A clerk who uploads workbooks, looks at the preview, has them written, and waits for the end."""

    login = CLERK

    def write(self, turn: int) -> None:
        kind, rows = self._rows(turn)
        run_id, content = uuid4().hex, workbook(rows)
        page = self.insist(lambda: self.browser.get("/import"))
        fields = [("csrf_token", token_in(page.text)), ("run", run_id), ("kind", kind)]
        self.sent.imported[run_id] = False
        self.insist(lambda: self.browser.send_file("/import", fields, "表.xlsx", content), 302)
        self._wait(run_id, "previewed")
        asked = [("csrf_token", token_in(page.text))]
        self.insist(lambda: self.browser.send(f"/import/{run_id}/apply", asked), 302)
        self._wait(run_id, "done")
        self.sent.imported[run_id] = True

    def _rows(self, turn: int) -> tuple[str, list[Row]]:
        """New children in one workbook, a visit of each in the next."""
        numbers = [f"N{self.no}{turn // 2:04d}{at:03d}" for at in range(ROWS)]
        if turn % 2 == 0:
            return "roster", [pupil(number) for number in numbers]
        return "visits", [visit("2026-10-08", number, 姓名=f"学生{number}") for number in numbers]

    def _wait(self, run_id: str, state: str) -> None:
        patience = time.monotonic() + _UNREACHED_S
        while f'"state":"{state}"' not in self._progress(run_id):
            assert time.monotonic() < patience, (run_id, state, self._progress(run_id))
            time.sleep(0.1)

    def _progress(self, run_id: str) -> str:
        told = self.insist(lambda: self.browser.get(f"/import/{run_id}/progress")).text.replace(" ", "")
        assert '"failed"' not in told, told
        return told


class People:
    """Four who record visits, two who issue letters, two who import; eight in all."""

    def __init__(self, site: FaultSite, seed: int) -> None:
        self.sent = Sent()
        kinds = (Visitor, Visitor, Letterwriter, Letterwriter, Visitor, Visitor, Importer, Importer)
        self._people = [kind(no, site, self.sent, seed) for no, kind in enumerate(kinds)]

    def begin(self) -> None:
        """All at once."""
        for person in self._people:
            person.start()

    def wait_for(self, more: int) -> None:
        """Until so many more writes were told to be saved."""
        wanted, patience = self.sent.acknowledged + more, time.monotonic() + _UNREACHED_S
        while self.sent.acknowledged < wanted:
            self._look()
            assert time.monotonic() < patience, "nobody gets anything saved"
            time.sleep(0.02)

    def end(self) -> Sent:
        """Each finishes what is under way; what they sent and were told."""
        for person in self._people:
            person.ending.set()
        for person in self._people:
            person.join(timeout=_UNREACHED_S)
            assert not person.is_alive(), f"{person.name} does not end"
        self._look()
        return self.sent

    def _look(self) -> None:
        for person in self._people:
            if person.failure is not None:
                raise person.failure
