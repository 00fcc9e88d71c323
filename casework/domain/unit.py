"""The aggregate of one unit of the chain: a school, village, township, 学区, county … (单位).

Its code, kind, parent and location never change; merging is a dated closure with a successor.
"""

from dataclasses import replace
from uuid import UUID, uuid5

from casework.domain.events import Aggregate
from casework.domain.units import Unit
from casework.domain.values import FOREVER, Day
from casework.errors import RuleBroken

_NAMESPACE = UUID("5f0c2b5e-6a0e-4f4e-9d0e-0c1f6f1d6a11")


def unit_id(code: str) -> UUID:
    """The aggregate's id of a unit code: one file per code, for ever."""
    return uuid5(_NAMESPACE, code)


class UnitFile(Aggregate):
    """One unit's history. `unit` is how it now stands."""

    TOPIC = "unit"

    class Event(Aggregate.Event):
        """Anything that happens to a unit."""

        TOPIC = "unit.Event"

    class Added(Event, Aggregate.Created):
        """单位启用."""

        TOPIC = "unit.Added"
        code: str
        name: str
        kind: str
        parent: str
        category: str
        township: str
        reports_for: str
        poor_village: bool
        opened_on: Day

        def apply(self, aggregate: "UnitFile") -> None:
            """Sets the unit."""
            aggregate.unit = Unit(
                code=self.code,
                name=self.name,
                kind=self.kind,
                parent=self.parent,
                category=self.category,
                township=self.township,
                reports_for=self.reports_for,
                poor_village=self.poor_village,
                opened_on=self.opened_on,
            )

    class Described(Event):
        """单位名称等变更: what may change of a unit."""

        TOPIC = "unit.Described"
        name: str
        category: str
        reports_for: str
        poor_village: bool
        opened_on: Day

        def apply(self, aggregate: "UnitFile") -> None:
            """Replaces the description."""
            aggregate.unit = replace(
                aggregate.unit,
                name=self.name,
                category=self.category,
                reports_for=self.reports_for,
                poor_village=self.poor_village,
                opened_on=self.opened_on,
            )

    class Closed(Event):
        """停用或并入: `on` is the first day the unit is no longer open; children follow the successor."""

        TOPIC = "unit.Closed"
        on: Day
        successor: str

        def apply(self, aggregate: "UnitFile") -> None:
            """Ends the unit."""
            aggregate.unit = replace(aggregate.unit, closed_on=self.on, successor=self.successor)

    class Reopened(Event):
        """撤销停用: the closing was recorded wrongly; the unit is open as if it had never closed."""

        TOPIC = "unit.Reopened"
        reason: str

        def apply(self, aggregate: "UnitFile") -> None:
            """Takes the closing back."""
            aggregate.unit = replace(aggregate.unit, closed_on=FOREVER, successor="")

    unit: Unit

    def __init__(self, code: str) -> None:
        pass

    @classmethod
    def add(cls, unit: Unit) -> "UnitFile":
        """A new unit."""
        return cls._create(
            cls.Added,
            id=unit_id(unit.code),
            code=unit.code,
            name=unit.name,
            kind=unit.kind,
            parent=unit.parent,
            category=unit.category,
            township=unit.township,
            reports_for=unit.reports_for,
            poor_village=unit.poor_village,
            opened_on=unit.opened_on,
        )

    def become(self, wanted: Unit) -> bool:
        """Takes over a unit's description and closure; False when nothing differs."""
        now = self.unit
        for name, field in {"类型": "kind", "上级代码": "parent", "所在乡镇代码": "township"}.items():
            if getattr(now, field) != getattr(wanted, field):
                raise RuleBroken(
                    f"{name}不能更改：单位 {now.code}（{now.name}）登记为“{getattr(now, field)}”，"
                    "如隶属有变请停用原单位并新设单位",
                    unit=now.code,
                )
        described = ("name", "category", "reports_for", "poor_village", "opened_on")
        if any(getattr(now, field) != getattr(wanted, field) for field in described):
            self.trigger_event(self.Described, **{field: getattr(wanted, field) for field in described})
        if wanted.closed_on != FOREVER and (now.closed_on, now.successor) != (
            wanted.closed_on,
            wanted.successor,
        ):
            self.trigger_event(self.Closed, on=wanted.closed_on, successor=wanted.successor)
        return bool(self.pending_events)

    def reopen(self, reason: str) -> None:
        """Takes a closing back that should not have been recorded; both acts stay in the history."""
        if self.unit.closed_on == FOREVER:
            raise RuleBroken(f"{self.unit.name}没有停用，不需要撤销", unit=self.unit.code)
        if not reason.strip():
            raise RuleBroken("请写明为什么撤销停用", unit=self.unit.code)
        self.trigger_event(self.Reopened, reason=reason.strip())
