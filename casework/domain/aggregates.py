"""Every aggregate, imported: the events of all are known by their topics to whoever imports this."""

from casework.domain.erasure import Erasure
from casework.domain.policy_book import PolicyBook
from casework.domain.posting import Posting
from casework.domain.promotion import Promotion
from casework.domain.roll_call import RollCall
from casework.domain.student_case import StudentCase
from casework.domain.unit import UnitFile
from casework.domain.unit_duty import UnitDuties

AGGREGATES = (StudentCase, UnitFile, Posting, PolicyBook, UnitDuties, RollCall, Promotion, Erasure)
