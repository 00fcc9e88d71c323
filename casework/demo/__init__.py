"""The demo county 云岭县: a term of an invented county, generated as the workbooks it would send.

`batches()` yields the workbooks in the order and at the instants in which they arrive; `write()` makes
real `.xlsx` files of them; the ordinary importers take them in. Nothing in it exists, and no clock is read.
"""

from casework.demo.staff import ACCOUNTS, Account
from casework.demo.workbooks import Batch, DemoFile, batches, write

__all__ = ["ACCOUNTS", "Account", "Batch", "DemoFile", "batches", "write"]
