"""Who a roster row is about: matching by number, then by name, and never merging by itself (身份匹配).

A child is known by 学籍号, else by certificate, else by name, birth and guardian. A number that points
to a child of another name, or two numbers that point to two children, is a question for a person.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import insert, update

from casework.commands.import_reach import EVERYBODY, ImportReach
from casework.commands.tombstones import erased_among
from casework.domain.held_once import CERTIFICATE, PERSON, STUDENT_NO
from casework.domain.values import Day
from casework.projections.children import named, records_of
from casework.projections.pinyin import spelled
from casework.projections.roster import child
from casework.store.act import Act

ID_CARD = "居民身份证"
_SEALED = ("cert_no", "phone", "registration_address", "residence_address")


@dataclass(frozen=True, slots=True)
class Person:
    """Who a row says the child is; "" says nothing. `birth` is a day; `cleared` are fields said to be 无."""

    name: str
    birth: Day
    sex: str = ""
    ethnicity: str = ""
    student_no: str = ""
    cert_type: str = ""
    cert_no: str = ""
    guardian: str = ""
    guardian_relation: str = ""
    phone: str = ""
    registration_address: str = ""
    residence_address: str = ""
    cleared: frozenset[str] = frozenset()

    def stated(self) -> dict[str, str]:
        """The fields that say something; "" where it is said that there is none."""
        said = {name: value for name in _FIELDS if (value := getattr(self, name))}
        return {**said, **dict.fromkeys(sorted(self.cleared), "")}

    def and_then(self, later: "Person") -> "Person":
        """The same child with what a later row says otherwise."""
        told: dict[str, Any] = {**self.stated(), **later.stated()}
        return Person(**told)

    def certificate(self) -> str:
        """Type and number as one text to be hashed; "" without a number."""
        return f"{self.cert_type or ID_CARD}|{self.cert_no.upper()}" if self.cert_no else ""

    def by_name(self) -> str:
        """Name, birth and guardian: the key of a child that has no number at all."""
        return "|".join((self.name, self.birth, self.guardian))


_FIELDS = tuple(each.name for each in fields(Person) if each.name != "cleared")


@dataclass(slots=True)
class Found:
    """The child a row means ("" = a new one), or the question to ask about a column of it.

    `changes` is what the row says otherwise of who the child is: (column, old, new).
    """

    child_id: str = ""
    question: str = ""
    column: str = ""
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Candidates:
    """All children that the rows of one act may mean, read in few queries, and those the act adds."""

    def __init__(self, act: Act, persons: Sequence[Person], reach: ImportReach = EVERYBODY) -> None:
        """Reads the claims of every number and name the rows carry."""
        self.act = act
        self.owners: dict[tuple[str, str], str] = {}
        self._keys: dict[Person, tuple[tuple[str, str], ...]] = {}
        keys = [key for person in persons for key in self.keys(person)]
        for kind in (STUDENT_NO, CERTIFICATE, PERSON):
            held = act.owners_of(kind, (key for each, key in keys if each == kind))
            self.owners.update({(kind, key): owner for key, owner in held.items()})
        self._erased = erased_among(act, keys)
        known = records_of(act.conn, self.owners.values())
        self.records: dict[str, dict[str, Any]] = {each: dict(row._mapping) for each, row in known.items()}
        self._namesakes = self._read_namesakes(persons)
        self.hidden = reach.hidden(act.conn, self.records)
        self.new: dict[str, Person] = {}
        self.updated: dict[str, Person] = {}

    def keys(self, person: Person) -> tuple[tuple[str, str], ...]:
        """(kind, key) of everything that identifies the row's child; personal keys are hashed, once a row."""
        found = self._keys.get(person)
        if found is None:
            found = self._keys[person] = tuple(_keys(self.act, person))
        return found

    def _read_namesakes(self, persons: Sequence[Person]) -> dict[tuple[str, Day], list[str]]:
        """Children of the same name and birth as rows whose numbers point to nobody."""
        unknown = [each for each in persons if not self.children(each)]
        found = named(self.act.conn, ((each.name, each.birth) for each in unknown))
        rows = records_of(self.act.conn, (child_id for each in found.values() for child_id in each))
        self.records.update((each, dict(row._mapping)) for each, row in rows.items())
        return found

    def namesakes(self, person: Person) -> list[str]:
        """Known children of this name and birth whose guardian is not another."""
        return [
            each
            for each in self._namesakes.get((person.name, person.birth), ())
            if each not in self.hidden
            and (not person.guardian or self.records[each]["guardian"] in ("", person.guardian))
        ]

    def owner(self, kind: str, person: Person) -> str:
        """The child that this row's number (or name) of a kind points to; "" for none."""
        return next((self.owners.get(key, "") for key in self.keys(person) if key[0] == kind), "")

    def children(self, person: Person) -> set[str]:
        """Every child one of the row's keys points to."""
        return {self.owners[key] for key in self.keys(person) if key in self.owners}

    def is_erased(self, person: Person) -> bool:
        """Whether a number or key of the row was that of a child whose data were erased."""
        return bool(self._erased) and any(key in self._erased for key in self.keys(person))

    def add(self, child_id: str, person: Person) -> None:
        """A child that this act adds; later rows of the act find it."""
        self.new[child_id] = person
        self.records[child_id] = {**dict.fromkeys(_COLUMNS, ""), **_clear(person)}
        self.owners.update(dict.fromkeys(self.keys(person), child_id))

    def update(self, child_id: str, person: Person) -> None:
        """What a row says otherwise about a known child."""
        self.updated[child_id] = person
        self.records[child_id].update(_clear(person))
        self.owners.update(dict.fromkeys(self.keys(person), child_id))


_COLUMNS = ("student_no", "name", "sex", "ethnicity", "birth", "cert_type", "guardian", "guardian_relation")
_LABELS = {
    "student_no": "学籍号",
    "name": "姓名",
    "sex": "性别",
    "ethnicity": "民族",
    "birth": "出生日期",
    "cert_type": "证件类型",
    "guardian": "监护人",
    "guardian_relation": "与监护人关系",
}


def _keys(act: Act, person: Person) -> Iterator[tuple[str, str]]:
    if person.student_no:
        yield STUDENT_NO, person.student_no
    if person.cert_no:
        yield CERTIFICATE, act.keys.hmac(CERTIFICATE, person.certificate())
    if not (person.student_no or person.cert_no):
        yield PERSON, act.keys.hmac(PERSON, person.by_name())


def identify(candidates: Candidates, person: Person, *, confirm_names: bool) -> Found:
    """The child a row means. A question is a refusal until a person has answered it.

    Of a child beyond the importer's reach nothing is told, neither name nor school.
    """
    if candidates.children(person) & candidates.hidden:
        return Found(question=_NOT_YOURS, column="学籍号" if person.student_no else "姓名")
    if candidates.is_erased(person):
        return Found(question=_ERASED, column="学籍号" if person.student_no else "姓名")
    by_number = candidates.owner(STUDENT_NO, person)
    by_certificate = candidates.owner(CERTIFICATE, person)
    if by_number and by_certificate and by_number != by_certificate:
        question = "学籍号和证件号分别指向名册中的两名学生，请核对后改正其中一个号码"
        return Found(question=question, column="学籍号")
    child_id = by_number or by_certificate or candidates.owner(PERSON, person)
    if not child_id:
        found = _by_name(candidates, person, confirm_names=confirm_names)
        if found.question or not found.child_id:
            return found
        child_id = found.child_id
    record = candidates.records[child_id]
    if person.student_no and record["student_no"] not in ("", person.student_no):
        number = record["student_no"]
        question = f"证件号与名册中学籍号为 {number} 的学生相同，两名学生不能共用一个证件号，请核对"
        return Found(child_id, question, "证件号")
    if person.name != record["name"] and not confirm_names:
        question = (
            f"号码相同但姓名不同：名册为“{record['name']}”，本表为“{person.name}”；"
            "请核对，确认是同一人后选择“确认姓名”再导入"
        )
        return Found(child_id, question, "姓名")
    return Found(child_id, changes=_changes(candidates, child_id, person))


_ERASED = "该生的个人信息已按规定清除，不再登记；请从名册中删去这一行，如有疑问请联系县里"
_NOT_YOURS = "该生不在您单位的花名册上；如是转入的学生，请先办理转学接收，或请县里导入"


def _by_name(candidates: Candidates, person: Person, *, confirm_names: bool) -> Found:
    """The child of the same name, birth and guardian, for a row whose numbers point to nobody.

    Without a number the name is the key. A number that is new may belong to a child that had none
    so far: that is asked, for nothing merges by itself.
    """
    same = candidates.namesakes(person)
    numbered = bool(person.student_no or person.cert_no)
    if numbered:
        same = [each for each in same if _may_gain(candidates.records[each], person)]
    if not same:
        return Found()
    if len(same) > 1:
        question = f"姓名和出生日期对应名册中 {len(same)} 名学生，请补填或核对学籍号、证件号"
        return Found(question=question, column="姓名")
    if numbered and not confirm_names:
        question = (
            "名册中有一名同名、同出生日期而没有这个号码的学生；"
            "确认是同一人后选择“确认姓名”再导入，不是同一人的请先为名册中的学生补上号码"
        )
        return Found(same[0], question, "姓名")
    return Found(same[0])


def _may_gain(record: Mapping[str, Any], person: Person) -> bool:
    """Whether the child on record lacks the numbers that the row has."""
    return not (person.student_no and record["student_no"]) and not (person.cert_no and record["cert_mask"])


def _changes(candidates: Candidates, child_id: str, person: Person) -> list[tuple[str, str, str]]:
    record = candidates.records[child_id]
    if record.get("person_mark") == _mark(candidates.act, person) and child_id not in candidates.updated:
        return []
    changes = [
        (_LABELS[name], record[name], value)
        for name, value in _clear(person).items()
        if name in _LABELS and record[name] != value
    ]
    sealed = _opened(candidates.act, child_id, record.get("private"))
    secret = {name: value for name, value in person.stated().items() if name in _SEALED}
    if any(sealed.get(name, "") != value for name, value in secret.items()):
        changes.append(("证件、电话或住址", "", "（已更新，不在此显示）"))
    return changes


def _clear(person: Person) -> dict[str, str]:
    return {name: value for name, value in person.stated().items() if name not in _SEALED}


def _mark(act: Act, person: Person) -> str:
    return act.keys.hmac("person row", json.dumps(person.stated(), ensure_ascii=False, sort_keys=True))


def _opened(act: Act, child_id: str, private: bytes | None) -> dict[str, str]:
    plain = act.keys.open(child_id, private, b"child") if private else None
    return dict(json.loads(plain)) if plain else {}


def mask_number(number: str) -> str:
    """A certificate number as lists show it: first six and last two."""
    return (
        f"{number[:6]}{'*' * max(len(number) - 8, 4)}{number[-2:]}" if len(number) > 8 else "*" * len(number)
    )


def mask_phone(phone: str) -> str:
    """A telephone number as lists show it: first three and last four."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 7 else "*" * len(phone)


def register(act: Act, candidates: Candidates, counties: Mapping[str, str]) -> None:
    """Writes who is new and what is known otherwise, and claims every number for its child.

    `counties`: child → county of its last stretch, for those who are new.
    """
    rows = []
    stated = [*candidates.new.items(), *candidates.updated.items()]
    act.keys.fetch(child_id for child_id, _ in stated)
    for child_id, person in candidates.new.items():
        blank: dict[str, Any] = dict.fromkeys(_COLUMNS, "")
        later = candidates.updated.pop(child_id, person)
        merged = person if later is person else person.and_then(later)
        rows.append({**blank, **_record(act, child_id, merged, {}), "county": counties[child_id]})
    if rows:
        act.conn.execute(insert(child), rows)
        act.touch()
    for child_id, person in candidates.updated.items():
        held = _opened(act, child_id, candidates.records[child_id].get("private"))
        values = _record(act, child_id, person, held)
        act.conn.execute(update(child).where(child.c.child_id == child_id).values(**values))
        act.touch()
    _claim(act, candidates, stated)


def _claim(act: Act, candidates: Candidates, stated: Iterable[tuple[str, Person]]) -> None:
    owners: dict[str, dict[str, str]] = {}
    for child_id, person in stated:
        for kind, key in candidates.keys(person):
            owners.setdefault(kind, {})[key] = child_id
    for kind, held in owners.items():
        act.claim_many(kind, held)


def _record(act: Act, child_id: str, person: Person, held: Mapping[str, str]) -> dict[str, Any]:
    """The row of the table `child`: what the person states, and the sealed part merged with what was held."""
    stated = person.stated()
    sealed = {**held, **{name: value for name, value in stated.items() if name in _SEALED}}
    private = act.keys.seal(child_id, json.dumps(sealed, ensure_ascii=False).encode(), b"child")
    return {
        "child_id": child_id,
        **{name: value for name, value in stated.items() if name not in _SEALED},
        **dict(zip(("pinyin", "initials"), spelled(person.name), strict=True)),
        "cert_mask": mask_number(sealed.get("cert_no", "")),
        "phone_mask": mask_phone(sealed.get("phone", "")),
        "private": private if sealed else None,
        "person_mark": _mark(act, person),
        "changed_by": act.id,
    }
