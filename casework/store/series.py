"""Number series: the next letter number of an issuer, kind and year; no gap, no repeat.

A number is given inside the act that uses it: an act that fails gives it back by its rollback.
"""

from sqlalchemy import Connection, insert, select, update

from casework.store.schema import number_series

_n = number_series.c


def next_number(conn: Connection, issuer: str, kind: str, year: int) -> int:
    """Give the next number of the series, from 1. Only under the writers' lock."""
    given: int | None = conn.scalar(
        update(number_series)
        .where(_n.issuer == issuer, _n.kind == kind, _n.year == year)
        .values(last=_n.last + 1)
        .returning(_n.last)
    )
    if given is not None:
        return given
    conn.execute(insert(number_series).values(issuer=issuer, kind=kind, year=year, last=1))
    return 1


def raise_number(conn: Connection, issuer: str, kind: str, year: int, at_least: int) -> bool:
    """After this the series goes on above `at_least` (an imported number). False when it already does."""
    series = (_n.issuer == issuer, _n.kind == kind, _n.year == year)
    last = conn.scalar(select(_n.last).where(*series))
    if last is None:
        conn.execute(insert(number_series).values(issuer=issuer, kind=kind, year=year, last=at_least))
        return True
    if last >= at_least:
        return False
    conn.execute(update(number_series).where(*series).values(last=at_least))
    return True
