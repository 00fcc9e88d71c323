"""The county that is reminded, for every test of reminders."""

from collections.abc import Iterator

import pytest

from tests.jobs.receivers import Taken, gateway, mail_server
from tests.jobs.reminded import Post, reminded_county
from tests.support.county import County


@pytest.fixture
def post(database_url: str) -> Iterator[Post]:
    """The small county on a Monday morning, with a mail server and a gateway that take everything."""
    mail, web = Taken(), Taken()
    with mail_server(mail) as mail_port, gateway(web) as web_port:
        county = County(database_url)
        reminded_county(county, mail_port, web_port)
        yield Post(county, mail, web, (mail_port, web_port))
        county.close()
