"""How a child stays away and comes back: absence, 疑似, visits, letters, return, and what may follow.

Each scenario tells a whole course from its first day; what would lie after the story's end is left out.
"""

from casework.demo.days import school_day
from casework.demo.facts import ORDER, PERSUASION, Fact, Pen
from casework.domain.values import Day, day_after


def absent_until_suspected(pen: Pen, start: Day) -> Fact:
    """Seven school days away: the class teacher calls and visits, on the eighth day 疑似 is recorded."""
    pen.absence(start)
    pen.visit(start, "电话", ["班主任"], "家长", "约定日期", agreed=school_day(start, 2))
    pen.visit(school_day(start, 2), "上门", ["班主任", "校长"], *_met(pen))
    return pen.status(
        school_day(start, 7), "疑似辍学", 原因=pen.cause, 失学类型="中途辍学", 去向=_whereabouts(pen.cause)
    )


def settle(pen: Pen, on: Day, *, close: bool = True, placement: str = "") -> None:
    """After the return: talks at school on days 1 and 10, and 销号 once twenty school days have passed."""
    pen.visit(school_day(on, 1), "学校", ["班主任"], "学生", "同意返校", settled=True)
    pen.visit(school_day(on, 10), "学校", ["班主任"], "学生", "同意返校", settled=True)
    if close:
        pen.approved(
            school_day(on, 22), "销号", evidence="复", 销号原因="复学稳定", 原因="巩固期满，出勤正常"
        )


def came_back(pen: Pen, start: Day) -> None:
    """疑似, one joint visit, back within two weeks."""
    absent_until_suspected(pen, start)
    pen.visit(
        school_day(start, 8), "上门", ["班主任", "村"], "家长、学生", "同意返校", agreed=school_day(start, 10)
    )
    pen.status(school_day(start, 10), "复学", 安置方式="插班", 原因="劝返到校")
    settle(pen, school_day(start, 10))


def came_back_after_letter(pen: Pen, start: Day) -> None:
    """疑似, the school's letter served, back before its seven days are over."""
    absent_until_suspected(pen, start)
    pen.visit(school_day(start, 9), "上门", ["班主任", "校长", "村"], "家长", "犹豫")
    pen.letter(school_day(start, 10), PERSUASION, served=school_day(start, 11))
    pen.visit(
        school_day(start, 13),
        "村委",
        ["班主任", "乡", "村"],
        "家长、学生",
        "同意返校",
        agreed=school_day(start, 15),
    )
    pen.status(school_day(start, 15), "复学", 安置方式="插班", 原因="劝返到校")
    settle(pen, school_day(start, 15))


def came_back_quickly(pen: Pen, start: Day) -> None:
    """疑似 and the return one day later; the course is not yet closed by the county."""
    absent_until_suspected(pen, start)
    pen.visit(school_day(start, 7), "上门", ["班主任", "乡"], "家长、学生", "同意返校")
    pen.status(school_day(start, 8), "复学", 原因="次日到校")
    settle(pen, school_day(start, 8), close=False)


def noticed_late(pen: Pen, start: Day) -> None:
    """As `came_back`, but the school sent the 疑似 entry and a visit two weeks late."""
    suspected = school_day(start, 7)
    pen.absence(start)
    pen.status(suspected, "疑似辍学", late=15, 原因=pen.cause, 失学类型="中途辍学")
    pen.visit(school_day(start, 8), "上门", ["班主任", "村"], "家长", "犹豫", late=14)
    pen.visit(school_day(start, 12), "上门", ["班主任", "校长"], "家长、学生", "同意返校", late=14)
    pen.status(school_day(start, 14), "复学", late=16, 安置方式="插班", 原因="劝返到校（补报）")
    settle(pen, school_day(start, 14), close=False)


def false_alarm(pen: Pen, start: Day) -> None:
    """疑似, but the leave paper had only not been handed in: 重点关注, then closed after verification."""
    absent_until_suspected(pen, start)
    pen.visit(school_day(start, 8), "上门", ["班主任"], "家长、学生", "同意返校")
    pen.status(school_day(start, 9), "重点关注", 原因="补交请假手续，孩子已到校")
    pen.approved(
        school_day(start, 24), "销号", evidence="排", 销号原因="核查排除", 原因="请假手续齐全，出勤正常"
    )


def long_course(pen: Pen, start: Day, *, late: int = 0) -> Fact:
    """Four weeks of contact without return: 劝返 letter, then 辍学 is confirmed."""
    absent_until_suspected(pen, start)
    pen.visit(school_day(start, 8), "上门", ["班主任", "校长", "村"], "家长", "犹豫")
    pen.letter(
        school_day(start, 9),
        PERSUASION,
        served=school_day(start, 11),
        how=pen.rng.choice(("直接", "直接", "留置")),
    )
    pen.visit(school_day(start, 13), "上门", ["班主任", "乡", "村"], "无人", "未见到")
    pen.visit(school_day(start, 17), _far_way(pen.cause), ["班主任", "乡"], "家长", "犹豫")
    return pen.status(
        school_day(start, 20),
        "辍学",
        late=late,
        原因=pen.cause,
        失学类型="中途辍学",
        去向=_whereabouts(pen.cause),
    )


def ordered_back(pen: Pen, start: Day) -> None:
    """辍学, the government's order served, and back: the full ladder with a good end."""
    long_course(pen, start)
    pen.visit(school_day(start, 22), "上门", ["乡", "班主任", "村"], "家长", "犹豫")
    pen.letter(school_day(start, 23), ORDER, served=school_day(start, 25))
    pen.visit(
        school_day(start, 27),
        "上门",
        ["乡", "校长", "班主任"],
        "家长、学生",
        "同意返校",
        agreed=school_day(start, 29),
    )
    pen.status(school_day(start, 29), "复学", 安置方式="插班", 原因="劝返复学")
    settle(pen, school_day(start, 29))


def still_out(pen: Pen, start: Day) -> None:
    """辍学 and not back at the story's end, visited all the same."""
    long_course(pen, start)
    pen.letter(school_day(start, 24), ORDER, served=school_day(start, 26), how="直接")
    pen.visit(school_day(start, 25), "视频", ["班主任"], "学生", "犹豫")
    pen.visit(school_day(start, 32), _far_way(pen.cause), ["乡", "班主任"], "家长", "犹豫")
    pen.visit(
        school_day(start, 40), "上门", ["村", "班主任"], "家长", "约定日期", agreed=school_day(start, 45)
    )


def confirmed_late(pen: Pen, start: Day) -> None:
    """Back before the county learnt that 辍学 had been confirmed: the entry falls between two known ones."""
    long_course(pen, start, late=23)
    pen.visit(school_day(start, 24), "上门", ["乡", "班主任"], "家长、学生", "同意返校")
    pen.status(school_day(start, 25), "复学", 安置方式="插班", 原因="劝返复学")
    settle(pen, school_day(start, 25), close=False)


def cause_corrected(pen: Pen, start: Day) -> None:
    """The cause first written down turns out to be another one; the same row is sent again."""
    dropped = long_course(pen, start)
    pen.correct(dropped, 原因=f"监护缺失；{pen.cause}")
    pen.visit(school_day(start, 30), "上门", ["乡", "班主任", "村"], "委托监护人", "犹豫")


def letter_voided(pen: Pen, start: Day) -> None:
    """The first letter named a wrong class and is voided; its number stays and the next one is served."""
    absent_until_suspected(pen, start)
    wrong = pen.letter(school_day(start, 9), PERSUASION)
    pen.correct(wrong, 作废日期=school_day(start, 10), 作废原因="班级写错，重新签发")
    pen.letter(school_day(start, 10), PERSUASION, served=school_day(start, 12), how="邮寄")
    pen.visit(school_day(start, 14), "上门", ["校长", "班主任"], "家长、学生", "同意返校")
    pen.status(school_day(start, 18), "复学", 安置方式="插班", 原因="劝返到校")
    settle(pen, school_day(start, 18))


def wrong_day_replaced(pen: Pen, start: Day) -> None:
    """疑似 was dated two days too early: voided, and entered again with the right day."""
    wrong = absent_until_suspected(pen, start)
    pen.replace(wrong, "日期录错，应为到校核实当日", 日期=school_day(start, 9))
    call = pen.visit(school_day(start, 9), "上门", ["班主任", "村"], "家长", "犹豫")
    pen.replace(
        call,
        "参加人漏写",
        参加人="；".join(p.as_participant() for p in pen.people(call.on, "班主任", "乡", "村")),
    )
    pen.status(school_day(start, 26), "复学", 安置方式="插班", 原因="劝返到校")
    settle(pen, school_day(start, 26), close=False)


def relapsed(pen: Pen, start: Day, *, again: bool = True) -> None:
    """Back, away again (再辍), and with more help back once more."""
    absent_until_suspected(pen, start)
    pen.visit(school_day(start, 8), "上门", ["班主任", "村"], "家长、学生", "同意返校")
    pen.status(school_day(start, 10), "复学", 安置方式="插班", 原因="劝返到校")
    pen.visit(school_day(start, 11), "学校", ["班主任"], "学生", "同意返校", settled=True)
    away = school_day(start, 17)
    pen.absence(away)
    pen.status(school_day(away, 5), "再辍", 原因=f"{pen.cause}；心理健康", 失学类型="中途辍学", 去向="家中")
    pen.visit(school_day(away, 2), "上门", ["班主任", "校长"], "学生", "犹豫")
    pen.visit(school_day(away, 7), "上门", ["校长", "乡", "村"], "家长、学生", "犹豫")
    if again:
        pen.status(school_day(away, 12), "复学", 安置方式="普职融合", 原因="调整课程后返校")
        settle(pen, school_day(away, 12), close=False)


def relapsed_and_out(pen: Pen, start: Day) -> None:
    """Back, away again and not yet back."""
    relapsed(pen, start, again=False)


def suspected_again(pen: Pen, start: Day) -> None:
    """Back, and 疑似 again some weeks later: a relapse that is caught early."""
    came_back_quickly(pen, start)
    away = school_day(start, 24)
    pen.absence(away)
    pen.visit(school_day(away, 1), "电话", ["班主任"], "家长", "约定日期", agreed=school_day(away, 3))
    pen.status(school_day(away, 7), "疑似辍学", 原因=pen.cause, 失学类型="中途辍学", 去向="家中")
    pen.visit(school_day(away, 8), "上门", ["班主任", "村"], "学生", "犹豫")


def reopened(pen: Pen, start: Day) -> None:
    """Closed as excluded, then the lead comes up again: reopened, 疑似, and back."""
    false_alarm(pen, start)
    again = school_day(start, 30)
    pen.status(again, "重开", 原因="同学反映又有几天未到校")
    pen.visit(school_day(again, 1), "上门", ["班主任", "校长"], "家长", "犹豫")
    pen.status(school_day(again, 3), "疑似辍学", 原因=pen.cause, 失学类型="中途辍学")
    pen.visit(school_day(again, 5), "上门", ["班主任", "乡", "村"], "家长、学生", "同意返校")
    pen.status(school_day(again, 7), "复学", 安置方式="插班", 原因="劝返到校")


def _met(pen: Pen) -> tuple[str, str]:
    return pen.rng.choice(
        (("家长", "犹豫"), ("家长、学生", "犹豫"), ("委托监护人", "犹豫"), ("无人", "未见到"))
    )


def _whereabouts(cause: str) -> str:
    return {"外出务工": "县外务工地", "随父母外出": "随父母在县外", "因病": "家中休养"}.get(cause, "家中")


def _far_way(cause: str) -> str:
    return {"外出务工": "务工地", "随父母外出": "电话"}.get(cause, "上门")


def carried_over(pen: Pen, start: Day) -> None:
    """Dropped out last term; the autumn's first visits bring the child back."""
    _from_last_term(pen, start)
    pen.visit("2026-08-29", "上门", ["乡", "村"], "家长、学生", "约定日期", agreed="2026-09-01")
    back = school_day("2026-09-01", pen.order % 7)
    pen.status(back, "复学", 安置方式="单独编班", 原因="开学劝返复学")
    settle(pen, back)


def carried_over_still_out(pen: Pen, start: Day) -> None:
    """Dropped out last term and still away; the family's guardian was ordered and keeps being visited."""
    _from_last_term(pen, start)
    for n in range(4, 56, 13):
        pen.visit(school_day("2026-09-01", n), _far_way(pen.cause), ["乡", "班主任"], "家长", "犹豫")
    pen.letter("2026-09-16", ORDER, served="2026-09-21", how="留置", refused="家长说孩子不在家，不便签字")


def carried_over_to_trade_school(pen: Pen, start: Day) -> None:
    """Dropped out last term, back in a class with vocational courses, then enrolled at a trade school."""
    _from_last_term(pen, start)
    pen.status("2026-09-07", "复学", 安置方式="职业教育/技能培训", 原因="愿意学技能，已返校")
    pen.visit("2026-09-15", "学校", ["班主任"], "学生", "同意返校", settled=True)
    pen.approved("2026-10-22", "销号", evidence="职", 销号原因="职教就读", 原因="已在中职学校注册就读")


def _from_last_term(pen: Pen, start: Day) -> None:
    officer = pen.officer("学籍管理员", start).name
    pen.status(
        start, "疑似辍学", by=officer, 原因=pen.cause, 失学类型="中途辍学", 去向=_whereabouts(pen.cause)
    )
    pen.status(
        day_after(start, 27),
        "辍学",
        by=officer,
        原因=pen.cause,
        失学类型="中途辍学",
        去向=_whereabouts(pen.cause),
    )
