"""The autumn's living allowance (生活补助) of three schools: paid in November, a few not, one corrected."""

from collections.abc import Iterable, Iterator
from random import Random

from casework.demo.facts import Fact
from casework.demo.pupils import Pupil
from casework.domain.values import Day, day_after

PAID_ON: Day = "2026-11-10"
_SCHOOLS = ("03", "06", "08")
_YUAN = {
    ("小学", True): "625.00",
    ("小学", False): "312.50",
    ("初中", True): "750.00",
    ("初中", False): "375.00",
}
"""A term's amount by 学段 and whether the child boards."""
_UNPAID = ("银行卡信息有误", "家长不申请", "材料不齐")
_ONE_IN = 25


def aid_facts(pupils: Iterable[Pupil]) -> Iterator[Fact]:
    """One row a child in hardship; the same children for the same county."""
    paid: list[Fact] = []
    for child in pupils:
        if child.hardship and child.number and child.school.endswith(_SCHOOLS):
            fact = _fact(child, Random(f"aid {child.number}"))
            paid += [fact] if fact.cells["金额(元)"] else []
            yield fact
    if paid:
        yield paid[0].amended(4, **{"金额(元)": "300.00"})


def _fact(child: Pupil, rng: Random) -> Fact:
    amount = _YUAN[child.stage, child.boarding]
    unpaid = rng.choice(_UNPAID) if rng.randrange(_ONE_IN) == 0 else ""
    given = {
        "金额(元)": amount,
        "发放日期": PAID_ON,
        "凭证号": f"云岭农商 2026-1110-{child.school[-2:]}",
        "发放方式": "银行卡",
    }
    cells = {
        "学籍号": child.number,
        "姓名": child.name,
        "学年": "2026-2027",
        "学期": "秋",
        "项目代码": "living_boarder" if child.boarding else "living_day",
        **({"金额(元)": "", "发放日期": "", "未资助原因": unpaid} if unpaid else given),
    }
    return Fact("aid", PAID_ON, day_after(PAID_ON, 1), cells, frozenset())
