"""Personal data as they are sealed: what comes out is what went in, and short words take few bytes."""

from hypothesis import given
from hypothesis import strategies as some

from casework.store.private_text import packed, unpacked

SEALED_IN_2026 = bytes.fromhex(
    "01ab86297aba7dd3d38e0dcf162c4455fdbcaffb4543e3d31d1d70473f9bb3eac5faed4f1bdb810ca88e5a00"
)


@given(some.dictionaries(some.text(), some.text(max_size=2000)))
def test_what_comes_out_is_what_went_in(private):
    assert unpacked(packed(private)) == private


def test_names_of_fields_take_next_to_nothing():
    assert len(packed({"note": "已到校", "recorder": "王老师"})) < len("已到校王老师".encode()) + 12


def test_what_deflating_would_lengthen_stays_json():
    assert packed({}) == b"{}"
    assert unpacked(b'{"x":"y"}') == {"x": "y"}


def test_what_was_sealed_with_the_words_of_2026_is_opened_for_ever():
    assert unpacked(SEALED_IN_2026) == {"note": "已到校", "recorder": "王老师", "why": "未请假未到校"}
