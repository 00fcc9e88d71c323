"""The only place that picks implementations: settings in, an application out."""

from collections.abc import Mapping

from casework.config import Settings
from casework.service import Casework, make_store
from casework.store.clock import Clock
from casework.store.database import make_engine
from casework.store.keys import KeyRing


def make_casework(settings: Settings, clock: Clock | None = None) -> Casework:
    """The application over the configured database; `clock` overrides the settings' (the demo's story)."""
    engine = make_engine(settings.database_url)
    return Casework(make_store(engine, KeyRing(settings.master_key), clock or settings.clock()))


def from_environment(environ: Mapping[str, str]) -> Casework:
    """The application that the environment describes."""
    return make_casework(Settings.from_env(environ))


