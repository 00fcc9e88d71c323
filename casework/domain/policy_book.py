"""The aggregate of one policy document: every text that was adopted, and from which day (政策采用)."""

from uuid import UUID, uuid5

from casework.domain.events import Aggregate
from casework.domain.policy_documents import parse
from casework.domain.values import Day

_NAMESPACE = UUID("9a1b9d7e-52a4-4b0c-8a55-2c7c7b1f0e33")


def policy_id(name: str) -> UUID:
    """The aggregate's id of a document name."""
    return uuid5(_NAMESPACE, name)


class PolicyBook(Aggregate):
    """All adoptions of one document. `adopted` is the list of (effective_from, text), oldest first."""

    TOPIC = "policy"

    class Event(Aggregate.Event):
        """Anything that happens to a policy document."""

        TOPIC = "policy.Event"

    class Opened(Event, Aggregate.Created):
        """The document exists by this name."""

        TOPIC = "policy.Opened"
        name: str

    class PolicyAdopted(Event):
        """政策采用: the whole text, so that upgrading the program changes no county's rules."""

        TOPIC = "policy.Adopted"
        name: str
        effective_from: Day
        text: str

        def apply(self, aggregate: "PolicyBook") -> None:
            """Adds the adoption."""
            aggregate.adopted.append((self.effective_from, self.text))

    def __init__(self, name: str) -> None:
        self.name = name
        self.adopted: list[tuple[Day, str]] = []

    @classmethod
    def open(cls, name: str) -> "PolicyBook":
        """A new document."""
        return cls._create(cls.Opened, id=policy_id(name), name=name)

    def adopt(self, text: str, effective_from: Day) -> bool:
        """Adopts a text from a day on; False when it says what already holds from that day."""
        parse(self.name, text)
        if self.adopted and self.adopted[-1] == (effective_from, text):
            return False
        self.trigger_event(self.PolicyAdopted, name=self.name, effective_from=effective_from, text=text)
        return True
