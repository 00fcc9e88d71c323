"""`casework.wsgi:app` for a WSGI server, from the environment; also doing imports and scheduled jobs."""

import gc
import os

from casework.bootstrap import make_casework
from casework.config import Settings
from casework.jobs import imports, worker
from casework.telemetry import logs, metrics
from casework.web import create_app
from casework.web.turns import InTurn

_settings = Settings.from_env(os.environ)
logs.begin(_settings.log_level)
metrics.share(_settings.figures)
_casework = make_casework(_settings)
app = create_app(_casework, _settings)
app.wsgi_app = InTurn(app.wsgi_app)  # type: ignore[method-assign]
imports.start(_casework, _settings)
worker.start(_casework)
# What stands now stands to the end: searching it for garbage would stop every page of the process at times.
gc.collect()
gc.freeze()
