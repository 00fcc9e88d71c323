"""责任考核: the page and its workbook; who may read them, and that taking one is logged."""

import io
from collections.abc import Callable

from python_calamine import CalamineWorkbook
from sqlalchemy import select

from casework.store.read_log import EXPORTED, read_log
from tests.support.county import County
from tests.web.pages import Visitor
from tests.web.small_county import CLERK, HEAD_1, HEAD_2, HILL, MOON, NAMES

SignIn = Callable[[str], Visitor]
SEPTEMBER = "from=2026-09-01&to=2026-09-30"


def test_a_units_review_names_holders_figures_and_what_is_late(signed_in: SignIn) -> None:
    page = signed_in(CLERK).get(f"/reviews?unit=S2&{SEPTEMBER}")
    assert f"{NAMES[HEAD_2]} 第二初中校长，2026-08-01 起" in page.text
    figures = [row for row in page.rows if row[0] in ("期末所知", "现在所知")]
    assert figures[0] == ["期末所知", "1", "0", "0", "1", "0", "0%", "0%"]
    letter = next(row for row in page.rows if row[0] == HILL)
    assert "签发劝返复学通知书" in letter[1] and letter[3:5] == ["逾期未办", "逾期未办"]
    assert "考核期后 2026-10-08 办结" in letter[5]
    assert "空缺 由上一级负责" in page.text
    for words in ("被考核人", "考核人", "上一级负责人"):
        assert f"{words}" in page.text and "签字" in page.text


def test_a_persons_review_holds_their_own_duties_alone(signed_in: SignIn) -> None:
    page = signed_in(HEAD_2).get(f"/reviews?unit=S2&login={HEAD_2}&{SEPTEMBER}")
    assert f"{NAMES[HEAD_2]} 责任考核" in page.text and MOON not in page.text and HILL in page.text
    signed_in(HEAD_1).get(f"/reviews?login={HEAD_2}&{SEPTEMBER}", 404)


def test_the_workbook_holds_every_duty_and_is_logged(county: County, signed_in: SignIn) -> None:
    visitor = signed_in(CLERK)
    answer = visitor.client.get(f"/reviews.xlsx?unit=S2&{SEPTEMBER}")
    assert answer.status_code == 200
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    assert book.sheet_names == ["汇总", "任职", "责任事项", "期末以后才知道的", "代别人办的"]
    rows = book.get_sheet_by_name("责任事项").to_python()
    assert rows[0][0] == "第二初中 控辍保学责任考核"
    duties = [row for row in rows if row[1] in ("校长", "师长")]
    assert len(duties) == 6 and {row[0] for row in duties} == {HILL, MOON}
    with county.casework.store.engine.connect() as conn:
        details = conn.scalars(select(read_log.c.detail).where(read_log.c.what == EXPORTED)).all()
    assert any(detail.startswith("/reviews.xlsx?unit=S2") for detail in details)
