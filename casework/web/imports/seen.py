"""Whose imports a viewer sees (导入记录的查看范围): of its unit and those below, of kinds it may import."""

from casework.commands.import_reach import right_to
from casework.domain.permissions import ADMINISTRATOR
from casework.domain.units import COUNTY, KINDS, SCHOOL, Units
from casework.errors import NotFound
from casework.importers.guide import WORKBOOKS
from casework.projections.import_runs import ImportRun, run_of
from casework.service import Reading
from casework.web.access import Viewer


def kinds_for(viewer: Viewer) -> list[str]:
    """The kinds of workbook the viewer may import."""
    return [kind for kind in WORKBOOKS if viewer.may(right_to(kind))]


def units_for(viewer: Viewer, units: Units) -> list[str] | None:
    """Units whose imports are shown; None: everybody's, the local operator's too.

    All is seen by the built-in administrator, and by who sees every county there is.
    """
    if viewer.post == ADMINISTRATOR and not viewer.unit:
        return None
    own = units.get(viewer.unit)
    counties = {unit.code for unit in units if unit.kind == COUNTY}
    below = {each.code for each in units.below(viewer.unit, *KINDS.values())}
    if own is not None and counties and counties <= below:
        return None
    located = {unit.code for unit in units if unit.kind == SCHOOL and unit.township == viewer.unit}
    return sorted(below | located)


def seen_run(reading: Reading, viewer: Viewer, run_id: str) -> ImportRun:
    """A run the viewer may look at. Raises NotFound for all others, there or not."""
    run = run_of(reading.snapshot.conn, run_id)
    if run is None or run.kind not in kinds_for(viewer):
        raise NotFound("没有这次导入", run=run_id)
    units = units_for(viewer, reading.reference.units)
    if units is not None and run.actor.unit not in units and not is_own(run, viewer):
        raise NotFound("没有这次导入", run=run_id)
    return run


def is_own(run: ImportRun, viewer: Viewer) -> bool:
    """Whether the viewer uploaded it, in the very post of now: only then may it be written or dropped."""
    return run.actor == viewer.actor
