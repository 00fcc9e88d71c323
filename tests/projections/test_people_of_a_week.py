"""学生名单 of the eventful week: who is on it, in which order, and what it tells of each."""

from dataclasses import asdict

import pytest

from casework.errors import NotFound
from casework.projections.weekly_cells import FLOWS
from casework.projections.weekly_children import Cell, Question, entries_behind
from casework.projections.weekly_people import ListedPerson, people_of
from tests.oracle import eventful as told
from tests.support.county import County

MOVEMENTS = [key for key in FLOWS if key[2:] not in ("open", "adj") and key != "relapsed"]


def people(county: County, unit: str, week: str = told.WEEK) -> list[ListedPerson]:
    with county.casework.reading() as reading:
        return people_of(reading.snapshot, reading.reference, unit=unit, week=week)


def person(county: County, name: str, week: str = told.WEEK) -> ListedPerson:
    (found,) = (each for each in people(county, told.COUNTY, week) if each.child.name == name)
    return found


@pytest.mark.parametrize("unit", [told.COUNTY, told.SOUTH, told.DISTRICT, told.THREE, told.OTHER])
def test_the_list_holds_who_stands_behind_the_stocks_and_movements_of_the_report(eventful: County, unit: str):
    listed = [each.child.child_id for each in people(eventful, unit)]
    behind: set[str] = set()
    with eventful.casework.reading() as reading:
        for figure in MOVEMENTS:
            question = Question.of(
                reading.snapshot, reading.reference, unit=unit, week=told.WEEK,
                known_at=reading.known_at, cell=Cell("total", unit, "all", figure),
            )  # fmt: skip
            behind |= {entry.case for entry in entries_behind(question)}
    assert set(listed) == behind
    assert len(listed) == len(behind)


def test_people_stand_by_school_class_and_name(eventful: County):
    order = [
        (each.span.school, each.span.grade, each.span.klass, each.child.name)
        for each in people(eventful, told.COUNTY)
    ]
    assert order == sorted(order)
    first = next(each for each in people(eventful, told.DISTRICT))
    assert (first.child.name, first.span.klass) == (told.AGAIN, "0班")


def test_a_line_tells_since_when_where_to_and_how_back(eventful: County):
    facts = asdict(person(eventful, told.BACK).facts)
    assert {name: facts[name] for name in ("left_on", "returned_on", "placement", "destination")} == {
        "left_on": "2026-09-03", "returned_on": "2026-09-12", "placement": "插班", "destination": "东莞",
    }  # fmt: skip


def test_who_left_again_is_away_since_then_and_not_back(eventful: County):
    facts = person(eventful, told.AGAIN).facts
    assert (facts.left_on, facts.returned_on, facts.placement) == ("2026-09-16", "", "")
    assert facts.destination == "省城"


def test_only_who_is_back_has_a_day_of_return(eventful: County):
    for each in people(eventful, told.COUNTY):
        assert bool(each.facts.returned_on) is (each.span.status == "returned"), each.child.name


def test_what_happened_after_the_week_stands_in_the_next_weeks_list_only(eventful: County):
    facts = person(eventful, told.AGAIN, "2026-W39").facts
    assert (facts.returned_on, facts.placement) == ("2026-09-20", "随班就读")
    assert [body["on"] for body in facts.letters] == ["2026-09-07", "2026-09-14", "2026-09-18"]
    assert len(facts.visits) == 4


def test_visits_and_letters_stand_by_their_day_however_they_were_told(eventful: County):
    facts = person(eventful, told.AGAIN).facts
    assert [(body["on"], said.get("talk")) for body, said in facts.visits] == [
        (f"2026-{day}", f"{day}谈过") for day in ("09-04", "09-15", "09-17")
    ]
    assert [body["on"] for body in facts.letters] == ["2026-09-07", "2026-09-14"]


def test_a_line_stands_at_the_childs_place_of_the_weeks_last_day(eventful: County):
    for each in people(eventful, told.COUNTY):
        assert each.span.valid_from <= "2026-09-17" < each.span.valid_to
        assert each.roster is not None
        assert each.roster.valid_from <= "2026-09-17" < each.roster.valid_to
        assert (each.roster.child_id, each.span.case_id) == (each.child.child_id,) * 2


def test_a_unit_that_nobody_knows_has_no_list(eventful: County):
    with pytest.raises(NotFound):
        people(eventful, "nowhere")
