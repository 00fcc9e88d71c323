"""Headers on every answer: what the browser may load, that nothing is kept, that nobody frames the pages."""

from collections.abc import Callable
from wsgiref.headers import Headers

from flask import Flask, current_app
from werkzeug.wrappers import Response

from casework.web import noted

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "object-src 'none'; base-uri 'self'; frame-ancestors 'none'; form-action 'self'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


_HSTS = ("Strict-Transport-Security", "max-age=31536000")
_OWN_CACHE = "Cache-Control"


def for_files(app: Flask) -> Callable[[Headers, str, str], None]:
    """Puts the same headers on static files, which are kept by browsers under their own rule."""

    def add(headers: Headers, _path: str, _url: str) -> None:
        for name, value in _headers(secure=app.config["SESSION_COOKIE_SECURE"]):
            if name != _OWN_CACHE:
                headers[name] = value

    return add


def _headers(*, secure: bool) -> list[tuple[str, str]]:
    return [*_HEADERS.items(), *([_HSTS] if secure else [])]


def register(app: Flask) -> None:
    """Puts the headers on every answer of the pages; what shows children is written down."""
    app.after_request(_with_headers)
    noted.register(app)


def _with_headers(response: Response) -> Response:
    for name, value in _headers(secure=current_app.config["SESSION_COOKIE_SECURE"]):
        response.headers[name] = value
    return response
