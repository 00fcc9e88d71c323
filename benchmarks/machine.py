"""What the figures were measured on."""

import os
import platform
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text


def settings() -> dict[str, str]:
    """What `docs/operations.md` tells to set on a PostgreSQL of a machine with this memory."""
    quarter = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4
    return {
        "shared_buffers": f"{quarter >> 20}MB",
        "wal_compression": "lz4",
        "max_wal_size": "8GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
    }


_POSTGRES = (
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "work_mem",
    *settings(),
)
_SQLITE = ("journal_mode", "synchronous", "cache_size")  # synchronous 2 is FULL


def facts(engines: dict[str, Engine]) -> dict[str, Any]:
    """Processor, memory, load, versions, and how durably each database writes."""
    told: dict[str, Any] = {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _first("/proc/cpuinfo", "model name"),
        "memory": _first("/proc/meminfo", "MemTotal"),
        "load_1_5_15_min": os.getloadavg(),
        "python": platform.python_version(),
        "system": platform.platform(),
    }
    for name, engine in engines.items():
        with engine.connect() as conn:
            told[name] = (
                {"version": conn.scalar(text("SELECT sqlite_version()"))}
                | {pragma: conn.scalar(text(f"PRAGMA {pragma}")) for pragma in _SQLITE}
                if engine.dialect.name == "sqlite"
                else {setting: conn.scalar(text(f"SHOW {setting}")) for setting in _POSTGRES}
            )
    return told


def _first(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return ""
