"""Rows of a later roster, drawn at random: groups, homes, helpers that change; and rules and calendars
adopted anew."""

from datetime import date, timedelta

from casework.domain.values import day_after
from tests.oracle.duty_terms import NUMBERS, calendar_text, policy_text, told
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


def policy_row(pen: Pen) -> Row:
    """Other numbers for some rules of duties, or other school days, from a day before or after today."""
    rng, today = pen.rng, date.fromisoformat(pen.seen.today)
    since, version = today + timedelta(days=rng.randrange(-12, 8)), str(rng.getrandbits(32))
    if rng.random() < 0.5:
        days = [today + timedelta(days=number) for number in range(-20, 40)]
        closed = rng.sample([day for day in days if day.weekday() < 5], 4)
        made_up = rng.sample([day for day in days if day.weekday() > 4], 3)
        return {"name": "calendar", "from": f"{since}", "text": calendar_text(version, closed, made_up)}
    rules = rng.sample(sorted(set(NUMBERS) - {"returned.check"}), 4)
    changed: dict[str, tuple[int, ...]] = {rule: (rng.randrange(1, 13),) for rule in rules}
    text = policy_text(f"duties-{version}", changed)
    return {"name": "duties", "from": f"{since}", "text": text, "numbers": told(changed)}
