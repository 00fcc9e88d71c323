"""The library's own published cases, on both databases.

Left out: `subscribe()`, which they test only where a recorder opts in (ours refuses it), and their
two measurements, which print a time and assert no more than that inserting works.
"""

import threading
from typing import Any

import pytest
from eventsourcing import persistence
from eventsourcing.tests import persistence as library

from casework.store import make_engine
from casework.store.recorder import Recorder, SequenceRecorder
from casework.store.schema import metadata, stored_event


class OnOurDatabase:
    """Where the library's cases get their recorder."""

    test_performance: Any = None  # prints a time, asserts nothing
    test_concurrent_throughput: Any = None  # likewise
    recorder_class: type[SequenceRecorder] = Recorder

    @pytest.fixture(autouse=True)
    def _empty_database(self, own_url):
        self.engine = make_engine(own_url)
        metadata.create_all(self.engine, tables=[stored_event])
        before = set(threading.enumerate())
        yield
        for reader in set(threading.enumerate()) - before:  # the cases stop their readers without waiting
            reader.join()
        self.engine.dispose()

    def create_recorder(self):
        return self.recorder_class(self.engine)


class OnSqlite(OnOurDatabase):
    @pytest.fixture
    def own_url(self, sqlite_url):
        return sqlite_url


class OnPostgres(OnOurDatabase):
    @pytest.fixture
    def own_url(self, postgres_url):
        return postgres_url


class TestAggregateSequencesOnSqlite(OnSqlite, library.AggregateRecorderTestCase):
    recorder_class = SequenceRecorder


class TestAggregateSequencesOnPostgres(OnPostgres, library.AggregateRecorderTestCase):
    recorder_class = SequenceRecorder


class TestApplicationSequenceOnSqlite(OnSqlite, library.ApplicationRecorderTestCase):
    pass


class TestApplicationSequenceOnPostgres(OnPostgres, library.ApplicationRecorderTestCase):
    pass


class TestPositionsOnSqlite(OnSqlite, library.NonInterleavingNotificationIDsBaseCase):
    pass


class TestPositionsOnPostgres(OnPostgres, library.NonInterleavingNotificationIDsBaseCase):
    pass


def test_nothing_subscribes_because_projections_are_written_in_the_act(engine):
    with pytest.raises(persistence.NotSupportedError):
        Recorder(engine).subscribe()


def test_errors_of_the_database_are_the_librarys(engine):
    metadata.drop_all(engine, tables=[stored_event])
    with pytest.raises(persistence.PersistenceError):
        Recorder(engine).max_notification_id()
