"""The text of a letter: the county's words with the facts of one child put in, then frozen (文书正文)."""

from collections.abc import Mapping

from casework.domain.letter_policy import FIELDS, LetterKind, fields_of
from casework.domain.values import Day
from casework.errors import BadInput

LONGEST_ANSWER = 1000
_NOT_SAID = {
    "school": "未在学校就读的",
    "room": "",
    "cause": "未查明",
    "lost_type": "未填",
    "home": "（住址未登记）",
}
"""What stands where a fact is not known; a letter is not refused for it."""


def printed_day(day: Day) -> str:
    """2026年9月14日; "" for no day."""
    return f"{int(day[:4])}年{int(day[5:7])}月{int(day[8:])}日" if day else ""


def answers_fault(kind: LetterKind, answers: Mapping[str, str]) -> str:
    """What is wrong with what was typed for a letter; "" when nothing is."""
    for name, label in kind.asks.items():
        text = answers.get(name, "").strip()
        if not text:
            return f"请填写“{label}”"
        if fault := too_long(label, text, LONGEST_ANSWER):
            return fault
    return ""


def too_long(label: str, text: str, longest: int) -> str:
    """Says that a text is too long, and how long it may be; "" when it is not."""
    if len(text) <= longest:
        return ""
    return f"“{label}”最多 {longest} 个字，现在有 {len(text)} 个字；请写要点，长材料另存为附件"


def letter_text(kind: LetterKind, facts: Mapping[str, str], answers: Mapping[str, str]) -> str:
    """The text with everything put in, a paragraph a line.

    Raises BadInput naming the facts that the text needs and that are not known.
    """
    said = {**facts, **{name: text.strip() for name, text in answers.items() if name in kind.asks}}
    said["basis"] = kind.basis
    said |= {name: said.get(name) or words for name, words in _NOT_SAID.items()}
    lacking = [
        FIELDS.get(name, name) for name in fields_of(kind.text) if name != "room" and not said.get(name)
    ]
    if lacking:
        raise BadInput(f"正文要写{'、'.join(lacking)}，现在没有；请先补上再签发")
    lines = (line.strip() for line in kind.text.strip().splitlines())
    # Put in in one pass: braces in what was typed stay what they are.
    return "\n".join(_filled(line, said) for line in lines if line)


def _filled(line: str, said: Mapping[str, str]) -> str:
    return line.format_map({name: " ".join(str(text).split()) for name, text in said.items()})
