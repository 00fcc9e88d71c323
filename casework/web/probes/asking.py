"""Who asks (谁在问): more than yes or no is told on this machine only, or to who knows the token."""

import hmac
from ipaddress import ip_address

from flask import Request, current_app

from casework.config import Settings

_PASSED_ON = ("X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via")


def settings() -> Settings:
    """The settings of this server."""
    return current_app.extensions["settings"]


def is_trusted(request: Request) -> bool:
    """Whether the asker is this machine itself, or has the token.

    Behind a proxy every request comes from a machine next door: there only the token counts, and a
    request that was passed on never counts as local, whatever the server was told.
    """
    if _has_token(request):
        return True
    if settings().behind_proxy or any(name in request.headers for name in _PASSED_ON):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _has_token(request: Request) -> bool:
    wanted = settings().metrics_token
    given = request.authorization
    if not wanted or given is None or given.type != "bearer" or not given.token:
        return False
    return hmac.compare_digest(given.token.encode(), wanted.encode())
