"""Forms of a school year's beginning and of a village: 学年升级, 小升初未衔接, leads."""

from casework.commands.leavers import verify_leaver
from casework.commands.school_year import begin_promotion, declare_promoted, promote_pupils
from casework.commands.village import NewChild, confirm_child, give_lead, lead_on_new_child
from casework.domain.school_year import first_day_of, year_of
from casework.projections.leavers import leavers
from casework.projections.promotion_plan import plan_of
from tests.support.busy_county import ACTORS, SCHOOLS
from tests.support.random_pen import Drawn, Form, Pen
from tests.support.rows import HILL


def year_form(pen: Pen) -> Form:
    """A form of a school's office, or of a village."""
    if pen.rng.random() < 0.4:
        return pen.of(ACTORS["hill"], *_lead(pen))
    left = _leavers(pen)
    if left and pen.rng.random() < 0.4:
        school, child_id = pen.rng.choice(left)
        command, said = verify_leaver, {"child_id": child_id, "words": "没有报到"}
    else:
        school = pen.rng.choice(SCHOOLS)
        command, said = pen.rng.choice((_begin, _go_on))(pen, school)
    own = ACTORS[pen.rng.choice((f"head{school}", f"desk{school}", "clerk"))]
    return pen.of(own, command, said)


def _begin(pen: Pen, school: str) -> Drawn:
    today = pen.seen.today
    with pen.seen.county.casework.reading() as reading:
        reference, snapshot = reading.reference, reading.snapshot
        year = year_of(reference.weekly(today), today)
        first, unit = first_day_of(reference.weekly(today), year), reference.units.get(school)
        assert unit
        policy = reference.school_year(first)
        plan = plan_of(snapshot.conn, snapshot.k, reference.units, policy, unit, first, today)
    if pen.rng.random() < 0.05:
        return declare_promoted, {"school": school, "year": year}
    staying = tuple(each.child_id for each in plan.asked if pen.rng.random() < 0.5)
    return begin_promotion, {"school": school, "year": year, "seen": plan.mark(), "staying": staying}


def _go_on(pen: Pen, school: str) -> Drawn:
    with pen.seen.county.casework.reading() as reading:
        year = year_of(reading.reference.weekly(pen.seen.today), pen.seen.today)
    return promote_pupils, {"school": school, "year": year}


def _leavers(pen: Pen) -> list[tuple[str, str]]:
    """(school left, child) of those who left 小学 and sit nowhere."""
    with pen.seen.county.casework.reading() as reading:
        found = leavers(reading.snapshot.conn, reading.snapshot.k, pen.seen.today, lambda _: True)
    return [(each.school, each.child_id) for each in sorted(found, key=lambda each: each.name)]


def _lead(pen: Pen) -> Drawn:
    roll = pen.rng.random()
    if roll < 0.3:
        n = pen.rng.randint(2, 9)
        child = NewChild(name=f"学生新{n}", sex="女", birth=f"201{n}-05-01", guardian="家长新")
        return lead_on_new_child, {"village": HILL, "child": child, "words": "村里见到，没上学"}
    child_id = pen.rng.choice(list(pen.seen.files))
    if roll < 0.5:
        return confirm_child, {"child_id": child_id, "found": "not_seen"}
    return give_lead, {"child_id": child_id, "words": "几天没见到"}
