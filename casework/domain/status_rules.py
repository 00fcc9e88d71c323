"""What one status act must carry, whatever came before it: the same for a page and for a workbook's row.

Each fault names the field of the act's body, so that a page shows it at its field and an importer at
its column.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from casework.domain import statuses as s
from casework.domain.policy import Dictionaries
from casework.domain.units import SCHOOL, Units
from casework.domain.words import unknown_word


class Fault(NamedTuple):
    """A field of a status act's body (or `destination`), and why it can not be taken."""

    field: str
    why: str


def status_faults(
    body: Mapping[str, Any], destination: str, words: Dictionaries, units: Units
) -> Iterator[Fault]:
    """Everything wrong with a status act by itself."""
    yield from _unknown("causes", body["causes"], words.causes)
    for field, allowed in (
        ("lost_type", words.lost_types),
        ("placement", words.placements),
        ("reason", words.closing_reasons),
        ("outcome", words.verification_outcomes),
    ):
        if body.get(field):
            yield from _unknown(field, [body[field]], allowed)
    unit = units.get(body["school"])
    if body["school"] and (unit is None or unit.kind != SCHOOL):
        yield Fault("school", "没有这个学校，请核对单位表中的学校代码")
    if body["until"] and body["on"] and body["until"] < body["on"]:
        yield Fault("until", f"早于日期 {body['on']}")
    yield from _papers(body, destination)


def _unknown(field: str, given: Iterable[str], allowed: Iterable[str]) -> Iterator[Fault]:
    yield from (Fault(field, unknown_word(word, allowed)) for word in given if word not in allowed)


def _papers(body: Mapping[str, Any], destination: str) -> Iterator[Fault]:
    change = body["change"]
    name = s.CHANGE_NAMES.get(change, "")
    if change == s.TRANSFER_ACCEPTED and not body["school"]:
        yield Fault("school", "转入接收须填写接收学校代码")
    if change == s.TRANSFERRING and not (body["school"] or destination):
        yield Fault("school", "转出须填写接收学校代码；转往县外的填写去向")
    if change in (s.DEFERRED, s.SUSPENDED) and not body["evidence"]:
        yield Fault("evidence", f"{name}须填写批准文件的证据编号")
    if change == s.CLOSED and not body["reason"]:
        yield Fault("reason", "销号须填写销号原因")
    if change in (s.DEFERRED, s.SUSPENDED, s.CLOSED) and not body["approved"]:
        yield Fault("approved", f"{name}须由登记人以外的另一人批准")
