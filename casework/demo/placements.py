"""Courses that end elsewhere than in the old seat: transfers, leave, lessons at home, late enrolment."""

from datetime import date

from casework.demo.county import (
    COUNTY_NAME,
    QINGMAI,
    QINGMAI_PRIMARY,
    SCHOOL,
    STREET,
    UNIT_NAMES,
    VILLAGES,
    WANGXIA,
    stage_of,
)
from casework.demo.days import school_day
from casework.demo.facts import ENTRY, ORDER, Pen
from casework.demo.scenarios import absent_until_suspected, settle
from casework.demo.staff import Posting
from casework.domain.values import Day, day_after

_EAST_LAKE, _SECOND_PRIMARY = "9901260004", "9901260002"


def watched(pen: Pen, start: Day) -> None:
    """重点关注: comes to school, but needs an eye kept on."""
    pen.status(start, "重点关注", 原因="多次迟到早退，家中无人照看")
    for n in (2, 16, 30):
        pen.visit(school_day(start, n), "上门", ["班主任"], "委托监护人", "同意返校")


def transferred(pen: Pen, start: Day) -> None:
    """重点关注, released and accepted by another school of the county; the file goes with the child."""
    receiver = _other_school(pen)
    pen.status(start, "重点关注", 原因="家长准备搬家，近期常请假")
    pen.visit(school_day(start, 2), "电话", ["班主任"], "家长", "约定日期", agreed=school_day(start, 8))
    pen.status(school_day(start, 8), "转出", 接收学校代码=receiver, 原因="随家长迁居转学")
    taken = school_day(start, 12)
    pen.status(taken, "转入接收", by=pen.officer("学籍管理员", taken, receiver).name, 接收学校代码=receiver)
    # The class is on the receiving school's next list, after the county knows of the acceptance.
    pen.roster(day_after(taken), day_after(taken, 12), school=receiver, room="1班")
    pen.visit(school_day(taken, 3), "学校", ["班主任"], "学生", "同意返校", settled=True)
    pen.approved(
        school_day(taken, 21), "销号", evidence="转", 销号原因="核查排除", 原因="已在接收学校稳定就读"
    )


def transfer_refused(pen: Pen, start: Day) -> None:
    """The asked school has no place: back to the sender in the status held before."""
    receiver = _other_school(pen)
    pen.status(start, "重点关注", 原因="路远，常迟到")
    pen.status(school_day(start, 6), "转出", 接收学校代码=receiver, 原因="申请就近入学")
    refused = school_day(start, 10)
    pen.status(refused, "转入拒收", by=pen.officer("学籍管理员", refused, receiver).name, 原因="该年级已满额")
    pen.visit(school_day(refused, 1), "上门", ["班主任", "校长"], "家长、学生", "同意返校")


def transfer_withdrawn(pen: Pen, start: Day) -> None:
    """The family stays after all."""
    pen.status(start, "重点关注", 原因="父母商量外出，孩子情绪不稳")
    pen.status(school_day(start, 5), "转出", 接收学校代码=_other_school(pen), 原因="拟转学")
    pen.status(school_day(start, 11), "转出撤回", 原因="家长决定留在本县")
    pen.visit(school_day(start, 12), "上门", ["班主任"], "家长、学生", "同意返校")


def transferred_away(pen: Pen, start: Day) -> None:
    """Back at school, then moved out of the county; closed on the other school's acceptance paper."""
    came_back_without_closing(pen, start)
    gone = school_day(start, 24)
    pen.status(gone, "转出", 去向="江州市第五中学（县外）", 原因="随父母迁居")
    accepted = school_day(gone, 8)
    pen.approved(accepted, "销号", evidence="接", 销号原因="转学已接收", 原因="收到对方接收函")
    _leave_the_rolls(pen, day_after(accepted), "江州市第五中学", "江州市高新区")


def came_back_without_closing(pen: Pen, start: Day) -> None:
    """疑似 and back, the stabilisation still running."""
    absent_until_suspected(pen, start)
    pen.visit(school_day(start, 9), "上门", ["班主任", "村"], "家长、学生", "同意返校")
    pen.status(school_day(start, 11), "复学", 安置方式="插班", 原因="劝返到校")
    settle(pen, school_day(start, 11), close=False)


def on_leave(pen: Pen, start: Day) -> None:
    """疑似, found ill, 休学 on the county's paper until the term's end."""
    absent_until_suspected(pen, start)
    pen.visit(school_day(start, 9), "上门", ["班主任", "校长"], "家长、学生", "约定日期", agreed="2027-03-01")
    pen.approved(
        school_day(start, 13), "休学", evidence="休", 截止日期="2027-02-28", 原因="医院证明需长期休养"
    )
    pen.visit(school_day(start, 33), "视频", ["班主任"], "家长、学生", "约定日期", agreed="2027-03-01")


def on_leave_and_back(pen: Pen, start: Day) -> None:
    """On leave since last term, renewed once, then back and closed."""
    officer = pen.officer("学籍管理员", start)
    approver, paper = pen.officer("副局长", start).name, f"云教休〔{start[:4]}〕{pen.order:03d}号"
    pen.status(
        start,
        "休学",
        by=officer.name,
        approved_by=approver,
        证据编号=paper,
        截止日期="2026-09-10",
        原因="手术后休养",
    )
    pen.approved(
        "2026-09-08", "休学", approver="副局长", evidence="续", 截止日期="2026-10-09", 原因="复查后续休一个月"
    )
    pen.visit("2026-09-30", "电话", ["班主任"], "家长", "约定日期", agreed="2026-10-12")
    pen.status("2026-10-12", "复学", 安置方式="插班", 原因="休学期满，身体恢复")
    settle(pen, "2026-10-12")


def entry_deferred(pen: Pen, start: Day) -> None:
    """A six-year-old never enrolled: illness, so entry is put off for a year on the county's paper."""
    _lead(pen, start, "从未入学")
    pen.visit(day_after(start, 3), "上门", ["村", "乡"], "家长、学生", "约定日期", agreed="2027-09-01")
    pen.approved(
        school_day(start, 12), "缓学", evidence="缓", 截止日期="2027-08-31", 原因="先天性心脏病术后恢复"
    )


def taught_at_home(pen: Pen, start: Day) -> None:
    """送教 since last term: two lessons a week all autumn."""
    officer = pen.officer("特教专干", start)
    approver, paper = pen.officer("副局长", start).name, f"云教特〔{start[:4]}〕{pen.order:03d}号"
    pen.status(
        start,
        "送教上门",
        by=officer.name,
        approved_by=approver,
        证据编号=paper,
        安置方式="送教上门",
        原因="重度残疾",
    )
    _lessons(pen, "2026-09-01")


def becomes_taught_at_home(pen: Pen, start: Day) -> None:
    """疑似 for lack of strength to come; application, expert opinion and the county's approval bring 送教."""
    absent_until_suspected(pen, start)
    pen.visit(school_day(start, 9), "上门", ["班主任", "校长", "村"], "家长、学生", "同意返校")
    approved = school_day(start, 14)
    pen.approved(
        approved,
        "送教上门",
        approver="副局长",
        evidence="特",
        安置方式="送教上门",
        原因="监护人申请，专家委员会意见",
    )
    _lessons(pen, school_day(approved, 2))


def _lessons(pen: Pen, first: Day) -> None:
    """Twice a week; one lesson is sent late, one is voided and entered again as it was."""
    teachers = _home_teachers(pen, first)
    weekdays, hour = ((0, 3), (1, 4), (2, 4))[pen.order % 3], ("09:00", "14:30")[pen.order % 2]
    days = [
        day
        for n in range(80)
        for day in [school_day(first, n)]
        if date.fromisoformat(day).weekday() in weekdays
    ]
    lessons = [
        pen.session(day, hour, teachers, late=12 if n % 9 == 5 else 0)
        for n, day in enumerate(dict.fromkeys(days))
    ]
    if pen.order % 2:
        wrong = lessons[3]
        pen.void(wrong, "误记为另一名学生的课")
        again = wrong.amended(26, 内容="当日确有送教，补充记录：认读生字、手部训练")
        pen.write(again)


def _home_teachers(pen: Pen, day: Day) -> list[Posting]:
    """The child's class teacher and a colleague of the school."""
    colleague = pen.officer("任课教师", day, pen.school(day))
    return [pen.class_teacher(day), colleague]


def moved_home(pen: Pen, start: Day) -> None:
    """The family moves to another township while the child is 疑似; the file follows the residence."""
    absent_until_suspected(pen, start)
    village = next(code for code in VILLAGES if code[:9] != pen.child.township)
    moved = school_day(start, 12)
    address = f"{COUNTY_NAME}{UNIT_NAMES[village[:9]]}{VILLAGES[village]}2组18号"
    pen.roster(moved, moved, residence=village, lives_at=address)
    pen.visit(
        school_day(start, 14),
        "上门",
        ["乡", "村", "班主任"],
        "家长",
        "约定日期",
        agreed=school_day(start, 24),
    )
    pen.status(school_day(start, 24), "复学", 安置方式="插班", 原因="搬家安顿后返校")
    settle(pen, school_day(start, 24), close=False)


def _lead(pen: Pen, start: Day, kind: str) -> None:
    officer = pen.officer("学籍管理员", start).name
    pen.status(start, "待核查", by=officer, 失学类型=kind, 原因="县级比对未见就读学校")
    pen.visit(day_after(start, 2), "村委", ["乡", "村"], "无人", "未见到")


def found_elsewhere(pen: Pen, start: Day) -> None:
    """A name without a school: studies outside the county, proved by a paper, closed."""
    _lead(pen, start, "从未入学" if pen.child.stage == "小学" else "小升初未衔接")
    called = day_after(start, 5 + pen.order % 4)
    pen.visit(called, "电话", ["乡"], "家长", "约定日期", agreed=day_after(called, 3))
    closed = school_day(called, 5)
    pen.approved(
        closed, "销号", evidence="核", 销号原因="核查排除", 原因="县外就读已核实，对方学校出具在读证明"
    )
    _leave_the_rolls(pen, day_after(closed), "南屏市第三学校", "南屏市工业园")


def listed_twice(pen: Pen, start: Day) -> None:
    """A name without a school: the household register holds the child twice."""
    _lead(pen, start, "从未入学")
    pen.approved(
        school_day(start, 8),
        "销号",
        evidence="重",
        销号原因="身份数据错误/重复",
        原因="双重户籍，派出所已注销一处",
    )


def still_looked_for(pen: Pen, start: Day) -> None:
    """A name without a school, not found yet."""
    _lead(pen, start, "从未入学")
    for n, way, outcome in ((6, "电话", "失联"), (18, "上门", "未见到"), (33, "村委", "未见到")):
        pen.visit(school_day(start, n), way, ["乡", "村"], "无人", outcome)


def joined_junior_late(pen: Pen, start: Day) -> None:
    """Left grade 6 and joined no junior school: 辍学, the county's entry letter, then a seat nearby."""
    _lead(pen, start, "小升初未衔接")
    found = school_day(start, 5)
    pen.visit(found, "上门", ["乡", "村"], "家长、学生", "犹豫")
    pen.status(school_day(start, 6), "辍学", 原因=pen.cause, 失学类型="小升初未衔接", 去向="家中")
    pen.letter(school_day(start, 7), ENTRY, served=school_day(start, 9))
    pen.visit(
        school_day(start, 12),
        "上门",
        ["乡", "村", "基教股"],
        "家长、学生",
        "同意返校",
        agreed=school_day(start, 15),
    )
    _takes_seat(pen, school_day(start, 15), 7)


def never_came(pen: Pen, start: Day) -> None:
    """Never enrolled and still out: the guardian is ordered, the township keeps visiting."""
    _lead(pen, start, "小升初未衔接" if pen.child.stage == "初中" else "从未入学")
    kind = "小升初未衔接" if pen.child.stage == "初中" else "从未入学"
    pen.visit(school_day(start, 4), "上门", ["乡", "村"], "家长", "拒绝")
    pen.status(school_day(start, 8), "辍学", 原因=pen.cause, 失学类型=kind, 去向="家中")
    pen.letter(school_day(start, 9), ENTRY, served=school_day(start, 11))
    pen.letter(
        school_day(start, 22),
        ORDER,
        served=school_day(start, 24),
        how="留置",
        refused="家长不愿签字，村支书在场见证",
    )
    pen.visit(school_day(start, 28), "上门", ["乡", "村", "基教股"], "家长、学生", "犹豫")
    pen.visit(school_day(start, 41), "上门", ["乡", "村"], "家长", "约定日期", agreed=school_day(start, 48))


def entered_late(pen: Pen, start: Day) -> None:
    """A six-year-old kept at home: 疑似 after verification, then enrolled in grade 1."""
    _lead(pen, start, "从未入学")
    pen.visit(
        school_day(start, 4), "上门", ["乡", "村"], "家长、学生", "约定日期", agreed=school_day(start, 9)
    )
    pen.status(school_day(start, 5), "疑似辍学", 原因=pen.cause, 失学类型="从未入学", 去向="家中")
    _takes_seat(pen, school_day(start, 9), 1)


_NEAREST = {
    STREET: (_EAST_LAKE, _EAST_LAKE),
    QINGMAI: (QINGMAI_PRIMARY, "9901260006"),
    WANGXIA: ("9901260008",) * 2,
}


def _takes_seat(pen: Pen, on: Day, grade: int) -> None:
    """复学 at the nearest school; the class follows on that school's next list."""
    school = _NEAREST[pen.child.township][grade > 6]
    officer = pen.officer("学籍管理员", on, school).name
    pen.status(on, "复学", by=officer, 接收学校代码=school, 安置方式="插班", 原因="已到校就读")
    pen.roster(
        day_after(on),
        day_after(on, 12),
        situation="在籍在校",
        school=school,
        grade=grade,
        room="1班",
        stage=stage_of(grade),
    )
    settle(pen, on)


def _other_school(pen: Pen) -> str:
    if pen.child.grade > 6:
        return _EAST_LAKE
    return _SECOND_PRIMARY if SCHOOL[pen.child.school].township != STREET else _EAST_LAKE


def _leave_the_rolls(pen: Pen, on: Day, school: str, place: str) -> None:
    pen.roster(
        on,
        day_after(on, 12),
        situation="县外就读",
        school="",
        grade=-1,
        room="",
        elsewhere=school,
        elsewhere_at=place,
    )
