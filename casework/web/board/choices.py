"""What the board's filters offer: places of the reach, words of the dictionary in force."""

from casework.domain.units import SCHOOL, TOWNSHIPS, VILLAGE, Units
from casework.domain.values import Day
from casework.projections.reference import Reference
from casework.web.access import Viewer
from casework.web.board.asked import SILENT, Asked

Choice = tuple[str, str]
"""A value and its text."""


def choices(reference: Reference, viewer: Viewer, asked: Asked, today: Day) -> dict[str, list[Choice]]:
    """Filter → what it offers; an empty list where there is nothing to choose."""
    units, words = reference.units, reference.dictionaries(today)
    groups = [name for name, dated in words.groups.items() if dated.since <= today <= dated.until]
    return {
        "township": _below(units, sorted(viewer.reach.counties), *TOWNSHIPS),
        "village": _below(
            units, [asked.township] if asked.township else sorted(viewer.reach.townships), VILLAGE
        ),
        "school": _schools(units, viewer, asked, today),
        "group": [(name, name) for name in groups],
        "cause": [(name, name) for name in words.causes],
        "silent": list(SILENT.items()),
    }


def _below(units: Units, roots: list[str], *kinds: str) -> list[Choice]:
    return [(unit.code, unit.name) for root in roots for unit in units.below(root, *kinds)]


def _schools(units: Units, viewer: Viewer, asked: Asked, today: Day) -> list[Choice]:
    """Open schools of the reach, in the township asked for; none where there is no choice."""
    reach = viewer.reach
    every = [unit for code in sorted(reach.counties) for unit in units.below(code, SCHOOL)]
    every += [unit for code in sorted(reach.schools) if (unit := units.get(code))]
    here = [unit for unit in every if not asked.township or unit.township == asked.township]
    found = [(unit.code, unit.name) for unit in here if unit.closed_on > today]
    return found if len(found) > 1 else []
