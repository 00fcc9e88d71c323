"""What the address asks for: unit, week, stage, table, view and known time. All of it is in the URL."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import url_for
from werkzeug.datastructures import MultiDict

from casework.domain.permissions import report_units
from casework.domain.values import SHANGHAI, Day, day_after
from casework.errors import BadInput, NotFound
from casework.projections.reference import Reference
from casework.web.access import Viewer
from casework.web.weekly.columns import BALANCE, STAGES, TABLES, VIEWS


def known_at_of(text: str) -> datetime | None:
    """截至…所知: an instant; without offset Asia/Shanghai; a day alone means its end; None: the present."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"“截至”时间“{text}”看不懂，请写成 2026-09-18 12:00 这样的日期和时间") from error
    if len(text) == 10:
        at = at.replace(hour=23, minute=59, second=59)
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)


@dataclass(frozen=True, slots=True)
class Asked:
    """One report as asked for. `known` is the text of the known time, "" for the present."""

    unit: str
    week: str
    stage: str = "all"
    by: str = ""
    view: str = BALANCE
    known: str = ""

    @classmethod
    def of(cls, args: MultiDict[str, str], viewer: Viewer, reference: Reference, today: Day) -> "Asked":
        """Reads the address. Raises NotFound for a unit out of reach, BadInput for what makes no report."""
        allowed = report_units(reference.units, viewer.unit)
        unit = args.get("unit") or viewer.unit
        if unit not in allowed:
            raise NotFound("没有这个单位的周报", unit=unit)
        policy = reference.weekly(today)
        asked = cls(
            unit=unit,
            week=args.get("week") or policy.week_of(today),
            stage=_one_of(args.get("stage"), STAGES, "all"),
            by=_one_of(args.get("by"), TABLES, ""),
            view=_one_of(args.get("view"), VIEWS, BALANCE),
            known=args.get("known_at", ""),
        )
        policy.days_of(asked.week)
        return asked

    @property
    def known_at(self) -> datetime | None:
        """The known time; None for the present."""
        return known_at_of(self.known)

    def address(self, **changes: Any) -> str:
        """The report's address with these arguments changed."""
        args: dict[str, Any] = replace(self, **changes)._args()
        return url_for("weekly.report", **args)

    def download(self) -> str:
        """The workbook's address."""
        return url_for("weekly.workbook", unit=self.unit, week=self.week, known_at=self.known or None)

    def _args(self) -> dict[str, str]:
        args = {"unit": self.unit, "week": self.week, "stage": self.stage, "by": self.by, "view": self.view}
        quiet = {"stage": "all", "by": "", "view": BALANCE}
        shown = {name: value for name, value in args.items() if value != quiet.get(name)}
        return {**shown, "known_at": self.known} if self.known else shown


def neighbours(reference: Reference, week: str) -> tuple[str, str]:
    """The week before and the week after."""
    first, last = reference.weekly("9999-12-31").days_of(week)
    policy = reference.weekly(last)
    return policy.week_of(day_after(first, -1)), policy.week_of(day_after(last))


def _one_of(value: str | None, known: dict[str, str], default: str) -> str:
    return value if value in known else default
