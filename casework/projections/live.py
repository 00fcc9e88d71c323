"""What one act's events change in the read models, written before the act commits."""

from casework.domain.student_case import StudentCase
from casework.projections.board_tally import project_board
from casework.projections.case_tables import project_cases
from casework.projections.letters import project_letters
from casework.projections.registers import project_registers
from casework.projections.status_proposals import project_proposals
from casework.projections.year_tables import project_year
from casework.store.act import Act
from casework.store.history import Recorded


def project(act: Act, recorded: list[Recorded]) -> None:
    """Projects the events of an act; the files it saved are at hand as they stand after it."""
    project_registers(act.conn, act.id, recorded)
    project_year(act.conn, act.id, recorded)
    cases = [event for event in recorded if event.topic.startswith("case.")]
    if cases:
        loaded = act.load_many(StudentCase, dict.fromkeys(event.originator for event in cases))
        files = {child_id: case.file for child_id, case in loaded.items()}
        project_cases(act.conn, act.id, cases, files)
        project_proposals(act.conn, cases, files)
        project_letters(act.conn, cases, files)
        project_board(act.conn, {child_id: (case.file, case.version) for child_id, case in loaded.items()})
