"""全员花名册比对: who was on the roll and is not named by a full roster is noted, and explained by a person.

Nothing is removed from the roll by it. A child that a later full roster names needs no explanation.
"""

from collections.abc import Collection, Mapping, Sequence

from casework.commands.rights import needs
from casework.commands.school_at_hand import school_at_hand
from casework.domain.permissions import SCHOOL_YEAR
from casework.domain.values import Day, day_of
from casework.errors import BadInput, ChangedMeanwhile, NotFound
from casework.projections import unnamed as table
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.store import Reply

AT_ONCE = 1000
"""Children noted in one act: rows, no files."""


def note_unnamed(
    act: Act, *, missing: Mapping[str, str], schools: Collection[str], named: Collection[str], today: Day
) -> Reply:
    """Notes children a full roster does not name (child → school), and that others are named again.

    A child explained before stays explained; the same roster again writes nothing.
    """
    held = table.rows_now(act.conn, missing)
    new = sorted(set(missing) - {each for each, row in held.items() if row.explained != table.NAMED_AGAIN})
    for child_id in new:
        table.say(act, child_id, school=missing[child_id], noticed_on=today, explained="")
    back = sorted(set(table.waiting_in(act.conn, schools)) & set(named))
    for child_id in back:
        row = table.rows_now(act.conn, [child_id])[child_id]
        table.say(act, child_id, school=row.school, noticed_on=row.noticed_on, explained=table.NAMED_AGAIN)
    return {"noted": len(new), "back": len(back)}


@needs(SCHOOL_YEAR)
def explain_unnamed(
    act: Act,
    reference: Reference,
    *,
    school: str,
    children: Sequence[str],
    explained: str,
    destination: str = "",
    note: str = "",
    seen: Mapping[str, str] | None = None,
) -> Reply:
    """Says where one or several children of a school went.

    `seen`: child → the explanation the page showed; another one by now is told first.
    """
    school_at_hand(act, reference, school)
    today = day_of(act.recorded_at)
    policy = reference.school_year(today)
    if not children:
        raise BadInput("请先勾选要说明的学生")
    if explained not in policy.explanations:
        raise BadInput(f"请选择去向：{'、'.join(policy.explanations)}")
    if explained in policy.with_destination and not destination.strip():
        raise BadInput(f"{explained}请写明去了哪里（学校或地点）")
    held, standing = table.rows_now(act.conn, children), reference.units.standing
    for child_id in dict.fromkeys(children):
        row = held.get(child_id)
        if row is None or row.explained == table.NAMED_AGAIN or standing(row.school, today) != school:
            raise NotFound("没有这名学生", child=child_id)
        if seen is not None and seen.get(child_id, "") != row.explained:
            raise ChangedMeanwhile("刚有人说明了其中的学生，没有保存；请核对后再说明", child=child_id)
        words = {"destination": destination.strip(), "note": note.strip()}
        table.say(act, child_id, school=school, noticed_on=row.noticed_on, explained=explained, said=words)
    return {"school": school, "children": len(children)}
