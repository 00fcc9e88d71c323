"""人员岗位登记: who holds which post at which unit, from when to when, both days in post."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from casework.commands.roster import CHANGED, CREATED, REFUSED, UNCHANGED, Taken
from casework.domain.posting import Posting, posting_id
from casework.domain.units import Units
from casework.domain.values import FOREVER, OPEN, Day
from casework.projections.registers import posting as table
from casework.store.act import Act


@dataclass(frozen=True, slots=True)
class PostingRow:
    """One row of the staff workbook; `until` "" while the posting lasts. Days are both in post."""

    login: str
    name: str
    post: str
    unit: str
    since: Day
    until: Day = ""
    klass: str = ""
    area: str = ""

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What may not be held twice at once by one person."""
        return self.login, self.post, self.unit, self.klass


def take_posting_rows(act: Act, units: Units, rows: Sequence[PostingRow]) -> list[Taken]:
    """Takes the rows that can stand; a posting that overlaps itself is refused with both periods."""
    act.load_many(Posting, {_id(row) for row in rows})
    held = _held(act, {row.login for row in rows})
    rows = [_over(held.get(_id(row)), row) for row in rows]
    # A sheet may end one posting below the row that begins the next.
    held.update({_id(row): row for row in rows if _id(row) in held})
    said = _said(rows)
    taken = []
    for row in rows:
        note, column = _fault(units, row, held, said)
        if note:
            taken.append(Taken(REFUSED, note=note, column=column))
            continue
        held[_id(row)] = row
        taken.append(_take(act, row))
    return taken


def _over(known: PostingRow | None, row: PostingRow) -> PostingRow:
    """What the row says over what is known: an empty cell says nothing."""
    if known is None:
        return row
    stays = {name: getattr(row, name) or getattr(known, name) for name in ("until", "klass", "area")}
    return replace(row, **stays)


@dataclass(frozen=True, slots=True)
class _Said:
    """What the rows of one sheet say otherwise of one person, or of one posting."""

    two_names: frozenset[str]
    contradicting: frozenset[str]


def _said(rows: Sequence[PostingRow]) -> _Said:
    names: dict[str, set[str]] = {}
    postings: dict[str, set[PostingRow]] = {}
    for row in rows:
        names.setdefault(row.login, set()).add(row.name)
        postings.setdefault(_id(row), set()).add(row)
    return _Said(
        frozenset(login for login, each in names.items() if len(each) > 1),
        frozenset(posting for posting, each in postings.items() if len(each) > 1),
    )


def _id(row: PostingRow) -> str:
    return posting_id(row.login, row.post, row.unit, row.since).hex


def _held(act: Act, logins: set[str]) -> dict[str, PostingRow]:
    c = table.c
    columns = (c.posting_id, c.login, c.name, c.post, c.unit, c.since, c.until, c.klass, c.area)
    query = select(*columns).where(c.known_to == OPEN)
    found = {}
    wanted = sorted(logins)
    for start in range(0, len(wanted), 500):
        for row in act.conn.execute(query.where(c.login.in_(wanted[start : start + 500]))):
            found[row.posting_id] = PostingRow(*row[1:])
    return found


def _fault(units: Units, row: PostingRow, held: Mapping[str, PostingRow], said: _Said) -> tuple[str, str]:
    """(why, column); ("", "") when the posting can stand."""
    unit = units.get(row.unit)
    if unit is None:
        return f"单位代码“{row.unit}”不存在，请先登记单位", "单位代码"
    if row.since >= unit.closed_on:
        return f"{unit.name}已于 {unit.closed_on} 停用，请填写现在的单位代码", "单位代码"
    if row.until and row.until < row.since:
        return f"离任日期 {row.until} 早于任职日期 {row.since}", "离任日期"
    if row.login in said.two_names:
        return f"同一登录名“{row.login}”在本表中对应两个姓名，请核对", "姓名"
    if _id(row) in said.contradicting:
        return (
            "本表中有两行指向同一任职（登录名、岗位、单位、任职日期相同）但内容不同，请只保留正确的一行",
            "任职日期",
        )
    for other_id, other in held.items():
        if other_id != _id(row) and other.place == row.place and _overlap(other, row):
            return (
                f"与同一人同一岗位的任职重叠：{other.since} 至 {other.until or '今'}，"
                f"本行 {row.since} 至 {row.until or '今'}；请先填写前一任期的离任日期"
            ), "任职日期"
    return "", ""


def _overlap(one: PostingRow, other: PostingRow) -> bool:
    return one.since <= (other.until or FOREVER) and other.since <= (one.until or FOREVER)


def _take(act: Act, row: PostingRow) -> Taken:
    found = act.find(Posting, _id(row))
    if found is None:
        act.save(
            Posting.begin(
                login=row.login,
                name=row.name,
                post=row.post,
                unit=row.unit,
                klass=row.klass,
                area=row.area,
                since=row.since,
                until=row.until,
            )
        )
        return Taken(CREATED)
    before = (found.name, found.klass, found.area, found.until)
    after = (row.name, row.klass, row.area, row.until)
    if not found.change(name=row.name, klass=row.klass, area=row.area, until=row.until):
        return Taken(UNCHANGED)
    act.save(found)
    labels = ("姓名", "班级", "负责范围", "离任日期")
    changes = [(label, old, new) for label, old, new in zip(labels, before, after, strict=True) if old != new]
    return Taken(CHANGED, changes=changes)
