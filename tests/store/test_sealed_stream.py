"""A sealed stream gives back what was written, or says that it is not that."""

import io

import pytest

from casework.errors import BadInput
from casework.store.sealed_stream import HEAD_SIZE, PART, DamagedFile, SealedReader, SealedWriter, WrongKey

KEY = bytes(range(32))
SEALED = PART + 16


def sealed(plain: bytes, key: bytes = KEY) -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file, key)
    for start in range(0, len(plain), 100_000):
        writer.write(plain[start : start + 100_000])
    writer.finish()
    return file.getvalue()


def opened(stored: bytes, key: bytes = KEY) -> bytes:
    return io.BufferedReader(SealedReader(io.BytesIO(stored), key)).read()


@pytest.fixture(scope="module")
def plain() -> bytes:
    """Three parts, the last not full; no two alike."""
    return b"".join(number.to_bytes(4, "big") for number in range((2 * PART + 1000) // 4))


@pytest.fixture(scope="module")
def stored(plain: bytes) -> bytes:
    return sealed(plain)


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 2 * PART])
def test_any_length_comes_out_as_it_went_in(size):
    content = b"\xa5" * size
    assert opened(sealed(content)) == content


def test_the_same_words_are_never_sealed_alike(plain, stored):
    assert opened(stored) == plain
    assert sealed(plain)[HEAD_SIZE : HEAD_SIZE + 64] != stored[HEAD_SIZE : HEAD_SIZE + 64]


def test_a_changed_byte_is_seen_wherever_it_is(stored):
    ends = [HEAD_SIZE + SEALED, HEAD_SIZE + 2 * SEALED]
    for place in (*range(HEAD_SIZE), HEAD_SIZE, ends[0] - 1, ends[0], ends[1] - 1, ends[1], len(stored) - 1):
        changed = bytearray(stored)
        changed[place] ^= 1
        with pytest.raises(DamagedFile):
            opened(bytes(changed))


def test_a_file_cut_short_is_seen_also_between_two_parts(stored):
    for length in (0, 10, HEAD_SIZE, HEAD_SIZE + SEALED, HEAD_SIZE + 2 * SEALED, len(stored) - 1):
        with pytest.raises(DamagedFile):
            opened(stored[:length])


def test_parts_added_exchanged_left_out_or_of_another_file_are_seen(plain, stored):
    head, one = stored[:HEAD_SIZE], stored[HEAD_SIZE : HEAD_SIZE + SEALED]
    two, last = stored[HEAD_SIZE + SEALED : HEAD_SIZE + 2 * SEALED], stored[HEAD_SIZE + 2 * SEALED :]
    other = sealed(plain)[HEAD_SIZE : HEAD_SIZE + SEALED]
    for parts in (
        (two, one, last),
        (one, last),
        (one, two, two, last),
        (one, two, last, b"x"),
        (other, two, last),
    ):
        with pytest.raises(DamagedFile):
            opened(b"".join((head, *parts)))


def test_a_wrong_key_is_told_from_damage(stored):
    with pytest.raises(WrongKey, match="CASEWORK_BACKUP_KEY"):
        opened(stored, bytes(32))


def test_a_later_format_asks_for_a_newer_program():
    file = io.BytesIO()
    with pytest.MonkeyPatch.context() as later:
        later.setattr("casework.store.sealed_stream.FORMAT", 2)
        SealedWriter(file, KEY).finish()
    with pytest.raises(BadInput, match="先升级"):
        opened(file.getvalue())
