"""Facts of one child as the county's ledgers write them, and the pen that writes them down.

A `Fact` is one future row of a workbook: what happened on `on`, and the day `known` after which it is sent.
A late entry has a later `known`; a correction and a void are further facts with the same key.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from random import Random

from casework.demo.county import (
    GOVERNMENTS,
    LIUSHU,
    MERGED_ON,
    UNIT_NAMES,
    VILLAGES,
    grade_name,
    school_on,
)
from casework.demo.days import LEADS_SCOPE, STORY_END
from casework.demo.pupils import Pupil
from casework.demo.staff import Posting, Staff
from casework.demo.texts import lesson, next_step, talk_of
from casework.domain.values import Day, day_after

AMENDED_AFTER = 12
"""Days until an amendment is sent: longer than deliveries lie apart, so it never overtakes the fact."""

PERSUASION, ORDER, ENTRY = "劝返复学通知书", "限期复学通知书", "义务教育入学通知书"
_ENDS_ABSENCE = frozenset(["复学", "重点关注", "休学", "送教上门"])
MERGED_ROOM = "2班"
_SERIES = {PERSUASION: "义劝通字", ORDER: "义限通字", ENTRY: "义入通字"}


@dataclass(eq=False)
class Fact:
    """One row to be: `paper` ties the rows of one letter or visit to the number it will get."""

    kind: str
    on: Day
    known: Day
    cells: dict[str, str]
    scopes: frozenset[str]
    paper: int = 0
    misspelt: bool = False

    def amended(self, after: int, **cells: str) -> "Fact":
        """The same key with other values, sent `after` days later."""
        return replace(self, known=day_after(self.known, after), cells=self.cells | cells)


@dataclass
class Pen:
    """Writes one child's facts; scenarios hold it and tell what happened."""

    child: Pupil
    staff: Staff
    rng: Random
    cause: str
    order: int
    leads: bool = False
    facts: list[Fact] = field(default_factory=list)
    _papers: int = 0
    _away: dict[str, str] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        # Kept from the start: a family that moves must not have its later facts overtake the earlier ones.
        self._scopes = frozenset([self.child.township, LEADS_SCOPE] if self.leads else [self.child.township])

    # who, where

    def school(self, day: Day) -> str:
        """The child's school on `day`, following the merger."""
        return school_on(self.child.school, day)

    def class_teacher(self, day: Day) -> Posting:
        """The class teacher on `day`, else a teacher of the school, else the county's records officer."""
        school = self.school(day)
        # The teaching point's children sit in the second class of their grade after the merger.
        room = (
            self.child.room_name
            if school == self.child.school
            else grade_name(self.child.grade) + MERGED_ROOM
        )
        found = self.staff.holder("班主任", school, day, room) if self.child.room else None
        found = (
            found
            or self.staff.holder("任课教师", school, day)
            or self.staff.holder("学籍管理员", "990126", day)
        )
        assert found is not None
        return found

    def officer(self, post: str, day: Day, unit: str = "990126") -> Posting:
        """The holder of `post` at `unit`, who must exist on `day`."""
        found = self.staff.holder(post, unit, day)
        assert found is not None, (post, unit, day)
        return found

    def people(self, day: Day, *roles: str) -> list[Posting]:
        """Who goes along: roles by their short names, vacant posts replaced by their neighbours."""
        return [self._person(role, day) for role in roles]

    def _person(self, role: str, day: Day) -> Posting:
        if role == "班主任":
            return self.class_teacher(day)
        if role == "校长" and self.child.school:
            return self.officer("校长", day, self.school(day))
        if role == "村":
            village = self.child.residence
            return self.staff.holder("村长", village, day) or self.officer("村支书", day, village)
        if role == "乡":
            return self.officer(self.rng.choice(("乡镇干部", "乡镇分管领导")), day, self.child.township)
        return self.officer("基教股", day)

    # the ledgers

    def absence(self, start: Day) -> None:
        """Absent from `start`; the end is sent when a status says that the child is cared for again."""
        reason = "请病假未销假" if self.cause == "因病" else "未到校"
        self._away = {"起始日期": start, "原因": reason, "登记人": self.class_teacher(start).name}
        self._add("absences", start, self._away)

    def status(
        self, on: Day, change: str, *, late: int = 0, by: str = "", approved_by: str = "", **cells: str
    ) -> Fact:
        """A status entry; `late` days until it is sent on top of the ordinary week."""
        if change in _ENDS_ABSENCE and self._away:
            self._add("absences", on, self._away | {"截止日期": day_after(on, -1)})
            self._away = {}
        row = {
            "日期": on,
            "变化": change,
            "登记人": by or self.class_teacher(on).name,
            "批准人": approved_by,
        } | cells
        return self._add("status", on, row, late=late)

    def approved(
        self, on: Day, change: str, *, approver: str = "基教股", evidence: str, **cells: str
    ) -> Fact:
        """A status entry that needs a paper and a second person."""
        number = f"云教控证〔2026〕{evidence}{self.order:03d}号"
        second = self.officer(approver, on).name
        return self.status(on, change, late=0, by="", approved_by=second, **cells | {"证据编号": number})

    def visit(
        self,
        on: Day,
        way: str,
        roles: Iterable[str],
        met: str,
        outcome: str,
        *,
        late: int = 0,
        agreed: Day = "",
        settled: bool = False,
    ) -> Fact:
        """One visit or call; what was said follows the cause of the case."""
        talk = talk_of(self.rng, self.cause, outcome, self._told, way=way, settled=settled)
        people = self.people(on, *roles)
        start, end = self._hours(way)
        self._papers += 1
        cells = {
            "家访日期": on,
            "开始时间": start,
            "结束时间": end,
            "方式": way,
            "地点": self._place(on, way),
            "参加人": "；".join(person.as_participant() for person in people),
            "见到": met,
            "结果": outcome,
            "约定日期": agreed,
            "谈话要点": talk.talk,
            "家长意见": talk.parent if met != "学生" else "",
            "学生意见": talk.child if "学生" in met else "",
            "困难需求": talk.need,
            "下一步": next_step(self.rng, outcome, settled=settled),
            "记录人": people[0].name,
        }
        return self._add("visits", on, cells, late=late, paper=self._papers)

    def letter(self, on: Day, kind: str, *, served: Day = "", how: str = "直接", refused: str = "") -> Fact:
        """A letter issued on `on` by whoever may issue it; its service is sent in a later workbook."""
        issuer, signer = self._issuer(on, kind)
        cells = {
            "文书种类": kind,
            "签发单位代码": issuer,
            "签发人": signer.name,
            "签发日期": on,
            "限期天数": "" if kind == ENTRY else "7",
        }
        self._papers += 1
        issued = self._add("letters", on, cells, paper=self._papers)
        if served and served <= STORY_END:
            self._add("letters", served, cells | self._service(served, how, refused), paper=self._papers)
        return issued

    def session(self, on: Day, start: str, teachers: list[Posting], *, late: int = 0) -> Fact:
        """One lesson at home: three 课时, two teachers."""
        content, response, homework = lesson(self.rng)
        cells = {
            "日期": on,
            "开始时间": start,
            "结束时间": f"{int(start[:2]) + 2}:{start[3:]}",
            "课时": "3",
            "教师": "；".join(teacher.name for teacher in teachers),
            "内容": content,
            "学生反应": response,
            "作业": homework,
            "家长签字": "有" if self.rng.random() < 0.94 else "无",
            "记录人": teachers[0].name,
        }
        return self._add("sessions", on, cells, late=late)

    def roster(self, on: Day, known: Day, **changes: object) -> None:
        """The child's place changes from `on`; the roster that says so is sent after `known`."""
        self.child = replace(self.child, **changes)  # type: ignore[arg-type]
        fact = Fact("roster", on, known, self.child.row(changed_on=on), self._scopes)
        self.write(fact)

    # amendments

    def correct(self, fact: Fact, **cells: str) -> None:
        """The row is sent again with other values."""
        self.write(fact.amended(AMENDED_AFTER, **cells))

    def void(self, fact: Fact, reason: str) -> None:
        """The row is sent again with a reason for voiding it."""
        self.write(fact.amended(AMENDED_AFTER, 作废原因=reason))

    def replace(self, fact: Fact, reason: str, **cells: str) -> Fact:
        """The row is voided and another takes its place in the same workbook."""
        self.void(fact, reason)
        new = fact.amended(AMENDED_AFTER, **cells)
        new.on = cells.get("日期", fact.on)
        return self.write(new)

    # inside

    def _add(self, kind: str, on: Day, cells: dict[str, str], *, late: int = 0, paper: int = 0) -> Fact:
        who = {"学籍号": self.child.number, "姓名": self.child.name}
        if not self.child.number:
            who |= {"证件类型": "居民身份证", "证件号": self.child.cert}
        token = self.order * 1000 + paper if paper else 0
        return self.write(Fact(kind, on, day_after(on, late), who | cells, self._scopes, token))

    def write(self, fact: Fact) -> Fact:
        """Puts down `fact` unless it lies after the story's end."""
        if fact.on <= STORY_END and fact.known <= STORY_END:
            self.facts.append(fact)
        return fact

    def _issuer(self, on: Day, kind: str) -> tuple[str, Posting]:
        if kind == ORDER and self.child.township in GOVERNMENTS:
            return self.child.township, self.officer("镇长", on, self.child.township)
        if kind == PERSUASION:
            return self.school(on), self.officer("校长", on, self.school(on))
        return "990126", self.officer("局长", on)

    def _service(self, served: Day, how: str, refused: str) -> dict[str, str]:
        village = self.child.residence
        witness = self.staff.holder("村支书", village, served)
        return {
            "送达日期": served,
            "送达时间": self.rng.choice(("09:40", "10:20", "15:10", "17:30")),
            "送达方式": how,
            "受送达人": self.child.guardian,
            "与受送达人关系": self.child.relation,
            "送达地点": self.child.lives_at,
            "见证人": witness.name if witness else "",
            "拒收理由": refused,
            "送达人": self.class_teacher(served).name,
        }

    def _place(self, on: Day, way: str) -> str:
        places = {
            "上门": self.child.lives_at,
            "村委": _committee(VILLAGES[self.child.residence]),
            "务工地": "县外务工地",
            "学校": UNIT_NAMES.get(self.school(on), ""),
        }
        return places.get(way, "")

    def _hours(self, way: str) -> tuple[str, str]:
        hours = (10, 12, 13, 15, 16) if way == "学校" else (10, 12, 14, 16, 17, 18, 19)
        hour, minute = self.rng.choice(hours), self.rng.choice((0, 10, 20, 30, 40))
        length = (
            self.rng.choice((8, 12, 15)) if way in ("电话", "视频") else self.rng.choice((25, 30, 40, 50))
        )
        end = hour * 60 + minute + length
        return f"{hour:02d}:{minute:02d}", f"{end // 60:02d}:{end % 60:02d}"


def _committee(village: str) -> str:
    return village + ("居委会" if village.endswith("社区") else "委会")


def number_papers(facts: list[Fact]) -> None:
    """Gives letters their numbers per issuer and kind, and visits theirs per year, by date of the paper."""
    numbers: dict[int, str] = {}
    counts: dict[tuple[str, str], int] = {}
    for fact in sorted((f for f in facts if f.paper), key=lambda f: (f.on, f.paper)):
        if fact.paper not in numbers:
            series = (fact.cells.get("签发单位代码", ""), fact.cells.get("文书种类", ""))
            counts[series] = counts.get(series, 0) + 1
            numbers[fact.paper] = _number(series[1], counts[series])
        fact.cells["文号" if fact.kind == "letters" else "记录编号"] = numbers[fact.paper]


def _number(kind: str, n: int) -> str:
    return f"{_SERIES[kind]}〔2026〕第{n:03d}号" if kind else f"JF2026-{n:04d}"


def merger_rows(pupils: Iterable[Pupil], known: Day) -> list[Fact]:
    """The teaching point's pupils get their classes at the school that takes them over."""
    return [
        Fact("roster", "2026-10-12", known, moved.row(changed_on="2026-10-12"), frozenset([moved.township]))
        for pupil in pupils
        if pupil.school == LIUSHU
        for moved in [replace(pupil, school=school_on(LIUSHU, MERGED_ON), room=MERGED_ROOM)]
    ]
