"""村里核对与线索: what a village says of its children, and the leads it gives."""

from typing import Any

import pytest

from casework.commands.village import NewChild, confirm_child, give_lead, lead_on_new_child
from casework.errors import BadInput, NotAllowed, NotFound, RuleBroken
from casework.projections.case_board import case_board
from casework.projections.case_history import history_of
from casework.projections.roster import roster_span
from casework.projections.village import latest, village_confirmation
from tests.support.county import County
from tests.support.field import ACTORS, CHIEF_2, TEACH_1, ids_of
from tests.web.small_county import CALM, CHIEF, HILL, RAIN


def confirm(county: County, login: str, child: str, found: str, **said: str) -> dict[str, Any]:
    return county.casework.do(
        "confirm_child",
        lambda act, ref: confirm_child(act, ref, child_id=child, found=found, **said),
        actor=ACTORS[login],
    )


def lead(county: County, login: str, child: str, words: str = "开学后没见到") -> dict[str, Any]:
    return county.casework.do(
        "give_lead",
        lambda act, ref: give_lead(act, ref, child_id=child, words=words),
        actor=ACTORS[login],
    )


def new_lead(county: County, child: NewChild, login: str = CHIEF, village: str = "V1") -> dict[str, Any]:
    return county.casework.do(
        "lead_on_new_child",
        lambda act, ref: lead_on_new_child(act, ref, village=village, child=child, words="在赶场时见到"),
        actor=ACTORS[login],
    )


def rows(county: County, table: Any) -> list[Any]:
    with county.casework.reading() as reading:
        return list(reading.snapshot.conn.execute(table.select()))


def test_the_latest_word_counts_and_the_earlier_one_is_kept(field: County, children: dict[str, str]):
    child = children[CALM]
    confirm(field, CHIEF, child, "not_seen")
    confirm(field, CHIEF, child, "away", place="广东东莞", note="跟父母")
    with field.casework.reading() as reading:
        snapshot = reading.snapshot
        held = latest(snapshot.conn, snapshot.keys, snapshot.k, [child])[child]
    assert (held.on, held.found, held.by) == ("2026-10-09", "away", "韦彩莲")
    assert dict(held.said) == {"place": "广东东莞", "note": "跟父母"}
    assert [row.found for row in rows(field, village_confirmation)] == ["not_seen", "away"]


def test_where_a_child_went_is_sealed(field: County, children: dict[str, str]):
    confirm(field, CHIEF, children[CALM], "away", place="广东东莞")
    (row,) = rows(field, village_confirmation)
    assert "东莞".encode() not in bytes(row.private)


def test_a_tap_made_twice_is_written_once(field: County, children: dict[str, str]):
    assert confirm(field, CHIEF, children[CALM], "at_school")["verb"] == "recorded"
    assert confirm(field, CHIEF, children[CALM], "at_school")["verb"] == "unchanged"
    assert len(rows(field, village_confirmation)) == 1


def test_a_confirmation_opens_no_file(field: County, children: dict[str, str]):
    before = len(rows(field, case_board))
    confirm(field, CHIEF, children[CALM], "unknown")
    assert len(rows(field, case_board)) == before


def test_away_names_the_place(field: County, children: dict[str, str]):
    with pytest.raises(BadInput, match="去了哪里"):
        confirm(field, CHIEF, children[CALM], "away", place=" ")


def test_only_the_childs_own_village_confirms_it(field: County, children: dict[str, str]):
    for login, child in ((CHIEF, HILL), (CHIEF_2, CALM)):
        with pytest.raises(NotFound, match="没有这名学生"):
            confirm(field, login, children[child], "at_school")
    with pytest.raises(NotAllowed):
        confirm(field, TEACH_1, children[RAIN], "at_school")


def test_a_lead_makes_a_child_to_be_verified_with_the_words_sealed(field: County, children: dict[str, str]):
    lead(field, CHIEF, children[CALM], "听说去打工了")
    with field.casework.reading() as reading:
        history = history_of(reading.snapshot, children[CALM], open_private=True)
    assert history.file.status == "verifying"
    assert "听说去打工了" in str((history.lines[-1].now.said or {})["why"])
    assert "听说" not in str(history.lines[-1].now.body)


def test_a_lead_on_a_child_already_followed_is_refused_kindly(field: County, children: dict[str, str]):
    lead(field, CHIEF, children[CALM])
    with pytest.raises(RuleBroken, match="已在关注中（待核查）"):
        lead(field, CHIEF, children[CALM])
    with pytest.raises(RuleBroken, match="记一次家访"):
        lead(field, CHIEF, children[RAIN])


def test_a_lead_says_something(field: County, children: dict[str, str]):
    with pytest.raises(BadInput):
        lead(field, CHIEF, children[CALM], " ")


def test_a_child_of_no_roster_is_put_there_and_verified_in_one_act(field: County):
    acts = rows_of_acts(field)
    reply = new_lead(
        field, NewChild(name="石小满", sex="男", birth="2018-07-01", estimated=True, place="村口")
    )
    assert rows_of_acts(field) == acts + 1
    assert reply["child"] == ids_of(field)["石小满"]
    span = next(row for row in rows(field, roster_span) if row.child_id == reply["child"])
    assert (span.enrolment, span.residence, span.village, span.valid_from) == (
        "未入学", "V1", "V1", "2026-10-09",
    )  # fmt: skip
    with field.casework.reading() as reading:
        history = history_of(reading.snapshot, reply["child"], open_private=True)
    assert history.file.status == "verifying"
    said = str((history.lines[-1].now.said or {})["why"])
    assert "出生日期：按年龄估计" in said
    assert "见到的地方：村口" in said


def rows_of_acts(county: County) -> int:
    with county.casework.reading() as reading:
        return reading.snapshot.k


def test_a_lead_never_moves_a_child_that_is_known_elsewhere(field: County):
    first = NewChild(name="石小满", sex="男", birth="2018-07-01", guardian="石远")
    new_lead(field, first, login=CHIEF_2, village="V2")
    with pytest.raises(RuleBroken, match="已有登记"):
        new_lead(field, first)


def test_nobody_adds_a_child_to_another_village(field: County):
    with pytest.raises(NotFound):
        new_lead(field, NewChild(name="石小满", sex="男", birth="2018-07-01"), village="V2")
    assert "石小满" not in ids_of(field)


@pytest.mark.parametrize(
    "wrong",
    [{"name": " "}, {"sex": ""}, {"birth": ""}, {"birth": "2027-01-01"}],
    ids=lambda each: next(iter(each)),
)
def test_a_new_child_has_a_name_a_sex_and_a_birthday(field: County, wrong: dict[str, str]):
    known = {"name": "石小满", "sex": "男", "birth": "2018-07-01", **wrong}
    with pytest.raises(BadInput):
        new_lead(field, NewChild(**known))  # type: ignore[arg-type]
