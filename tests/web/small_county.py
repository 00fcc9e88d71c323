"""A county small enough to know by heart, for the pages' tests.

县 C1 · 学区 D1 · 青山镇 T1 (村 V1) · 河口乡 T2
第一小学 S1 (in T1), 第二初中 S2 (in T2, below D1)

张小雨 S1  疑似 09-07 (told on time), visited 09-08, 复学 09-15; the visit of 09-09 was voided
李大山 S2  疑似 09-08, 辍学 09-16 told three weeks late; his visit was corrected
王秋月 S1  疑似 09-09, then moved: 复学 at S2 on 09-22
赵安   S2  on the roster only
"""

from datetime import UTC, datetime

from tests.support.county import County

CLERK, HEAD_1, HEAD_2, MAYOR, INSPECTOR, TEACHER, CHIEF, DISTRICT = (
    "jijiao", "xz1", "xz2", "zhen1", "dudao", "ban1", "cun1", "xq1",
)  # fmt: skip
NAMES = {
    CLERK: "路知遥",
    HEAD_1: "温若谷",
    HEAD_2: "闵舒禾",
    MAYOR: "兰启程",
    INSPECTOR: "严问渠",
    TEACHER: "覃维岭",
    CHIEF: "韦彩莲",
    DISTRICT: "樊正言",
}
PASSWORD = "qingshan-2026"
NOW = "2026-10-09T15:00:00+08:00"
RAIN, HILL, MOON, CALM = "张小雨", "李大山", "王秋月", "赵安"

_UNITS = [
    {"单位代码": "C1", "单位名称": "试验县", "类型": "县"},
    {"单位代码": "D1", "单位名称": "东学区", "类型": "学区", "上级代码": "C1"},
    {"单位代码": "T1", "单位名称": "青山镇", "类型": "乡镇", "上级代码": "C1"},
    {"单位代码": "T2", "单位名称": "河口乡", "类型": "乡镇", "上级代码": "C1"},
    {"单位代码": "V1", "单位名称": "石桥村", "类型": "村", "上级代码": "T1"},
    {
        "单位代码": "S1",
        "单位名称": "第一小学",
        "类型": "学校",
        "上级代码": "C1",
        "学校类别": "小学",
        "所在乡镇代码": "T1",
    },
    {
        "单位代码": "S2",
        "单位名称": "第二初中",
        "类型": "学校",
        "上级代码": "D1",
        "学校类别": "初中",
        "所在乡镇代码": "T2",
    },
]
_POSTS = {
    CLERK: ("基教股", "C1"),
    HEAD_1: ("校长", "S1"),
    HEAD_2: ("校长", "S2"),
    MAYOR: ("镇长", "T1"),
    INSPECTOR: ("督导", "C1"),
    TEACHER: ("代理家长", "S1"),
    CHIEF: ("村长", "V1"),
    DISTRICT: ("学区", "D1"),
}


def _pupil(no: str, name: str, school: str, home: str, **more: str) -> dict[str, str]:
    junior = school == "S2"
    return {
        "学籍号": no,
        "姓名": name,
        "性别": "女",
        "出生日期": "2013-05-06" if junior else "2016-05-06",
        "证件类型": "居民身份证",
        "证件号": f"99012620130506{no[-4:]}",
        "学校代码": school,
        "学段": "初中" if junior else "小学",
        "年级": "七年级" if junior else "四年级",
        "班级": "1班",
        "现居住地代码": home,
        "监护人": f"{name[0]}家长",
        "与监护人关系": "母亲",
        "联系电话": "13900001234",
        **more,
    }


ROSTER = [
    _pupil("G20260001", RAIN, "S1", "V1", 特殊群体="留守儿童"),
    _pupil("G20260002", HILL, "S2", "T2"),
    _pupil("G20260003", MOON, "S1", "T1"),
    _pupil("G20260004", CALM, "S2", "V1"),
]


def _status(no: str, name: str, on: str, change: str, **more: str) -> dict[str, str]:
    return {"学籍号": no, "姓名": name, "日期": on, "变化": change, "登记人": "温若谷", **more}


def _visit(no: str, name: str, on: str, **more: str) -> dict[str, str]:
    return {
        "学籍号": no,
        "姓名": name,
        "家访日期": on,
        "开始时间": "18:00",
        "方式": "上门",
        "参加人": "温若谷/校长/第一小学",
        "见到": "家长",
        "结果": "犹豫",
        "谈话要点": "说好一起想办法",
        "记录人": "温若谷",
        **more,
    }


def at(text: str) -> datetime:
    """An instant in Asia/Shanghai: "2026-09-11T10:00"."""
    return datetime.fromisoformat(f"{text}:00+08:00")


def fill(county: County) -> None:
    """Everything above, each in its own time."""
    county.take("units", _UNITS, at("2026-08-28T09:00"))
    staff = [
        {"登录名": login, "姓名": NAMES[login], "岗位": post, "单位代码": unit, "任职日期": "2026-08-01"}
        for login, (post, unit) in _POSTS.items()
    ]
    county.take("staff", staff, at("2026-08-28T09:01"))
    county.take("roster", ROSTER, at("2026-08-28T09:02"))
    first = [
        _status("G20260001", RAIN, "2026-09-07", "疑似辍学", 原因="学习困难/厌学"),
        _status("G20260002", HILL, "2026-09-08", "疑似辍学", 原因="外出务工", 去向="县外工地"),
        _status("G20260003", MOON, "2026-09-09", "疑似辍学", 原因="上学远"),
    ]
    county.take("status", first, at("2026-09-11T10:00"))
    visits = [
        _visit("G20260001", RAIN, "2026-09-08"),
        _visit("G20260001", RAIN, "2026-09-09"),
        _visit("G20260002", HILL, "2026-09-10", 见到="无人", 结果="未见到", 谈话要点="家中无人"),
    ]
    county.take("visits", visits, at("2026-09-11T10:01"))
    returned = [_status("G20260001", RAIN, "2026-09-15", "复学", 安置方式="插班")]
    county.take("status", returned, at("2026-09-18T10:00"))
    changed = [
        _visit("G20260001", RAIN, "2026-09-09", 作废原因="重复登记"),
        _visit("G20260002", HILL, "2026-09-10", 结果="犹豫", 谈话要点="见到了母亲"),
    ]
    county.take("visits", changed, at("2026-09-18T10:01"))
    moved = [_status("G20260003", MOON, "2026-09-22", "复学", 接收学校代码="S2")]
    county.take("status", moved, at("2026-09-25T10:00"))
    late = [_status("G20260002", HILL, "2026-09-16", "辍学", 原因="外出务工")]
    county.take("status", late, at("2026-10-07T10:00"))
    letters = [
        {
            "学籍号": "G20260002",
            "姓名": HILL,
            "文书种类": "劝返复学通知书",
            "文号": "义劝通字〔2026〕第001号",
            "签发单位代码": "S2",
            "签发人": "闵舒禾",
            "签发日期": "2026-10-08",
        }
    ]
    county.take("letters", letters, at("2026-10-08T10:00"))
    county.now = datetime.fromisoformat(NOW)


def fill_with_accounts(county: County) -> None:
    """Everything above, and an account for everybody."""
    fill(county)
    for login, name in NAMES.items():
        county.casework.accounts.make(login, name, PASSWORD, now=datetime(2026, 10, 1, tzinfo=UTC))
