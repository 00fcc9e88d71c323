"""学年升级: a school's pupils go up a grade on the first day of the school year, its last grade leaves.

Acts of at most 200 pupils, each complete in itself: who is done has an entry of that day, so the same
command given again after an interruption takes up where it was, and a second time nothing is left.
Roster places change, and with them the files'; no status does.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from casework.commands.rights import needs
from casework.commands.roster import RosterChange
from casework.commands.school_at_hand import school_at_hand
from casework.commands.units import FILES_AT_ONCE
from casework.domain import school_year as rules
from casework.domain.permissions import SCHOOL_YEAR
from casework.domain.promotion import DECLARED, DONE, Promotion, promotion_id
from casework.domain.roster import RosterEntry
from casework.domain.school_year import first_day_of, year_name, year_of
from casework.domain.values import Day, day_of
from casework.errors import ChangedMeanwhile, RuleBroken
from casework.projections.promotion_plan import Plan, Pupil, plan_of
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.store import Reply

STALE = "预览之后名册或个案有变动，请重新核对预览，再点升级；还没有任何学生被改动"


@dataclass(frozen=True)
class _AtHand:
    """A school's step into a year, as it stands under the lock."""

    plan: Plan
    file: Promotion | None


def _take_up(act: Act, reference: Reference, school: str, year: int) -> _AtHand:
    today = day_of(act.recorded_at)
    unit = school_at_hand(act, reference, school)
    weekly = reference.weekly(today)
    first_day = first_day_of(weekly, year)
    if first_day > today:
        raise RuleBroken(f"{year_name(year)}从 {first_day} 开始，到那天才能升级；现在可以先看预览")
    if year != year_of(weekly, today):
        raise RuleBroken(f"{year_name(year)}已经过去，只能办理本学年的升级；个别学生的年级请用花名册更正")
    policy = reference.school_year(first_day)
    plan = plan_of(act.conn, act.id, reference.units, policy, unit, first_day, today)
    return _AtHand(plan, act.find(Promotion, promotion_id(school, year)))


@needs(SCHOOL_YEAR)
def begin_promotion(
    act: Act, reference: Reference, *, school: str, year: int, seen: str, staying: Collection[str]
) -> Reply:
    """Begins (or takes up again) the promotion as previewed: settles those asked, and says how many follow.

    `seen` is the preview's fingerprint; `staying` those of the asked who keep their grade. Reply: left.
    """
    at_hand = _take_up(act, reference, school, year)
    plan, file = at_hand.plan, at_hand.file
    if file and not plan.moving and not plan.asked:
        return {"school": school, "year": year, "verb": "unchanged", "left": 0}
    if file and file.state == DECLARED:
        raise RuleBroken("本校已说明名册是新学年的，无需升级；如说明有误，请联系县教体局更正名册")
    if plan.mark() != seen:
        raise ChangedMeanwhile(STALE, school=school)
    file = file or Promotion.begin(school, year)
    asked = plan.asked[:FILES_AT_ONCE]
    _move(act, reference, plan, file, asked, staying)
    _finish(act, plan, file, {each.child_id for each in asked})
    return {"school": school, "year": year, "verb": "begun", "left": len(plan.moving)}


@needs(SCHOOL_YEAR)
def promote_pupils(act: Act, reference: Reference, *, school: str, year: int) -> Reply:
    """One act's share of a promotion that was begun. Reply: moved, left."""
    at_hand = _take_up(act, reference, school, year)
    plan, file = at_hand.plan, at_hand.file
    if file is None or file.state == DECLARED:
        raise RuleBroken("本校还没有开始升级，请先看预览", school=school)
    pupils = plan.moving[:FILES_AT_ONCE]
    _move(act, reference, plan, file, pupils, ())
    _finish(act, plan, file, {each.child_id for each in pupils})
    return {"moved": len(pupils), "left": len(plan.moving) - len(pupils)}


@needs(SCHOOL_YEAR)
def declare_promoted(act: Act, reference: Reference, *, school: str, year: int) -> Reply:
    """名册已是新学年的: nothing is to be done this year; no pupil is changed."""
    at_hand = _take_up(act, reference, school, year)
    if at_hand.file is not None:
        raise RuleBroken("本校本学年的升级已经办理过，请刷新页面查看", school=school)
    act.save(Promotion.begin(school, year, declared=True))
    return {"school": school, "year": year, "verb": "declared"}


def _move(
    act: Act,
    reference: Reference,
    plan: Plan,
    file: Promotion,
    pupils: Iterable[Pupil],
    staying: Collection[str],
) -> None:
    """Writes the pupils' entries of the first day, and how many they are."""
    change, counts = RosterChange(act, reference.units), Counter[str]()
    chosen = list(pupils)
    change.load(each.child_id for each in chosen)
    for each in chosen:
        stays = each.child_id in staying
        change.add(each.child_id, RosterEntry(act.id, plan.first_day, each.values(stays=stays)))
        counts["stayed" if stays else _COUNTED.get(each.kind, "up")] += 1
    change.write()
    if chosen:
        names = ("up", "left_primary", "left_junior", "stayed")
        file.move(**{name: counts[name] for name in names})


_COUNTED = {rules.LEAVES_PRIMARY: "left_primary", rules.LEAVES_JUNIOR: "left_junior"}


def _finish(act: Act, plan: Plan, file: Promotion, settled: Collection[str]) -> None:
    """Tells that nobody is left, once nobody is."""
    waiting = [each for each in (*plan.moving, *plan.asked) if each.child_id not in settled]
    if not waiting and file.state != DONE:
        file.finish()
    act.save(file)


def shown_year(reference: Reference, today: Day) -> int:
    """The year whose step a page shows first: in the two months before it begins, the coming one."""
    weekly = reference.weekly(today)
    year = year_of(weekly, today)
    coming = first_day_of(weekly, year + 1)
    return year + 1 if _months(coming) - _months(today) <= 2 else year


def _months(day: Day) -> int:
    return int(day[:4]) * 12 + int(day[5:7])
