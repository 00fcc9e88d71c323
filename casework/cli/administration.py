"""`init`, `migrate`, `rebuild`, `reconcile`, `policy`: the database, its proof, and the county's rules."""

import argparse
import os
import time
from datetime import date
from pathlib import Path
from typing import Any

from casework.bootstrap import from_environment, initialise, make_casework
from casework.cli.accounts import make_administrator
from casework.commands.policies import adopt_policy
from casework.config import Settings, data_dir_of, write_secrets
from casework.domain.policy_documents import parse
from casework.domain.values import LOCAL_OPERATOR
from casework.errors import BadInput
from casework.projections.rebuild import rebuild
from casework.projections.reconcile import reconcile
from casework.service import Casework
from casework.store.database import reading
from casework.store.migration import is_rebuild_owed, settle_rebuild

DIFFERS = 4


def add_to(commands: Any) -> None:
    """Declares the commands."""
    init = commands.add_parser("init", help="建库、生成密钥、采用默认政策（可重复运行）")
    init.add_argument("--admin", metavar="LOGIN", help="建立第一个系统管理员，打印一次性密码")
    init.set_defaults(run=run_init)
    migrate = commands.add_parser("migrate", help="把数据库升级到最新结构，并重建读模型")
    migrate.set_defaults(run=run_migrate)
    rebuilt = commands.add_parser("rebuild", help="由事件重建读模型")
    rebuilt.add_argument("name", nargs="?", default="", metavar="NAME", help="只重建这一个，默认全部")
    rebuilt.set_defaults(run=run_rebuild)
    commands.add_parser("reconcile", help="核对读模型与事件是否一致").set_defaults(run=run_reconcile)
    policy = commands.add_parser("policy", help="检查或采用政策文件").add_subparsers(
        dest="what", required=True
    )
    check = policy.add_parser("check", help="只检查")
    adopt = policy.add_parser("adopt", help="检查并采用")
    for each in (check, adopt):
        each.add_argument(
            "file", type=Path, metavar="FILE", help="名称即文件名，如 weekly.toml；“-”以后的部分不算"
        )
        each.set_defaults(run=run_policy)
    adopt.add_argument("--from", dest="effective_from", metavar="DATE", help="生效日期，默认今天")


def run_init(asked: argparse.Namespace) -> int:
    """Database, secrets, default policies; repeated, it changes nothing that is there."""
    if write_secrets(data_dir_of(os.environ)):
        print(
            f"已生成密钥：{data_dir_of(os.environ) / 'secrets.env'}（仅本用户可读）\n"
            "  主密钥 CASEWORK_MASTER_KEY：丢了，恢复出来的个人信息也读不出。\n"
            "  备份密钥 CASEWORK_BACKUP_KEY：丢了，备份文件打不开。\n"
            "  备份文件里没有这两把密钥。请现在各抄一份，分两处保管，都不要和备份文件放在一起。"
        )
    settings = Settings.from_env(os.environ)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    casework = make_casework(settings)
    (before, after), adopted = initialise(casework)
    print(
        f"数据库：{after}"
        + ("（新建）" if not before else "" if before == after else f"（由 {before} 升级）")
    )
    print(f"采用默认政策：{'、'.join(adopted)}" if adopted else "政策：已采用过，未改动")
    _rebuild_what_is_owed(casework)
    if asked.admin:
        make_administrator(casework, asked.admin)
    return 0


def run_migrate(asked: argparse.Namespace) -> int:
    """The newest shape, the policies a new version brings, and the read models made anew."""
    casework = make_casework(Settings.from_env(os.environ))
    (before, after), adopted = initialise(casework)
    print(f"数据库：{before or '空'} → {after}" if before != after else f"数据库：{after}，已是最新")
    if adopted:
        print(f"采用默认政策：{'、'.join(adopted)}")
    _rebuild_what_is_owed(casework)
    return 0


def _rebuild_what_is_owed(casework: Casework) -> None:
    """Also after a migration whose rebuild was cut off."""
    engine = casework.store.engine
    with reading(engine) as conn:
        owed = is_rebuild_owed(conn)
    if owed:
        print(f"重建：{rebuild(casework.store).events} 个事件")
        settle_rebuild(engine)


def run_rebuild(asked: argparse.Namespace) -> int:
    """Every read model, or the one named, from the events, while the system runs."""
    started = time.monotonic()
    done = rebuild(from_environment(os.environ).store, only=asked.name)
    rows = "，".join(f"{name} {count} 行" for name, count in done.rows.items())
    print(f"重建完成：{done.files} 份个案、{done.events} 个事件，{rows}，{time.monotonic() - started:.1f} 秒")
    return 0


def run_reconcile(asked: argparse.Namespace) -> int:
    """Equal, or the first differences by name."""
    with from_environment(os.environ).store.snapshot() as snapshot:
        differences = reconcile(snapshot)
    for difference in differences:
        print(difference)
    print("读模型与事件不一致，请运行 casework rebuild 并报告以上内容" if differences else "一致")
    return DIFFERS if differences else 0


def run_policy(asked: argparse.Namespace) -> int:
    """Checks a policy file; `adopt` makes it hold from a day on."""
    name, file = asked.file.stem.partition("-")[0], asked.file
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"读不了文件 {file}：{error}") from error
    document = parse(name, text)
    if asked.what == "check":
        print(f"{file.name} 有效（{document.version}）")
        return 0
    casework = from_environment(os.environ)
    since = asked.effective_from or casework.store.now().date().isoformat()
    _check_day(since)
    reply = casework.do(
        "policy.adopt",
        lambda act, _: {"adopted": adopt_policy(act, name=name, text=text, effective_from=since)},
        actor=LOCAL_OPERATOR,
    )
    print(
        f"已采用 {name}（{document.version}），自 {since} 起"
        if reply["adopted"]
        else "内容与现行政策相同，未改动"
    )
    return 0


def _check_day(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"生效日期“{text}”不是日期，请写成 2026-09-01 的样子") from error
