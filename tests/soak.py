"""How deep `./run soak` digs: `SOAK_DEPTH=20 ./run soak oracle` takes twenty times the seeds."""

import os

DEPTH = int(os.environ.get("SOAK_DEPTH", "1"))


def seeds(first: int, many: int, step: int = 1) -> range:
    """So many seeds from the first on, times the depth. Fixed: a failure is repeated by its number."""
    return range(first, first + many * DEPTH * step, step)
