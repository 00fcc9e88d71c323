"""`backup`, `restore`, `copy-to`, `status`: a county's data safe, back again, and somewhere else."""

import argparse
import os
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from casework.bootstrap import from_environment
from casework.config import Settings
from casework.operations.backup import back_up
from casework.operations.copying import copy_to
from casework.operations.manifest import Manifest
from casework.operations.restore import check, restore
from casework.operations.scheduled import standing
from casework.store.migration import head

OLD = 5


def add_to(commands: Any) -> None:
    """Declares the commands."""
    backup = commands.add_parser("backup", help="备份到一个加密的文件（不影响正在进行的登记）")
    backup.add_argument("file", type=Path, metavar="FILE", help="新文件；已有的不会覆盖")
    backup.set_defaults(run=run_backup)
    restored = commands.add_parser("restore", help="把备份恢复到空的数据库，核对无误才启用")
    restored.add_argument("file", type=Path, metavar="FILE")
    restored.add_argument("--check", action="store_true", help="只检查备份文件是否完好，不恢复")
    restored.add_argument(
        "--despite-differences",
        action="store_true",
        help="备份时数据已有出入、又没有更好的备份：列出后仍保留",
    )
    restored.add_argument("--erasures", type=Path, metavar="FILE", help="另存的清除登记：其中的学生再次清除")
    restored.set_defaults(run=run_restore)
    copy = commands.add_parser("copy-to", help="把全部数据搬到另一个空的数据库（先停止服务）")
    copy.add_argument("url", metavar="URL", help="sqlite:///… 或 postgresql+psycopg://…")
    copy.set_defaults(run=run_copy)
    commands.add_parser("status", help="数据库和备份的情况；备份过期时返回 5").set_defaults(run=run_status)


def run_backup(asked: argparse.Namespace) -> int:
    """Writes a backup and says what is in it."""
    casework, settings = from_environment(os.environ), Settings.from_env(os.environ)
    made = back_up(casework, settings, asked.file.absolute())
    print(f"已备份到 {made.file}（{_size(made.size)}），写完后又读了一遍，完好")
    _tell_contents(made.manifest)
    print("  文件已用备份密钥加密；主密钥和备份密钥不在其中，请与备份分开保管")
    return 0


def run_restore(asked: argparse.Namespace) -> int:
    """Restores, or only checks the file."""
    settings = Settings.from_env(os.environ)
    if asked.check:
        print(f"{asked.file} 完好")
        _tell_contents(check(settings, asked.file))
        return 0
    despite = asked.despite_differences
    manifest = restore(
        settings,
        asked.file,
        lambda line: print(f"  {line}", flush=True),
        despite=despite,
        register=asked.erasures,
    )
    print(f"已恢复到 {_shown(settings.database_url)}，{'出入见上' if despite else '核对无误'}")
    _tell_contents(manifest)
    print("  这之后的登记不在备份中；密码、账号也回到备份时的样子，请核对期间停用过的账号")
    return 0


def run_copy(asked: argparse.Namespace) -> int:
    """Copies everything and says where to go on."""
    casework = from_environment(os.environ)
    facts = copy_to(casework, asked.url, lambda line: print(f"  {line}", flush=True))
    print(f"已搬到 {_shown(asked.url)}：至第 {facts.act} 号操作，共 {sum(facts.rows.values())} 行，核对无误")
    print("  请把 CASEWORK_DATABASE_URL 改为新库再启动服务；数据目录（密钥、上传文件）照旧使用")
    return 0


def run_status(asked: argparse.Namespace) -> int:
    """Where the database stands and how old the last good backup is."""
    casework, settings = from_environment(os.environ), Settings.from_env(os.environ)
    with casework.reading() as reading:
        at, backups = reading.snapshot, standing(reading)
    recorded = f"（{at.known_at:%Y-%m-%d %H:%M}）" if at.known_at else ""
    print(f"数据库：{_shown(settings.database_url)}，结构 {head()}，至第 {at.k} 号操作{recorded}")
    if backups.last:
        last = backups.last
        print(f"最近的备份：{last.ended_at:%Y-%m-%d %H:%M}，{last.file}（{_size(last.size)}）")
    if settings.backup_dir is None:
        print(f"定时备份在 {settings.backups}，与数据在同一处：请把 CASEWORK_BACKUP_DIR 设到另一块磁盘")
    if backups.warning:
        print(f"备份过期：{backups.warning}")
    return OLD if backups.warning else 0


def _tell_contents(manifest: Manifest) -> None:
    facts = manifest.facts
    print(
        f"  内容：至第 {facts.act} 号操作（{facts.recorded_at[:16].replace('T', ' ')}），"
        f"{sum(facts.rows.values())} 行，{len(manifest.files) - 1} 个上传文件；程序 {manifest.program}"
    )


def _shown(url: str) -> str:
    """A database's address without its password."""
    return make_url(url).render_as_string(hide_password=True)


def _size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{count / 1000:.0f} KB"
