"""PostgreSQL's own programs: `pg_dump` and `pg_restore`, found and run (备份与恢复的外部程序)."""

import os
import shutil
import subprocess
from pathlib import Path

from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine

from casework.errors import BadInput

_DEBIAN = Path("/usr/lib/postgresql")  # each version's programs, outside PATH


def program(name: str) -> Path:
    """The newest program of this name on the machine. Raises BadInput that says what to install."""
    newest = max(_DEBIAN.glob(f"*/bin/{name}"), key=lambda found: _number(found.parts[-3]), default=None)
    found = newest or shutil.which(name)
    if not found:
        raise BadInput(
            f"找不到程序 {name}：请安装 PostgreSQL 客户端（apt-get install postgresql-client），"
            "版本不低于数据库服务器"
        )
    return Path(found)


def dump(engine: Engine, snapshot: str, target: Path) -> None:
    """Dumps the database as an exported snapshot sees it, in the custom format, not compressed."""
    what = ("--format=custom", "--compress=0", "--no-owner", "--no-privileges", f"--file={target}")
    _run(engine, "pg_dump", *what, f"--snapshot={snapshot}")


def load(engine: Engine, source: Path) -> None:
    """Loads a dump into the database, all of it or nothing."""
    how = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    _run(engine, "pg_restore", *how, str(source))


def _run(engine: Engine, name: str, *arguments: str) -> None:
    _, asked = engine.dialect.create_connect_args(engine.url)
    asked.pop("context", None)  # of the driver, not of the server
    password = asked.pop("password", None)  # other users of the machine can read a command line
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")}
    environment |= {"PGPASSWORD": str(password)} if password else {}
    ended = subprocess.run(
        (program(name), f"--dbname={make_conninfo(**asked)}", "--no-password", *arguments),
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if ended.returncode:
        said = ended.stderr.strip().splitlines()
        raise BadInput(f"{name} 没有做成：{said[0] if said else f'返回码 {ended.returncode}'}")


def _number(version: str) -> int:
    return int(version) if version.isdigit() else 0
