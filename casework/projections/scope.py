"""A viewer's reach as a condition on a table that carries places."""

from sqlalchemy import ColumnElement, FromClause, and_, false, or_

from casework.domain.permissions import Reach


def within(table: FromClause, reach: Reach) -> ColumnElement[bool]:
    """Rows of children in reach: by county, township, village, school, class or child.

    A table that names the receiving school (转学办理中) shows its rows to that school too. No row for
    an empty reach.
    """
    c = table.c
    child = c.child_id if "child_id" in c else c.case_id
    chosen: list[ColumnElement[bool]] = [
        c[name].in_(sorted(values))
        for name, values in (
            ("county", reach.counties),
            ("township", reach.townships),
            ("village", reach.villages),
            ("school", reach.schools),
            ("receiver", reach.schools if "receiver" in c else ()),
        )
        if values
    ]
    chosen += [and_(c.school == s, c.grade == g, c.klass == k) for s, g, k in sorted(reach.rooms)]
    if reach.children:
        chosen.append(child.in_(sorted(reach.children)))
    return or_(false(), *chosen)
