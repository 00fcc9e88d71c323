"""Every stored event can be read by a process that has written none: topics are known on import."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from casework.store.database import reading
from casework.store.schema import stored_event
from tests.oracle import histories
from tests.support.county import County

READ_ALL = """
import sys
from casework.store.database import make_engine
from casework.store.keys import KeyRing
from casework.store.store import Store
from casework.domain.{module} import {name}
store = Store(make_engine(sys.argv[1]), KeyRing(bytes(range(32))), None, lambda act, recorded: None)
with store.snapshot() as snapshot:
    assert snapshot.find({name}, sys.argv[2]) is not None
"""

AGGREGATES = {
    "case": ("student_case", "StudentCase"),
    "unit": ("unit", "UnitFile"),
    "policy": ("policy_book", "PolicyBook"),
}


@pytest.mark.parametrize("family", AGGREGATES)
def test_a_fresh_process_reads_what_another_wrote(sqlite_url: str, family: str) -> None:
    county = County(sqlite_url)
    for each in histories.county_of_seed(3)[:8]:
        county.take(each.kind, each.rows, each.at)
    with reading(county.casework.store.engine) as conn:
        query = select(stored_event.c.originator_id).where(stored_event.c.topic.startswith(f"{family}."))
        originator = conn.scalar(query.limit(1))
    county.close()
    module, name = AGGREGATES[family]
    code = READ_ALL.format(module=module, name=name)
    subprocess.run(
        [sys.executable, "-c", code, sqlite_url, str(originator)],
        check=True,
        cwd=Path(__file__).parents[2],
    )
