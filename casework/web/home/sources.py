"""Who names something for 等您办理: the capabilities, in the order the first page shows them."""

from casework.web.absences.listed import waiting as absences_waiting
from casework.web.calendar.routes import waiting as calendar_waiting
from casework.web.deferrals.waiting import waiting as deferrals_waiting
from casework.web.duties.waiting import waiting as duties_waiting
from casework.web.home.waiting import Source
from casework.web.letters.waiting import waiting as letters_waiting
from casework.web.proposals.waiting import waiting as proposals_waiting
from casework.web.school_year.waiting import school_year_waits
from casework.web.transfers.waiting import waiting as transfers_waiting

SOURCES: tuple[Source, ...] = (
    duties_waiting,
    proposals_waiting,
    deferrals_waiting,
    letters_waiting,
    transfers_waiting,
    absences_waiting,
    school_year_waits,
    calendar_waiting,
)
