"""Who plays which course: about sixty children of the county, written by hand so that each week reads true.

Most come back. 青麦镇 and 望霞乡 lose older children to work, the town to tiredness of school; some
schools have nothing to report all term; the children of the closed teaching point keep their file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from casework.demo import placements as p
from casework.demo import scenarios as s
from casework.demo.county import QINGMAI, SCHOOL, STREET, VILLAGES, WANGXIA
from casework.demo.facts import Fact, Pen, number_papers
from casework.demo.pupils import Pupil, Roll
from casework.demo.staff import Staff
from casework.domain.values import Day

Scenario = Callable[[Pen, Day], object]
TIRED, POOR, WORK, FAR, ILL = "学习困难/厌学", "家庭经济困难", "外出务工", "上学远", "因病"
GAMES, ALONE, MIND, MOVED, WED = "网瘾", "监护缺失", "心理健康", "随父母外出", "早婚早育"
DISABLED, BULLIED, OTHER = "残疾", "校园欺凌", "其他"

# Scenario, last two digits of the school's code, grade, first day, primary cause.
_AT_SCHOOL: tuple[tuple[Scenario, str, int, Day, str], ...] = (
    (s.came_back_after_letter, "03", 8, "2026-09-01", TIRED),
    (s.ordered_back, "03", 9, "2026-09-01", WORK),
    (s.relapsed_and_out, "03", 8, "2026-09-02", GAMES),
    (s.came_back, "03", 7, "2026-09-03", GAMES),
    (s.letter_voided, "03", 9, "2026-09-08", TIRED),
    (s.confirmed_late, "03", 9, "2026-09-14", WORK),
    (s.noticed_late, "03", 8, "2026-10-08", MIND),
    (s.came_back, "03", 8, "2026-10-28", TIRED),
    (s.came_back_after_letter, "03", 9, "2026-10-29", POOR),
    (s.came_back, "03", 7, "2026-11-05", GAMES),
    (s.came_back_after_letter, "03", 8, "2026-11-09", TIRED),
    (s.still_out, "06", 9, "2026-09-01", WORK),
    (s.relapsed, "06", 9, "2026-09-04", WORK),
    (s.ordered_back, "06", 8, "2026-09-07", POOR),
    (s.came_back, "06", 7, "2026-09-09", FAR),
    (s.suspected_again, "06", 7, "2026-09-10", GAMES),
    (s.came_back_after_letter, "06", 9, "2026-09-15", TIRED),
    (s.cause_corrected, "06", 8, "2026-09-21", MOVED),
    (s.wrong_day_replaced, "06", 8, "2026-10-08", ALONE),
    (s.came_back_quickly, "06", 8, "2026-11-04", TIRED),
    (s.came_back_after_letter, "06", 9, "2026-11-10", WORK),
    (s.carried_over, "06", 9, "2026-04-13", WORK),
    (s.carried_over_still_out, "06", 9, "2026-05-11", WED),
    (p.on_leave_and_back, "06", 8, "2026-06-08", ILL),
    (s.ordered_back, "08", 9, "2026-09-02", WED),
    (s.relapsed, "08", 9, "2026-09-08", TIRED),
    (s.reopened, "08", 8, "2026-09-10", ALONE),
    (s.came_back, "08", 7, "2026-09-11", FAR),
    (s.still_out, "08", 8, "2026-09-16", WORK),
    (s.came_back, "08", 6, "2026-09-15", FAR),
    (s.came_back_after_letter, "08", 7, "2026-10-30", POOR),
    (s.carried_over_to_trade_school, "08", 9, "2026-04-20", TIRED),
    (p.becomes_taught_at_home, "08", 2, "2026-09-02", DISABLED),
    (p.watched, "08", 4, "2026-09-08", ALONE),
    (p.transfer_refused, "08", 5, "2026-10-12", FAR),
    (s.came_back, "04", 8, "2026-09-07", TIRED),
    (s.false_alarm, "04", 3, "2026-09-08", OTHER),
    (p.transferred_away, "04", 7, "2026-09-09", MOVED),
    (p.on_leave, "04", 9, "2026-09-14", ILL),
    (s.long_course, "04", 9, "2026-10-20", WORK),
    (p.moved_home, "04", 7, "2026-09-18", MOVED),
    (s.came_back, "05", 5, "2026-09-14", MOVED),
    (p.transferred, "05", 4, "2026-09-15", OTHER),
    (p.becomes_taught_at_home, "05", 1, "2026-09-08", DISABLED),
    (s.came_back, "07", 1, "2026-09-14", ALONE),
    (s.came_back_after_letter, "07", 3, "2026-09-16", FAR),
    (p.watched, "07", 2, "2026-09-24", ALONE),
    (s.came_back, "09", 6, "2026-09-01", FAR),
    (p.transferred, "09", 5, "2026-10-13", MOVED),
    (s.came_back, "09", 4, "2026-11-02", MOVED),
    (s.came_back_quickly, "01", 6, "2026-10-19", BULLIED),
    (p.transfer_withdrawn, "01", 3, "2026-10-12", MOVED),
    (p.taught_at_home, "11", 2, "2026-03-02", DISABLED),
    (p.taught_at_home, "11", 5, "2026-03-02", DISABLED),
    (p.taught_at_home, "11", 7, "2025-09-08", DISABLED),
)
LEADS_FOUND: Day = "2026-09-08"
# Scenario, township of residence, grade by age, primary cause.
_NEVER_ENROLLED: tuple[tuple[Scenario, str, int, str], ...] = (
    (p.found_elsewhere, STREET, 1, MOVED),
    (p.found_elsewhere, QINGMAI, 7, MOVED),
    (p.listed_twice, STREET, 1, OTHER),
    (p.still_looked_for, WANGXIA, 1, MOVED),
    (p.joined_junior_late, WANGXIA, 7, POOR),
    (p.joined_junior_late, QINGMAI, 7, TIRED),
    (p.never_came, WANGXIA, 7, TIRED),
    (p.never_came, QINGMAI, 1, ALONE),
    (p.entered_late, STREET, 1, ALONE),
    (p.entry_deferred, QINGMAI, 1, ILL),
)
_TELLING = {
    POOR: {"脱贫户", "低保", "脱贫不稳定户", "边缘易致贫户"},
    ALONE: {"留守儿童", "单亲", "父母离异"},
    MOVED: {"随迁子女", "留守儿童"},
    DISABLED: {"残疾学生"},
    MIND: {"父母离异", "单亲"},
    WORK: {"脱贫户", "留守儿童"},
    FAR: {"脱贫户", "低保"},
}


@dataclass(frozen=True)
class Story:
    """All facts of all cases, and the children the county found on no roll."""

    facts: list[Fact]
    found: list[Pupil]
    cast: list[Pupil]


def tell(rng: Random, pupils: list[Pupil], roll: Roll, staff: Staff) -> Story:
    """Casts the children and writes down everything that happened to them."""
    cast = list(_cast(rng, pupils))
    found = [_found_child(rng, roll, township, grade) for _, township, grade, _ in _NEVER_ENROLLED]
    pens = [
        _play(Pen(child, staff, rng, cause, order), scenario, start)
        for order, (child, (scenario, _, _, start, cause)) in enumerate(zip(cast, _AT_SCHOOL, strict=True), 1)
    ] + [
        _play(Pen(child, staff, rng, cause, order, leads=True), scenario, LEADS_FOUND)
        for order, (child, (scenario, _, _, cause)) in enumerate(
            zip(found, _NEVER_ENROLLED, strict=True), len(cast) + 1
        )
    ]
    facts = [fact for pen in pens for fact in pen.facts]
    number_papers(facts)
    _misspell_one(pens)
    return Story(facts, found, cast + found)


def _play(pen: Pen, scenario: Scenario, start: Day) -> Pen:
    scenario(pen, start)
    return pen


def _cast(rng: Random, pupils: list[Pupil]) -> Iterator[Pupil]:
    taken: set[str] = set()
    for _, school, grade, _, cause in _AT_SCHOOL:
        fit = [
            child
            for child in pupils
            if child.school.endswith(school)
            and child.grade == grade
            and child.number not in taken
            and child.cert
        ]
        if cause == WED:
            fit = [child for child in fit if child.sex == "女"]
        if cause in (FAR, ALONE):
            fit = [child for child in fit if child.township == SCHOOL[child.school].township]
        telling = [child for child in fit if _TELLING.get(cause, set()) & set(child.groups)]
        child = rng.choice(telling if telling and (cause in (DISABLED, ALONE) or rng.random() < 0.7) else fit)
        taken.add(child.number)
        yield child


def _found_child(rng: Random, roll: Roll, township: str, grade: int) -> Pupil:
    village = rng.choice([code for code in VILLAGES if code[:9] == township])
    return roll.child(grade, situation="未入学", numbered=False, village=village)


def _misspell_one(pens: list[Pen]) -> None:
    """One visit spells the child's name with another character, as happens; the importer asks."""
    pen = next(pen for pen in pens if pen.child.school.endswith("05") and len(pen.child.name) > 2)
    visit = next(fact for fact in pen.facts if fact.kind == "visits")
    visit.cells["姓名"] = pen.child.name[:-1] + ("怡" if pen.child.name[-1] != "怡" else "宜")
    visit.misspelt = True
