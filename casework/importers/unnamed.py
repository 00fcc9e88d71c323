"""After a full roster: the children of its schools it does not name are noted, to be explained (全册比对)."""

from collections.abc import Collection, Iterable

from casework.commands.unnamed import AT_ONCE, note_unnamed
from casework.domain.values import Actor, Day
from casework.projections.children import missing_from_roll
from casework.projections.reference import Reference
from casework.service import Casework
from casework.store.act import Act
from casework.store.store import Reply


def unnamed_by(
    casework: Casework, schools: Iterable[str], today: Day, named: Collection[str]
) -> dict[str, str]:
    """Child → school: who is on the roll of these schools today and not among those named."""
    told = set(named)
    with casework.reading() as reading:
        conn = reading.snapshot.conn
        return {
            child_id: school
            for school in sorted(schools)
            for child_id in missing_from_roll(conn, [school], today, told)
        }


def note(
    casework: Casework,
    actor: Actor,
    missing: dict[str, str],
    schools: Collection[str],
    named: Collection[str],
    today: Day,
) -> None:
    """Notes them in acts of a thousand; given again it writes nothing new."""
    children = sorted(missing)
    for start in range(0, max(len(children), 1), AT_ONCE):
        share = {child_id: missing[child_id] for child_id in children[start : start + AT_ONCE]}

        def command(act: Act, _: Reference, share: dict[str, str] = share) -> Reply:
            return note_unnamed(act, missing=share, schools=schools, named=named, today=today)

        casework.do("roster.unnamed", command, actor=actor)
