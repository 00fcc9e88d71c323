"""The table of `docs/evidence/benchmarks.md`, from the newest full report of each part.

Parts may be measured on different days: each has its own line of when, on what and at which commit.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TITLES = {
    "weekly": "周报：同一个县，两年与二十年的历史",
    "rebuild": "重建读模型",
    "visit": "一次家访与一条裸 INSERT",
    "duties": "责任事项给操作增加的用时",
    "writers": "登记家访：1、2、4、8 个写入进程",
    "profile": "一次家访的时间花在哪里",
    "pages": "页面：一千份与十万份个案",
    "queues": "待办与提醒：一百万项责任事项",
    "import": "导入十万人的花名册",
    "province": "十倍规模：一个县单独一库，与同样的县在全省一库",
}
_REMARKS = {
    "writers": (
        "每次登记是一个完整的操作：占写入锁、查权限与管辖、还原个案、判断、加密、存事件、写全部读模型和操作链，"
        "一次提交落盘（SQLite `synchronous=FULL`，PostgreSQL `fsync=on`）。对照在同一台机器上交替进行："
        "`eventsourcing` 自带的记录器只存同一事件，和只写同样字节的一条 INSERT。"
        "同一时刻只有一个写入，多个进程是排队，不是并行：SQLite 的写入进程按先来后到，刚写完又来的先写四次"
        "（`store/turns.py`），所以八个进程时一半很快，最慢的等七个同伴各写四次。"
    ),
    "profile": (
        "为它做过的（SQLite，处理器时间，负荷下各取最小值）：2.68 ms → 1.78 ms，语句 18 条 → 16 条。"
        "语句只组一次，单个值用 `=` 而不用 `IN`（`store/lookup.py`）；"
        "看板上的一行原位更新，没有变的索引不写；"
        "上一个操作和重复提交一次查出；只要生日就不读整行。"
        "同一改动里，导入家访的记录编号一个操作一次占用（原来每条两句）：两万个事件的历史写下来，"
        "语句从 19,745 条减到 6,758 条。"
    ),
    "province": (
        "省库由 `benchmarks/province.py` 制作：一个县的历史（由真的命令写成）照样写给每个县，"
        "另有自己的儿童、代码、密钥、占用和操作链（小样上 `verify` 和 `reconcile` 无差错），"
        "读模型由普通的重建写出。"
        "送教上门的长个案只在部分县里。县里用户等的（报表、页面、登记）不应随全省增长；"
        "全省的报表、重建和磁盘随全省增长。"
        "改动前（同日上午，随机编号，全省一个姓名索引，PostgreSQL 出厂设置）："
        "查找 57 ms（单独一库的 1.72 倍），家访 9.6 ms（1.57 倍），保存 30 ms（1.36 倍），"
        "2,000 人导入 2.9 s（2.86 倍）。"
        "现在姓名按县索引，同时登记的儿童在每个索引里相邻（`store/child_id.py`），服务器按运维手册设置。"
    ),
}

_HEAD = """# 基准

由 `./run bench --write docs/evidence/benchmarks.md` 写出，请勿手改。每个数字旁边是同一次运行里交替测得的
对照。数字是中位数，`p95` 是百分之九十五的次数不超过的值（次数少时为最慢一次）。目标来自任务书；空白只供参考。
怎样重做：`./run bench`（全部），`./run bench --only writers profile`（只测几项），
`./run bench --only --write docs/evidence/benchmarks.md`（不测，由 `var/bench` 里最近的结果重写本文件）。
"""


def write(path: Path, folder: Path) -> None:
    """Writes the file from the reports in a folder."""
    parts = _newest(folder)
    text = "\n".join(
        [_HEAD, *_summary(parts), *(line for name in parts for line in _part(name, parts[name]))]
    )
    path.write_text(text.rstrip() + "\n", encoding="utf-8")


def _newest(folder: Path) -> dict[str, dict[str, Any]]:
    """Part → its newest report, in the order of `TITLES`; quick runs show nothing."""
    found: dict[str, dict[str, Any]] = {}
    for each in sorted(folder.glob("full-*.json")):
        report = json.loads(each.read_text(encoding="utf-8"))
        for name, part in report.get("parts", {}).items():
            found[name] = {**part, **{key: report[key] for key in ("at", "commit", "machine")}}
    return {name: found[name] for name in TITLES if name in found}


def _summary(parts: dict[str, dict[str, Any]]) -> Iterator[str]:
    lines = [line for part in parts.values() for line in part["lines"] if line["met"] is not None]
    missed = [line for line in lines if not line["met"]]
    yield f"有目标的 {len(lines)} 行，达到 {len(lines) - len(missed)} 行。" + ("未达到：" if missed else "")
    for line in missed:
        yield f"* {line['what']}（{line['where']}）：{_value(line)}，目标 {line['target']}"
    yield ""


def _part(name: str, part: dict[str, Any]) -> Iterator[str]:
    yield f"## {TITLES[name]}\n"
    facts = part["machine"]
    load = f"开始时负荷 {facts['load_1_5_15_min'][0]:.1f}"
    on = f"{facts['processor']}，{facts['cores']} 核，{facts['memory']}，{load}；Python {facts['python']}"
    yield f"{part['at']}，提交 `{part['commit']}`；{on}；用时 {part['seconds']:.0f} s。\n"
    yield from _SHAPES.get(name, _plain)(part["lines"])
    if name in _REMARKS:
        yield f"\n{_REMARKS[name]}"
    yield ""


def _plain(lines: list[dict[str, Any]]) -> Iterator[str]:
    yield "| 测量 | 数据库 | 中位数 | p95 | 对照 | 比值 | 目标 | 达到 |"
    yield "|---|---|---|---|---|---|---|---|"
    for line in lines:
        p95 = "" if line["p95"] is None else figure(line["p95"])
        peer = "" if line["peer_value"] is None else f"{line['peer']}：{figure(line['peer_value'])}"
        ratio = "" if line["ratio"] is None else f"{line['ratio']:.2f}"
        cells = (line["what"], line["where"], _value(line), p95, peer, ratio, line["target"], _met(line))
        yield f"| {' | '.join(cells)} |"
    yield from _notes(lines)


def _notes(lines: list[dict[str, Any]]) -> Iterator[str]:
    for line in lines:
        for name in ("memory_mb", "steps", "mb_by_table"):
            if line["notes"].get(name):
                told = "，".join(f"{what} {figure(n)}" for what, n in line["notes"][name].items())
                yield f"\n{line['what']}（{line['where']}）{_NOTES[name]}：{told}"


_NOTES = {
    "memory_mb": "的内存（MB）",
    "steps": "各步用时（s）",
    "mb_by_table": "的各表（MB，含索引）",
}


def _writers(lines: list[dict[str, Any]]) -> Iterator[str]:
    peers = ("自带记录器只存同一事件，次/s（p95 ms）", "比值", "裸 INSERT 同样的字节，次/s（p95 ms）", "比值")
    ours = ("数据库", "进程", "次/s", "p50 ms", "p95 ms", "失败", "对一个进程")
    yield f"| {' | '.join((*ours, *peers, '目标', '达到'))} |"
    yield "|" + "---|" * 13
    for line in lines:
        notes = line["notes"]
        if "writers" not in notes:
            continue
        (p50, p95, _), native, bare = (notes[f"{each}_ms"] for each in ("ours", "native", "bare"))
        cells = [
            *(line["where"], str(notes["writers"]), figure(line["value"]), f"{p50}", f"{p95}"),
            *(str(sum(notes["failures"].values())), f"{notes['of_one']:.2f}"),
            *(f"{figure(line['peer_value'])}（{native[1]}）", f"{line['ratio']:.2f}"),
            *(f"{figure(notes['bare'])}（{bare[1]}）", f"{line['value'] / notes['bare']:.2f}"),
            *(line["target"], _met(line)),
        ]
        yield f"| {' | '.join(cells)} |"
    for line in lines:
        if line["unit"] == "ms" and line["met"] is not None:
            told = f"{line['what']}（{line['where']}）{line['target']}"
            yield f"\n{told}：{figure(line['p95'])} ms，达到：{_met(line)}。"


def _profile(lines: list[dict[str, Any]]) -> Iterator[str]:
    wheres = list(dict.fromkeys(line["where"] for line in lines))
    parts = list(dict.fromkeys(line["what"] for line in lines if line["unit"] == "ms"))
    held = {(line["where"], line["what"]): line for line in lines}
    yield "| 一次家访 | " + " | ".join(f"{where} ms（其中处理器）" for where in wheres) + " |"
    yield "|---|" + "---|" * len(wheres)
    for what in parts:
        cells = [
            f"{held[where, what]['value']:.2f}（{held[where, what]['notes']['cpu_ms']:.2f}）"
            for where in wheres
        ]
        yield f"| {what.partition('：')[2]} | {' | '.join(cells)} |"
    whole = [f"{held[where, parts[0]]['peer_value']:.2f}" for where in wheres]
    yield f"| **整个操作**（带着秒表，略慢） | {' | '.join(whole)} |"
    for line in lines:
        if "statements" in line["notes"]:
            told = "，".join(f"{what} ×{n:g}" for what, n in line["notes"]["statements"].items())
            yield f"\n{line['where']} 的语句（每次 {line['value']:.1f} 条）：{told}"


_SHAPES = {"writers": _writers, "profile": _profile}


def _value(line: dict[str, Any]) -> str:
    return f"{figure(line['value'])} {line['unit']}"


def _met(line: dict[str, Any]) -> str:
    return {True: "是", False: "**否**", None: ""}[line["met"]]


def figure(value: float) -> str:
    """As many digits as one reads."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
