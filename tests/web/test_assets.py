"""What a teacher's phone has to fetch before the first page stands: few kilobytes, compressed."""

import gzip
import re
from collections.abc import Callable

from flask.testing import FlaskClient

from tests.web.pages import Visitor
from tests.web.small_county import HEAD_1

BUDGET = 120_000


def transferred(client: FlaskClient, address: str) -> int:
    """Bytes on the wire for one file, as a browser asks for it."""
    answer = client.get(address, headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert answer.status_code == 200, address
    return len(answer.data)


def test_a_teachers_first_page_is_less_than_120_kilobytes(signed_in: Callable[[str], Visitor]) -> None:
    teacher = signed_in(HEAD_1)
    page = teacher.client.get("/students")
    assert page.status_code == 200
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text))
    assert any(".css" in file for file in files)
    assert len(page.data) + sum(transferred(teacher.client, file) for file in files) < BUDGET


def test_our_own_styles_are_sent_compressed_and_whole(visitor: Visitor) -> None:
    plain = visitor.client.get("/static/app.css", buffered=True).data
    packed = visitor.client.get("/static/app.css", headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain
