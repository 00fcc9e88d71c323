"""任职、离任、代理、交接 by a page: one person gets a post in a unit below, leaves it, or hands it on.

Both days of a posting are in post; a hand-over ends one on a day and begins the next on the morrow.
"""

import re
from collections.abc import Collection
from dataclasses import replace

from casework.commands.rights import needs
from casework.commands.standing import manager_of, take_all
from casework.domain.hierarchy import Manager
from casework.domain.permissions import MANAGE_POSTINGS
from casework.domain.posting import Posting, PostingRow
from casework.domain.values import FOREVER, Day, day_after, day_of
from casework.errors import BadInput, ChangedMeanwhile, NotAllowed, NotFound, RuleBroken
from casework.projections.reference import Reference
from casework.projections.staff import people
from casework.projections.unit_posts import postings_at
from casework.store.act import Act
from casework.store.store import Reply

_ID = re.compile("[0-9a-f]{32}")


@needs(MANAGE_POSTINGS)
def appoint(act: Act, reference: Reference, *, row: PostingRow) -> Reply:
    """Gives a person a post, or a stand-in's. Nobody appoints themselves, nor anybody who stands above.

    Raises NotFound for a unit out of reach, NotAllowed for a post that is not theirs to give.
    """
    manager = _giving(act, reference, row)
    if not row.login.strip() or not row.name.strip():
        raise BadInput("请填写登录名和姓名")
    _check_known(act, manager, row)
    _check_place(act, reference, row)
    taken = take_all(act, reference.units, [row])[0]
    return {"login": row.login, "posting": row.id, "verb": taken.verb}


@needs(MANAGE_POSTINGS)
def end_posting(act: Act, reference: Reference, *, posting: str, until: Day, seen: Day) -> Reply:
    """离任: `until` is the last day in post, "" takes an end back; `seen`: the end the page showed."""
    row = replace(_posting(act, reference, posting, seen).row, until=until)
    unit = reference.units.get(row.unit)
    if unit and unit.closed_on != FOREVER and (until or FOREVER) >= unit.closed_on:
        raise RuleBroken(f"{unit.name}已于 {unit.closed_on} 停用，离任日期应早于这一天")
    _check_place(act, reference, row)
    taken = take_all(act, reference.units, [row])[0]
    return {"login": row.login, "posting": row.id, "verb": taken.verb}


@needs(MANAGE_POSTINGS)
def void_posting(act: Act, reference: Reference, *, posting: str, reason: str, seen: Day) -> Reply:
    """任职作废: the person never was in this post; what the history showed until now stays known."""
    found = _posting(act, reference, posting, seen)
    found.void(reason)
    act.save(found)
    return {"login": found.row.login, "posting": posting}


@needs(MANAGE_POSTINGS)
def hand_over(
    act: Act, reference: Reference, *, posting: str, last_day: Day, seen: Day, login: str, name: str
) -> Reply:
    """交接: A leaves at the end of `last_day`, B begins the next morning; one act, both or neither."""
    leaving = replace(_posting(act, reference, posting, seen).row, until=last_day)
    if login == leaving.login:
        raise BadInput("接任人和现任是同一个人，请填写接任人的登录名")
    coming = replace(leaving, login=login, name=name, since=day_after(last_day), until="")
    manager = _giving(act, reference, coming)
    if not login.strip() or not name.strip():
        raise BadInput("请填写接任人的登录名和姓名")
    _check_known(act, manager, coming)
    _check_place(act, reference, coming, ended={leaving.id})
    take_all(act, reference.units, [leaving, coming])
    return {"login": login, "posting": coming.id}


def _giving(act: Act, reference: Reference, row: PostingRow) -> Manager:
    """The actor as the giver of this post."""
    manager = manager_of(act, reference.units)
    if row.unit not in manager.managed:
        raise NotFound("没有这个单位", unit=row.unit)
    if row.login == act.actor.account:
        raise NotAllowed("不能登记自己的任职；请由上级登记")
    if not manager.appoints(row.post, row.unit):
        raise NotAllowed(f"您的岗位不能任命{row.post}；请由上级登记")
    return manager


def _posting(act: Act, reference: Reference, posting: str, seen: Day) -> Posting:
    """A posting that is the actor's to end, as the page showed it."""
    found = act.find(Posting, posting) if _ID.fullmatch(posting) else None
    if found is None or found.row.unit not in manager_of(act, reference.units).managed:
        raise NotFound("没有这条任职", posting=posting)
    _giving(act, reference, found.row)
    if found.voided:
        raise ChangedMeanwhile("这条任职已被作废，请刷新后再看")
    if found.row.until != seen:
        now = f"离任日期为 {found.row.until}" if found.row.until else "没有离任日期"
        raise ChangedMeanwhile(f"这条任职已被他人更新：{found.row.name}现在{now}。请核对后再登记")
    return found


def _check_known(act: Act, manager: Manager, row: PostingRow) -> None:
    """A login that is somebody's already must be this person's, and below the manager in every post."""
    known = people(act.conn, act.id, [row.login])
    if not known:
        return
    held = known[0].held(day_of(act.recorded_at))
    if known[0].name != row.name or not manager.manages(held):
        raise BadInput(f"登录名“{row.login}”已有人使用，请换一个")


def _check_place(act: Act, reference: Reference, row: PostingRow, ended: Collection[str] = ()) -> None:
    """One holder at a time where the policy says so; a stand-in names the one who is in post."""
    others = [
        each
        for each in postings_at(act.conn, act.id, row.unit)
        if each.post == row.post and each.id not in (row.id, *ended) and each.overlaps(row)
    ]
    proper = [each for each in others if not each.acting and each.login != row.login]
    if row.acting:
        _check_stand_in(row, proper)
    elif proper and row.post in reference.posts(row.since).one_holder:
        other = proper[-1]
        raise RuleBroken(
            f"{other.name}{_period(other)}任{row.post}，这个岗位同一时间只由一人担任。"
            "请先登记原任的离任日期或用“交接”；临时代管请登记为代理"
        )


def _check_stand_in(row: PostingRow, proper: list[PostingRow]) -> None:
    if row.acting_for:
        if row.acting_for not in {each.login for each in proper}:
            raise BadInput(f"被代理人在这段时间不任{row.post}，请核对；岗位空缺时请选“岗位空缺”")
    elif proper:
        names = "、".join(dict.fromkeys(each.name for each in proper))
        raise BadInput(f"{row.post}没有空缺（{names}在任），请选择代理谁")


def _period(row: PostingRow) -> str:
    return f"自 {row.since} 起" if not row.until else f"在 {row.since} 至 {row.until} "
