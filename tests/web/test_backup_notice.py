"""An old backup is told to those who can see to it, on their first page."""

from collections.abc import Callable

from sqlalchemy import delete

from casework.operations.scheduled import standing
from casework.store.backup_log import BY_HAND, BackupNote, backup_log, note_backup
from casework.store.database import writing
from tests.support.county import County
from tests.web.pages import Visitor
from tests.web.small_county import CLERK, HEAD_1, MAYOR

NOTICE = "还没有成功的备份"


def test_county_leads_are_told_and_nobody_else(county: County, signed_in: Callable[[str], Visitor]) -> None:
    with county.casework.reading() as reading:
        assert standing(reading).warning
    assert NOTICE in signed_in(CLERK).client.get("/").text
    for login in (HEAD_1, MAYOR):
        assert NOTICE not in signed_in(login).client.get("/").text


def test_after_a_good_backup_the_notice_is_gone(county: County, signed_in: Callable[[str], Visitor]) -> None:
    store = county.casework.store
    note_backup(store.engine, BackupNote(store.now(), BY_HAND, "x.backup", 1, 1))
    try:
        page = signed_in(CLERK).client.get("/").text
    finally:
        with writing(store.engine) as conn:  # the county is everybody's
            conn.execute(delete(backup_log))
    assert NOTICE not in page and "已超过" not in page
