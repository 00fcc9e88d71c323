"""What the two file formats have in common: rows of raw cells, numbered as Excel shows them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from casework.importers.headers import Header

# A cell as python-calamine or the csv module gives it; its type decides how it becomes text.
RawRow = list[object]


@dataclass(frozen=True)
class RawTable:
    """A table whose header is found. `rows()` starts anew each time, after the header row.

    Cells stand at the positions of `header.texts`; a row may be longer or shorter. `is_text` says
    that cells were typed as text (CSV), so that nothing but their look tells a rounded number.
    """

    sheet: str
    header: Header
    rows: Callable[[], Iterator[tuple[int, RawRow]]]
    is_text: bool = False
    encoding_note: str = ""
    notes: tuple[str, ...] = ()
