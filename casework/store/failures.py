"""Failures of a transaction: which pass by themselves, and what the person is told when they don't."""

import errno
import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from casework.errors import CaseworkError, ChangedMeanwhile

_SQLITE_PASSING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
# serialization failure, deadlock, lock timeout, server shutting down, crashed or starting up
_POSTGRES_PASSING = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03"}
_SQLITE_AWAY = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
_CANNOT_WRITE = "25006"  # a server that was made read-only, or a standby
_CONNECTION = "08"
_POSTGRES_FULL = "53100"
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}

FULL = "服务器的磁盘满了，这次操作没有保存。请告诉管理员腾出空间，然后再试；填写的内容请先留着。"
AWAY = "数据库暂时连不上，这次操作没有保存。请过一两分钟再试；如果一直这样，请告诉管理员。"
BUSY = "系统正忙，这次操作没有保存，请稍后再试。"


class StoreBusy(CaseworkError):
    """The database stayed busy or out of reach; nothing was stored."""


class CommandReused(ChangedMeanwhile):
    """The command id was used before, for something else (HTTP 409)."""


def is_passing(error: BaseException | None) -> bool:
    """Whether the same transaction may succeed when run again from its beginning."""
    while error is not None:
        if isinstance(error, DBAPIError):
            return error.connection_invalidated or _is_passing_code(error.orig)
        error = error.__cause__
    return False


def outage_of(error: BaseException | None) -> str:
    """What a person is told when the machine is at fault and not the program: disk full, database away.

    "" for every other error. The transaction was rolled back, or was never heard of again: a commit
    whose answer was lost is found by its command id when the same form is sent again.
    """
    while error is not None:
        if isinstance(error, OSError) and error.errno in _DISK_FULL:
            return FULL
        if isinstance(error, NoConnectionFree):
            return BUSY
        if isinstance(error, DBAPIError):
            return _outage_of_database(error)
        error = error.__cause__
    return ""


def _outage_of_database(error: DBAPIError) -> str:
    told = error.orig
    if isinstance(told, sqlite3.Error):
        code = getattr(told, "sqlite_errorcode", 0) & 0xFF
        return FULL if code == sqlite3.SQLITE_FULL else AWAY if code in _SQLITE_AWAY else _busy(error)
    if isinstance(told, psycopg.Error) and told.sqlstate == _POSTGRES_FULL:
        return FULL
    if error.connection_invalidated or (isinstance(told, psycopg.OperationalError) and _is_away(told)):
        return AWAY
    return _busy(error)


def _is_away(told: psycopg.Error) -> bool:
    """A connection that was refused or broke off has no code, or one of the connection's or shutdown's."""
    code = told.sqlstate or _CONNECTION
    return code.startswith((_CONNECTION, "57P")) or code == _CANNOT_WRITE


def _busy(error: DBAPIError) -> str:
    return BUSY if is_passing(error) else ""


def _is_passing_code(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _SQLITE_PASSING
    if isinstance(error, psycopg.Error):
        return error.sqlstate in _POSTGRES_PASSING
    return False
