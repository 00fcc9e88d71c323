"""Keys: what is sealed opens only where it belongs, and never again once the key is destroyed."""

import pytest

from casework.store.database import reading, writing
from casework.store.keys import ChildKeys, KeyDestroyed, KeyRing, Tampered

PINNED = "1ec839aa66a1641bf9e780424b5c63a1bea17b43f3938dee58909a17698ece10"
CHILD, OTHER = "a" * 32, "b" * 32


def seal(engine, keys: KeyRing, text: bytes = b"words", aad: bytes = b"here") -> bytes:
    with writing(engine) as conn:
        children = keys.on(conn)
        sealed = children.seal(CHILD, text, aad)
        children.flush()
    return sealed


def test_sealed_words_open_in_a_later_transaction(engine, keys):
    sealed = seal(engine, keys)
    assert b"words" not in sealed
    with reading(engine) as conn:
        assert keys.on(conn).open(CHILD, sealed, b"here") == b"words"


def test_equal_words_are_sealed_differently_each_time(engine, keys):
    assert seal(engine, keys) != seal(engine, keys)


@pytest.mark.parametrize("change", ["aad", "bytes", "cut"])
def test_what_was_changed_or_moved_does_not_open(engine, keys, change):
    sealed = seal(engine, keys)
    aad = b"there" if change == "aad" else b"here"
    blob = {"bytes": sealed[:-1] + bytes([sealed[-1] ^ 1]), "cut": sealed[:5]}.get(change, sealed)
    with reading(engine) as conn, pytest.raises(Tampered):
        keys.on(conn).open(CHILD, blob, aad)


def test_another_master_key_opens_nothing(engine, keys):
    sealed = seal(engine, keys)
    with reading(engine) as conn, pytest.raises(Tampered):
        KeyRing(b"x" * 32).on(conn).open(CHILD, sealed, b"here")


def test_a_key_moved_to_another_child_does_not_unwrap(keys):
    with pytest.raises(Tampered):
        keys.unwrap(OTHER, keys.wrap(CHILD, b"k" * 32))


def test_a_destroyed_key_opens_nothing_and_seals_nothing_more(engine, keys):
    sealed = seal(engine, keys)
    with writing(engine) as conn:
        children = keys.on(conn)
        assert children.open(CHILD, sealed, b"here") == b"words"
        assert children.destroy(CHILD)
        assert children.open(CHILD, sealed, b"here") is None
        assert not children.destroy(CHILD)
    with writing(engine) as conn, pytest.raises(KeyDestroyed, match="已清除"):
        keys.on(conn).seal(CHILD, b"more", b"here")


def test_erasing_a_child_nothing_was_sealed_for_still_refuses_later_words(engine, keys):
    with writing(engine) as conn:
        assert not keys.on(conn).destroy(CHILD)
    with writing(engine) as conn, pytest.raises(KeyDestroyed):
        keys.on(conn).seal(CHILD, b"words", b"here")


def test_without_any_key_it_reads_as_erased(engine, keys):
    with reading(engine) as conn:
        assert keys.on(conn).open(OTHER, b"0" * 40, b"here") is None


def test_keys_of_many_children_are_read_in_one_query(engine, keys, queries):
    with writing(engine) as conn:
        children = keys.on(conn)
        sealed = {f"{n:032x}": children.seal(f"{n:032x}", b"w", b"") for n in range(50)}
        children.flush()
    queries.clear()
    with reading(engine) as conn:
        children = keys.on(conn)
        children.fetch(sealed)
        assert all(children.open(child, blob, b"") == b"w" for child, blob in sealed.items())
    assert len([q for q in queries if "child_key" in q]) == 1


def test_a_keyed_hash_depends_on_kind_text_and_master_key_and_stays_the_same_for_ever():
    ring = KeyRing(bytes(range(32)))
    assert ring.hmac("certificate", "11010519491231002X") == PINNED
    assert ring.hmac("certificate", b"11010519491231002X") == PINNED
    assert ring.hmac("other", "11010519491231002X") != PINNED
    assert KeyRing(b"x" * 32).hmac("certificate", "11010519491231002X") != PINNED


def test_a_master_key_of_another_length_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        KeyRing(b"short")


def test_new_keys_are_forgotten_with_what_was_undone(engine, keys):
    with reading(engine) as conn:
        children: ChildKeys = keys.on(conn)
        sealed = children.seal(CHILD, b"w", b"")
        children.forget()
        assert children.open(CHILD, sealed, b"") is None
