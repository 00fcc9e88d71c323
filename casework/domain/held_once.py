"""What one owner only may hold: the kinds of claims, and what the claims of a file follow from."""

STUDENT_NO = "student_no"
CERTIFICATE = "certificate"
PERSON = "person"
LETTER_NUMBER = "letter_number"
VISIT_NUMBER = "visit_number"
ERASED = "erased"
"""What an erased child held, as a keyed hash."""

_BY_NUMBER = "编号 "


def numbered_visit(number: str) -> str:
    """The key of a visit that carries a 记录编号."""
    return _BY_NUMBER + number


def visit_number(key: str) -> str:
    """The 记录编号 in a visit's key; "" when the key is its day and time."""
    return key.removeprefix(_BY_NUMBER) if key.startswith(_BY_NUMBER) else ""
