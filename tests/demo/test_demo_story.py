"""The demo's cases: legal at every instant, told on time or honestly late, and worth reading."""

import tomllib
from collections import Counter
from pathlib import Path

import pytest

import casework
from casework.demo import Batch, batches
from casework.demo.county import GOVERNMENTS
from tests.demo.ledgers import Cells, StatusBook, child_key, illegal_moves, rows_of

DICTIONARIES = Path(casework.__file__).parent / "policy" / "dictionaries.toml"
LEDGERS = ("absences", "status", "visits", "letters", "sessions")
# Days that are plans or deadlines, not facts.
AHEAD = {"约定日期", "status.截止日期"}


@pytest.fixture(scope="module")
def term() -> list[Batch]:
    return list(batches())


def every(term: list[Batch], kind: str) -> list[Cells]:
    return [row for batch in term for row in rows_of(batch, kind)]


def test_every_status_history_is_legal_after_every_batch(term: list[Batch]) -> None:
    book = StatusBook()
    for batch in term:
        book.take(rows_of(batch, "status"))
        for child, history in book.histories().items():
            assert not illegal_moves(history), (batch.title, child)
    assert book.amended["void"] >= 1
    assert book.amended["correction"] >= 1


def test_every_word_is_one_of_the_shipped_dictionaries(term: list[Batch]) -> None:
    words = tomllib.loads(DICTIONARIES.read_text("utf-8"))
    for row in every(term, "status"):
        assert row["失学类型"] in ["", *words["lost_types"]]
        assert row["安置方式"] in ["", *words["placements"]]
        assert row["销号原因"] in ["", *words["closing_reasons"]]
        if row["变化"] in ("疑似辍学", "辍学", "再辍"):
            assert set(row["原因"].split("；")) <= set(words["causes"])
    for row in every(term, "visits"):
        assert row["方式"] in words["visit_modes"]
        assert row["结果"] in words["visit_outcomes"]
        assert set(row["见到"].split("、")) <= set(words["visit_met"])
    for row in every(term, "roster"):
        assert set(row["特殊群体"].split("；")) <= {"", *words["groups"]}


def test_about_sixty_children_have_a_case(term: list[Batch]) -> None:
    assert 58 <= len({child_key(row) for row in every(term, "status")}) <= 68


def test_no_fact_lies_in_the_future_of_its_batch(term: list[Batch]) -> None:
    for batch in term:
        for kind in ("units", "staff", "roster", *LEDGERS):
            for row in rows_of(batch, kind):
                days = [
                    day
                    for header, day in row.items()
                    if header.endswith("日期") and not AHEAD & {header, f"{kind}.{header}"}
                ]
                assert all(day <= batch.at.date().isoformat() for day in days), (batch.title, kind, row)


def test_facts_come_late_and_are_corrected_and_voided(term: list[Batch]) -> None:
    late = Counter(
        kind
        for batch in term[1:]
        for kind, header in (("status", "日期"), ("visits", "家访日期"), ("sessions", "日期"))
        for row in rows_of(batch, kind)
        if (batch.at.date() - batch.at.date().fromisoformat(row[header])).days > 13 and not row["作废原因"]
    )
    assert min(late["status"], late["visits"], late["sessions"]) >= 2
    assert all(
        any(row["作废原因"] for row in every(term, kind)) for kind in ("visits", "letters", "sessions")
    )


def test_what_needs_evidence_and_a_second_person_has_both(term: list[Batch]) -> None:
    for row in every(term, "status"):
        if row["变化"] in ("送教上门", "缓学", "休学", "销号"):
            assert row["证据编号"], row
            assert row["批准人"], row
            assert row["批准人"] != row["登记人"], row
        if row["变化"] == "销号":
            assert row["销号原因"], row


def test_order_letters_come_from_governments_and_numbers_run_without_gap(term: list[Batch]) -> None:
    numbers: dict[tuple[str, str], set[str]] = {}
    for row in every(term, "letters"):
        if row["文书种类"] == "限期复学通知书":
            assert row["签发单位代码"] in GOVERNMENTS | {"990126"}
        numbers.setdefault((row["签发单位代码"], row["文书种类"]), set()).add(row["文号"])
    for used in numbers.values():
        assert sorted(int(number[-4:-1]) for number in used) == list(range(1, len(used) + 1))
    served = [row for row in every(term, "letters") if row["送达日期"]]
    assert len(served) >= 15
    assert all(row["签发日期"] <= row["送达日期"] and row["受送达人"] for row in served)


def test_everyone_named_in_a_visit_held_that_post_on_that_day(term: list[Batch]) -> None:
    names = {row["单位代码"]: row["单位名称"] for row in rows_of(term[0], "units")}
    posts: dict[tuple[str, str, str, str], tuple[str, str]] = {}
    for row in every(term, "staff"):
        key = (row["姓名"], row["岗位"], names[row["单位代码"]], row["任职日期"])
        posts[key] = (row["任职日期"], row["离任日期"] or "9999-12-31")
    for row in every(term, "visits"):
        for person in row["参加人"].split("；"):
            name, post, unit = person.split("/")
            held = [days for (n, p, u, _), days in posts.items() if (n, p, u) == (name, post, unit)]
            assert any(since <= row["家访日期"] <= until for since, until in held), (person, row["家访日期"])


def test_no_key_is_written_twice_in_one_workbook_unless_voided(term: list[Batch]) -> None:
    keys = {
        "status": ("日期", "变化"),
        "absences": ("起始日期",),
        "letters": ("签发单位代码", "文书种类", "文号"),
        "visits": ("记录编号",),
        "sessions": ("日期", "开始时间"),
    }
    for batch in term:
        for kind, key in keys.items():
            used = Counter(
                (row["学籍号"] or row["证件号"], *(row[header] for header in key))
                for row in rows_of(batch, kind)
                if not row["作废原因"]
            )
            assert not [key for key, n in used.items() if n > 1], (batch.title, kind)


def test_ledgers_name_only_children_of_the_roster_with_one_name_to_confirm(term: list[Batch]) -> None:
    names: dict[str, str] = {}
    asked = 0
    for batch in term:
        names |= {child_key(row): row["姓名"] for row in rows_of(batch, "roster")}
        for file in batch.files:
            if file.kind not in LEDGERS:
                continue
            differing = [
                row
                for row in (dict(zip(file.headers, cells, strict=True)) for cells in file.rows)
                if names[row["学籍号"] or row["证件号"]] != row["姓名"]
            ]
            assert bool(differing) == file.confirm_names
            asked += len(differing)
    assert asked == 1


def test_the_last_weeks_show_open_cases_in_several_schools_and_returns_prevail(term: list[Batch]) -> None:
    school = {child_key(row): row["学校代码"] for row in every(term, "roster")}
    book = StatusBook()
    for batch in term:
        book.take(rows_of(batch, "status"))
    last = {child: history[-1]["变化"] for child, history in book.histories().items()}
    still_out = [child for child, word in last.items() if word in ("疑似辍学", "辍学", "再辍")]
    assert 8 <= len(still_out) <= 20
    assert len({school[child] for child in still_out}) >= 3
    recent = Counter(word for *_, word in book.entries)
    assert recent["复学"] > recent["疑似辍学"] / 2


def test_the_teaching_point_closes_with_open_cases_that_go_on_at_the_new_school(term: list[Batch]) -> None:
    closed = [row for row in every(term[1:], "units") if row["停用日期"]]
    assert [(row["单位代码"], row["并入单位代码"]) for row in closed] == [("9901260007", "9901260005")]
    pupils = {child_key(row) for row in rows_of(term[0], "roster") if row["学校代码"] == "9901260007"}
    after = [r for r in every(term, "status") if child_key(r) in pupils and r["日期"] > closed[0]["停用日期"]]
    assert after
