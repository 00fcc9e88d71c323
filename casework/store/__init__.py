"""Where facts are kept: acts, events sealed per child, claims and number series.

What the layers above use; the rest of the package is how.
"""

from casework.store.act import Act
from casework.store.claims import Taken
from casework.store.clock import Clock, instant, micros
from casework.store.database import make_engine
from casework.store.failures import CommandReused, StoreBusy
from casework.store.history import Recorded, RecordedAct, StoredRow
from casework.store.keys import KeyDestroyed, KeyRing
from casework.store.mapper import clear_of
from casework.store.schema import metadata
from casework.store.snapshot import Snapshot
from casework.store.store import Reply, Store

__all__ = [
    "Act",
    "Clock",
    "CommandReused",
    "KeyDestroyed",
    "KeyRing",
    "Recorded",
    "RecordedAct",
    "Reply",
    "Snapshot",
    "Store",
    "StoreBusy",
    "StoredRow",
    "Taken",
    "clear_of",
    "instant",
    "make_engine",
    "metadata",
    "micros",
]
