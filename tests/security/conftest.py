"""The pages over a small county on SQLite, in the test and in the production setting."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask

from casework.web import create_app
from tests.support.copied import filled
from tests.support.county import County
from tests.web.conftest import SETTINGS, Wall, app, ids, signed_in, visitor, wall
from tests.web.pages import Visitor
from tests.web.small_county import PASSWORD, fill_with_accounts

__all__ = ["app", "ids", "signed_in", "visitor", "wall"]

HTTPS = {"wsgi.url_scheme": "https", "HTTP_HOST": "localhost", "SERVER_PORT": "443"}


def opened(url: str) -> County:
    """A county of its own, filled, with an account for everybody."""
    return filled(url, fill_with_accounts)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """The small county, one for each file of tests."""
    made = opened(f"sqlite:///{tmp_path_factory.mktemp('security') / 'casework.db'}")
    yield made
    made.close()


@pytest.fixture
def production(county: County, wall: Wall) -> Flask:
    """The pages as they are served in earnest."""
    return create_app(county.casework, replace(SETTINGS, mode="production"), wall=wall)


@pytest.fixture
def secure(production: Flask) -> Callable[[str], Visitor]:
    """A visitor over HTTPS; "" is not signed in."""

    def come(login: str) -> Visitor:
        visitor = Visitor(production.test_client())
        visitor.client.environ_base |= HTTPS
        if login:
            assert visitor.sign_in(login, PASSWORD).status_code == 302
        return visitor

    return come
