"""A review as a workbook (责任考核): 汇总, 责任事项, 期末以后才知道的, 代别人办的, 说明."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import BinaryIO

from casework.documents.review_words import FIGURES, Teller, figures, part_name, tenure_words
from casework.documents.sheets import Sheet, write_workbook
from casework.domain.units import Units
from casework.projections.duty_review import Item, Review

_ITEMS = (
    "孩子", "角色", "单位", "做什么", "依据", "到期日", "期末所知", "现在所知", "办结", "谁登记的", "责任人",
    "期末以后才知道的",
)  # fmt: skip


def review_workbook(
    target: BinaryIO,
    review: Review,
    teller: Teller,
    units: Units,
    *,
    title: str,
    notes: Sequence[str],
    at: datetime,
) -> None:
    """Writes the workbook; `title` and `notes` stand above every sheet."""
    lines = (title, f"考核期 {review.first} 至 {review.last}", *notes)
    sheets = [
        Sheet("汇总", ("责任人", "按什么", *FIGURES), list(_sums(review)), title_lines=lines),
        Sheet("任职", ("姓名", "任职"), [(each.name, tenure_words(each, units)) for each in review.tenures]),
        Sheet("责任事项", _ITEMS, [_row(teller, item) for item in review.items], title_lines=lines),
        Sheet("期末以后才知道的", _ITEMS, [_row(teller, item) for item in review.learned], title_lines=lines),
        Sheet("代别人办的", _ITEMS, [_row(teller, item) for item in review.others], title_lines=lines),
    ]
    write_workbook(target, sheets, created=at)


def _sums(review: Review) -> Iterator[list[str]]:
    for part in review.parts:
        for words, standing in (("期末所知", part.then), ("现在所知", part.now)):
            yield [part_name(part), words, *figures(standing).values()]


def _row(teller: Teller, item: Item) -> list[str]:
    told = teller.told(item)
    return [
        told.child,
        told.role,
        told.unit,
        told.must,
        told.why,
        told.due_day,
        told.then,
        told.now,
        told.done,
        told.by,
        told.holders,
        told.learned,
    ]
