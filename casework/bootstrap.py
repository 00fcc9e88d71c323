"""The only place that picks implementations: settings in, an application out."""

from collections.abc import Mapping

from casework.commands.policies import adopt_defaults
from casework.config import Settings
from casework.domain.policy_documents import DOCUMENTS
from casework.domain.values import LOCAL_OPERATOR
from casework.errors import BadInput
from casework.service import Casework, make_store
from casework.store.clock import Clock
from casework.store.database import make_engine
from casework.store.keys import KeyRing
from casework.store.migration import is_current, upgrade


def make_casework(settings: Settings, clock: Clock | None = None) -> Casework:
    """The application over the configured database; `clock` overrides the settings' (the demo's story)."""
    engine = make_engine(settings.database_url)
    return Casework(make_store(engine, KeyRing(settings.master_key), clock or settings.clock()))


def from_environment(environ: Mapping[str, str]) -> Casework:
    """The application that the environment describes, over a database at the newest migration."""
    casework = make_casework(Settings.from_env(environ))
    if not is_current(casework.store.engine):
        raise BadInput("数据库还没有建好或不是最新结构，请先运行 casework init 或 casework migrate")
    missing = documents_lacking(casework)
    if missing:
        raise BadInput(f"还没有采用政策文件 {'、'.join(missing)}，请先运行 casework migrate")
    return casework


def documents_lacking(casework: Casework) -> list[str]:
    """The policy documents of this version of the program that the county has not adopted."""
    with casework.reading() as reading:
        adopted = {each.name for each in reading.reference.adoptions}
    return [name for name in DOCUMENTS if name not in adopted]


def initialise(casework: Casework) -> tuple[tuple[str, str], list[str]]:
    """Brings the database to the newest shape and adopts the policies it lacks; safe to repeat.

    Returns the migrations before and after, and the names of the documents adopted.
    """
    return upgrade(casework.store.engine), adopt_shipped(casework)


def adopt_shipped(casework: Casework) -> list[str]:
    """Adopts the shipped text of each policy document that has none yet; their names."""
    reply = casework.do("init", lambda act, _: {"adopted": adopt_defaults(act)}, actor=LOCAL_OPERATOR)
    return list(reply["adopted"])
