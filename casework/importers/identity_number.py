"""居民身份证号: length, date and check digit (GB 11643). A wrong number is a warning, never a bar.

The area code is not looked up: codes change with every re-districting, and a child must not be turned
away for an old one.
"""

from datetime import date

from casework.domain.values import Day

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def number_warning(number: str, birth: Day) -> str:
    """What is odd about a number; "" when nothing is."""
    if len(number) != 18:
        return f"身份证号为 {len(number)} 位，应为 18 位，请核对"
    if not number[:17].isdigit() or number[17] not in _CHECKS:
        return "身份证号含有不应有的字符，请核对"
    written = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    try:
        date.fromisoformat(written)
    except ValueError:
        return "身份证号中的出生日期不存在，请核对"
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    if _CHECKS[total % 11] != number[17]:
        return "身份证号校验位不对，可能抄错了一位，请核对"
    if written != birth:
        return f"身份证号中的出生日期 {written} 与出生日期 {birth} 不一致，请核对"
    return ""
