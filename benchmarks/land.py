"""The county's units: townships with villages, a 学区 in each, a school for every 700 pupils."""

from dataclasses import dataclass

from casework.commands.units import UnitRow
from casework.domain.units import COUNTY, DISTRICT, SCHOOL, TOWNSHIP, VILLAGE, Unit
from casework.domain.values import SINCE_EVER

COUNTY_CODE = "539900"
_TOWNSHIPS = 12
_VILLAGES = 10
_PUPILS_OF_A_SCHOOL = 700


@dataclass(frozen=True)
class Land:
    """Codes by kind; `villages[t]` and `schools` carry the township they lie in."""

    units: tuple[Unit, ...]
    villages: tuple[str, ...]
    primary: tuple[Unit, ...]
    junior: tuple[Unit, ...]

    @property
    def townships(self) -> list[str]:
        """Codes of the townships."""
        return [unit.code for unit in self.units if unit.kind == TOWNSHIP]

    def rows(self) -> list[UnitRow]:
        """As the units' sheet would state them."""
        return [UnitRow(unit, frozenset({"category", "township", "opened_on"})) for unit in self.units]


def land_of(pupils: int) -> Land:
    """The units of a county with so many pupils."""
    units = [_unit(COUNTY_CODE, "样板县", COUNTY, "")]
    villages = []
    for number in range(1, _TOWNSHIPS + 1):
        township = f"{COUNTY_CODE}{number:03d}"
        units.append(_unit(township, f"第{number}镇", TOWNSHIP, COUNTY_CODE))
        units.append(_unit(f"XQ{number:02d}", f"第{number}学区", DISTRICT, COUNTY_CODE))
        for village in range(1, _VILLAGES + 1):
            villages.append(f"{township}{village:03d}")
            units.append(_unit(villages[-1], f"第{number}镇第{village}村", VILLAGE, township))
    schools = [_school(number) for number in range(max(pupils // _PUPILS_OF_A_SCHOOL, 2 * _TOWNSHIPS))]
    primary = tuple(unit for unit in schools if unit.category == "小学")
    junior = tuple(unit for unit in schools if unit.category == "初中")
    return Land((*units, *schools), tuple(villages), primary, junior)


def _unit(code: str, name: str, kind: str, parent: str) -> Unit:
    return Unit(code=code, name=name, kind=kind, parent=parent, opened_on=SINCE_EVER)


def _school(number: int) -> Unit:
    township = number % _TOWNSHIPS + 1
    category = "初中" if number // _TOWNSHIPS % 8 == 1 else "小学"
    return Unit(
        code=f"31{number:08d}",
        name=f"第{number}{category}",
        kind=SCHOOL,
        parent=f"XQ{township:02d}",
        category=category,
        township=f"{COUNTY_CODE}{township:03d}",
        opened_on=SINCE_EVER,
    )
