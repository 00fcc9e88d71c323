"""Words of a county's dictionaries as people write them (字典)."""

from collections.abc import Collection, Iterable
from unicodedata import normalize


def unknown_word(text: str, allowed: Iterable[str]) -> str:
    """Names the word, and those that may be used."""
    return f"“{text}”不在可选范围内，可填：{'、'.join(allowed)}"


def as_listed(text: str, allowed: Collection[str]) -> str:
    """The dictionary's word that differs from `text` in width at most (（ and (, ／ and /); else `text`."""
    if not text or text in allowed:
        return text
    folded = normalize("NFKC", text)
    return next((word for word in allowed if normalize("NFKC", word) == folded), text)
