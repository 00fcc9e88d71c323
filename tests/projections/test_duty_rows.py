"""Only what an act touched is judged again: the rows are those of judging everything at every act."""

import pytest

from casework.projections.bitemporal import Row
from casework.projections.case_files import files_of
from casework.projections.case_tables import CASE_TABLES, fold_case
from casework.projections.duty_rows import DutyStates, duty, rulebooks
from casework.store.database import reading
from tests.oracle.duty_making import autumn
from tests.projections.test_case_board import take_seed
from tests.projections.test_duties_against_oracle import play
from tests.support.county import County

_DUTIES = [each.table for each in CASE_TABLES].index(duty)


def folded(county: County) -> dict[str, list[Row]]:
    """Case → its duty rows, folded from its events."""
    with reading(county.casework.store.engine) as conn:
        last = 2**40
        rules = rulebooks(conn, last)
        return {
            case: sorted(fold_case(case, events, rules)[_DUTIES]) for case, events in files_of(conn, last)
        }


@pytest.mark.parametrize("seed", range(6))
def test_what_an_act_did_not_touch_needs_no_second_judging(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    county = County("sqlite:///:memory:")
    if seed % 2:
        take_seed(county, seed)
    else:
        play(county, autumn(seed))
    sparing = folded(county)
    monkeypatch.setattr(
        DutyStates, "judge", lambda self, act, file, book, *_: self.judge_anew(act, file, book)
    )
    assert folded(county) == sparing
    assert any(sparing.values())
    county.close()
