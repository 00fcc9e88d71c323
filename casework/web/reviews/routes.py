"""责任考核 of a unit or a person: the page (which prints) and its workbook."""

import io
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, send_file
from werkzeug.wrappers import Response

from casework.documents.review_words import FIGURES, Teller, figures, part_name, rate, tenure_words
from casework.documents.review_xlsx import review_workbook
from casework.domain.permissions import EXPORT, READ_CHAIN
from casework.domain.values import Day
from casework.errors import NotAllowed, NotFound
from casework.projections.duty_review import Moment, Review, Reviewer, tenures
from casework.projections.reference import Reference
from casework.service import Reading
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.chain.asked import THEN, Asked, periods_of
from casework.web.chain.shown import names_for
from casework.web.chain.whose import Sight
from casework.web.filters import instant_text
from casework.web.noted import note_export

pages = Blueprint("reviews", __name__, template_folder="templates")

_SHOWN = 300


@dataclass(frozen=True)
class Read:
    """A review with what its page needs beside it."""

    review: Review
    teller: Teller
    reference: Reference
    people: list[tuple[str, str]]
    then_at: Any
    now_at: Any


@dataclass(frozen=True, slots=True)
class ReviewAsked:
    """Unit or person, and the period."""

    unit: str
    login: str
    first: Day
    last: Day

    def address(self, page: str = "/reviews", **changes: str) -> str:
        """The address with some arguments changed."""
        words = {"first": "from", "last": "to"}
        found = {name: changes.get(name, getattr(self, name)) for name in ("unit", "login", "first", "last")}
        return f"{page}?{urlencode({words.get(k, k): v for k, v in found.items() if v})}"


def _asked() -> tuple[ReviewAsked, Sight, Asked, Reference]:
    with this_moment() as present:
        sight = Sight.of(viewer(), present.reference.units)
        asked = Asked.of(request.args, viewer().unit, present.reference, today())
        login = request.args.get("login", "").strip()[:100]
        if sight.own_only:
            login = viewer().login
        elif asked.unit or not login:
            sight.scope_below(asked.unit)
        unit = viewer().unit if sight.own_only else asked.unit
        return ReviewAsked(unit, login, asked.first, asked.last), sight, asked, present.reference


def _read(asked: ReviewAsked, sight: Sight) -> Read:
    on = min(asked.last, today())
    with ExitStack() as open_:
        now = open_.enter_context(casework().reading())
        then = now
        if on < today():
            known_at = Asked("", "", on, on, on, THEN).known_at
            then = open_.enter_context(casework().reading(known_at))
        reviewer = Reviewer(_moment(then), _moment(now), asked.first, asked.last, today())
        if asked.login:
            units = {viewer().unit} if sight.own_only else set(sight.scope.units)
            review = reviewer.of_person(asked.login, units)
            if not review.tenures:
                raise NotFound("这个人在这段时间没有在您的范围内任职", login=asked.login)
        else:
            review = reviewer.of_unit(asked.unit)
        names = names_for(viewer(), {item.line.case for item in (*review.items, *review.others)})
        snapshot = now.snapshot
        here = tenures(snapshot.conn, snapshot.k, asked.first, on, unit=asked.unit) if asked.unit else []
        return Read(
            review,
            Teller(now.reference, review, names),
            now.reference,
            sorted({(each.login, each.name) for each in here}) if not sight.own_only else [],
            then.known_at,
            now.known_at,
        )


def _moment(reading: Reading) -> Moment:
    return Moment(reading.snapshot, reading.reference)


@pages.get("/reviews")
@allow(READ_CHAIN)
def review() -> str:
    """A review as a page; it prints with lines to sign on."""
    asked, sight, chain_asked, reference = _asked()
    read = _read(asked, sight)
    units, told = read.reference.units, read.teller.told
    parts = [
        {
            "name": part_name(part),
            "login": part.holder.login,
            "then": figures(part.then),
            "now": figures(part.now),
            "wanting": [read.teller.told_of(part, item) for item in part.wanting[:_SHOWN]],
            "n_wanting": len(part.wanting),
            "in_time": part.now.states["on_time"],
            "tenures": [
                tenure_words(each, units) for each in read.review.tenures if each.login == part.holder.login
            ],
        }
        for part in read.review.parts
    ]
    return render_template(
        "review.html",
        asked=asked,
        review=read.review,
        parts=parts,
        figures=list(FIGURES),
        learned=[told(item) for item in read.review.learned][:_SHOWN],
        n_learned=len(read.review.learned),
        others=[told(item) for item in read.review.others][:_SHOWN],
        done_by=list(read.review.done_by.items()),
        people=read.people,
        person=next((part["name"] for part in parts), "") if asked.login else "",
        unit_name=units.name(asked.unit),
        periods=periods_of(chain_asked, reference),
        then_at=read.then_at,
        now_at=read.now_at,
        today=today(),
        rate=rate,
        own=sight.own_only,
    )


@pages.get("/reviews.xlsx")
@allow(EXPORT)
def workbook() -> Response:
    """The review as a workbook; who took it is logged before it leaves."""
    if not viewer().may(READ_CHAIN):
        raise NotAllowed("您的岗位没有查看责任考核的权限；如有需要，请联系上级管理员")
    asked, sight, _, _ = _asked()
    read = _read(asked, sight)
    actor, file = viewer().actor, io.BytesIO()
    whose = part_name(read.review.parts[0]) if asked.login else read.reference.units.name(asked.unit)
    review_workbook(
        file,
        read.review,
        read.teller,
        read.reference.units,
        title=f"{whose} 控辍保学责任考核",
        notes=(
            f"期末所知：{instant_text(read.then_at)}；现在所知：{instant_text(read.now_at)}",
            f"{actor.name}（{actor.post}，{viewer().unit_name}）导出。含学生个人信息，请勿外传。",
        ),
        at=read.now_at,
    )
    note_export(asked.address("/reviews.xlsx"), len(read.review.items))
    file.seek(0)
    name = f"责任考核_{whose}_{asked.first}_{asked.last}.xlsx"
    return send_file(file, as_attachment=True, download_name=name)
