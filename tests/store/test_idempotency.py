"""The same command id twice: one act, one reply; passing failures are tried again from the start."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from casework.errors import ChangedMeanwhile
from casework.store import CommandReused, Store, StoreBusy, failures, make_engine, metadata
from casework.store.act import Act
from tests.store.conftest import OWN_TABLES, no_projections
from tests.store.example import TEACHER, Diary, do


def open_one(act: Act):
    diary = Diary(school="S01")
    act.save(diary)
    return {"id": diary.id.hex, "标记": ["一", 2, None]}


def test_the_same_command_again_gets_the_first_reply_and_changes_nothing(store, rows):
    first = do(store, open_one, command_id="x", content=b"a")
    again = do(store, lambda act: pytest.fail("ran again"), command_id="x", content=b"a")
    assert again == first
    assert rows() == {"act": 1, "stored_event": 1}


def test_the_first_reply_is_already_what_a_repeat_will_get(store):
    def body(act):
        act.touch()
        return {"days": ("2026-09-14",)}

    assert do(store, body, command_id="x") == do(store, body, command_id="x") == {"days": ["2026-09-14"]}


@pytest.mark.parametrize("other", ["content", "command"])
def test_the_same_id_for_something_else_is_refused(store, rows, other):
    do(store, open_one, command_id="x", content=b"a")
    with pytest.raises(CommandReused) as refused:
        if other == "content":
            do(store, open_one, command_id="x", content=b"b")
        else:
            store.run(command="other", actor=TEACHER, command_id="x", content=b"a", body=open_one)
    assert isinstance(refused.value, ChangedMeanwhile)
    assert rows()["act"] == 1


def test_a_command_that_wrote_nothing_simply_runs_again(store):
    ran = []
    for _ in range(2):
        do(store, lambda act: ran.append(act.id), command_id="x")
    assert ran == [1, 1]


def test_a_command_that_failed_runs_again(store):
    with pytest.raises(ZeroDivisionError):
        do(store, lambda act: open_one(act) and {"x": 1 // 0}, command_id="x")
    assert do(store, open_one, command_id="x")["id"]


def test_pressed_eight_times_at_once_it_happens_once(store, rows):
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: do(store, open_one, command_id="x"), range(8)))
    assert replies == [replies[0]] * 8
    assert rows() == {"act": 1, "stored_event": 1}


def passing_failure(engine) -> OperationalError:
    if engine.dialect.name == "sqlite":
        orig: Exception = sqlite3.OperationalError("database is locked")
        orig.sqlite_errorcode = sqlite3.SQLITE_BUSY  # type: ignore[attr-defined]
    else:
        orig = psycopg.errors.SerializationFailure()
    return OperationalError("INSERT", {}, orig)


def test_a_passing_failure_is_tried_again_from_the_beginning(store, engine, rows):
    ran = []

    def body(act):
        ran.append(act.id)
        reply = open_one(act)
        if len(ran) < 5:
            raise RuntimeError("as the layers above may wrap it") from passing_failure(engine)
        return reply

    do(store, body)
    assert ran == [1] * 5
    assert rows() == {"act": 1, "stored_event": 1}


def test_a_failure_that_does_not_pass_is_told_as_busy_with_nothing_stored(store, engine, rows):
    def body(act):
        open_one(act)
        raise passing_failure(engine)

    with pytest.raises(StoreBusy, match="没有保存"):
        do(store, body)
    assert rows() == {}


def test_a_failure_of_another_kind_is_not_tried_again(store, engine):
    ran = []

    def body(act):
        ran.append(1)
        act.conn.execute(text("SELECT * FROM no_such_table"))

    with pytest.raises(Exception, match="no_such_table"):
        do(store, body)
    assert len(ran) == 1


@pytest.mark.parametrize("committed", [False, True], ids=["before the commit", "after the commit"])
def test_a_connection_lost_at_the_commit_neither_loses_nor_doubles_the_act(store, engine, rows, committed):
    lost: list[object] = []

    def lose(conn):
        if not lost and conn.get_execution_options().get("casework_writer"):
            lost.append(conn)
            if committed:
                conn.connection.driver_connection.commit()
            raise OperationalError("COMMIT", {}, Exception("connection lost"), connection_invalidated=True)

    event.listen(engine, "commit", lose)
    reply = do(store, open_one, command_id="x")
    assert lost
    assert rows() == {"act": 1, "stored_event": 1}
    assert do(store, open_one, command_id="x") == reply


def test_a_server_that_ends_the_connection_is_asked_again(postgres_url, keys):
    engine = make_engine(postgres_url)
    metadata.create_all(engine, tables=OWN_TABLES)
    store = Store(engine, keys, None, no_projections)
    ended: list[object] = []

    def body(act):
        if not ended:
            ended.append(act.conn.scalar(text("SELECT pg_backend_pid()")))
            with engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": ended[0]})
        return open_one(act)

    assert do(store, body)["id"]
    engine.dispose()


def test_what_is_no_database_error_does_not_pass():
    assert not failures.is_passing(ValueError("x"))
    assert not failures.is_passing(OperationalError("x", {}, Exception("x")))
