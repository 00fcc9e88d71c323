"""Rebuilding all projections, and the duties alone, beside reading and decoding the events alone."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Engine

from benchmarks.measure import MB, Line, in_child, medians
from benchmarks.tasks import sizes
from casework.projections.rebuild import REBUILT

EVENTS_A_SECOND = 30_000
MEMORY_MB = 1024
DISK_MB_PER_MILLION = 1024


def measure(runs: int, where: str, engine: Engine, memory_mb: int = MEMORY_MB) -> Iterator[Line]:
    """Speed and memory, then the disk that the projections take."""
    url = engine.url.render_as_string(hide_password=False)
    duties, ours, peer = [], [], []
    for _ in range(runs):
        duties.append(in_child("rebuild", url, "duty"))
        ours.append(in_child("rebuild", url, ""))
        peer.append(in_child("decode", url))
    events = ours[0]["events"]
    memory = medians(ours, "peak_bytes").median / MB
    yield _speed(f"由 {events:,} 个事件重建", where, ours, peer)
    yield _speed(f"由 {events:,} 个事件重建责任事项", where, duties, peer)
    yield Line(
        what="重建所用内存",
        where=where,
        value=memory,
        unit="MB",
        peer="只读取、解码事件",
        peer_value=medians(peer, "peak_bytes").median / MB,
        target=f"< {memory_mb:,} MB",
        met=memory < memory_mb,
    )
    yield _disk(where, engine, events)


def _speed(what: str, where: str, ours: Sequence[dict[str, Any]], peer: Sequence[dict[str, Any]]) -> Line:
    times, events = medians(ours, "seconds"), ours[0]["events"]
    speed = events / times.median
    return Line(
        what=what,
        where=where,
        value=speed,
        unit="事件/s",
        p95=events / times.p95,
        peer="只读取、解码事件",
        peer_value=peer[0]["events"] / medians(peer, "seconds").median,
        target=f"≥ {EVENTS_A_SECOND:,} 事件/s",
        met=speed >= EVENTS_A_SECOND,
        notes={"seconds": times.median, "rows": ours[0]["rows"]},
    )


def _disk(where: str, engine: Engine, events: int) -> Line:
    by_table = {name: size / MB for name, size in sizes(engine).items()}
    projections = sum(by_table[name] for name in REBUILT)
    stored = by_table["stored_event"] + by_table["act"]
    per_million = (projections + stored) / events * 1_000_000
    return Line(
        what="每百万事件磁盘（事件与读模型）",
        where=where,
        value=per_million,
        unit="MB",
        peer="其中事件本身",
        peer_value=stored / events * 1_000_000,
        target=f"< {DISK_MB_PER_MILLION} MB",
        met=per_million < DISK_MB_PER_MILLION,
        notes={"mb_by_table": {name: round(size, 1) for name, size in sorted(by_table.items()) if size > 1}},
    )
