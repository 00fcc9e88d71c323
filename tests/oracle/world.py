"""What the oracle is told: imports in order, each a table of text cells, and the words of the dictionaries.

Quoted sentences are those of formats.md, weekly.md and domain.md, the contracts this oracle was written from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
SINCE_EVER = date(1, 1, 1)
IMPORTER = "本机操作员"

Row = dict[str, str]


@dataclass(frozen=True)
class Import:
    """One workbook applied at one instant (`casework import KIND FILE --apply` under that clock)."""

    at: datetime
    kind: str
    rows: list[Row]

    @property
    def today(self) -> date:
        """The business day of the import, in Shanghai."""
        return self.at.astimezone(SHANGHAI).date()


KINDS_OF_UNIT = {
    "省": "province",
    "市": "city",
    "县": "county",
    "乡镇": "township",
    "街道": "subdistrict",
    "村": "village",
    "学区": "district",
    "学校": "school",
}
TOWNSHIPS = ("township", "subdistrict")
CATEGORIES = ("小学", "教学点", "初中", "九年一贯", "特殊教育", "普高", "中职")
ENROLMENTS = ("在籍在校", "县外就读", "未入学", "无学籍", "高校")
STAGES = ("小学", "初中", "学前", "普高", "中职", "高校")
CAUSES = (
    "学习困难/厌学 家庭经济困难 外出务工 早婚早育 宗教因素 上学远 残疾 因病 随父母外出 "
    "监护缺失 网瘾 心理健康 校园欺凌 涉案 失联 其他"
).split()
NEVER, GAP, MIDWAY = "从未入学", "小升初未衔接", "中途辍学"
DROPOUT_KINDS = (NEVER, GAP, MIDWAY)
PLACEMENTS = "插班 单独编班 普职融合 随班就读 特教学校 送教上门 远程教育 职业教育/技能培训".split()
REASONS = (
    "复学稳定 核查排除 转学已接收 毕业 超龄 出国 死亡 失踪失联 身份数据错误/重复 转特教/随班就读稳定 职教就读"
).split()
GROUPS = (
    "脱贫户 脱贫不稳定户 边缘易致贫户 突发严重困难户 低保 特困供养 孤儿 事实无人抚养 残疾学生 残疾人子女 "
    "烈士子女 服刑人员未成年子女 留守儿童 随迁子女 困难进城务工人员子女 单亲 父母离异 父母一方亡故 "
    "父母重病丧失劳动能力 本人重病 自然灾害/突发事故 困难职工子女 家庭困难少数民族儿童 问题学籍 其他困难"
).split()
VISIT_WAYS = ("上门", "务工地", "学校", "村委", "电话", "视频")
VISIT_RESULTS = ("同意返校", "约定日期", "犹豫", "拒绝", "未见到", "失联")
MET = ("家长", "学生", "委托监护人", "无人")
SERVICE_WAYS = ("直接", "留置", "邮寄", "委托", "电子", "公告")
SCHOOL_LETTER = "劝返复学通知书"
ORDER_LETTER = "限期复学通知书"
REPORT_LETTER = "劝返无效书面报告"
LETTER_KINDS = (SCHOOL_LETTER, ORDER_LETTER, REPORT_LETTER)

_DAY = re.compile(r"^(\d{4})[-/年](\d{1,2})[-/月](\d{1,2})日?$")


def day(text: str) -> date:
    """`2026-09-14`, `2026/9/14`, `2026年9月14日`, `20260914`; ValueError for anything else."""
    if re.fullmatch(r"\d{8}", text):
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    found = _DAY.match(text)
    if not found:
        raise ValueError(text)
    return date(*(int(part) for part in found.groups()))


def cell(row: Row, header: str) -> str:
    """The trimmed cell; a missing key is an empty cell."""
    return row.get(header, "").strip()


def several(text: str) -> list[str]:
    """A cell of several names, split by 、,;；."""
    return [part.strip() for part in re.split("[、,，;；]", text) if part.strip()]
