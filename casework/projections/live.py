"""What one act's events change in the read models, written before the act commits."""

from itertools import islice

from sqlalchemy import Connection

from casework.domain.student_case import StudentCase
from casework.projections.aid_grants import project_aid
from casework.projections.board_tally import project_board
from casework.projections.case_files import files_of
from casework.projections.case_tables import change_all_duties, file_of, project_cases
from casework.projections.duty_rows import changes_rules
from casework.projections.letters import project_letters
from casework.projections.reference import Reference, ReferenceReader
from casework.projections.registers import project_registers
from casework.projections.status_proposals import project_proposals
from casework.projections.year_tables import project_year
from casework.store.act import Act
from casework.store.history import Recorded

_FILES_AT_ONCE = 500


class LiveProjection:
    """Projects the events of acts, by the rules of `references`: those that judged the act are at hand."""

    def __init__(self, references: ReferenceReader) -> None:
        self._references = references

    def __call__(self, act: Act, recorded: list[Recorded]) -> None:
        """Projects the events of an act; the files it saved are at hand as they stand after it."""
        conn = act.conn
        project_registers(conn, act.id, recorded)
        project_year(conn, act.id, recorded)
        adopted = [event.clear["name"] for event in recorded if event.topic == "policy.Adopted"]
        cases = [event for event in recorded if event.topic.startswith("case.")]
        if cases or changes_rules(adopted):
            # What an unfinished act adopts is never kept.
            reader = self._references
            book = reader.within(conn, act.id) if adopted else reader.at(conn, act.id - 1)
            self._project_cases(act, cases, book)
            if changes_rules(adopted):
                _judge_anew(conn, act.id, book)

    def _project_cases(self, act: Act, cases: list[Recorded], book: Reference) -> None:
        conn, originators = act.conn, dict.fromkeys(event.originator for event in cases)
        loaded = act.load_many(StudentCase, originators)
        files = {child_id: case.file for child_id, case in loaded.items()}
        project_cases(conn, act.id, cases, files, book)
        project_proposals(conn, cases, files)
        project_letters(conn, cases, files)
        project_aid(conn, cases, files)
        project_board(conn, {child_id: (case.file, case.version) for child_id, case in loaded.items()})


def _judge_anew(conn: Connection, act: int, book: Reference) -> None:
    """New rules or another calendar: the duties of every file follow from them, in the same act."""
    files = files_of(conn, act)
    while batch := list(islice(files, _FILES_AT_ONCE)):
        change_all_duties(conn, act, {case: file_of(recorded) for case, recorded in batch}, book)
