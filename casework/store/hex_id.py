"""Ids of 32 hex characters, held as the 16 bytes they stand for: half the room, in rows and in indexes."""

from typing import Any

from sqlalchemy import Dialect, LargeBinary, TypeDecorator


class HexId(TypeDecorator[str]):
    """An id: lower-case hex text in Python, bytes in the tables. A beginning of an id has an even length."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """The bytes. Text that is no hex, as an address may hold it, becomes bytes that no id has."""
        if value is None:
            return None
        try:
            return bytes.fromhex(value)
        except ValueError:
            return b"no id: " + value.encode(errors="replace")

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """The text. SQLite keeps whatever is written into a column: what are no bytes is left as it is."""
        return value.hex() if isinstance(value, bytes) else value
