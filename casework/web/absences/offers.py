"""What the case page offers of absences and their report."""

from collections.abc import Iterator

from casework.domain import statuses as s
from casework.domain.attendance import open_absence
from casework.domain.permissions import RECORD_ABSENCE
from casework.web.cases.offer import Asked, Offer


def offers(asked: Asked) -> Iterator[Offer]:
    """今天没来, or 登记返校 while an absence is open; the report form while absent or out."""
    if not asked.viewer.may(RECORD_ABSENCE):
        return
    away, address = open_absence(asked.file), f"/cases/{asked.child_id}"
    if away:
        yield Offer("登记返校", f"{address}/absences/{away[0]}/end")
    else:
        at_school = asked.place is not None and asked.place.school
        why = "" if at_school else "不在任何学校就读，没有缺勤可记"
        yield Offer("登记没来上学", f"{address}/absences/new", why)
    needed = away or asked.status in s.OUT
    why = "" if needed else "没有缺勤，也不是疑似辍学或辍学"
    yield Offer("上报情况报告表", f"{address}/reports/new", why)
