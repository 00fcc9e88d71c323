"""The head of the chain as a job (每日链头): one a day, kept outside the database and logged."""

import os
from datetime import timedelta

from casework.config import Settings
from casework.operations.heads import note_head_of_the_day
from casework.service import Casework

LOOK_EVERY = timedelta(minutes=15)


def look(casework: Casework) -> None:
    """Keeps today's head if it is not kept yet."""
    note_head_of_the_day(casework, Settings.from_env(os.environ))
