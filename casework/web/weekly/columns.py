"""The report's figures as columns: their headings, their groups, and what each means in a sentence."""

from dataclasses import dataclass

BALANCE, STATES, WORK, GROUPS = "balance", "states", "work", "groups"
VIEWS = {BALANCE: "增减变化", STATES: "在册与累计", WORK: "走访文书责任", GROUPS: "特殊群体"}
STAGES = {"all": "全部", "primary": "小学", "junior": "初中"}
TABLES = {"schools": "按学校", "townships": "按乡镇", "counties": "按县"}


@dataclass(frozen=True, slots=True)
class Column:
    """One figure. `sign`: how it enters the balance (+1, −1, 0: a stock or no part of it)."""

    key: str
    heading: str
    meaning: str
    sign: int = 0
    strong: bool = False


def _stock(stock: str, name: str) -> tuple[Column, ...]:
    return (
        Column(f"{stock}_open", "上期期末", f"上一次周报时的{name}人数", strong=True),
        Column(f"{stock}_adj", "补报更正", "迟报、更正带来的期初增减", +1),
        Column(f"{stock}_new", f"新增{name}", f"本周新登记为{name}", +1),
        Column(f"{stock}_in", "划入", "未返校期间从别处转来或搬来", +1),
    )


def _leaving(stock: str, back: str) -> tuple[Column, ...]:
    return (
        Column(f"{stock}_returned", back, "本周劝返成功、回到学校", -1),
        Column(f"{stock}_taught", "转送教", "转为送教上门", -1),
        Column(f"{stock}_deferred", "缓学休学", "经批准缓学或休学", -1),
        Column(f"{stock}_closed", "销号", "经审批销号", -1),
        Column(f"{stock}_other", "其他减少", "转为重点关注等其他情况", -1),
        Column(f"{stock}_out", "划出", "未返校期间转往或搬往别处", -1),
    )


CONFIRMED = "confirmed"
SUSPECTED_BALANCE = (
    *_stock("s", "疑似"),
    Column(CONFIRMED, "转为辍学", "由疑似辍学确认为辍学", -1),
    *_leaving("s", "劝返到校"),
    Column("s_close", "本期期末", "本周末疑似辍学人数", strong=True),
)
DROPPED_BALANCE = (
    *_stock("d", "辍学"),
    Column(CONFIRMED, "疑似转来", "由疑似辍学确认为辍学", +1),
    *_leaving("d", "劝返复学"),
    Column("d_close", "本期期末", "本周末辍学人数", strong=True),
)

COLUMN_GROUPS: dict[str, tuple[tuple[str, tuple[Column, ...]], ...]] = {
    BALANCE: (("疑似辍学", SUSPECTED_BALANCE), ("辍学", DROPPED_BALANCE)),
    STATES: (
        (
            "本周末在册人数",
            (
                Column("watch", "重点关注", "有风险，仍在校"),
                Column("verifying", "待核查", "有线索，尚未核实"),
                Column("returned", "复学巩固", "已返校，在巩固期"),
                Column("taught", "送教上门", "在家接受送教"),
                Column("deferred", "缓学休学", "经批准缓学或休学"),
                Column("transferring", "转学办理", "转学手续办理中"),
                Column("d_never", "从未入学", "本周末辍学中从未入学的"),
                Column("relapsed", "再次离校", "本周新增中复学后又离校的"),
            ),
        ),
        (
            "本学期累计",
            (
                Column("term_s_new", "新增疑似", "开学以来新增疑似"),
                Column("term_d_new", "新增辍学", "开学以来新增辍学"),
                Column("term_returned", "劝返复学", "开学以来劝返到校、复学"),
            ),
        ),
        (
            "学生与辍学率",
            (
                Column("pupils", "在籍学生", "在籍学生数，含送教、休学"),
                Column("due_children", "适龄儿童", "学年开始时满6至15周岁的儿童少年"),
                Column("dropout_rate", "辍学率", "学校按在籍学生，乡镇和合计按适龄儿童"),
            ),
        ),
    ),
    WORK: (
        (
            "家访劝返",
            (
                Column("visits", "次数", "本周家访劝返次数"),
                Column("visits_met", "见到人", "其中见到家长或学生的"),
                Column("children_visited", "走访学生", "走访到的学生人数"),
            ),
        ),
        (
            "文书",
            (
                Column("letters_issued", "签发", "本周签发文书份数"),
                Column("letters_served", "送达", "本周送达文书份数"),
            ),
        ),
        (
            "送教上门",
            (
                Column("sessions", "次数", "本周送教次数"),
                Column("session_hours", "课时", "本周送教课时"),
            ),
        ),
        (
            "责任事项",
            (
                Column("duties_due", "应办", "本周到期的责任事项"),
                Column("duties_on_time", "按时", "在到期日以前办结"),
                Column("duties_late", "逾期办结", "过了到期日才办结"),
                Column("duties_open", "未办", "到周末还没有办结"),
            ),
        ),
    ),
}

GROUP_COLUMNS = (
    Column("s_new", "新增疑似", "本周新登记为疑似"),
    Column("s_returned", "疑似到校", "本周劝返到校"),
    Column("s_close", "期末疑似", "本周末疑似辍学人数", strong=True),
    Column("d_new", "新增辍学", "本周新登记为辍学"),
    Column("d_returned", "辍学复学", "本周劝返复学"),
    Column("d_close", "期末辍学", "本周末辍学人数", strong=True),
)

NOT_LISTED = frozenset({"dropout_rate"})
"""Figures without a list of children behind them."""

_ALL = [column for groups in COLUMN_GROUPS.values() for _, columns in groups for column in columns]
_SHORT = frozenset({"次数", "签发", "送达", "课时", "应办", "按时", "逾期办结", "未办"})
"""Headings that say little without their group."""

_STOCK_NAMES = {"s": "疑似辍学", "d": "辍学"}


def title_of(figure: str) -> str:
    """A figure's name by itself, outside its group: 疑似辍学·上期期末."""
    special = {"d_by_cause": "辍学主要原因", "closed_by_reason": "销号原因", CONFIRMED: "疑似转为辍学"}
    if figure in special:
        return special[figure]
    heading = next((column.heading for column in _ALL if column.key == figure), figure)
    stock = _STOCK_NAMES.get(figure.split("_", 1)[0]) if figure[1:2] == "_" else None
    if stock and not heading.startswith("新增"):
        return f"{stock}·{heading}"
    group = next(
        (name for groups in COLUMN_GROUPS.values() for name, columns in groups if _has(columns, figure)), ""
    )
    needs_group = heading in _SHORT or figure.startswith("term_")
    return f"{group}·{heading}" if needs_group else heading


def meaning_of(figure: str) -> str:
    """What a figure counts, in one sentence; "" when it has none."""
    return next((column.meaning for column in _ALL if column.key == figure), "")


def _has(columns: tuple[Column, ...], figure: str) -> bool:
    return any(column.key == figure for column in columns)
