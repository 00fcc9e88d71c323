"""Who took part in a visit, told by marks instead of names (参加人)."""

from collections.abc import Callable

_LENGTH = 16


def person_mark(name: str, mark: Callable[[str], str]) -> str:
    """The keyed mark of a person's name: the same name, the same mark; no name can be read from it."""
    return mark(f"person\n{name.strip()}")[:_LENGTH]


def people_of(participants: str, recorder: str, mark: Callable[[str], str]) -> list[str]:
    """The marks of all who took part: the recorder, and the participants written 姓名/职务/单位；…"""
    parts = participants.replace(";", "；").replace("\n", "；").replace("／", "/").split("；")
    names = {part.split("/")[0].strip() for part in parts} | {recorder.strip()}
    return sorted(person_mark(name, mark) for name in names if name)
