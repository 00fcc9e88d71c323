"""Accounts, sign-in and sessions (账号与登录): ordinary tables, no acts.

An account is a login and a password; the post and unit a person acts in come from the postings of the
day. Accounts are disabled, never deleted.
"""

from casework.accounts.book import AccountBook, AccountChange, AccountState, Slip
from casework.accounts.door import WRONG, Accounts
from casework.accounts.sessions import OPEN, PASSWORD, SECOND_STEP, Device, SignedIn
from casework.accounts.tables import account, account_change, recovery_code, session, sign_in_failure

__all__ = [
    "OPEN",
    "PASSWORD",
    "SECOND_STEP",
    "WRONG",
    "AccountBook",
    "AccountChange",
    "AccountState",
    "Accounts",
    "Device",
    "SignedIn",
    "Slip",
    "account",
    "account_change",
    "recovery_code",
    "session",
    "sign_in_failure",
]
