"""`casework.wsgi:app` for a WSGI server, from the environment's settings."""

import os

from casework.bootstrap import make_casework
from casework.config import Settings
from casework.web import create_app

_settings = Settings.from_env(os.environ)
app = create_app(make_casework(_settings), _settings)
