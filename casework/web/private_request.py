"""Requests whose uploaded files never touch the disk unsealed: they are held in memory until sealed."""

import io
from typing import IO

from flask import Request


class PrivateRequest(Request):
    """Ordinary but for where a file in a form waits: its size is bounded before any of it is read."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return io.BytesIO()
