"""Rows of a later roster, drawn at random: groups, homes, helpers and classes that change."""

from casework.domain.values import day_after
from tests.support.random_pen import Pen
from tests.support.rows import HILL, VALLEY, Row, said

_CHANGES: tuple[Row, ...] = (
    {"特殊群体": "低保"},
    {"特殊群体": "低保；留守儿童"},
    {"特殊群体": "无"},
    {"现居住地代码": HILL},
    {"现居住地代码": VALLEY},
    {"户籍地代码": VALLEY},
    {"帮扶责任人": "帮一"},
    {"帮扶责任人": "教师teach"},
)


def roster_rows(pen: Pen) -> list[Row]:
    """One or two rows about children who have a 学籍号, from a day of the last weeks on."""
    numbers = sorted(number for number in pen.seen.numbers.values() if number)
    rows = []
    for number in pen.rng.sample(numbers, pen.rng.choice((1, 2))):
        on = day_after(pen.seen.today, -pen.rng.choice((0, 0, 2, 9, 20)))
        birth = {"出生日期": pen.seen.births[number]}
        rows.append(said(number, **birth, **pen.rng.choice(_CHANGES), 变动日期=on))
    return rows
