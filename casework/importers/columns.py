"""The columns of every kind of workbook (导入模板), with their synonyms and which must be there.

`required` is about the *header*: which rows may leave a required cell empty is the importer's rule.
Kinds of column decide only how a raw Excel cell becomes text:

- ``text``    free text
- ``code``    codes and short names that are never a date (学籍号, 班级 …): a date there is Excel's doing
- ``day``     a date;  ``clock`` a time of day;  ``number`` an amount;  ``yes_no`` 是/否, 有/无
- ``names``   several names in one cell
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "code", "day", "clock", "number", "yes_no", "names"]


@dataclass(frozen=True)
class Column:
    """One column: its name, other headers that mean it, and whether a sheet must have it.

    `unless` lists groups of columns; a sheet holding all of one group may do without this one.
    `longest` is how many characters a cell may hold: what is longer is something else in the wrong column.
    """

    name: str
    synonyms: tuple[str, ...] = ()
    required: bool = False
    kind: Kind = "text"
    unless: tuple[tuple[str, ...], ...] = ()
    longest: int = 0

    @property
    def limit(self) -> int:
        """Characters a cell may hold; 0 when any number."""
        return self.longest or (LONGEST_CODE if self.kind == "code" else 0)


LONGEST_CODE = 40

Columns = tuple[Column, ...]

_MARKS = re.compile(r"^(?:\*|\(必填\)|\[必填\]|【必填】)+|(?:\*|\(必填\)|\[必填\]|【必填】)+$")


def folded(header: str) -> str:
    """A header as it is compared: full width folded, white space and 必填 marks taken off."""
    text = "".join(unicodedata.normalize("NFKC", header).split())
    return _MARKS.sub("", text)


def _need(name: str, *synonyms: str, kind: Kind = "text") -> Column:
    return Column(name, synonyms, required=True, kind=kind)


def _may(name: str, *synonyms: str, kind: Kind = "text", longest: int = 0) -> Column:
    return Column(name, synonyms, kind=kind, longest=longest)


UNITS: Columns = (
    _need("单位代码", "机构代码", "学校标识码", kind="code"),
    _need("单位名称", "学校名称"),
    _need("类型"),
    _need("上级代码", kind="code"),
    _may("学校类别"),
    _may("所在乡镇代码", kind="code"),
    _may("代报单位代码", kind="code"),
    _may("覆盖贫困村", kind="yes_no"),
    _may("启用日期", kind="day"),
    _may("停用日期", kind="day"),
    _may("并入单位代码", kind="code"),
)

STAFF: Columns = (
    _need("登录名", "工号", kind="code"),
    _need("姓名"),
    _may("手机", "联系电话", kind="code"),
    _need("岗位"),
    _need("单位代码", kind="code"),
    _may("班级", kind="code"),
    _may("负责范围", kind="names"),
    _need("任职日期", kind="day"),
    _may("离任日期", kind="day"),
)

ROSTER: Columns = (
    _need("姓名", "学生姓名"),
    _need("性别"),
    _may("民族", longest=40),
    _need("出生日期", kind="day"),
    _may("证件类型", longest=40),
    _may("证件号", "身份证号", kind="code"),
    _may("学籍号", kind="code"),
    _may("就读情况"),
    _may("学校代码", kind="code"),
    _need("学段"),
    _may("年级", kind="code"),
    _may("班级", kind="code"),
    _may("就读学校名称"),
    _may("所在地"),
    _may("是否寄宿", kind="yes_no"),
    _may("困难认定等级"),
    _may("户籍地代码", kind="code"),
    _may("户籍地详址"),
    _may("现居住地代码", kind="code"),
    _may("现居住地详址"),
    _may("监护人"),
    _may("与监护人关系", "监护人关系", longest=40),
    _may("联系电话", "监护人电话", kind="code"),
    _may("特殊群体", "困难类型", kind="names"),
    _may("帮扶责任人"),
    _may("变动日期", kind="day"),
)

# In every ledger (台账) one of these must point to the child.
_CHILD: Columns = (
    Column("学籍号", required=True, kind="code", unless=(("证件号",), ("姓名", "出生日期"))),
    _may("姓名"),
    _may("证件类型", longest=40),
    _may("证件号", "身份证号", kind="code"),
    _may("出生日期", kind="day"),
)

_VOIDABLE: Columns = (_may("备注"), _may("作废原因"))

ABSENCES: Columns = (
    *_CHILD,
    _need("起始日期", kind="day"),
    _may("截止日期", kind="day"),
    _may("原因"),
    _may("登记人"),
    *_VOIDABLE,
)

STATUS: Columns = (
    *_CHILD,
    _need("日期", kind="day"),
    _need("变化"),
    _may("失学类型"),
    _may("原因"),
    _may("去向"),
    _may("安置方式"),
    _may("接收学校代码", kind="code"),
    _may("截止日期", kind="day"),
    _may("销号原因"),
    _may("证据编号"),
    _may("登记人"),
    _may("批准人"),
    *_VOIDABLE,
)

VISITS: Columns = (
    _may("记录编号", longest=100),
    *_CHILD,
    _need("家访日期", kind="day"),
    _may("开始时间", kind="clock"),
    _may("结束时间", kind="clock"),
    _need("方式"),
    _may("地点"),
    _need("参加人", kind="names"),
    _need("见到", kind="names"),
    _need("结果"),
    _may("约定日期", kind="day"),
    _may("谈话要点"),
    _may("家长意见"),
    _may("学生意见"),
    _may("困难需求"),
    _may("下一步"),
    _need("记录人"),
    *_VOIDABLE,
)

LETTERS: Columns = (
    *_CHILD,
    _need("文书种类"),
    _may("文号", longest=100),
    _need("签发单位代码", kind="code"),
    _need("签发人"),
    _need("签发日期", kind="day"),
    _may("限期天数", kind="number"),
    _may("送达日期", kind="day"),
    _may("送达时间", kind="clock"),
    _may("送达方式"),
    _may("受送达人"),
    _may("与受送达人关系"),
    _may("送达地点"),
    _may("见证人"),
    _may("拒收理由"),
    _may("送达人"),
    _may("作废日期", kind="day"),
    _may("作废原因"),
)

SESSIONS: Columns = (
    *_CHILD,
    _need("日期", kind="day"),
    _need("开始时间", kind="clock"),
    _may("结束时间", kind="clock"),
    _need("课时", kind="number"),
    _need("教师", kind="names"),
    _may("内容"),
    _may("学生反应"),
    _may("作业"),
    _may("家长签字", kind="yes_no"),
    _may("记录人"),
    *_VOIDABLE,
)

AID: Columns = (
    *_CHILD,
    _need("学年", kind="code"),
    _need("学期"),
    _need("项目代码", kind="code"),
    _need("金额(元)", kind="number"),
    _need("发放日期", kind="day"),
    _may("凭证号", longest=100),
    _may("发放方式", longest=40),
    _may("未资助原因", longest=200),
)

COLUMNS: dict[str, Columns] = {
    "units": UNITS,
    "staff": STAFF,
    "roster": ROSTER,
    "absences": ABSENCES,
    "status": STATUS,
    "visits": VISITS,
    "letters": LETTERS,
    "sessions": SESSIONS,
    "aid": AID,
}

REASON_COLUMN = "错误原因"
SOURCE_ROW_COLUMN = "原行号"
# Written by ourselves into the workbook of refused rows; passed over in silence when it comes back.
OUR_COLUMNS = frozenset({REASON_COLUMN, SOURCE_ROW_COLUMN})
