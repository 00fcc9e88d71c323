"""Codes on paper (一次性密码、备用码): easy to read aloud, drawn at random, kept as keyed hashes.

Twelve of 31 signs are 59 bits; with the key kept apart from the database a stolen backup helps nobody.
"""

import secrets

from casework.store.keys import KeyRing

_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
"""No 0/o, 1/l/i: they look alike on paper."""
_GROUPS, _IN_GROUP = 3, 4


def new_code() -> str:
    """A code such as `k7mp-3xqa-9tzw`."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(_IN_GROUP)) for _ in range(_GROUPS))


def mark_of(keys: KeyRing, purpose: str, login: str, code: str) -> str:
    """The keyed hash of a code; spaces, dashes and capitals do not matter. "" for what is no code."""
    plain = "".join(sign for sign in code.casefold() if sign.isalnum())
    if len(plain) != _GROUPS * _IN_GROUP:
        return ""
    return keys.hmac(f"account {purpose}", f"{login}\n{plain}")
