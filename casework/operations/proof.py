"""Proving that a database holds what another held (自证): its acts and rows, and the figures reported."""

from casework.errors import CaseworkError
from casework.operations.manifest import Facts, reports_of
from casework.projections.weekly_report import RULES
from casework.store.snapshot import Snapshot


class NotProved(CaseworkError):
    """What was written is not what it was to be; nothing of it was kept."""


def rows_differ(then: Facts, now: Facts) -> list[str]:
    """What of acts and row counts is not as it was; [] when all of it is."""
    found = [
        f"{what}应为 {was}，实为 {found}"
        for what, was, found in (
            ("最后一次操作", then.act, now.act),
            ("其时间", then.recorded_at, now.recorded_at),
        )
        if was != found
    ]
    names = sorted(then.rows.keys() | now.rows.keys())
    return found + [
        f"表 {name} 应有 {then.rows.get(name, 0)} 行，实有 {now.rows.get(name, 0)} 行"
        for name in names
        if then.rows.get(name, 0) != now.rows.get(name, 0)
    ]


def reports_differ(then: Facts, snapshot: Snapshot) -> list[str] | None:
    """The weekly reports whose figures are not what they were; None when they are counted otherwise now.

    `snapshot` is of the act that the facts were read at.
    """
    if then.rules != RULES:
        return None
    digests = {(report.unit, report.week): report.digest for report in reports_of(snapshot)}
    return [
        f"单位 {report.unit} {report.week} 的周报数字不同"
        for report in then.reports
        if digests.get((report.unit, report.week)) != report.digest
    ]


def prove(differences: list[str]) -> None:
    """Raises NotProved that names the first differences, if there are any."""
    if differences:
        raise NotProved(f"写入的数据与原来的不符，未启用，已清空：{'；'.join(differences[:5])}")
