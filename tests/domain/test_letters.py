"""Letters in the domain: terms counted by the calendar, who may issue what to whom, what a proof must say."""

from pathlib import Path

import pytest

import casework.policy
from casework.domain.calendar import Calendar
from casework.domain.case_file import CaseFile
from casework.domain.letter_deadline import (
    days_left,
    deadline,
    last_counted_day_over,
    last_day_counted,
    served_day,
)
from casework.domain.letter_numbers import number_text, series_place
from casework.domain.letter_policy import LetterKind, LetterPolicy
from casework.domain.letter_rules import (
    Standing,
    acts_for,
    issuer_fault,
    issuer_for,
    running,
    situation_fault,
)
from casework.domain.letter_service import service_faults
from casework.domain.letter_text import letter_text
from casework.domain.places import Place
from casework.domain.policy_documents import parse
from casework.domain.units import Unit, Units
from casework.domain.values import day_after
from casework.errors import BadInput

SHIPPED = Path(casework.policy.__path__[0])


def shipped(name: str) -> str:
    return (SHIPPED / f"{name}.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def policy() -> LetterPolicy:
    found = parse("letters", shipped("letters"))
    assert isinstance(found, LetterPolicy)
    return found


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    found = parse("calendar", shipped("calendar"))
    assert isinstance(found, Calendar)
    return found


def kind(policy: LetterPolicy, name: str) -> LetterKind:
    found = policy.kind(name)
    assert found
    return found


PERSUASION, ORDER, REPORT, ENTRY = (
    "劝返复学通知书",
    "限期复学通知书",
    "劝返无效书面报告",
    "义务教育入学通知书",
)
UNITS = Units(
    [
        Unit("C", "试验县", "county"),
        Unit("T", "东乡", "township", "C"),
        Unit("T2", "南街街道", "subdistrict", "C"),
        Unit("D", "东学区", "district", "C"),
        Unit("S", "近小", "school", "D", township="T2"),
        Unit("P", "教学点", "school", "D", township="T", reports_for="S"),
    ]
)


@pytest.mark.parametrize(
    ("served", "days", "last"),
    [
        ("2026-09-07", 7, "2026-09-14"),  # the day of service is not counted
        ("2026-09-05", 7, "2026-09-14"),  # a Saturday moves to Monday
        ("2026-09-24", 7, "2026-10-08"),  # the first of October moves past the holiday
        ("2026-09-07", 6, "2026-09-14"),  # a Sunday
        ("2026-09-07", 0, ""),
        ("", 7, ""),
    ],
)
def test_a_term_is_counted_from_the_day_after_service_and_moves_off_holidays(
    calendar: Calendar, served: str, days: int, last: str
):
    assert deadline(calendar, served, days) == last


def test_a_weekend_day_made_up_is_a_last_day():
    year = {"terms": [["2026-09-01", "2027-01-15"]], "make_up": ["2026-09-19"]}
    text = shipped("calendar").replace("\n[default]", "\n[default]", 1)
    calendar = parse("calendar", text)
    assert isinstance(calendar, Calendar)
    adopted = Calendar.model_validate({**calendar.model_dump(), "years": {"2026": year}})
    assert (deadline(calendar, "2026-09-12", 7), deadline(adopted, "2026-09-12", 7)) == (
        "2026-09-21",
        "2026-09-19",
    )


def test_a_list_asks_by_the_counted_day_what_a_page_tells_by_the_deadline(calendar: Calendar):
    for start in range(60):
        today = day_after("2026-09-10", start)
        over = last_counted_day_over(calendar, today)
        for back in range(40):
            served = day_after(today, -back)
            due = deadline(calendar, served, 7)
            assert (last_day_counted(served, 7) <= over) is (days_left(due, today) < 0), (served, today)


def test_a_published_letter_counts_as_served_after_its_notice():
    assert served_day({"on": "2026-09-01", "notice": 30}) == "2026-10-01"
    assert served_day({"on": "2026-09-01"}) == "2026-09-01"


@pytest.mark.parametrize(
    ("number", "place"),
    [("义劝通字〔2026〕第012号", (2026, 12)), ("12号", (2026, 12)), ("无号", None), ("(2025)7", (2025, 7))],
)
def test_a_number_tells_its_place_in_the_register(number: str, place: tuple[int, int] | None):
    assert series_place(number, "2026-09-01") == place


def test_every_number_the_rules_write_is_read_back(policy: LetterPolicy):
    for each in policy.letters:
        assert series_place(number_text(each.number, 2026, 34), "2027-01-01") == (2026, 34)


def test_art_58_is_a_floor_that_no_policy_lowers(policy: LetterPolicy):
    school = UNITS.get("S")
    assert school
    order = kind(policy, ORDER).model_copy(update={"issuers": ["school", "township"]})
    lowered = policy.model_copy(update={"letters": [order]})
    assert "义务教育法第五十八条" in issuer_fault(lowered, ORDER, school)


def test_a_subdistrict_orders_once_its_authorisation_is_on_file(policy: LetterPolicy):
    street = UNITS.get("T2")
    assert street
    assert "不是乡镇人民政府" in issuer_fault(policy, ORDER, street)
    filed = policy.model_copy(update={"authorised_subdistricts": {"T2": "县政办〔2026〕3号"}})
    assert issuer_fault(filed, ORDER, street) == ""


def test_paper_work_is_done_by_oneself_by_the_district_and_for_a_teaching_point():
    assert acts_for(UNITS, "S", "S") and acts_for(UNITS, "D", "S") and acts_for(UNITS, "S", "P")
    assert not acts_for(UNITS, "C", "S") and not acts_for(UNITS, "P", "S") and not acts_for(UNITS, "T", "S")
    here = Place(on="2026-09-01", county="C", township="T", school="P")
    issuers = {own: issuer_for(UNITS, own, here) for own in ("P", "S", "D", "T", "T2", "C")}
    assert issuers == {"P": "P", "S": "P", "D": "P", "T": "T", "T2": "", "C": "C"}


class Child:
    """A file made of its facts."""

    def __init__(self, calendar: Calendar, today: str) -> None:
        self.file, self.calendar, self.today, self.version = CaseFile(), calendar, today, 0
        self._say("case.Opened", places=[Place(on="0001-01-01", county="C", school="S").as_event()])

    def _say(self, topic: str, **body: object) -> int:
        self.version += 1
        self.file.evolve(topic, self.version, body)
        return self.version

    def status(self, on: str, change: str, **more: str) -> "Child":
        self._say("case.StatusRecorded", key=f"{on} {change}", mark="", on=on, change=change, **more)
        return self

    def letter(self, on: str, name: str = PERSUASION, served: str = "", days: int = 7) -> "Child":
        no = self._say(
            "case.LetterRecorded",
            key=f"{on} {name}",
            mark="",
            on=on,
            kind=name,
            issuer="S",
            number="1",
            days=days,
        )
        if served:
            self._say("case.LetterServed", no=no, mark="", on=served, mode="直接")
        return self

    @property
    def standing(self) -> Standing:
        return Standing(self.file, self.file.spans(), self.today, self.calendar)


@pytest.fixture
def child(calendar: Calendar) -> Child:
    return Child(calendar, "2026-10-09")


@pytest.mark.parametrize("status", ["suspected", "dropped_out"])
@pytest.mark.parametrize("name", [PERSUASION, ORDER])
def test_a_letter_and_an_order_go_to_a_child_that_is_out(
    policy: LetterPolicy, child: Child, status: str, name: str
):
    assert situation_fault(kind(policy, name), child.status("2026-10-01", status).standing) == ""


@pytest.mark.parametrize("status", ["watch", "verifying", "home_teaching", "deferred"])
def test_nobody_else_gets_one(policy: LetterPolicy, child: Child, status: str):
    fault = situation_fault(kind(policy, PERSUASION), child.status("2026-10-01", status).standing)
    assert "只在疑似辍学、辍学时下达" in fault


def test_a_child_that_is_back_gets_none(policy: LetterPolicy, child: Child):
    back = child.status("2026-10-01", "suspected").status("2026-10-08", "returned")
    assert "已复学，不再下达" in situation_fault(kind(policy, ORDER), back.standing)


def test_the_entry_letter_is_for_who_never_entered(policy: LetterPolicy, child: Child):
    entry = kind(policy, ENTRY)
    assert situation_fault(entry, child.status("2026-10-01", "dropped_out").standing) != ""
    assert (
        situation_fault(entry, child.status("2026-10-02", "dropped_out", lost_type="从未入学").standing) == ""
    )


@pytest.mark.parametrize(
    ("served", "fault"),
    [("", "还没有送达过"), ("2026-10-02", "的期限到 2026-10-09"), ("2026-09-28", "的期限到 2026-10-08")],
)
def test_the_report_follows_a_served_letter_whose_term_is_over(
    policy: LetterPolicy, child: Child, served: str, fault: str
):
    child.status("2026-09-20", "suspected").letter("2026-09-21", served=served)
    found = situation_fault(kind(policy, REPORT), child.standing)
    assert (fault in found) if served != "2026-09-28" else found == ""


def test_a_letter_of_an_earlier_absence_is_no_ground_and_not_running(policy: LetterPolicy, child: Child):
    child.status("2026-09-01", "suspected").letter("2026-09-02", served="2026-09-02")
    child.status("2026-09-08", "returned").status("2026-10-01", "suspected")
    assert "本次离校以来还没有送达过" in situation_fault(kind(policy, REPORT), child.standing)
    assert running(kind(policy, PERSUASION), child.standing) == ""


def test_what_is_still_on_its_way_is_said(policy: LetterPolicy, child: Child):
    persuasion = kind(policy, PERSUASION)
    child.status("2026-10-01", "suspected")
    assert running(persuasion, child.standing) == ""
    assert "还没有送达" in running(persuasion, child.letter("2026-10-02").standing)
    child.letter("2026-10-03", served="2026-10-08")
    assert "期限到 2026-10-15" in running(persuasion, child.standing)


def test_what_is_typed_into_a_letter_stays_words(policy: LetterPolicy):
    plain = kind(policy, PERSUASION).model_copy(
        update={"text": "{guardian}：\n{measures}", "asks": {"measures": "x"}}
    )
    said = letter_text(plain, {"guardian": "{child}"}, {"measures": "{days}\n{0.__class__}"})
    assert said == "{child}：\n{days} {0.__class__}"
    with pytest.raises(BadInput, match="正文要写监护人，现在没有"):
        letter_text(plain, {}, {"measures": "x"})


@pytest.mark.parametrize("text", ["{mother}", "{child.name}", "{child", "{child[0]}"])
def test_rules_whose_text_can_not_be_filled_are_refused(text: str):
    with pytest.raises(BadInput, match=r"letters\.0"):
        parse("letters", f'version = "x"\n[[letters]]\nname = "信"\nissuers = ["school"]\ntext = "{text}"')


FULL = {
    "place": "家",
    "recipient": "父",
    "relation": "父亲",
    "server": "师",
    "refusal": "不签",
    "witness": "村长",
    "consent": "确认书",
}


@pytest.mark.parametrize(
    ("mode", "needed"),
    [
        ("直接", {"place", "recipient", "relation", "server"}),
        ("留置", {"place", "recipient", "refusal", "witness", "server"}),
        ("邮寄", {"place", "recipient", "server"}),
        ("委托", {"place", "recipient", "relation", "server"}),
        ("电子", {"recipient", "consent", "server"}),
        ("公告", {"place", "server"}),
    ],
)
def test_each_way_of_service_needs_its_own_particulars(mode: str, needed: set[str]):

    def faults(said: dict[str, str], on: str = "2026-10-02") -> dict[str, str]:
        modes = ["直接", "留置", "邮寄", "委托", "电子", "公告"]
        return service_faults(
            issued="2026-10-01", on=on, at="", mode=mode, said=said, modes=modes, today="2026-10-09"
        )

    assert set(faults({})) == needed
    assert faults(FULL) == {}
    assert set(faults(FULL, on="2026-09-30")) == {"on"}
