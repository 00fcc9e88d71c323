"""Settings from the environment, and the secrets a county must keep.

    CASEWORK_MODE           production (default) | demo | test
    CASEWORK_DATA_DIR       folder for database, secrets and files (default var)
    CASEWORK_DATABASE_URL   sqlite:///… or postgresql+psycopg://… (default casework.db in that folder)
    CASEWORK_SECRET_KEY     signs sessions
    CASEWORK_MASTER_KEY     wraps the children's keys: 64 hex characters; keep it apart from the backups
    CASEWORK_BACKUP_KEY     seals the backups: 64 hex characters; keep it apart from them too
    CASEWORK_BACKUP_DIR     folder of the scheduled backups, best on another disk (default <data>/backups)
    CASEWORK_NOW            fixes the clock, in demo and test only; without offset it is Asia/Shanghai
    CASEWORK_CLOCK_SHIFT    seconds the clock runs ahead of the real one, in demo and test only
    CASEWORK_METRICS_TOKEN  who may read /metrics and the words of /readyz from elsewhere; ≥ 32 characters
    CASEWORK_DISK_RESERVE_MB  /readyz is red when a disk has less room than this (default 500)
    CASEWORK_LOG_LEVEL      debug | info | warning | error (default info; warning in demo and test)
    CASEWORK_BEHIND_PROXY   1: a reverse proxy in front speaks HTTPS and names the visitor's address

Secrets not in the environment are read from `secrets.env` in the data folder, which `casework init`
writes once. In demo and test it is written by itself.
"""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, cast
from zoneinfo import ZoneInfo

from casework.errors import BadInput

Mode = Literal["production", "demo", "test"]

SECRETS_FILE = "secrets.env"
LOG_LEVELS = ("debug", "info", "warning", "error")
_MODES = ("production", "demo", "test")
_KEY_BYTES = 32
_SHORTEST_SECRET = 32
_DISK_RESERVE_MB = 500
_SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Settings:
    """What the program is told from outside.

    `now` is the fixed clock of demo and test, else None; `shift` how far a ticking one is put forward.
    """

    mode: Mode
    data_dir: Path
    database_url: str
    secret_key: str = field(repr=False)
    master_key: bytes = field(repr=False)
    now: datetime | None = None
    shift: timedelta = timedelta()
    behind_proxy: bool = False
    backup_key: bytes | None = field(default=None, repr=False)
    backup_dir: Path | None = None
    metrics_token: str = field(default="", repr=False)
    disk_reserve_mb: int = _DISK_RESERVE_MB
    log_level: str = "info"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Settings of this environment. Raises BadInput that names the variable and what to set."""
        mode = _mode(environ)
        data_dir = data_dir_of(environ)
        if mode != "production":
            write_secrets(data_dir)
        known = {**_read_secrets(data_dir / SECRETS_FILE), **{k: v for k, v in environ.items() if v}}
        return cls(
            mode=mode,
            data_dir=data_dir,
            database_url=environ.get("CASEWORK_DATABASE_URL") or f"sqlite:///{data_dir / 'casework.db'}",
            secret_key=_secret_key(known),
            master_key=_key(known, "CASEWORK_MASTER_KEY"),
            now=_fixed_now(environ, mode),
            shift=_shift(environ, mode),
            behind_proxy=environ.get("CASEWORK_BEHIND_PROXY") == "1",
            backup_key=_key(known, "CASEWORK_BACKUP_KEY") if known.get("CASEWORK_BACKUP_KEY") else None,
            backup_dir=Path(environ["CASEWORK_BACKUP_DIR"]) if environ.get("CASEWORK_BACKUP_DIR") else None,
            metrics_token=_metrics_token(known),
            disk_reserve_mb=_disk_reserve(environ),
            log_level=_log_level(environ, mode),
        )

    @property
    def uploads(self) -> Path:
        """The folder in which sealed uploads wait."""
        return self.data_dir / "uploads"

    @property
    def figures(self) -> Path:
        """The folder in which the processes of a server keep what they counted."""
        return self.data_dir / "metrics"

    @property
    def backups(self) -> Path:
        """The folder of the scheduled backups."""
        return self.backup_dir or self.data_dir / "backups"

    def key_of_backups(self) -> bytes:
        """The backup key. Raises BadInput that says how to make one."""
        if self.backup_key is None:
            raise BadInput(
                "缺少备份密钥 CASEWORK_BACKUP_KEY：新设请运行 casework init 生成；"
                "恢复旧备份请填做备份时的那一把",
                variable="CASEWORK_BACKUP_KEY",
            )
        return self.backup_key

    def clock(self) -> Callable[[], datetime] | None:
        """The fixed or shifted clock. None: the database's own, one clock for several servers."""
        fixed, shift = self.now, self.shift
        if fixed is not None:
            return lambda: fixed
        return (lambda: datetime.now(UTC) + shift) if shift else None


def data_dir_of(environ: Mapping[str, str]) -> Path:
    """The data folder, known before there are secrets."""
    return Path(environ.get("CASEWORK_DATA_DIR") or "var")


def write_secrets(data_dir: Path) -> bool:
    """Write `secrets.env` with new secrets, readable by its owner only; False when none was missing.

    What is there is kept; a backup key is added to a file from before there were backups. Two processes
    at once write one file: a finished file is linked into place, never half of one.
    """
    target = data_dir / SECRETS_FILE
    if target.exists():
        return _add_backup_key(target)
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = _draft(
        target,
        "# 本县的密钥：主密钥丢失则个人信息无法恢复，请与备份分开保管\n"
        f"CASEWORK_SECRET_KEY={secrets.token_hex(32)}\n"
        f"CASEWORK_MASTER_KEY={secrets.token_hex(_KEY_BYTES)}\n" + _backup_key_lines(),
    )
    try:
        os.link(draft, target)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _add_backup_key(target: Path) -> bool:
    if "CASEWORK_BACKUP_KEY" in _read_secrets(target):
        return False
    written = target.read_text(encoding="utf-8")
    _draft(target, written + ("" if written.endswith("\n") else "\n") + _backup_key_lines()).replace(target)
    return True


def _backup_key_lines() -> str:
    return (
        "# 备份密钥：没有它，备份文件打不开；请另抄一份，不要和备份文件放在一起\n"
        f"CASEWORK_BACKUP_KEY={secrets.token_hex(_KEY_BYTES)}\n"
    )


def _draft(target: Path, text: str) -> Path:
    """The text on the disk beside `target`, not yet under its name."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _mode(environ: Mapping[str, str]) -> Mode:
    mode = environ.get("CASEWORK_MODE") or "production"
    if mode not in _MODES:
        raise BadInput(f"CASEWORK_MODE 应为 production、demo 或 test，现在是“{mode}”")
    return cast(Mode, mode)


def _read_secrets(file: Path) -> dict[str, str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadInput(f"读不到密钥文件 {file}：请检查文件权限和所有者") from error
    if file.stat().st_mode & 0o077:
        raise BadInput(f"密钥文件 {file} 其他用户也能读：请先执行 chmod 600 {file}")
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs}


def _secret_key(known: Mapping[str, str]) -> str:
    secret = _required(known, "CASEWORK_SECRET_KEY", "一串不少于 32 个字符的随机文字")
    if len(secret) < _SHORTEST_SECRET:
        raise BadInput("CASEWORK_SECRET_KEY 太短：请设为一串不少于 32 个字符的随机文字")
    return secret


def _metrics_token(known: Mapping[str, str]) -> str:
    token = known.get("CASEWORK_METRICS_TOKEN", "")
    if token and len(token) < _SHORTEST_SECRET:
        raise BadInput("CASEWORK_METRICS_TOKEN 太短：请设为一串不少于 32 个字符的随机文字，或不设")
    return token


def _log_level(environ: Mapping[str, str], mode: Mode) -> str:
    quiet = "info" if mode == "production" else "warning"
    level = (environ.get("CASEWORK_LOG_LEVEL") or quiet).lower()
    if level not in LOG_LEVELS:
        raise BadInput(f"CASEWORK_LOG_LEVEL 应为 {'、'.join(LOG_LEVELS)}，现在是“{level}”")
    return level


def _disk_reserve(environ: Mapping[str, str]) -> int:
    text = environ.get("CASEWORK_DISK_RESERVE_MB") or str(_DISK_RESERVE_MB)
    if not text.isdecimal():
        raise BadInput(f"CASEWORK_DISK_RESERVE_MB 应为整数（MB），现在是“{text}”")
    return int(text)


def _key(known: Mapping[str, str], name: str) -> bytes:
    text = _required(known, name, "64 个十六进制字符")
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise BadInput(f"{name} 应为 64 个十六进制字符（32 字节），请核对是否抄写完整")
    return key


def _required(known: Mapping[str, str], name: str, form: str) -> str:
    if not known.get(name):
        raise BadInput(f"缺少密钥 {name}：请设为{form}，或先运行 casework init 生成", variable=name)
    return known[name]


def _shift(environ: Mapping[str, str], mode: Mode) -> timedelta:
    text = environ.get("CASEWORK_CLOCK_SHIFT") or "0"
    try:
        shift = timedelta(seconds=float(text))
    except (ValueError, OverflowError):
        raise BadInput(f"CASEWORK_CLOCK_SHIFT 应为秒数，现在是“{text}”") from None
    if shift and mode == "production":
        raise BadInput("正式运行时不能拨动时钟：请去掉环境变量 CASEWORK_CLOCK_SHIFT，再启动")
    return shift


def _fixed_now(environ: Mapping[str, str], mode: Mode) -> datetime | None:
    text = environ.get("CASEWORK_NOW")
    if not text:
        return None
    if mode == "production":
        raise BadInput("正式运行时不能固定时间：请去掉环境变量 CASEWORK_NOW，再启动")
    try:
        now = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(
            f"CASEWORK_NOW 应写成 2026-09-14T08:00 或带时区的 2026-09-14T08:00+08:00，现在是“{text}”"
        ) from None
    return now if now.tzinfo else now.replace(tzinfo=_SHANGHAI)
