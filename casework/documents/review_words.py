"""A review in words (责任考核): the same for page, workbook and terminal."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from casework.domain.units import Units
from casework.domain.values import Day, days_between
from casework.projections.duty_chain import Standing
from casework.projections.duty_holders import Holder
from casework.projections.duty_review import Item, Part, Review, Tenure
from casework.projections.reference import Reference

STATES = {
    "on_time": "按时办结",
    "late": "逾期办结",
    "overdue": "逾期未办",
    "open": "未到期",
    "excused": "已免办",
    "ended": "已终止",
    "": "没有这一项",
}
FIGURES = {
    "应办": lambda standing: standing.due,
    "按时办结": lambda standing: standing.states["on_time"],
    "逾期办结": lambda standing: standing.states["late"],
    "逾期未办": lambda standing: standing.states["overdue"],
    "已免办": lambda standing: standing.states["excused"],
    "及时率": lambda standing: rate(standing.timeliness),
    "办结率": lambda standing: rate(standing.completeness),
}
VACANT = "空缺"
NOT_THEIRS = "不归其负责"


@dataclass(frozen=True, slots=True)
class Told:
    """One duty of a review in words. `child_id` "" where it is not to be shown."""

    child_id: str
    child: str
    role: str
    unit: str
    must: str
    why: str
    due_day: Day
    then: str
    now: str
    state: str
    done: str
    by: str
    holders: str
    learned: str


class Teller:
    """Tells the items of a review; `names`: child → the name as the reader may see it."""

    def __init__(self, reference: Reference, review: Review, names: Mapping[str, str]) -> None:
        self._reference, self._review, self._names = reference, review, names

    def told(self, item: Item) -> Told:
        """One duty."""
        line, names = item.line, self._names
        policy = self._reference.duties(line.begins)
        rule = policy.rule(line.rule) or next(
            (each for each in policy.unit_rules if each.name == line.rule and each.role == line.role), None
        )
        seen = names.get(line.case, "")
        return Told(
            child_id=line.case if seen else "",
            child=seen or ("不在查看范围的孩子" if line.case else "本单位事项"),
            role=line.role,
            unit=f"{self._reference.units.name(line.unit)}{line.grade}{line.klass}",
            must=rule.must if rule else line.rule,
            why=rule.why if rule else "",
            due_day=line.due_day,
            then=STATES[item.then],
            now=STATES[item.now],
            state=item.now or item.then,
            done=self._done(item),
            by=f"{'代办' if item.for_others else '登记'}：{item.by.name}" if item.by else "",
            holders=people(item.held_now),
            learned=self._learned(item),
        )

    def told_of(self, part: Part, item: Item) -> Told:
        """One duty as it stood with one holder."""
        told = self.told(item)
        then, now = part.state_then(item), part.state_now(item)
        return replace(
            told,
            then=told.then if then or not item.then else NOT_THEIRS,
            now=told.now if now or not item.now else NOT_THEIRS,
            state=now,
        )

    def _done(self, item: Item) -> str:
        """When it was done and recorded, or how long it is overdue."""
        if item.fulfilled_on:
            late = item.recorded_late
            return f"{item.fulfilled_on} 办结" + (f"，晚登记 {late} 天" if late else "")
        if item.afterwards:
            return f"考核期后 {item.afterwards} 办结"
        if item.now == "overdue":
            days = days_between(item.line.due_day, self._review.on)
            return f"到期末逾期 {days} 天" if days else "到期末没有办"
        return ""

    def _learned(self, item: Item) -> str:
        """What was learned after the period's end; "" for nothing."""
        if not item.differs:
            return ""
        words = []
        if item.then != item.now:
            words.append(f"期末所知{STATES[item.then]}，现在所知{STATES[item.now]}")
            if item.recorded > self._review.on:
                words.append(f"{item.recorded} 补登记")
        if item.held_then != item.held_now and item.then and item.now:
            words.append(f"责任人期末记为{people(item.held_then)}，现在记为{people(item.held_now)}")
        return "；".join(words)


def people(holders: tuple[Holder, ...]) -> str:
    """Names, or 空缺."""
    return "、".join(each.name for each in holders) or VACANT


def part_name(part: Part) -> str:
    """Whose part it is."""
    return part.holder.name or VACANT


def rate(value: float | None) -> str:
    """87%; — when nothing fell due."""
    return "—" if value is None else f"{value * 100:.0f}%"


def figures(standing: Standing) -> dict[str, str]:
    """The figures of one knowledge, in order."""
    return {name: str(figure(standing)) for name, figure in FIGURES.items()}


def tenure_words(tenure: Tenure, units: Units) -> str:
    """甲镇镇长，2026-08-01 起."""
    until = f"至 {tenure.until}" if tenure.until else "起"
    acting = "（代理）" if tenure.acting else ""
    return f"{units.name(tenure.unit)}{tenure.klass}{tenure.post}{acting}，{tenure.since} {until}"
