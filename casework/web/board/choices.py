"""What the board's filters offer: places of the reach, words of the dictionary in force."""

from functools import lru_cache

from markupsafe import Markup

from casework.domain.permissions import Reach
from casework.domain.units import SCHOOL, TOWNSHIPS, VILLAGE, Units
from casework.domain.values import Day
from casework.projections.reference import Reference
from casework.web.access import Viewer
from casework.web.board.asked import SILENT, Asked

Choice = tuple[str, str]
"""A value and its text."""
Choices = tuple[Choice, ...]


def choices(reference: Reference, viewer: Viewer, asked: Asked, today: Day) -> dict[str, Choices]:
    """Filter → what it offers; nothing where there is nothing to choose."""
    units, words = reference.units, reference.dictionaries(today)
    groups = [name for name, dated in words.groups.items() if dated.since <= today <= dated.until]
    return {
        "township": _below(units, viewer.reach.counties, *TOWNSHIPS),
        "village": _below(
            units, frozenset({asked.township}) if asked.township else viewer.reach.townships, VILLAGE
        ),
        "school": _schools(units, viewer.reach, asked.township, today),
        "group": tuple((name, name) for name in groups),
        "cause": tuple((name, name) for name in words.causes),
        "silent": tuple(SILENT.items()),
    }


# Both are kept by the tree they are read from: a county's hundreds of schools for every page took a
# tenth of its time. A tree never changes, it is replaced.


@lru_cache(256)
def _below(units: Units, roots: frozenset[str], *kinds: str) -> Choices:
    return tuple((unit.code, unit.name) for root in sorted(roots) for unit in units.below(root, *kinds))


@lru_cache(256)
def _schools(units: Units, reach: Reach, township: str, today: Day) -> Choices:
    """Open schools of the reach, in the township asked for; none where there is no choice."""
    every = [unit for code in sorted(reach.counties) for unit in units.below(code, SCHOOL)]
    every += [unit for code in sorted(reach.schools) if (unit := units.get(code))]
    here = [unit for unit in every if not township or unit.township == township]
    found = tuple((unit.code, unit.name) for unit in here if unit.closed_on > today)
    return found if len(found) > 1 else ()


@lru_cache(256)
def options(choices: Choices, chosen: str) -> Markup:
    """The options of a filter as they stand in the page."""
    said = Markup('<option value="{}"{}>{}</option>')
    return Markup("").join(
        said.format(code, Markup(" selected") if code == chosen else "", text) for code, text in choices
    )
