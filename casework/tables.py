"""Every table of the system, on one metadata: importing this module makes it complete."""

from casework import accounts
from casework.projections import (
    activity,
    aid_grants,
    board_tally,
    case_board,
    case_span,
    duty_rows,
    import_rows,
    import_runs,
    leavers,
    letters,
    promotions,
    registers,
    roll_calls,
    roster,
    status_proposals,
    transfer_requests,
    unit_duties,
    unnamed,
    village,
)
from casework.store import backup_log, kept_forms, lease, read_log
from casework.store.schema import metadata

__all__ = [
    "accounts",
    "activity",
    "aid_grants",
    "backup_log",
    "board_tally",
    "case_board",
    "case_span",
    "duty_rows",
    "import_rows",
    "import_runs",
    "kept_forms",
    "lease",
    "leavers",
    "letters",
    "metadata",
    "promotions",
    "read_log",
    "registers",
    "roll_calls",
    "roster",
    "status_proposals",
    "transfer_requests",
    "unit_duties",
    "unnamed",
    "village",
]
