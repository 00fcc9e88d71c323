"""`review`: what fell due while somebody held a post, as known at the period's end and as known now."""

import argparse
import json
import os
import sys
from contextlib import ExitStack
from datetime import datetime, time
from typing import Any

from casework.bootstrap import from_environment
from casework.cli.duties import day_of_option
from casework.documents.review_words import Teller, figures, part_name
from casework.domain.values import SHANGHAI, Day, day_of
from casework.errors import BadInput, NotFound
from casework.projections.duty_list import marks_of
from casework.projections.duty_review import Moment, Review, Reviewer
from casework.service import Casework


def add_to(commands: Any) -> None:
    """Declares the command."""
    review = commands.add_parser("review", help="责任考核")
    review.add_argument("--unit", required=True, metavar="CODE", help="单位代码；考核一个人时是其任职单位")
    review.add_argument("--login", default="", metavar="LOGIN", help="只考核这个人")
    review.add_argument("--from", dest="first", required=True, metavar="DATE", help="考核期第一天")
    review.add_argument("--to", dest="last", required=True, metavar="DATE", help="考核期最后一天")
    review.add_argument("--format", choices=("text", "json"), default="text")
    review.set_defaults(run=run_review)


def run_review(asked: argparse.Namespace) -> int:
    """Prints the review."""
    first, last = day_of_option("--from", asked.first), day_of_option("--to", asked.last)
    if first > last:
        raise BadInput(f"起止日期颠倒：{first} 晚于 {last}")
    found = review_values(from_environment(os.environ), asked.unit, asked.login, first, last)
    text = json.dumps(found, ensure_ascii=False, indent=1) if asked.format == "json" else _text(found)
    sys.stdout.write(text + "\n")
    return 0


def review_values(casework: Casework, unit: str, login: str, first: Day, last: Day) -> dict[str, Any]:
    """A review as plain values; a child is told by 学籍号 or case id. NotFound for an unknown unit."""
    with ExitStack() as open_:
        now = open_.enter_context(casework.reading())
        asked, today = now.reference.units.get(unit), day_of(now.known_at)
        if asked is None:
            raise NotFound(f"没有代码为“{unit}”的单位", unit=unit)
        then = now
        if last < today:
            ended = datetime.combine(datetime.fromisoformat(last), time.max, SHANGHAI)
            then = open_.enter_context(casework.reading(ended))
        before, after = (Moment(each.snapshot, each.reference) for each in (then, now))
        reviewer = Reviewer(before, after, first, last, today)
        review = reviewer.of_person(login, {unit}) if login else reviewer.of_unit(unit)
        lines = [item.line for item in review.items]
        names = {line.case: line.case for line in lines} | marks_of(now.snapshot.conn, lines)
        return {
            "unit": {"code": asked.code, "name": asked.name, "kind": asked.reported_kind},
            "from": first,
            "to": last,
            "known_then": then.known_at.astimezone(SHANGHAI).isoformat(),
            "known_now": now.known_at.astimezone(SHANGHAI).isoformat(),
            "holders": _holders(review),
            "duties": _duties(review, Teller(now.reference, review, names)),
        }


def _holders(review: Review) -> list[dict[str, Any]]:
    return [
        {
            "login": part.holder.login or None,
            "name": part_name(part),
            "then": figures(part.then),
            "now": figures(part.now),
        }
        for part in review.parts
    ]


def _duties(review: Review, teller: Teller) -> list[dict[str, Any]]:
    return [
        {
            "rule": item.line.rule,
            "role": item.line.role,
            "child": teller.told(item).child if item.line.case else None,
            "due_day": item.line.due_day,
            "then": item.then or None,
            "now": item.now or None,
            "holders": [{"login": each.login or None, "name": each.name} for each in item.held_now],
            "fulfilled_on": item.fulfilled_on or item.afterwards or None,
            "fulfilled_by": {"login": item.by.login, "name": item.by.name} if item.by else None,
            "recorded_late_days": item.recorded_late,
        }
        for item in review.items
    ]


def _text(found: dict[str, Any]) -> str:
    lines = [f"{found['unit']['name']} {found['from']} 至 {found['to']} 责任考核"]
    for each in found["holders"]:
        for words, standing in (("期末所知", each["then"]), ("现在所知", each["now"])):
            told = "，".join(f"{name} {figure}" for name, figure in standing.items())
            lines.append(f"{each['name']} {words}：{told}")
    return "\n".join(lines)
