"""The pupils: everything about one follows from the seed and the pupil's number."""

from dataclasses import dataclass
from random import Random

from benchmarks.land import Land
from benchmarks.size import SEED
from casework.commands.identity import ID_CARD, Person
from casework.commands.roster import RosterRow
from casework.demo.names import adult_name, check_digit, child_name, surname
from casework.domain.roster import COLLEGE, ENROLLED
from casework.domain.statuses import JUNIOR, PRIMARY
from casework.domain.units import Unit
from casework.domain.values import Day

_GROUPS = ("低保", "脱贫户", "残疾学生", "留守儿童", "单亲")
_JUNIOR_SHARE = 0.3


@dataclass(frozen=True)
class Pupil:
    """One pupil in the school year that began in the autumn of `year`."""

    number: int
    person: Person
    school: Unit
    fields: dict[str, str]

    def row(self, on: Day = "") -> RosterRow:
        """The roster row that brings the pupil into the county."""
        return RosterRow(self.person, self.fields, on)

    def moves(self, school: str, on: Day) -> RosterRow:
        """The row of a transfer inside the county."""
        return RosterRow(self.person, {"school": school}, on)

    def leaves(self, on: Day) -> RosterRow:
        """The row of one who has finished school."""
        return RosterRow(self.person, {"enrolment": COLLEGE, "school": "", "grade": "", "klass": ""}, on)


def pupil(land: Land, number: int, year: int) -> Pupil:
    """The pupil with this number (below a million), of a grade in the school year that began in `year`."""
    rng = Random(f"{SEED} {number}")
    junior = rng.random() < _JUNIOR_SHARE
    grade = rng.randint(7, 9) if junior else rng.randint(1, 6)
    school = rng.choice(land.junior if junior else land.primary)
    home = rng.choice(_near(land, school) if rng.random() < 0.9 else land.villages)
    groups = rng.choice(_GROUPS) if rng.random() < 0.15 else ""
    fields = {
        "enrolment": ENROLLED,
        "school": school.code,
        "stage": JUNIOR if junior else PRIMARY,
        "grade": str(grade),
        "klass": f"{rng.randint(1, 4)}班",
        "residence": home,
        "registration": home,
        "groups": groups,
        "boarding": "是" if junior else "否",
    }
    return Pupil(number, _person(rng, number, year - 5 - grade, home), school, fields)


def _near(land: Land, school: Unit) -> list[str]:
    return [village for village in land.villages if village.startswith(school.township)]


def _person(rng: Random, number: int, born: int, home: str) -> Person:
    family, sex = surname(rng), rng.choice("男女")
    month = rng.randint(1, 12)
    birth = f"{born - (month > 8)}-{month:02d}-{rng.randint(1, 28):02d}"
    first17 = f"999{number // 1000:03d}{birth.replace('-', '')}{number % 1000:03d}"
    return Person(
        name=child_name(rng, family, sex),
        birth=birth,
        sex=sex,
        ethnicity="汉族",
        student_no=f"G{number:018d}",
        cert_type=ID_CARD,
        cert_no=first17 + check_digit(first17),
        guardian=adult_name(rng, family, "男"),
        guardian_relation="父亲",
        phone=f"120{number:08d}",
        registration_address=f"{home}村民小组{number % 20 + 1}号",
        residence_address=f"{home}村民小组{number % 20 + 1}号",
    )
