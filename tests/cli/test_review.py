"""`casework review` prints what the page shows."""

import json

import pytest

from casework.cli import main, review
from tests.support.county import County
from tests.web.small_county import HEAD_2, HILL, fill


@pytest.fixture
def county(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> County:
    """The small county where the command line finds it."""
    opened = County(sqlite_url)
    fill(opened)
    monkeypatch.setattr(review, "from_environment", lambda environ: opened.casework)
    return opened


_ASKED = ["review", "--unit", "S2", "--from", "2026-09-01", "--to", "2026-09-30"]


def test_a_review_as_json(county: County, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*_ASKED, "--login", HEAD_2, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["unit"]["code"] == "S2" and found["known_then"].startswith("2026-09-30T23:59")
    assert [each["login"] for each in found["holders"]] == [HEAD_2]
    assert found["holders"][0]["now"]["逾期未办"] == "1"
    letter = found["duties"][0]
    assert (letter["rule"], letter["child"], letter["due_day"]) == (
        "letter.issue",
        "G20260002",
        "2026-09-17",
    )
    assert (letter["then"], letter["now"], letter["fulfilled_on"]) == ("overdue", "overdue", "2026-10-08")
    county.close()


def test_a_review_as_text_names_no_child(county: County, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(_ASKED) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("第二初中 2026-09-01 至 2026-09-30 责任考核")
    assert "空缺 现在所知：应办 " in printed and HILL not in printed
    assert main(["review", "--unit", "nichts", "--from", "2026-09-01", "--to", "2026-09-30"]) == 2
    assert main(["review", "--unit", "S2", "--from", "2026-09-01", "--to", "2026-08-30"]) == 2
    county.close()
