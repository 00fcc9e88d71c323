"""How a name is typed without Chinese: its spelling and its initials, for search (拼音、首字母)."""

import os
from functools import lru_cache

# Names are spelled character by character; the table of phrases costs a quarter of a second at every start.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")

from pypinyin import Style, lazy_pinyin


def spelled(name: str) -> tuple[str, str]:
    """("wanglei", "wl") of 王磊; letters and digits stay as they are, in lower case."""
    syllables = [_syllable(char) for char in name if not char.isspace() and char != "·"]
    return "".join(syllables)[:100], "".join(each[0] for each in syllables if each)[:40]


@lru_cache(maxsize=8192)
def _syllable(char: str) -> str:
    return "".join(lazy_pinyin(char, style=Style.NORMAL)).lower()
