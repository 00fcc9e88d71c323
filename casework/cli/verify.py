"""`verify`: whether anybody changed what was recorded, and the head to keep elsewhere (防篡改校验)."""

import argparse
import os
import time
from itertools import islice
from typing import Any

from casework.bootstrap import from_environment
from casework.config import Settings
from casework.operations.heads import head_of, heads_file, note_head, read_heads
from casework.projections.verify import Verified, verify

DIFFERS = 4
_SHOWN = 50


def add_to(commands: Any) -> None:
    """Declares the command."""
    parser = commands.add_parser("verify", help="校验全部历史有没有被改动、删除、插入或截断")
    parser.set_defaults(run=run_verify)


def run_verify(asked: argparse.Namespace) -> int:
    """Reads everything once; names what is not as it was written."""
    casework, settings = from_environment(os.environ), Settings.from_env(os.environ)
    started = time.monotonic()
    kept = read_heads(heads_file(settings), casework.store.keys.link)
    done = Verified()
    with casework.store.snapshot() as snapshot:
        found = verify(snapshot.conn, casework.store.keys.link, kept.chains(), done)
        faults = [*kept.faults, *(fault.sentence() for fault in islice(found, _SHOWN))]
        more = sum(1 for _ in found)
    for sentence in faults:
        print(sentence)
    if more:
        print(f"……还有 {more} 处")
    took = time.monotonic() - started
    held = f"对照库外留存的链头 {len(kept.heads)} 个"
    print(f"读了 {done.acts} 次操作、{done.events} 个事件（{took:.1f} 秒），{held}")
    if faults:
        print("历史与登记时不符：请保留现场，先不要恢复或重建，并报告以上内容")
        return DIFFERS
    head = note_head(casework, settings) or head_of(casework)
    if head:
        print(f"无改动。链头：第 {head.act} 号操作，{head.recorded_at[:16].replace('T', ' ')}，{head.chain}")
        print("  请把链头抄到别处（或让上级留存）：末尾的操作若被整段删去，只有靠它才看得出")
    return 0
