"""What is said of a word that no dictionary of the county holds (字典)."""

from collections.abc import Iterable


def unknown_word(text: str, allowed: Iterable[str]) -> str:
    """Names the word, and those that may be used."""
    return f"“{text}”不在可选范围内，可填：{'、'.join(allowed)}"
