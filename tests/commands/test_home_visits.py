"""家访: who may record one, what it must say, that it is saved once, corrected and voided with a reason."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from casework.commands.home_visits import Visit, correct_visit, record_visit, void_visit
from casework.domain.case_file import VISITS
from casework.errors import BadInput, NotAllowed, NotFound, RuleBroken
from casework.projections.case_history import history_of
from casework.store.failures import CommandReused
from tests.support.county import County
from tests.support.field import ACTORS, TEACH_1, TEACH_2
from tests.web.small_county import CALM, CHIEF, HILL, MAYOR, RAIN

VISIT = Visit(
    on="2026-10-09",
    start="14:00",
    mode="上门",
    met=("家长",),
    outcome="约定日期",
    agreed_on="2026-10-12",
    units=("第一小学",),
    private={"participants": "何班青/班主任/第一小学", "talk": "孩子愿意回来", "recorder": "何班青"},
)


def record(
    county: County, login: str, child: str, visit: Visit = VISIT, command_id: str = ""
) -> dict[str, Any]:
    return county.casework.do(
        "record_visit",
        lambda act, ref: record_visit(act, ref, child_id=child, visit=visit),
        actor=ACTORS[login],
        command_id=command_id,
        content={"child": child, "talk": visit.private["talk"]},
    )


def visits(county: County, child: str) -> list[Any]:
    with county.casework.reading() as reading:
        history = history_of(reading.snapshot, child, open_private=True)
        return [line for line in history.lines if line.ledger == VISITS]


def test_a_class_teacher_records_a_visit_and_the_words_stay_sealed(field: County, children: dict[str, str]):
    before = len(visits(field, children[RAIN]))
    reply = record(field, TEACH_1, children[RAIN])
    line = visits(field, children[RAIN])[-1]
    assert (len(visits(field, children[RAIN])), line.no) == (before + 1, reply["no"])
    assert line.now.body["outcome"] == "约定日期"
    assert "talk" not in line.now.body
    assert (line.now.said or {})["talk"] == "孩子愿意回来"


def test_the_first_visit_opens_the_file_of_a_child_without_a_status(field: County, children: dict[str, str]):
    record(field, TEACH_2, children[CALM])
    with field.casework.reading() as reading:
        assert history_of(reading.snapshot, children[CALM], open_private=False).file.status == ""


def test_village_and_township_record_visits_too(field: County, children: dict[str, str]):
    record(field, CHIEF, children[RAIN])
    record(field, MAYOR, children[RAIN], replace(VISIT, start="15:00"))


@pytest.mark.parametrize("child", [HILL, "nobody"])
def test_not_yours_and_not_there_are_answered_alike(field: County, children: dict[str, str], child: str):
    with pytest.raises(NotFound, match=r"^没有这名学生$"):
        record(field, TEACH_1, children.get(child, "0" * 32))


def test_a_post_without_the_right_is_refused(field: County, children: dict[str, str]):
    inspector = replace(ACTORS[MAYOR], account="dudao", post="督导", unit="C1")
    with pytest.raises(NotAllowed):
        field.casework.do(
            "record_visit",
            lambda act, ref: record_visit(act, ref, child_id=children[RAIN], visit=VISIT),
            actor=inspector,
        )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"outcome": "不知道"}, "不在可选范围内"),
        ({"agreed_on": ""}, "约定哪一天返校"),
        ({"on": "2026-10-10"}, "在将来"),
        ({"end": "13:00"}, "早于开始时间"),
    ],
)
def test_a_visit_that_cannot_be_is_refused(
    field: County, children: dict[str, str], wrong: dict[str, Any], message: str
):
    with pytest.raises(BadInput, match=message):
        record(field, TEACH_1, children[RAIN], replace(VISIT, **wrong))


def test_a_form_sent_twice_is_one_visit(field: County, children: dict[str, str]):
    first = record(field, TEACH_1, children[RAIN], command_id="form-1")
    assert record(field, TEACH_1, children[RAIN], command_id="form-1") == first
    with pytest.raises(CommandReused):
        changed = replace(VISIT, private={**VISIT.private, "talk": "另一番话"})
        record(field, TEACH_1, children[RAIN], changed, command_id="form-1")


def test_another_visit_of_the_same_minute_never_corrects_silently(field: County, children: dict[str, str]):
    record(field, TEACH_1, children[RAIN])
    with pytest.raises(RuleBroken, match="同一天同一时间"):
        record(field, TEACH_1, children[RAIN], replace(VISIT, outcome="犹豫", agreed_on=""))


def test_a_correction_needs_a_reason_and_keeps_both_versions(field: County, children: dict[str, str]):
    child = children[RAIN]
    no = record(field, TEACH_1, child)["no"]
    later = replace(VISIT, agreed_on="2026-10-13")

    def correct(reason: str) -> None:
        field.casework.do(
            "correct_visit",
            lambda act, ref: correct_visit(act, ref, child_id=child, no=no, visit=later, reason=reason),
            actor=ACTORS[TEACH_1],
        )

    with pytest.raises(BadInput, match="原因"):
        correct(" ")
    correct("日期记错了")
    line = visits(field, child)[-1]
    assert [version.body["agreed_on"] for version in line.versions] == ["2026-10-12", "2026-10-13"]
    assert (line.now.said or {})["correction_reason"] == "日期记错了"


def test_a_voided_visit_stays_in_the_history_and_no_longer_counts(field: County, children: dict[str, str]):
    child = children[RAIN]
    no = record(field, TEACH_1, child)["no"]
    field.casework.do(
        "void_visit",
        lambda act, ref: void_visit(act, ref, child_id=child, no=no, reason="没有去成"),
        actor=ACTORS[TEACH_1],
    )
    line = visits(field, child)[-1]
    assert line.voided is not None
    with field.casework.reading() as reading:
        file = history_of(reading.snapshot, child, open_private=False).file
    assert no not in file.ledgers[VISITS].live


def test_a_visit_from_a_workbook_keeps_its_number_when_a_page_corrects_it(
    field: County, children: dict[str, str]
):
    child = children[RAIN]
    row = {
        "学籍号": "G20260001",
        "姓名": RAIN,
        "记录编号": "JF-7",
        "家访日期": "2026-10-08",
        "开始时间": "10:00",
        "方式": "上门",
        "参加人": "何班青/班主任/第一小学",
        "见到": "家长",
        "结果": "犹豫",
        "记录人": "何班青",
    }
    field.take("visits", [row])
    no = next(line.no for line in visits(field, child) if line.now.body["on"] == "2026-10-08")
    told = replace(VISIT, on="2026-10-07", start="09:00")
    field.casework.do(
        "correct_visit",
        lambda act, ref: correct_visit(act, ref, child_id=child, no=no, visit=told, reason="记错一天"),
        actor=ACTORS[TEACH_1],
    )
    line = next(line for line in visits(field, child) if line.no == no)
    assert line.now.body["key"] == "编号 JF-7"


def test_the_rules_version_is_asked_for_once_by_what_judges_and_what_projects(
    field: County, children: dict[str, str]
):
    record(field, TEACH_1, children[RAIN])
    engine, sent = field.casework.store.engine, list[str]()

    def note(*told: Any) -> None:
        sent.append(told[2])

    event.listen(engine, "before_cursor_execute", note)
    record(field, TEACH_1, children[RAIN], replace(VISIT, start="15:00"))
    event.remove(engine, "before_cursor_execute", note)
    assert len([each for each in sent if "max(policy.known_from)" in each]) == 1
