"""Proving that a database holds what another held (自证): its acts and rows, and the figures reported."""

from casework.errors import CaseworkError
from casework.operations.manifest import Facts, count_rows, reports_of
from casework.projections.weekly_report import RULES
from casework.store.snapshot import Snapshot


class NotProved(CaseworkError):
    """What was written is not what it was to be; nothing of it was kept."""


def rows_differ(then: Facts, snapshot: Snapshot) -> list[str]:
    """What of acts and row counts is not as it was; [] when all of it is.

    Only the tables named then are counted: it may be the database of an older program.
    """
    at = snapshot.known_at.isoformat() if snapshot.known_at else ""
    acts = [("最后一次操作", then.act, snapshot.k), ("其时间", then.recorded_at, at)]
    found = [f"{what}应为 {was}，实为 {now}" for what, was, now in acts if was != now]
    for name, count in count_rows(snapshot.conn, then.rows).items():
        if count != then.rows[name]:
            found.append(f"表 {name} 应有 {then.rows[name]} 行，实有 {count} 行")
    return found


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
