"""The empty template of a kind (导入模板): a sheet to fill in, and one that says how."""

import io
from datetime import datetime

from casework.documents.sheets import Sheet, write_workbook
from casework.domain.policy import Dictionaries
from casework.importers.guide import WORKBOOKS, guide_of

_GUIDE_HEADERS = ("列名", "必须有", "怎么填", "例子", "也可以写作")


def template_book(kind: str, words: Dictionaries, created: datetime) -> io.BytesIO:
    """The workbook; a star after a header means the column must be there."""
    columns = list(guide_of(kind, words))
    title = WORKBOOKS[kind].title
    filled = Sheet(title, [f"{each.name}{'*' if each.required else ''}" for each in columns], [])
    told = Sheet(
        "填写说明",
        _GUIDE_HEADERS,
        [
            (each.name, "是" if each.required else "", each.note, each.example, "、".join(each.synonyms))
            for each in columns
        ],
        title_lines=(f"{title}填写说明", "带 * 的列必须有，其余的可以删去。只读取第一张表，本页不导入。"),
        widths=(16, 8, 70, 40, 24),
    )
    book = io.BytesIO()
    write_workbook(book, [filled, told], created=created)
    book.seek(0)
    return book
