"""Rows of 资助发放表: a payment, or the reason why there was none."""

import re

from casework.domain.aid import Grant, grant_faults
from casework.domain.ledger import Fact, fact_of
from casework.domain.values import FOREVER
from casework.importers.cells import folded_width, parse_money_fen
from casework.importers.facts import READERS, Desk
from casework.importers.reading import Cells

COLUMNS = {
    "year": "学年",
    "term": "学期",
    "programme": "项目代码",
    "fen": "金额(元)",
    "on": "发放日期",
    "unpaid": "未资助原因",
}
"""Part of a grant → its column."""

_TERM_TAIL = re.compile(r"季?(学期)?$")
_YEAR_DASH = re.compile(r"\s*[-‐‑‒–—−~～至]+\s*")


def read_aid(cells: Cells, desk: Desk) -> Fact:
    """One row; amounts go in as whole 分."""
    on = cells.day("发放日期")
    grant = Grant(
        year=_YEAR_DASH.sub("-", folded_width(cells.needed("学年"))).removesuffix("学年"),
        term=_TERM_TAIL.sub("", cells.needed("学期")),
        programme=cells.needed("项目代码"),
        fen=cells.parsed("金额(元)", parse_money_fen) or 0,
        on=on,
        way=cells.text("发放方式"),
        voucher=cells.text("凭证号"),
        unpaid=cells.text("未资助原因"),
    )
    policy = desk.reference.aid(on or FOREVER)
    marked = {fault.column for fault in cells.faults}
    for field, why in grant_faults(policy, grant):
        if COLUMNS[field] not in marked:
            cells.fault(COLUMNS[field], why)
    if cells.faults:
        return fact_of(grant.key, {"on": on}, {}, desk.mark)
    return desk.fact(cells, grant.key, grant.body(policy), grant.said(policy))


ALL_READERS = {**READERS, "aid": read_aid}
"""Every ledger → its reader."""
