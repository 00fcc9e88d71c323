"""One letter as its pages show it: the frozen text, its service story, how it stands (文书页)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from casework.domain.case_file import LETTERS
from casework.domain.letter_rules import acts_for
from casework.domain.letter_service import LABELS, PUBLISHED
from casework.domain.letter_text import printed_day
from casework.domain.permissions import ISSUE_LETTER, SERVE_LETTER
from casework.domain.values import FOREVER, Day
from casework.errors import NotFound
from casework.projections.case_history import ATTEMPTS, SERVICES, CaseHistory, Line, Version, history_of
from casework.projections.case_people import person, seen_until
from casework.projections.letters import letter as letter_table
from casework.service import Reading
from casework.web.access import Viewer
from casework.web.cases.timeline import Moment, moments
from casework.web.filters import masked_name
from casework.web.letters.states import LetterState, state_of

NO_TEXT = "这份文书由登记簿导入，正文以纸质文书为准。"
MASKED_TEXT = "正文含学生和监护人的个人信息，您的岗位不显示。"
ERASED_TEXT = "个人信息已清除。"


@dataclass(frozen=True)
class ShownLetter:
    """One letter. `story`: its service and attempts as lines of the history, the newest first.

    `served`: the service as it now reads, None before; `written`: the version a correction must name.
    """

    child_id: str
    child: str
    no: int
    body: Mapping[str, Any]
    title: str
    issuer: str
    post: str
    addressee: str
    paragraphs: list[str]
    text_note: str
    state: LetterState
    served: Version | None
    story: list[Moment]
    void_reason: str
    voided: bool
    judged: int
    written: int
    inner: bool
    may_serve: bool
    may_void: bool
    here: bool

    @property
    def number(self) -> str:
        """The number as printed; 无文号 for an old letter without one."""
        return self.body.get("number") or "无文号"

    @property
    def receipt(self) -> list[tuple[str, str]]:
        """The lines of the 送达回证; empty texts are filled in by hand on the printed form."""
        return receipt_lines(self)


def shown_letter(reading: Reading, viewer: Viewer, child_id: str, no: int, today: Day) -> ShownLetter:
    """The letter, if the viewer sees the child of that day; NotFound otherwise, as if there were none."""
    conn, reference = reading.snapshot.conn, reading.reference
    who = person(conn, reading.snapshot.k, child_id)
    until = seen_until(who, viewer.reach, today)
    history = history_of(reading.snapshot, child_id, open_private=not viewer.masked)
    line = _line(history, LETTERS, no)
    row = conn.execute(
        select(letter_table).where(letter_table.c.case_id == child_id, letter_table.c.no == no)
    ).first()
    if line is None or row is None or line.on >= until:
        raise NotFound("没有这份文书", child=child_id, no=no)
    kind = reference.letters(line.on).kind(row.kind)
    inner, here = bool(kind and kind.to == "county"), until == FOREVER
    served = _line(history, SERVICES, no)
    said = line.now.said or {}
    paragraphs, note = _text(line.now, viewer)
    own = acts_for(reference.units, viewer.unit, row.issuer)
    name = masked_name(who.child.name) if viewer.masked else who.child.name
    return ShownLetter(
        child_id=child_id,
        child=name or "已清除",
        no=no,
        body=line.now.body,
        title=str(said.get("title") or row.kind),
        issuer=str(said.get("issuer_name") or reference.units.name(row.issuer)),
        post=str(said.get("printed_post") or line.now.body.get("post", "")),
        addressee=str(said.get("addressee", "")),
        paragraphs=paragraphs,
        text_note=note,
        state=state_of(row, reference.calendar(today), today, inner=inner),
        served=served.now if served else None,
        story=_story(history, reading, no, until),
        void_reason=str((line.voided.said or {}).get("reason", "")) if line.voided else "",
        voided=line.voided is not None,
        judged=history.file.judged,
        written=history.file.written.get(no, 0),
        inner=inner,
        may_serve=here and not inner and line.voided is None and viewer.may(SERVE_LETTER),
        may_void=here and line.voided is None and own and viewer.may(ISSUE_LETTER),
        here=here,
    )


def _line(history: CaseHistory, ledger: str, no: int) -> Line | None:
    return next((each for each in history.lines if (each.ledger, each.no) == (ledger, no)), None)


def _text(version: Version, viewer: Viewer) -> tuple[list[str], str]:
    """The paragraphs, or why there are none."""
    if viewer.masked:
        return [], MASKED_TEXT
    if version.erased:
        return [], ERASED_TEXT
    text = str((version.said or {}).get("text", ""))
    return text.splitlines(), "" if text else NO_TEXT


def _story(history: CaseHistory, reading: Reading, no: int, until: Day) -> list[Moment]:
    attempts = {
        each.no for each in history.lines if each.ledger == ATTEMPTS and each.now.body["letter"] == no
    }
    return [
        each
        for each in moments(history, reading.reference, until)
        if (each.ledger == SERVICES and each.no == no) or (each.ledger == ATTEMPTS and each.no in attempts)
    ]


def receipt_lines(shown: ShownLetter) -> list[tuple[str, str]]:
    """送达回证 line by line: what is known is filled in, the rest stays empty for the pen."""
    served = shown.served
    body: Mapping[str, Any] = served.body if served else {}
    said = (served.said or {}) if served else {}
    when = " ".join(filter(None, (printed_day(body.get("on", "")), body.get("at", ""))))
    how = body.get("mode", "")
    if how == PUBLISHED:
        how += f"（发布之日起 {body.get('notice', 0)} 天视为送达）"
    named = {name: str(said.get(name, "")) for name in LABELS}
    return [
        ("送达文书", f"《{shown.body['kind']}》{shown.number}"),
        ("受送达人", named["recipient"] or ("" if served else shown.addressee)),
        ("送达时间", when),
        ("送达地点", named["place"]),
        ("送达方式", how),
        ("与被送达人关系", named["relation"]),
        ("代收人", named["collector"]),
        ("拒收理由", named["refusal"]),
        ("见证人", named["witness"]),
        ("送达人", named["server"]),
        ("备注", "；".join(filter(None, (named["consent"], named["note"])))),
    ]
