"""The aggregate of one school's 学年升级 in one year: begun once, carried on after an interruption, finished.

The pupils' new grades are roster entries of the same acts; here stands who began it when, and how many
pupils went up or left. Statuses of files are nobody's business here: a promotion changes none.
"""

from uuid import UUID, uuid5

from casework.domain.events import Aggregate

_NAMESPACE = UUID("c0a1a7b2-52a4-4c3f-9f57-3a0a3b0f7d51")

BEGUN, DONE, DECLARED = "begun", "done", "declared"


def promotion_id(school: str, year: int) -> UUID:
    """The aggregate's id: a school is promoted once a year."""
    return uuid5(_NAMESPACE, f"{year}\n{school}")


class Promotion(Aggregate):
    """One school's step into one school year. `state`: BEGUN, DONE, or DECLARED (名册已是新学年)."""

    TOPIC = "promotion"

    class Event(Aggregate.Event):
        """Anything that happens to it."""

        TOPIC = "promotion.Event"

    class Begun(Event, Aggregate.Created):
        """开始升级; `declared`: the roster was taken in the new grades, nothing is to be done."""

        TOPIC = "promotion.Begun"
        school: str
        year: int
        declared: bool

    class PupilsMoved(Event):
        """一批学生升级或离校; `stayed`: those who keep their grade by choice."""

        TOPIC = "promotion.PupilsMoved"
        up: int
        left_primary: int
        left_junior: int
        stayed: int

        def apply(self, aggregate: "Promotion") -> None:
            """Adds up."""
            aggregate.moved += self.up + self.left_primary + self.left_junior + self.stayed

    class Finished(Event):
        """升级完成."""

        TOPIC = "promotion.Finished"

        def apply(self, aggregate: "Promotion") -> None:
            """It is done."""
            aggregate.state = DONE

    def __init__(self, school: str, year: int, declared: bool) -> None:
        self.school, self.year = school, year
        self.state = DECLARED if declared else BEGUN
        self.moved = 0

    @classmethod
    def begin(cls, school: str, year: int, *, declared: bool = False) -> "Promotion":
        """The first act of it."""
        return cls._create(
            cls.Begun, id=promotion_id(school, year), school=school, year=year, declared=declared
        )

    def move(self, *, up: int, left_primary: int, left_junior: int, stayed: int) -> None:
        """Tells of one act's pupils."""
        self.trigger_event(
            self.PupilsMoved, up=up, left_primary=left_primary, left_junior=left_junior, stayed=stayed
        )

    def finish(self) -> None:
        """Nobody is left to move; told once."""
        if self.state != DONE:
            self.trigger_event(self.Finished)
