"""Trying an act out for its preview: the very command runs and is taken back, so it says what will be."""

from collections.abc import Callable
from dataclasses import dataclass

from casework.domain.case_file import CaseFile
from casework.domain.student_case import StudentCase
from casework.domain.timeline import StatusEntry, entry_of
from casework.errors import RuleBroken
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.store import Reply
from casework.web.access import casework, today, viewer
from casework.web.cases.at_hand import Pupil
from casework.web.status.preview import Preview, preview_of, refused

NEXT = 10**9
"""Stands for the number of an entry not yet recorded: the last of its day."""


@dataclass(frozen=True)
class Trial:
    """A command, and the entries that the file would then hold."""

    name: str
    command: Callable[[Act, Reference], Reply]
    entries: list[StatusEntry]


def with_entry(pupil: Pupil, no: int, body: dict[str, object]) -> list[StatusEntry]:
    """The file's entries with entry `no` reading so."""
    return [*without_entry(pupil, no), entry_of(no, body)]


def without_entry(pupil: Pupil, no: int) -> list[StatusEntry]:
    """The file's entries without entry `no`."""
    return [entry for entry in pupil.file.entries.values() if entry.no != no]


def tried(trial: Trial, pupil: Pupil, reference: Reference) -> Preview:
    """What the act would change, or why it can not be. Raises BadInput and ChangedMeanwhile as it would."""

    def look(act: Act) -> CaseFile:
        return act.get(StudentCase, pupil.child_id).file

    try:
        after = casework().try_out(trial.name, trial.command, look, actor=viewer().actor)
    except RuleBroken as misfit:
        return refused(misfit.message, trial.entries)
    return preview_of(pupil.file, after, reference, today())
