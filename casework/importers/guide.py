"""How each workbook is filled in (填写说明): what it is for, and per column what goes there, with an example.

The words a column takes come from the dictionaries in force, so a county's own words are in its template.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from casework.domain.aid_policy import TERMS
from casework.domain.policy import Dictionaries
from casework.domain.roster import ENROLMENTS
from casework.domain.statuses import CHANGES, STAGES
from casework.domain.units import KINDS as UNIT_KINDS
from casework.importers.columns import COLUMNS, Column
from casework.importers.units import CATEGORIES


@dataclass(frozen=True, slots=True)
class Workbook:
    """A kind of workbook in the county's words: its title, and one sentence what it is for."""

    title: str
    purpose: str


WORKBOOKS: dict[str, Workbook] = {
    "roster": Workbook("学生花名册", "本校或本辖区的全部学生；先有花名册，其他台账才找得到人。"),
    "status": Workbook("状态登记", "疑似辍学、辍学、复学、转学、缓学、休学、销号等变化，一行一次变化。"),
    "visits": Workbook("家访劝返记录", "每次家访劝返见了谁、结果怎样、约定哪天。"),
    "absences": Workbook("缺勤登记", "从哪天起没有到校；还没回来的，截止日期留空。"),
    "letters": Workbook("文书登记", "已经签发的通知书、责令文书和送达情况。"),
    "sessions": Workbook("送教记录", "送教上门每次的日期、课时、教师和内容。"),
    "aid": Workbook("资助发放表", "每笔资助发给谁、哪个项目、多少钱、哪天；该资助而没有的，写原因。"),
    "units": Workbook("单位表", "县、乡镇、村、学区和学校；新设、更名、合并、停用。"),
    "staff": Workbook("人员岗位表", "谁在哪个单位任什么岗位，从哪天到哪天。"),
}
"""Kind → its workbook, those used every week first."""


@dataclass(frozen=True, slots=True)
class ColumnGuide:
    """One column: its name, whether the sheet must have it, how to fill it in, an example, other names."""

    name: str
    required: bool
    note: str
    example: str
    synonyms: tuple[str, ...]


def guide_of(kind: str, words: Dictionaries) -> Iterator[ColumnGuide]:
    """Every column of a kind, in the order of the template."""
    choices = _choices(words)
    for column in COLUMNS[kind]:
        note, example = _NOTES.get(f"{kind}.{column.name}") or _NOTES[column.name]
        allowed = choices.get(f"{kind}.{column.name}") or choices.get(column.name, ())
        sentence = f"{note}可填：{'、'.join(allowed)}。" if allowed else note
        yield ColumnGuide(column.name, _must(column), sentence, example, column.synonyms)


def _must(column: Column) -> bool:
    return column.required and not column.unless


def _choices(words: Dictionaries) -> Mapping[str, tuple[str, ...]]:
    return {
        "类型": tuple(UNIT_KINDS),
        "学校类别": CATEGORIES,
        "岗位": tuple(words.posts),
        "就读情况": tuple(ENROLMENTS),
        "学段": tuple(STAGES),
        "困难认定等级": tuple(words.hardship_levels),
        "特殊群体": tuple(words.groups),
        "变化": tuple(CHANGES),
        "失学类型": tuple(words.lost_types),
        "status.原因": tuple(words.causes),
        "安置方式": tuple(words.placements),
        "销号原因": tuple(words.closing_reasons),
        "方式": tuple(words.visit_modes),
        "见到": tuple(words.visit_met),
        "结果": tuple(words.visit_outcomes),
        "送达方式": tuple(words.service_modes),
        "学期": TERMS,
    }


_DAY = "写成 2026-09-14 的样子，也可以用 Excel 日期。"
_NOTES: dict[str, tuple[str, str]] = {
    # 单位
    "单位代码": ("机构代码或学校标识码，一经登记不再改变。", "2153012345"),
    "单位名称": ("全称。", "青山镇中心小学"),
    "类型": ("", "学校"),
    "上级代码": ("学校填所属学区或县的代码，乡镇填县的代码，村填乡镇的代码。", "530126"),
    "学校类别": ("只有学校填。", "小学"),
    "所在乡镇代码": ("学校所在的乡镇或街道。", "530126101"),
    "代报单位代码": ("教学点填替它报数的学校。", "2153012345"),
    "覆盖贫困村": ("是或否。", "否"),
    "启用日期": (_DAY, "2026-09-01"),
    "停用日期": (f"停用或并入其他单位的第一天。{_DAY}", "2026-08-31"),
    "并入单位代码": ("撤并时填接收单位，学生和个案随之转入。", "2153012346"),
    # 人员
    "登录名": ("登录用的名字，全县不重复。", "lizhiyuan"),
    "手机": ("", "13800001234"),
    "岗位": ("", "班主任"),
    "staff.姓名": ("", "李致远"),
    "staff.单位代码": ("任职单位，须已在单位表中。", "2153012345"),
    "staff.班级": ("班主任、任课教师填；与花名册的年级+班级一致。", "七年级1班"),
    "负责范围": ("包片的村、班或学校，几个用“、”分开。", "石桥村、河湾村"),
    "任职日期": (f"任职第一天。{_DAY}", "2026-08-25"),
    "离任日期": ("任职最后一天；还在任的留空。", ""),
    # 学生
    "姓名": ("与证件一致。", "王小禾"),
    "性别": ("男或女。", "女"),
    "民族": ("", "彝族"),
    "出生日期": (_DAY, "2014-05-06"),
    "证件类型": ("空着表示居民身份证。", "居民身份证"),
    "证件号": ("整列先设为“文本”再填，免得后几位变成 0。", "530126201405061234"),
    "学籍号": ("没有学籍号的留空，用证件号或姓名加出生日期确定是谁。", "G530126201405061234"),
    "就读情况": ("空着表示在籍在校。", "在籍在校"),
    "学校代码": ("在籍在校必填。", "2153012345"),
    "学段": ("在籍在校必填。", "初中"),
    "年级": ("在籍在校必填。", "七年级"),
    "班级": ("在籍在校必填。", "1班"),
    "就读学校名称": ("在县外或高校就读的填。", ""),
    "所在地": ("在县外或高校就读的填省市县。", ""),
    "是否寄宿": ("是或否。", "是"),
    "困难认定等级": ("没有的填“无”。", "一般困难"),
    "户籍地代码": ("村或乡镇的单位代码。", "530126101203"),
    "户籍地详址": ("", "石桥村三组12号"),
    "现居住地代码": ("现在住的村或乡镇的单位代码。", "530126101203"),
    "现居住地详址": ("", "石桥村三组12号"),
    "监护人": ("", "王大山"),
    "与监护人关系": ("", "父亲"),
    "联系电话": ("", "13800001234"),
    "特殊群体": ("几个用“、”分开；没有的填“无”。", "留守儿童、低保"),
    "帮扶责任人": ("一对一帮扶的人。", "赵明"),
    "变动日期": (f"学校、班级、住址、群体从哪天起变的；空着表示今天。{_DAY}", "2026-09-01"),
    # 缺勤
    "起始日期": (f"没有到校的第一天。{_DAY}", "2026-09-07"),
    "absences.截止日期": ("没有到校的最后一天；还没回来的留空。", ""),
    "absences.原因": ("", "随父母外出"),
    "登记人": ("空着表示导入的人。", "李致远"),
    "备注": ("", ""),
    "作废原因": ("填了就作废同一学生、同一日期（或编号）的那条登记。", ""),
    # 状态
    "日期": (_DAY, "2026-09-14"),
    "变化": ("", "疑似辍学"),
    "失学类型": ("疑似辍学、辍学时填。", "中途辍学"),
    "status.原因": ("疑似辍学、辍学时填，几个用“；”分开，第一个为主要原因。", "外出务工；家庭经济困难"),
    "去向": ("转往县外、外出务工等的去处。", ""),
    "安置方式": ("复学时填。", ""),
    "接收学校代码": ("转出、转入接收、到另一所学校复学时填。", ""),
    "status.截止日期": ("缓学、休学、送教到哪天为止。", ""),
    "销号原因": ("销号必填。", ""),
    "证据编号": ("缓学、休学、送教上门必填批准文件的编号。", ""),
    "批准人": ("缓学、休学、销号必填，不能是登记人本人。", ""),
    # 家访
    "记录编号": ("学校自己的编号；有编号的，更正和作废认编号。", "JF2026-031"),
    "家访日期": (_DAY, "2026-09-15"),
    "visits.开始时间": ("24 小时制。", "18:30"),
    "结束时间": ("24 小时制。", "19:20"),
    "方式": ("", "上门"),
    "地点": ("", "石桥村三组"),
    "参加人": ("姓名/职务/单位，几个人用“；”分开。", "李致远/班主任/青山中学；韦采莲/村长/石桥村"),
    "见到": ("几个用“、”分开。", "家长、学生"),
    "结果": ("", "约定日期"),
    "约定日期": (f"约好返校或再见面的日子。{_DAY}", "2026-09-18"),
    "谈话要点": ("", "说明义务教育法，家长答应周五送回"),
    "家长意见": ("", "担心住校费用"),
    "学生意见": ("", "愿意回班里"),
    "困难需求": ("", "生活补助"),
    "下一步": ("", "周五到校接"),
    "记录人": ("", "李致远"),
    # 文书
    "文书种类": ("按县里的文书规定填写。", "劝返复学通知书"),
    "文号": ("作废的文号不能再用。", "青中劝字〔2026〕第003号"),
    "签发单位代码": ("签发这份文书的单位。", "2153012345"),
    "签发人": ("", "闵舒禾"),
    "签发日期": (_DAY, "2026-09-16"),
    "限期天数": ("从送达起算的天数。", "7"),
    "送达日期": (f"还没送达的，以下各格都留空。{_DAY}", "2026-09-17"),
    "送达时间": ("24 小时制。", "10:00"),
    "送达方式": ("", "直接"),
    "受送达人": ("", "王大山"),
    "与受送达人关系": ("学生与受送达人的关系。", "父亲"),
    "送达地点": ("", "石桥村三组"),
    "见证人": ("留置送达时填。", ""),
    "拒收理由": ("", ""),
    "送达人": ("", "李致远"),
    "作废日期": (_DAY, ""),
    # 送教
    "开始时间": ("24 小时制。", "09:00"),
    "课时": ("可以是小数。", "2"),
    "教师": ("几个用“、”分开。", "樊正言"),
    "内容": ("", "识字与生活数学"),
    "学生反应": ("", "能跟读"),
    "作业": ("", "描红一页"),
    "家长签字": ("有或无。", "有"),
    # 资助
    "学年": ("", "2026-2027"),
    "学期": ("", "秋"),
    "项目代码": ("县里的资助项目代码，“资助”页可查。", "living_boarder"),
    "金额(元)": ("以元为单位，最多两位小数；没有发放的留空。", "625.00"),
    "发放日期": (f"没有发放的留空。{_DAY}", "2026-11-10"),
    "凭证号": ("银行回单、收据或签领表的编号。", "农商行2026-1110-07"),
    "发放方式": ("", "银行卡"),
    "未资助原因": ("该资助而没有发放的填；金额和发放日期留空。", ""),
}
"""Column (of a kind, or of all) → how to fill it in, and an example."""
