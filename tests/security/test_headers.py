"""What every answer carries: pages, refusals, faults, files; in production over HTTPS too."""

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.security.walk import addresses
from tests.support.county import County
from tests.web.pages import StrictPage, Visitor
from tests.web.small_county import CLERK, HEAD_1, RAIN

SignedIn = Callable[[str], Visitor]

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "object-src 'none'; base-uri 'self'; frame-ancestors 'none'; form-action 'self'"
)
EVERYWHERE = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def assert_protected(answer: TestResponse, where: str) -> None:
    wrong = {
        name: answer.headers.get(name)
        for name, value in EVERYWHERE.items()
        if answer.headers.get(name) != value
    }
    assert not wrong, (where, wrong)
    assert answer.headers.get("Content-Type"), where
    assert "Access-Control-Allow-Origin" not in answer.headers, where
    assert "python" not in answer.headers.get("Server", "").lower(), where


def test_every_page_and_every_refusal_carries_the_headers_and_nothing_inline(
    app: Flask, signed_in: SignedIn, ids: dict[str, str]
):
    visitor, pages = signed_in(CLERK), 0
    for address in addresses(app, "GET", ids[RAIN]):
        answer = visitor.client.get(address)
        assert answer.status_code < 500 or address == "/readyz", address
        assert_protected(answer, address)
        assert answer.headers["Cache-Control"] == "no-store", address
        if answer.mimetype == "text/html":
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        if answer.status_code == 200 and answer.mimetype == "text/html":
            faults = StrictPage(answer.text).faults
            assert not faults, (address, faults)
            pages += 1
    assert pages > 40


def test_static_files_carry_them_too_and_are_kept(visitor: Visitor, secure: SignedIn):
    files = [
        link.split('"', 1)[0]
        for link in visitor.client.get("/sign-in").text.split('href="')
        if "/static/" in link[:20]
    ]
    assert files
    for who, protected in ((visitor, False), (secure(""), True)):
        for name in (*files, "/static/js/drafts.js"):
            answer = who.client.get(name, buffered=True)
            assert answer.status_code == 200, name
            assert_protected(answer, name)
            assert (
                "max-age" in answer.headers["Cache-Control"]
                and "no-store" not in answer.headers["Cache-Control"]
            )
            assert ("Strict-Transport-Security" in answer.headers) is protected, name


@pytest.mark.parametrize("login", ["", CLERK, HEAD_1])
def test_in_production_every_answer_binds_the_browser_to_https(secure: SignedIn, login: str):
    visitor = secure(login)
    for address in ("/", "/sign-in", "/nowhere", "/weekly", "/board.xlsx"):
        answer = visitor.client.get(address)
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000", address
        assert_protected(answer, address)


def test_in_production_both_cookies_are_out_of_reach_of_scripts_and_of_other_sites(secure: SignedIn):
    visitor = secure("")
    form = visitor.client.get("/sign-in").headers.getlist("Set-Cookie")
    cookies = [*form, *visitor.sign_in(CLERK, "qingshan-2026").headers.getlist("Set-Cookie")]
    assert {each.split("=", 1)[0] for each in cookies} == {"__Host-casework", "__Host-casework_form"}
    for each in cookies:
        parts = {part.strip().split("=")[0]: part.strip() for part in each.split(";")[1:]}
        assert {"HttpOnly", "Secure", "SameSite", "Path"} <= set(parts) and "Domain" not in parts, each
        assert parts["SameSite"] == "SameSite=Lax" and parts["Path"] == "Path=/", each


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND"])
def test_other_methods_are_refused_everywhere(
    app: Flask, signed_in: SignedIn, ids: dict[str, str], method: str
):
    visitor = signed_in(CLERK)
    for address in ("/", "/board", f"/cases/{ids[RAIN]}", "/account/password", "/nowhere"):
        answer = visitor.client.open(address, method=method)
        assert answer.status_code in (404, 405), address
        assert_protected(answer, address)


def test_no_header_and_no_field_turns_a_reading_into_a_writing(county: County, signed_in: SignedIn):
    visitor = signed_in(CLERK)
    for headers in ({"X-HTTP-Method-Override": "POST"}, {"X-Method-Override": "POST"}):
        answer = visitor.client.get("/account/devices/all?_method=POST", headers=headers)
        assert answer.status_code == 405
    assert visitor.client.get("/account").status_code == 200


def test_a_fault_in_production_tells_its_number_and_nothing_else(production: Flask, secure: SignedIn):
    def broken() -> str:
        secret = "张小雨 990126201305060001"
        raise RuntimeError(secret)

    production.view_functions["home.home"] = _like(production.view_functions["home.home"], broken)
    answer = secure(HEAD_1).client.get("/")
    assert answer.status_code == 500
    for told in ("张小雨", "9901", "Traceback", "RuntimeError", ".py", "casework/", "werkzeug"):
        assert told not in answer.text, told
    assert "系统出错" in answer.text
    assert_protected(answer, "/")
    assert production.debug is False and production.testing is False


def _like(view: Callable[..., object], other: Callable[..., str]) -> Callable[..., str]:
    vars(other).update(vars(view))
    return other


@pytest.mark.parametrize(
    "address",
    [
        "/static/../config.py",
        "/static/..%2fconfig.py",
        "/static/%2e%2e/%2e%2e/pyproject.toml",
        "/static//etc/passwd",
        "/static/js/../../../templates/base.html",
        "/static/.git/config",
        "/static/",
        "/static/js/",
        "/.env",
        "/secrets.env",
    ],
)
def test_nothing_but_the_static_files_is_served(visitor: Visitor, address: str):
    answer = visitor.client.get(address, buffered=True)
    assert answer.status_code == 404, answer.status_code
    assert "import " not in answer.text and "root:" not in answer.text


def test_a_forged_host_gets_into_no_page_and_no_redirect(signed_in: SignedIn):
    visitor = signed_in(CLERK)
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    for address in ("/", "/weekly", "/board", "/nowhere", "/account", "/sign-in"):
        answer = visitor.client.get(address, headers=forged)
        assert "evil.example" not in answer.text + str(answer.headers), address
