"""Whose part of the chain a viewer sees: units at and below its own; a village and a class their own page."""

from dataclasses import dataclass

from casework.domain.duty_policy import DutyPolicy, Role
from casework.domain.permissions import BY_CLASS, REACHES
from casework.domain.units import VILLAGE, Units
from casework.errors import NotFound
from casework.projections.duty_lines import ScopeOfUnits, scope_of
from casework.projections.duty_seats import LEVEL_KINDS, Seat
from casework.web.access import Viewer


@dataclass(frozen=True)
class Sight:
    """What of the chain a viewer may open."""

    viewer: Viewer
    units: Units
    scope: ScopeOfUnits

    @classmethod
    def of(cls, viewer: Viewer, units: Units) -> "Sight":
        """The part of a viewer's own unit and all below."""
        return cls(viewer, units, scope_of(units, viewer.unit))

    @property
    def own_only(self) -> bool:
        """Whether only the viewer's own duties are seen."""
        unit = self.units.get(self.viewer.unit)
        return REACHES.get(self.viewer.post) == BY_CLASS or unit is None or unit.kind == VILLAGE

    def scope_below(self, code: str) -> ScopeOfUnits:
        """A unit of the sight and all below it. NotFound for any other."""
        if code not in self.scope.units or (self.own_only and code != self.viewer.unit):
            raise NotFound("没有这个单位", unit=code)
        return scope_of(self.units, code) if code != self.viewer.unit else self.scope

    def roles(self, policy: DutyPolicy, scope: ScopeOfUnits) -> list[Role]:
        """The roles of the chain that have places in a scope, in order; one's own where no more is seen."""
        chain = [policy.role(name) for name in policy.chain.roles]
        if self.own_only:
            return [role for role in chain if self.viewer.post in role.posts]
        kinds = {unit.kind for code in scope.units if (unit := self.units.get(code))}
        return [role for role in chain if kinds.intersection(LEVEL_KINDS[role.level])]

    def scope_at(self, seat: Seat) -> ScopeOfUnits:
        """The duties of one place alone; of children without a school: all of the sight's."""
        if not seat.unit:
            if self.own_only:
                raise NotFound("没有这个单位", unit=seat.unit)
            return self.scope
        self.scope_below(seat.unit)
        county = self.units.county_of(seat.unit)
        return ScopeOfUnits(frozenset({seat.unit}), (county,), frozenset(), seat.unit == county)
