"""Uploads previewed and written by workers that may die: what was previewed, once, and within reach."""

import threading

import pytest
from sqlalchemy import func, select, update

from casework.domain.values import LOCAL_OPERATOR, Actor
from casework.errors import BadInput, ChangedMeanwhile
from casework.importers.judging import Judging
from casework.importers.uploads import ask_to_write, drop
from casework.jobs.imports import clear
from casework.projections.import_runs import import_run
from casework.projections.roster import child
from casework.store.schema import act
from casework.store.side import side_writing
from tests.importing.small_desk import OFFICE, children, pupil
from tests.support.uploads import Desk
from tests.web.small_county import CALM, HEAD_1, HEAD_2, RAIN, TEACHER

SCHOOL_1 = Actor(HEAD_1, "温若谷", "校长", "S1")
SCHOOL_2 = Actor(HEAD_2, "闵舒禾", "校长", "S2")


def acts(desk: Desk) -> int:
    with desk.county.casework.reading() as reading:
        return reading.snapshot.conn.scalar(select(func.max(act.c.id))) or 0


def test_a_preview_writes_nothing_and_a_second_step_writes_what_it_said(desk: Desk) -> None:
    before = acts(desk)
    run = desk.preview(OFFICE, "roster", [pupil(101), pupil(102), pupil(103, 性别="？")])
    assert (run.state, run.counts["created"], run.counts["refused"]) == ("previewed", 2, 1)
    assert acts(desk) == before
    desk.write(run.run_id)
    desk.work()
    done = desk.run(run.run_id)
    assert (done.state, done.counts["created"], done.counts["refused"], done.upload) == ("done", 2, 1, "")
    assert children(desk) == 6


def test_asking_twice_writes_once(desk: Desk) -> None:
    run = desk.preview(OFFICE, "roster", [pupil(101)])
    desk.write(run.run_id)
    desk.write(run.run_id)
    desk.work()
    once = acts(desk)
    desk.write(run.run_id)
    desk.work()
    assert (acts(desk), desk.run(run.run_id).state) == (once, "done")


def test_a_row_that_is_judged_otherwise_since_the_preview_is_shown_before_anything_is_written(
    desk: Desk,
) -> None:
    run = desk.preview(SCHOOL_1, "roster", [pupil(101), pupil(102)])
    desk.county.take("roster", [pupil(101, 班级="2班")])
    before = acts(desk)
    desk.write(run.run_id)
    desk.work()
    again = desk.run(run.run_id)
    assert (again.state, again.counts["differs"], again.counts["created"]) == ("previewed", 1, 1)
    assert [(row.number, row.verb) for row in desk.rows(run.run_id, "differs")] == [(2, "changed")]
    assert acts(desk) == before
    desk.write(run.run_id)
    desk.work()
    assert desk.run(run.run_id).state == "done"


def test_what_others_wrote_elsewhere_asks_nobody_again(desk: Desk) -> None:
    run = desk.preview(SCHOOL_1, "roster", [pupil(101)])
    desk.county.take("roster", [pupil(300, "S2", 学段="初中", 年级="七年级")])
    desk.write(run.run_id)
    desk.work()
    assert (desk.run(run.run_id).state, children(desk)) == ("done", 6)


def test_two_workers_share_the_work_and_never_a_run(desk: Desk) -> None:
    runs = [desk.upload(OFFICE, "roster", [pupil(100 + number)]) for number in range(6)]
    workers = [threading.Thread(target=desk.work, args=(f"worker{n}",)) for n in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert {desk.run(run_id).state for run_id in runs} == {"previewed"}
    assert [len(desk.rows(run_id)) for run_id in runs] == [1] * 6


def test_who_lost_the_lease_writes_no_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = desk.upload(OFFICE, "roster", [pupil(101)])
    whole = Judging.counted

    def overtaken(self: Judging, rows: int) -> None:
        with side_writing(desk.county.casework.store.engine) as conn:
            conn.execute(update(import_run).values(lease_owner="other"))
        whole(self, rows)

    monkeypatch.setattr(Judging, "counted", overtaken)
    desk.work("slow")
    assert (desk.run(run_id).state, desk.rows(run_id)) == ("previewing", [])


def test_nothing_is_kept_of_a_file_that_is_no_workbook(desk: Desk) -> None:
    with pytest.raises(BadInput, match="是空的"):
        desk.upload(OFFICE, "roster", b"")
    with pytest.raises(BadInput, match="xls"):
        desk.upload(OFFICE, "roster", bytes.fromhex("D0CF11E0A1B11AE1") + b"0" * 600, "旧.xls")
    assert not list(desk.files._folder.iterdir())


def test_a_file_that_can_not_be_read_to_its_end_fails_with_the_importers_words(desk: Desk) -> None:
    run_id = desk.upload(OFFICE, "roster", b"PK\x03\x04 broken")
    desk.work()
    run = desk.run(run_id)
    assert (run.state, run.upload) == ("failed", "")
    assert "表.xlsx" in run.fault


def test_uploads_lie_sealed_and_go_with_the_write(desk: Desk) -> None:
    run_id = desk.upload(OFFICE, "roster", [pupil(101, 姓名="严密")])
    (path,) = desk.files._folder.iterdir()
    assert path.stat().st_mode & 0o077 == 0
    assert b"PK" not in path.read_bytes()[:64]
    desk.work()
    with desk.county.casework.reading() as reading:
        rows = reading.snapshot.conn.exec_driver_sql("select sealed from import_row").all()
    assert rows and all("严密".encode() not in bytes(row[0]) for row in rows)
    desk.write(run_id)
    desk.work()
    assert not list(desk.files._folder.iterdir())


def test_dropped_and_old_runs_keep_their_counts_alone(desk: Desk) -> None:
    given_up = desk.preview(OFFICE, "roster", [pupil(101)])
    left = desk.preview(OFFICE, "roster", [pupil(102)])
    assert drop(desk.county.casework, desk.files, given_up)
    assert desk.rows(given_up.run_id) == []
    with pytest.raises(ChangedMeanwhile):
        ask_to_write(desk.county.casework, desk.run(given_up.run_id))
    assert clear(desk.county.casework, desk.files) == 0
    desk.county.now = desk.county.now.replace(month=12)
    assert clear(desk.county.casework, desk.files) == 1
    assert desk.rows(left.run_id) == []
    assert (desk.run(left.run_id).counts["created"], desk.run(left.run_id).upload) == (1, "")


def test_a_full_roster_lists_only_children_of_the_importers_own_schools(desk: Desk) -> None:
    run = desk.preview(SCHOOL_1, "roster", [pupil(101), pupil(102, "S2")], full=True)
    absent = {row.child_id for row in desk.rows(run.run_id, "absent")}
    with desk.county.casework.reading() as reading:
        named = {row.child_id: row.name for row in reading.snapshot.conn.execute(select(child))}
    assert {named[each] for each in absent} == {RAIN}


def refusals(desk: Desk, run_id: str) -> list[str]:
    return ["；".join(fault[2] for fault in row.told["faults"]) for row in desk.rows(run_id, "refused")]


VISIT = {
    "家访日期": "2026-10-01",
    "开始时间": "18:00",
    "方式": "上门",
    "参加人": "温若谷/校长/第一小学",
    "见到": "家长",
    "结果": "犹豫",
    "记录人": "温若谷",
}


def test_another_schools_child_is_as_unknown_to_a_school_as_one_that_is_not_there(desk: Desk) -> None:
    theirs = desk.preview(SCHOOL_1, "visits", [{"学籍号": "G20260004", "姓名": CALM, **VISIT}])
    nobody = desk.preview(SCHOOL_1, "visits", [{"学籍号": "G20269999", "姓名": CALM, **VISIT}])
    by_name = desk.preview(SCHOOL_1, "visits", [{"姓名": CALM, "出生日期": "2013-05-06", **VISIT}])
    assert refusals(desk, theirs.run_id) == refusals(desk, nobody.run_id)
    assert "对应 0 名学生" in refusals(desk, by_name.run_id)[0]
    own = desk.preview(SCHOOL_2, "visits", [{"学籍号": "G20260004", "姓名": CALM, **VISIT}])
    assert own.counts["created"] == 1
    assert desk.preview(OFFICE, "visits", [{"学籍号": "G20260004", **VISIT}]).counts["created"] == 1


def test_a_school_takes_no_child_from_another_and_learns_nothing_of_it(desk: Desk) -> None:
    rows = [
        pupil(4, 姓名="别人"),
        pupil(101, "S2"),
        pupil(102, 学校代码="", 就读情况="未入学", 现居住地代码="T2"),
    ]
    run = desk.preview(SCHOOL_1, "roster", rows)
    told = refusals(desk, run.run_id)
    assert (run.counts["refused"], len(told)) == (3, 3)
    assert "不在您单位的花名册上" in told[0]
    assert not any(CALM in text or "第二初中" in text for text in told)


@pytest.mark.parametrize("kind", ["units", "staff"])
def test_units_and_posts_are_for_the_county(desk: Desk, kind: str) -> None:
    rows = {
        "units": [{"单位代码": "S3", "单位名称": "第三小学", "类型": "学校", "上级代码": "C1"}],
        "staff": [
            {"登录名": "x1", "姓名": "新人", "岗位": "校长", "单位代码": "S1", "任职日期": "2026-10-01"}
        ],
    }[kind]
    refused = desk.preview(SCHOOL_1, kind, rows)
    assert (refused.state, "不能导入这种表" in refused.fault) == ("failed", True)
    assert desk.preview(OFFICE, kind, rows).counts["created"] == 1


def test_a_county_adds_no_unit_beyond_its_own(desk: Desk) -> None:
    desk.county.take("units", [{"单位代码": "C2", "单位名称": "邻县", "类型": "县"}])
    rows = [{"单位代码": "S9", "单位名称": "邻县小学", "类型": "学校", "上级代码": "C2"}]
    run = desk.preview(OFFICE, "units", rows)
    assert refusals(desk, run.run_id) == ["不在您单位的范围内，请上级导入"]


def test_a_post_without_the_right_or_no_longer_held_imports_nothing(desk: Desk) -> None:
    helper = Actor(TEACHER, "覃维岭", "代理家长", "S1")
    assert desk.preview(helper, "roster", [pupil(101)]).state == "failed"
    stranger = Actor("nobody", "无人", "校长", "S1")
    run = desk.preview(stranger, "roster", [pupil(101)])
    assert (run.counts.get("created", 0), run.counts["refused"]) == (0, 1)


def test_the_local_operator_imports_everything(desk: Desk) -> None:
    run = desk.preview(LOCAL_OPERATOR, "roster", [pupil(4, "S2", 姓名=CALM), pupil(101)])
    assert run.counts.get("refused", 0) == 0


def test_a_school_registers_only_letters_of_its_own(desk: Desk) -> None:
    letter = {
        "学籍号": "G20260001",
        "文书种类": "限期复学通知书",
        "文号": "青政限字〔2026〕第999号",
        "签发单位代码": "T1",
        "签发人": "兰启程",
        "签发日期": "2026-10-01",
    }
    run = desk.preview(SCHOOL_1, "letters", [letter])
    assert "只能登记本单位签发的文书" in refusals(desk, run.run_id)[0]


def test_all_or_nothing_writes_nothing_while_a_row_is_refused(desk: Desk) -> None:
    run = desk.preview(OFFICE, "roster", [pupil(101), pupil(102, 性别="？")], all_or_nothing=True)
    desk.write(run.run_id)
    desk.work()
    assert (desk.run(run.run_id).state, children(desk)) == ("previewed", 4)
    good = desk.preview(OFFICE, "roster", [pupil(101), pupil(102)], all_or_nothing=True)
    desk.write(good.run_id)
    desk.work()
    assert (desk.run(good.run_id).state, children(desk)) == ("done", 6)
