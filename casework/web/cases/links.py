"""What may be done with one line of a history: a capability adds its ledger's links here (更正, 打印)."""

from typing import NamedTuple

from casework.domain.case_file import (
    ABSENCES,
    AID,
    CHECKS,
    DECISIONS,
    LETTERS,
    PROPOSALS,
    REPORTS,
    SESSIONS,
    STATUSES,
    VISITS,
)
from casework.domain.permissions import (
    READ_CASE,
    RECORD_ABSENCE,
    RECORD_AID,
    RECORD_CHECK,
    RECORD_DECISION,
    RECORD_SESSION,
    RECORD_STATUS,
    RECORD_VISIT,
)
from casework.web.access import Viewer


class LineLink(NamedTuple):
    """The right it needs, its word, and its address with `{child}` and `{no}`."""

    action: str
    text: str
    href: str


LINKS: dict[str, tuple[LineLink, ...]] = {
    AID: (LineLink(RECORD_AID, "更正或冲销", "/cases/{child}/aid/{no}/correct"),),
    VISITS: (LineLink(RECORD_VISIT, "更正", "/children/{child}/visits/{no}/correct"),),
    STATUSES: (LineLink(RECORD_STATUS, "更正或作废", "/cases/{child}/status/{no}/correct"),),
    ABSENCES: (LineLink(RECORD_ABSENCE, "更正或作废", "/cases/{child}/absences/{no}/correct"),),
    CHECKS: (LineLink(RECORD_CHECK, "更正或作废", "/cases/{child}/checks/{no}/correct"),),
    SESSIONS: (LineLink(RECORD_SESSION, "更正或作废", "/cases/{child}/sessions/{no}/correct"),),
    DECISIONS: (LineLink(RECORD_DECISION, "更正或作废", "/cases/{child}/decisions/{no}/correct"),),
    LETTERS: (LineLink(READ_CASE, "看文书、送达", "/cases/{child}/letters/{no}"),),
    PROPOSALS: (LineLink(RECORD_STATUS, "看申报", "/cases/{child}/proposals/{no}"),),
    REPORTS: (LineLink(RECORD_ABSENCE, "打印或作废", "/cases/{child}/reports/{no}"),),
}
"""Ledger → its links, for facts that hold."""


def links_of(child_id: str, viewer: Viewer) -> dict[str, list[LineLink]]:
    """The links a viewer gets, by ledger; `{no}` is filled in by the line."""
    return {
        ledger: [
            link._replace(href=link.href.replace("{child}", child_id))
            for link in links
            if viewer.may(link.action)
        ]
        for ledger, links in LINKS.items()
    }
