"""What became of handing a message over: only what is definite counts as definite."""

from dataclasses import dataclass

TAKEN, NOT_TAKEN, UNCERTAIN = "taken", "not_taken", "uncertain"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reason` is shown to people; it holds no secret and no address.

    `for_good`: trying again would be refused alike. `broken`: the channel itself is out of order, so that
    the next message would fare no better now.
    """

    how: str
    reason: str = ""
    for_good: bool = False
    broken: bool = False


def taken() -> Outcome:
    """The channel said that it has the message."""
    return Outcome(TAKEN)


def refused(reason: str, *, for_good: bool = False, broken: bool = False) -> Outcome:
    """The channel definitely has not got it."""
    return Outcome(NOT_TAKEN, reason, for_good, broken)


def uncertain(reason: str) -> Outcome:
    """It was handed over, and nobody said what became of it."""
    return Outcome(UNCERTAIN, reason)
