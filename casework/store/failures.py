"""Failures of a transaction: which pass by themselves, and what the person is told when they don't."""

import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError

from casework.errors import CaseworkError, ChangedMeanwhile

_SQLITE_PASSING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
# serialization failure, deadlock, lock timeout, server shutting down, crashed or starting up
_POSTGRES_PASSING = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03"}


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


def _is_passing_code(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _SQLITE_PASSING
    if isinstance(error, psycopg.Error):
        return error.sqlstate in _POSTGRES_PASSING
    return False
