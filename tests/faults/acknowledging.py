"""Visits recorded one after the other in a process of its own: URL, how many.

After each is told to be saved a line "saved N" goes out, N the act. On SQLite it keeps a lease up in
between, which does not wait for the disk.
"""

import os
import sys
from dataclasses import replace
from datetime import datetime

from casework.commands.home_visits import Visit, record_visit
from casework.domain.values import SHANGHAI, Actor
from casework.store import lease
from casework.store.database import is_sqlite, make_engine
from tests.support.county import County
from tests.support.field import ACTORS, TEACH_1, ids_of
from tests.web.small_county import NOW, RAIN

TOLD = "saved"
_VISIT = Visit(
    on="2026-10-09", start="00:00", mode="上门", met=("家长",), outcome="犹豫", agreed_on="",
    units=("第一小学",),
    private={"participants": "何班青/班主任/第一小学", "talk": "说好一起想办法", "recorder": "何班青"},
)  # fmt: skip


def main() -> None:
    """As many visits as asked for."""
    url, many = sys.argv[1], int(sys.argv[2])
    county = County.over(make_engine(url), datetime.fromisoformat(NOW).astimezone(SHANGHAI))
    child, actor = ids_of(county)[RAIN], ACTORS[TEACH_1]
    for at in range(many):
        one = replace(_VISIT, start=f"{at // 60:02d}:{at % 60:02d}")
        act = record(county, child, one, actor)
        os.write(1, f"{TOLD} {act}\n".encode())
        if is_sqlite(county.casework.store.engine):
            lease.take(county.casework.store.engine, lease.WORKER, "a" * 32)
    os._exit(0)  # as if the power went: nothing is put in order


def record(county: County, child: str, one: Visit, actor: Actor) -> int:
    """One visit; its act."""
    acts: list[int] = []

    def command(act, ref):
        acts.append(act.id)
        return record_visit(act, ref, child_id=child, visit=one)

    county.casework.do("record_visit", command, actor=actor, content={"start": one.start})
    return acts[-1]


if __name__ == "__main__":
    main()
