"""As what the actor of an act manages units and people: by a post held that day, or not at all."""

from casework.commands.postings import take_posting_rows
from casework.commands.roster import REFUSED, Taken
from casework.domain.hierarchy import Manager
from casework.domain.permissions import ADMINISTRATOR
from casework.domain.posting import PostingRow
from casework.domain.units import Unit, Units
from casework.domain.values import day_of
from casework.errors import NotFound, RuleBroken
from casework.projections.postings import posts_of
from casework.projections.reference import Reference
from casework.store.act import Act


def manager_of(act: Act, units: Units) -> Manager:
    """The actor as a manager; of nothing, when the post named is not held on that day."""
    post, unit = act.actor.post, act.actor.unit
    held = posts_of(act.conn, act.id, act.actor.account, day_of(act.recorded_at))
    holds = any((each.post, each.unit) == (post, unit) for each in held)
    # The administrator without a unit, who sets a county up, stands in no register.
    sets_up = post == ADMINISTRATOR and not unit
    return Manager(units, (post, unit) if holds or sets_up else ("", ""))


def unit_at_hand(act: Act, reference: Reference, code: str) -> Unit:
    """A unit that the actor manages, the own one included. NotFound for any other, existing or not."""
    unit = reference.units.get(code)
    if unit is None or code not in manager_of(act, reference.units).managed:
        raise NotFound("没有这个单位", unit=code)
    return unit


def take_all(act: Act, units: Units, rows: list[PostingRow], *, judged: bool = False) -> list[Taken]:
    """Takes postings exactly as stated, all of them or none. RuleBroken says why one can not be.

    `judged`: that the actor may give these posts follows from another right (closing the unit).
    """
    taken = take_posting_rows(act, units, rows, exact=True, judged=judged)
    for row, each in zip(rows, taken, strict=True):
        if each.verb == REFUSED:
            note = each.note.replace("本行", "这次登记")
            raise RuleBroken(f"{row.name}：{note}" if len(rows) > 1 else note)
    return taken
