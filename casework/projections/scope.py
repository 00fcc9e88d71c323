"""A viewer's reach as a condition on a table that carries places."""

from sqlalchemy import ColumnElement, FromClause, or_

from casework.domain.permissions import Reach


def within(table: FromClause, reach: Reach) -> ColumnElement[bool]:
    """Rows whose county, township, village or school lies in the reach; no row for an empty reach."""
    return or_(
        table.c.county.in_(sorted(reach.counties)),
        table.c.township.in_(sorted(reach.townships)),
        table.c.village.in_(sorted(reach.villages)),
        table.c.school.in_(sorted(reach.schools)),
    )
