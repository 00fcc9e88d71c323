"""Passwords (密码): argon2, a shortest length, and none of those that thieves try first.

No composition rules: they make people write `Abc12345!`. The list holds passwords known from leaks
and the habits of Chinese users (我爱你, birthdays of the keyboard, pinyin with 123).
"""

from functools import cache
from importlib.resources import files
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from casework.errors import BadInput

LONGEST = 200
"""argon2 reads all of it; nobody types more."""

_hasher = PasswordHasher()


@cache
def _nobody() -> str:
    """Checked when the login does not exist: both answers take the same time."""
    return _hasher.hash("nobody has this password")


def hash_of(password: str) -> str:
    """The argon2 hash of a password."""
    return _hasher.hash(password)


def fits(password_hash: str, password: str) -> bool:
    """Whether a password is the one behind a hash; "" is nobody's hash and fits nothing."""
    try:
        right = _hasher.verify(password_hash or _nobody(), password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return right and password_hash != ""


def is_old(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def check_new(password: str, *, shortest: int, login: str) -> None:
    """Raises BadInput with what to do for a password that is too short, too long or easily guessed."""
    if len(password) < shortest:
        raise BadInput(f"密码至少 {shortest} 个字符；可以用几个不相干的词连起来，好记又难猜")
    if len(password) > LONGEST:
        raise BadInput(f"密码最多 {LONGEST} 个字符")
    if _guessable(password.casefold(), login.casefold()):
        raise BadInput("这个密码太常见或和登录名太像，容易被猜到；请换一个，例如几个不相干的词连起来")


def _guessable(password: str, login: str) -> bool:
    plain = password.rstrip("0123456789!@#.。！")
    return (
        password in common()
        or len(set(password)) <= 2
        or (len(login) >= 3 and login in (password, plain, password[: len(login)]))
        or _is_run(password)
    )


def _is_run(password: str) -> bool:
    """Straight up or down the alphabet or the digits."""
    steps = {ord(after) - ord(before) for before, after in pairwise(password)}
    return steps in ({1}, {-1})


@cache
def common() -> frozenset[str]:
    """The most common leaked passwords, in small letters."""
    text = (files("casework.accounts") / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("# "))
