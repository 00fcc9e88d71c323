"""The text of a cell as a value."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.importers.cells import (
    parse_clock,
    parse_count,
    parse_day,
    parse_hours_tenths,
    parse_money_fen,
    parse_yes_no,
    split_names,
)


@pytest.mark.parametrize(
    "written",
    [
        "2026-09-14",
        "2026-9-14",
        "2026/9/14",
        "2026.9.14",
        "2026年9月14日",
        "2026 年 9 月 14 日",
        "2026年9月14",
        "2026年9月14号",
        "20260914",
        "２０２６－０９－１４",
        "2026–09–14",
        " 2026-09-14 ",
        "2026-09-14 00:00:00",
        "2026/9/14 8:30",
        "2026-09-14T08:30:00",
    ],
)
def test_a_day_is_read_in_every_usual_writing(written: str) -> None:
    assert parse_day(written) == "2026-09-14"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("2026-02-30", "不存在"),
        ("2026年13月1日", "不存在"),
        ("20260931", "不存在"),
        ("0226-09-14", "年份"),
        ("46279", "日期序号"),
        ("26-9-14", "不是日期"),
        ("2026-09", "不是日期"),
        ("2026/9-14", "不是日期"),
        ("九月十四", "不是日期"),
    ],
)
def test_what_is_no_day_is_refused_with_its_reason(written: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refusal:
        parse_day(written)
    assert written in str(refusal.value)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2199, 12, 31)))
def test_every_day_is_read_in_every_writing(day: date) -> None:
    year, month, number = day.year, day.month, day.day
    for written in (
        f"{year}/{month}/{number}",
        f"{year}年{month}月{number}日",
        f"{day:%Y%m%d}",
        day.isoformat(),
    ):
        assert parse_day(written) == day.isoformat()


@pytest.mark.parametrize(
    ("written", "clock"),
    [
        ("8:30", "08:30"),
        ("08:30", "08:30"),
        ("8：30", "08:30"),
        ("８：３０", "08:30"),
        ("8:30:59", "08:30"),
        ("8点30分", "08:30"),
        ("8点半", "08:30"),
        ("8时", "08:00"),
        ("8点整", "08:00"),
        ("下午3:05", "15:05"),
        ("下午 3点", "15:00"),
        ("上午9:00", "09:00"),
        ("下午12:30", "12:30"),
        ("0:00", "00:00"),
        ("2026-09-14 08:30:00", "08:30"),
    ],
)
def test_a_time_of_day_is_read_in_every_usual_writing(written: str, clock: str) -> None:
    assert parse_clock(written) == clock


@pytest.mark.parametrize("written", ["24:00", "8:60", "830", "8", "早上", "2026-09-14", "36:00", "8:3"])
def test_what_is_no_time_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="时间"):
        parse_clock(written)


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("1250", 125000),
        ("1,250.00", 125000),
        ("625.5", 62550),
        ("￥625.55元", 62555),
        ("１２５０．００", 125000),
        ("0", 0),
    ],
)
def test_money_is_read_as_whole_fen(written: str, fen: int) -> None:
    assert parse_money_fen(written) == fen


@pytest.mark.parametrize("written", ["1.234", "-5", "1,25", "五百", "1e3", "0.5万", "1.2.3"])
def test_what_is_no_money_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"金额"):
        parse_money_fen(written)


@pytest.mark.parametrize(
    ("written", "tenths"), [("3", 30), ("1.5", 15), ("２", 20), ("2.0", 20), ("0.5", 5), ("3课时", 30)]
)
def test_teaching_hours_are_read_as_whole_tenths(written: str, tenths: int) -> None:
    assert parse_hours_tenths(written) == tenths


@pytest.mark.parametrize("written", ["0", "0.0", "-1", "1.25", "两", "1:30"])
def test_what_is_no_teaching_hours_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="课时"):
        parse_hours_tenths(written)


def test_a_number_of_days_is_whole_and_positive() -> None:
    assert [parse_count(text) for text in ("7", "７", "7天", "10日")] == [7, 7, 7, 10]
    for written in ("0", "-7", "7.5", "一周"):
        with pytest.raises(ValueError, match="天数"):
            parse_count(written)


def test_yes_and_no_are_read_in_the_fields_own_words() -> None:
    assert all(parse_yes_no(text) is True for text in ("是", "有", "Y", "yes", "√", "1", "TRUE", "Ｙ"))
    assert all(parse_yes_no(text) is False for text in ("否", "无", "没有", "N", "no", "×", "0"))
    with pytest.raises(ValueError, match="是或否"):
        parse_yes_no("不清楚")


@pytest.mark.parametrize(
    "parse", [parse_day, parse_clock, parse_money_fen, parse_hours_tenths, parse_count, parse_yes_no]
)
def test_an_empty_cell_says_nothing(parse: Callable[[str], object]) -> None:
    assert parse("") is None and parse("　") is None


def test_names_are_split_at_the_signs_in_use_and_left_as_typed() -> None:
    assert split_names("低保、残疾学生,孤儿；留守儿童; 单亲，低保\n本人重病；") == [
        "低保",
        "残疾学生",
        "孤儿",
        "留守儿童",
        "单亲",
        "本人重病",
    ]
    assert split_names("张三/班主任/某校；阿依·买买提/村支书/某村") == [
        "张三/班主任/某校",
        "阿依·买买提/村支书/某村",
    ]
    assert split_names("") == []
