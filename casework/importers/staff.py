"""人员岗位表: rows of the staff workbook as postings."""

from collections.abc import Sequence

from casework.commands.postings import PostingRow, take_posting_rows
from casework.domain.policy import Dictionaries
from casework.importers.outcome import RowOutcome
from casework.importers.reading import Cells
from casework.importers.tables import Row
from casework.importers.takes import outcomes_of
from casework.projections.reference import Reference
from casework.store.act import Act


def read_posting(cells: Cells, words: Dictionaries) -> PostingRow:
    """One row; the printed names of posts (教体局局长, 村（居）委会主任 …) mean the short ones."""
    known = [*words.posts, *words.post_synonyms]
    post = cells.word("岗位", known, needed=True)
    return PostingRow(
        login=cells.needed("登录名"),
        name=cells.needed("姓名"),
        post=words.post_synonyms.get(post, post),
        unit=cells.needed("单位代码"),
        since=cells.day("任职日期", needed=True),
        until=cells.day("离任日期"),
        klass=cells.text("班级"),
        area="、".join(cells.names("负责范围")),
    )


def take(act: Act, reference: Reference, rows: Sequence[tuple[Row, PostingRow]]) -> list[RowOutcome]:
    """All rows together, in sheet order."""
    taken = take_posting_rows(act, reference.units, [posting for _, posting in rows])
    return outcomes_of([row for row, _ in rows], taken)
