"""Pages: server-rendered, readable without JavaScript, on a phone in a village and a desktop in an office."""

from casework.web.app import create_app

__all__ = ["create_app"]
