"""What can happen in a child's file (个案事件): the vocabulary of `StudentCase`, in the past tense.

Names, numbers, addresses and free text travel in an event's `private` part, sealed under the child's
key; everything a rule or a figure needs is clear.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eventsourcing.utils import register_topic

from casework.domain.events import Aggregate
from casework.domain.values import Day

if TYPE_CHECKING:
    from casework.domain.student_case import StudentCase

Private = Mapping[str, str] | None


class Event(Aggregate.Event):
    """Anything that happens in a file; the fold of the clear part is `CaseFile.evolve`.

    `USUAL_KEY`: the fields of which `key` is usually made, one space between; it is not stored then.
    """

    TOPIC = "case.Event"

    def apply(self, aggregate: "StudentCase") -> None:
        """Folds the event into the file's state."""
        aggregate.file.evolve(type(self).TOPIC, self.originator_version, vars(self))


class Opened(Event, Aggregate.Created):
    """建档: the file is opened with the child's dated roster places."""

    TOPIC = "case.Opened"
    places: list[dict[str, Any]]


class RosterNoted(Event):
    """花名册变动: the child's dated places as the roster now has them."""

    TOPIC = "case.RosterNoted"
    places: list[dict[str, Any]]


class StatusRecorded(Event):
    """状态登记; `outcome`: how the verification of a lead ended (核查结果)."""

    TOPIC = "case.StatusRecorded"
    USUAL_KEY = ("on", "change")
    key: str
    mark: str
    on: Day
    change: str
    causes: Sequence[str] = ()
    lost_type: str = ""
    placement: str = ""
    school: str = ""
    until: Day = ""
    reason: str = ""
    evidence: str = ""
    approved: bool = False
    outcome: str = ""
    private: Private = None


class StatusCorrected(StatusRecorded):
    """状态更正: entry `no` now reads so."""

    TOPIC = "case.StatusCorrected"
    no: int = 0


class HomeVisitRecorded(Event):
    """家访劝返: `met` whom (empty: 无人), `units` of the participants as written, one each.

    `people`: keyed marks of the names of recorder and participants, to tell who took part without a name.
    """

    TOPIC = "case.HomeVisitRecorded"
    USUAL_KEY = ("on", "start")
    key: str
    mark: str
    on: Day
    mode: str
    outcome: str
    start: str = ""
    end: str = ""
    met: Sequence[str] = ()
    units: Sequence[str] = ()
    people: Sequence[str] = ()
    agreed_on: Day = ""
    private: Private = None


class HomeVisitCorrected(HomeVisitRecorded):
    """家访更正: visit `no` now reads so."""

    TOPIC = "case.HomeVisitCorrected"
    no: int = 0


class AbsenceRecorded(Event):
    """缺勤登记: `until` is the last day absent; empty while the child is still away."""

    TOPIC = "case.AbsenceRecorded"
    USUAL_KEY = ("on",)
    key: str
    mark: str
    on: Day
    until: Day = ""
    private: Private = None


class AbsenceCorrected(AbsenceRecorded):
    """缺勤更正: absence `no` now reads so."""

    TOPIC = "case.AbsenceCorrected"
    no: int = 0


class SessionRecorded(Event):
    """送教上门: `tenths` is the teaching time in tenths of a 课时; `signed` by the guardian."""

    TOPIC = "case.SessionRecorded"
    USUAL_KEY = ("on", "start")
    key: str
    mark: str
    on: Day
    tenths: int
    start: str = ""
    end: str = ""
    signed: bool = False
    private: Private = None


class SessionCorrected(SessionRecorded):
    """送教更正: session `no` now reads so."""

    TOPIC = "case.SessionCorrected"
    no: int = 0


class LetterRecorded(Event):
    """文书签发: `kind` and `number` in the register of `issuer`; `days` is the letter's term.

    `signatory` signed it, in the post `post`; the frozen text is `private`.
    """

    TOPIC = "case.LetterRecorded"
    USUAL_KEY = ("issuer", "kind", "number")
    key: str
    mark: str
    on: Day
    kind: str
    issuer: str
    number: str = ""
    days: int = 0
    signatory: str = ""
    post: str = ""
    private: Private = None


class LetterCorrected(LetterRecorded):
    """文书更正: letter `no` now reads so."""

    TOPIC = "case.LetterCorrected"
    no: int = 0


class LetterServed(Event):
    """送达: letter `no` was served on a day, in a way (直接/留置/邮寄/委托/电子/公告).

    `notice`: a letter published that day (公告) counts as served so many days later.
    """

    TOPIC = "case.LetterServed"
    no: int
    mark: str
    on: Day
    mode: str
    at: str = ""
    notice: int = 0
    private: Private = None


class Voided(Event):
    """作废: fact `no` never counted; `mark` knows the void row again."""

    TOPIC = "case.Voided"
    no: int
    mark: str = ""
    on: Day = ""
    private: Private = None


class StatusVoided(Voided):
    """状态作废."""

    TOPIC = "case.StatusVoided"


class HomeVisitVoided(Voided):
    """家访作废."""

    TOPIC = "case.HomeVisitVoided"


class AbsenceVoided(Voided):
    """缺勤作废."""

    TOPIC = "case.AbsenceVoided"


class SessionVoided(Voided):
    """送教作废."""

    TOPIC = "case.SessionVoided"


class LetterVoided(Voided):
    """文书作废: the number stays visible and is never used again; `on` is 作废日期."""

    TOPIC = "case.LetterVoided"


class CheckRecorded(Event):
    """到校检查: on that school day the child sat in class, or did not."""

    TOPIC = "case.CheckRecorded"
    USUAL_KEY = ("on",)
    key: str
    mark: str
    on: Day
    present: bool
    private: Private = None


class CheckCorrected(CheckRecorded):
    """到校检查更正: check `no` now reads so."""

    TOPIC = "case.CheckCorrected"
    no: int = 0


class CheckVoided(Voided):
    """到校检查作废."""

    TOPIC = "case.CheckVoided"


class AidRecorded(Event):
    """资助发放: `fen` is the amount in 分, paid on a day; without a payment `unpaid` is 未资助原因."""

    TOPIC = "case.AidRecorded"
    key: str
    mark: str
    on: Day
    year: str
    term: str
    programme: str
    fen: int
    way: str = ""
    voucher: str = ""
    unpaid: str = ""
    private: Private = None


class AidCorrected(AidRecorded):
    """资助更正: grant `no` now reads so."""

    TOPIC = "case.AidCorrected"
    no: int = 0


class AidVoided(Voided):
    """资助冲销: grant `no` was paid back or never paid."""

    TOPIC = "case.AidVoided"


class AbsenceReportRecorded(Event):
    """辍学（疑似辍学）学生情况报告表: the school reported the absence to township and bureau."""

    TOPIC = "case.AbsenceReportRecorded"
    USUAL_KEY = ("on",)
    key: str
    mark: str
    on: Day
    private: Private = None


class AbsenceReportCorrected(AbsenceReportRecorded):
    """报告表更正: report `no` now reads so."""

    TOPIC = "case.AbsenceReportCorrected"
    no: int = 0


class AbsenceReportVoided(Voided):
    """报告表作废."""

    TOPIC = "case.AbsenceReportVoided"


class DecisionRecorded(Event):
    """法律措施决定: what the bureau decided after an order's deadline passed (`step`)."""

    TOPIC = "case.DecisionRecorded"
    USUAL_KEY = ("on",)
    key: str
    mark: str
    on: Day
    step: str
    private: Private = None


class DecisionCorrected(DecisionRecorded):
    """决定更正: decision `no` now reads so."""

    TOPIC = "case.DecisionCorrected"
    no: int = 0


class DecisionVoided(Voided):
    """决定作废."""

    TOPIC = "case.DecisionVoided"


class ServiceAttempted(Event):
    """送达未成: letter `no` could not be served that day."""

    TOPIC = "case.ServiceAttempted"
    no: int
    on: Day
    mode: str
    at: str = ""
    private: Private = None


def register_events(module: dict[str, object]) -> None:
    """Makes the events of a module known: the library does so by itself for nested classes only."""
    for each in list(module.values()):
        if isinstance(each, type) and issubclass(each, Event) and each is not Event:
            register_topic(each.TOPIC, each)


register_events(vars())
