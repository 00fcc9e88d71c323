"""人员岗位登记: who holds which post at which unit, from when to when, both days in post.

One set of rules for every door: the staff workbook and the pages take postings here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from casework.commands.roster import CHANGED, CREATED, REFUSED, UNCHANGED, Taken
from casework.domain.hierarchy import Manager
from casework.domain.posting import Posting, PostingRow
from casework.domain.units import Units
from casework.domain.values import LOCAL_OPERATOR, OPEN, day_of
from casework.projections.registers import posting as table
from casework.projections.staff import people
from casework.store.act import Act

__all__ = ["PostingRow", "take_posting_rows"]


def take_posting_rows(
    act: Act, units: Units, rows: Sequence[PostingRow], *, exact: bool = False, judged: bool = False
) -> list[Taken]:
    """Takes the rows that can stand; a posting that overlaps itself is refused with both periods.

    A row that changes something must be the actor's to give: nobody gives a post above their own
    or out of their reach, to themselves, or to somebody who stands above them elsewhere. `exact`: an
    empty field is empty; in a workbook it says nothing. `judged`: the actor's right was asked before.
    """
    act.load_many(Posting, {row.id for row in rows})
    held = _held(act, {row.login for row in rows})
    rows = rows if exact else [_over(held.get(row.id), row) for row in rows]
    changing = [row for row in rows if held.get(row.id) != row]
    new = {row.id for row in changing} - set(held)
    giver = None if judged or act.actor == LOCAL_OPERATOR else _Giver(act, units, changing, new)
    # A sheet may end one posting below the row that begins the next.
    held.update({row.id: row for row in rows if row.id in held})
    said = _said(rows)
    taken = []
    for row in rows:
        note, column = _fault(units, row, held, said)
        if giver and not note:
            note, column = giver.fault(row)
        if note:
            taken.append(Taken(REFUSED, note=note, column=column))
            continue
        held[row.id] = row
        taken.append(_take(act, row))
    return taken


def _over(known: PostingRow | None, row: PostingRow) -> PostingRow:
    """What the row says over what is known: an empty cell says nothing."""
    if known is None:
        return row
    stays = {name: getattr(row, name) or getattr(known, name) for name in _MAY_STAY_EMPTY}
    return replace(row, **stays)


_MAY_STAY_EMPTY = ("until", "klass", "area", "acting", "acting_for")


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
        postings.setdefault(row.id, set()).add(row)
    return _Said(
        frozenset(login for login, each in names.items() if len(each) > 1),
        frozenset(posting for posting, each in postings.items() if len(each) > 1),
    )


def _held(act: Act, logins: set[str]) -> dict[str, PostingRow]:
    query = select(*(table.c[name] for name in _COLUMNS)).where(table.c.known_to == OPEN)
    found = {}
    wanted = sorted(logins)
    for start in range(0, len(wanted), 500):
        for values in act.conn.execute(query.where(table.c.login.in_(wanted[start : start + 500]))):
            row = PostingRow(*values)
            found[row.id] = row
    return found


_COLUMNS = tuple(PostingRow.__dataclass_fields__)


class _Giver:
    """Whether the actor may give the posts of rows that change something."""

    def __init__(self, act: Act, units: Units, rows: Sequence[PostingRow], new: set[str]) -> None:
        self._account = act.actor.account
        self._manager = Manager(units, (act.actor.post, act.actor.unit))
        self._changing = {row.id for row in rows}
        self._new = new
        today = day_of(act.recorded_at)
        known = people(act.conn, act.id, {row.login for row in rows})
        self._posts = {person.login: person.held(today) for person in known}

    def fault(self, row: PostingRow) -> tuple[str, str]:
        """(why, column); ("", "") when it is theirs to give, or is as it was."""
        if row.id not in self._changing:
            return "", ""
        if not self._manager.appoints(row.post, row.unit):
            return f"您的岗位不能任命{row.post}；请由上级登记", "岗位"
        if row.login == self._account:
            return "不能给自己登记岗位；请由上级登记", "登录名"
        posts = self._posts.get(row.login)
        if row.id in self._new and posts and not self._manager.manages(posts):
            return f"登录名“{row.login}”已有人使用，其岗位不由您登记；请核对，或请上级登记", "登录名"
        return "", ""


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
    if row.id in said.contradicting:
        return (
            "本表中有两行指向同一任职（登录名、岗位、单位、任职日期相同）但内容不同，请只保留正确的一行",
            "任职日期",
        )
    for other_id, other in held.items():
        if other_id != row.id and other.place == row.place and other.overlaps(row):
            return (
                f"与同一人同一岗位的任职重叠：{other.since} 至 {other.until or '今'}，"
                f"本行 {row.since} 至 {row.until or '今'}；请先填写前一任期的离任日期"
            ), "任职日期"
    return "", ""


def _take(act: Act, row: PostingRow) -> Taken:
    found = act.find(Posting, row.id)
    if found is None:
        act.save(Posting.begin(row))
        return Taken(CREATED)
    before, was_void = found.row, found.voided
    if not found.change(row):
        return Taken(UNCHANGED)
    act.save(found)
    if was_void:
        return Taken(CREATED)
    changes = [
        (label, getattr(before, name), getattr(row, name))
        for name, label in _LABELS.items()
        if getattr(before, name) != getattr(row, name)
    ]
    return Taken(CHANGED, changes=changes)


_LABELS = {"name": "姓名", "klass": "班级", "area": "负责范围", "until": "离任日期"}
