"""The statuses of a case and the acts that change them (状态, 登记变化).

The table of allowed moves is the field's own (national rule 教基厅函〔2024〕15号 and the county plans):
there is no way to empty the dropout list by paper, and a dropped-out child can not be "in transfer".
"""

WATCH = "watch"
VERIFYING = "verifying"
SUSPECTED = "suspected"
DROPPED_OUT = "dropped_out"
RETURNED = "returned"
HOME_TEACHING = "home_teaching"
DEFERRED = "deferred"
TRANSFERRING = "transferring"
CLOSED = "closed"

STATUS_NAMES = {
    WATCH: "重点关注",
    VERIFYING: "待核查",
    SUSPECTED: "疑似辍学",
    DROPPED_OUT: "辍学",
    RETURNED: "已复学(巩固期)",
    HOME_TEACHING: "送教上门",
    DEFERRED: "缓学休学",
    TRANSFERRING: "转学办理中",
    CLOSED: "销号",
}
"""Status code → the name printed in Chinese."""

OUT = frozenset({SUSPECTED, DROPPED_OUT})
"""The two stocks of the weekly report: 疑似辍学 and 辍学."""

_FROM_NOTHING = frozenset({WATCH, VERIFYING, SUSPECTED, DROPPED_OUT, HOME_TEACHING, DEFERRED})
_FROM_WATCH = frozenset({SUSPECTED, DROPPED_OUT, HOME_TEACHING, DEFERRED, TRANSFERRING, CLOSED})
_FROM_PLACED = frozenset({RETURNED, SUSPECTED, DROPPED_OUT, TRANSFERRING, CLOSED})

MOVES: dict[str, frozenset[str]] = {
    "": _FROM_NOTHING,
    CLOSED: _FROM_NOTHING,
    WATCH: _FROM_WATCH | {VERIFYING},
    VERIFYING: _FROM_WATCH | {WATCH},
    SUSPECTED: frozenset({DROPPED_OUT, RETURNED, HOME_TEACHING, DEFERRED, CLOSED, WATCH}),
    DROPPED_OUT: frozenset({RETURNED, HOME_TEACHING, DEFERRED, CLOSED}),
    RETURNED: frozenset({SUSPECTED, DROPPED_OUT, HOME_TEACHING, DEFERRED, TRANSFERRING, CLOSED, WATCH}),
    HOME_TEACHING: _FROM_PLACED | {DEFERRED},
    DEFERRED: _FROM_PLACED | {HOME_TEACHING},
    TRANSFERRING: frozenset({CLOSED}),
}
"""From status ("" = no case yet) → the statuses an act may lead to. Transfers end by their own acts."""

TRANSFER_ACCEPTED = "transfer_accepted"
TRANSFER_REFUSED = "transfer_refused"
TRANSFER_WITHDRAWN = "transfer_withdrawn"
TRANSFER_ENDINGS = frozenset({TRANSFER_ACCEPTED, TRANSFER_REFUSED, TRANSFER_WITHDRAWN})
RELAPSED = "relapsed"
REOPENED = "reopened"
SUSPENDED = "suspended"

CHANGE_NAMES = {
    VERIFYING: "待核查",
    WATCH: "重点关注",
    SUSPECTED: "疑似辍学",
    DROPPED_OUT: "辍学",
    RETURNED: "复学",
    RELAPSED: "再辍",
    DEFERRED: "缓学",
    SUSPENDED: "休学",
    HOME_TEACHING: "送教上门",
    TRANSFERRING: "转出",
    TRANSFER_ACCEPTED: "转入接收",
    TRANSFER_REFUSED: "转入拒收",
    TRANSFER_WITHDRAWN: "转出撤回",
    CLOSED: "销号",
    REOPENED: "重开",
}
"""The words of the 状态登记 ledger (变化): code → Chinese."""

CHANGES = {name: code for code, name in CHANGE_NAMES.items()}

_STATUS_OF_CHANGE = {RELAPSED: DROPPED_OUT, SUSPENDED: DEFERRED, REOPENED: VERIFYING}


def status_of(change: str) -> str:
    """The status an act leads to. The endings of a transfer have none: they lead back to the one before."""
    return _STATUS_OF_CHANGE.get(change, change)


def needs_approval(change: str, before: str) -> bool:
    """Whether a second person must approve the act: 销号, 缓学, 休学, and 送教上门 out of 疑似辍学 or 辍学.

    There is no way to empty the dropout list by one person's paper.
    """
    if status_of(change) == HOME_TEACHING:
        return before in OUT
    return status_of(change) in (CLOSED, DEFERRED)


STAGES = {
    "学前": "preschool",
    "小学": "primary",
    "初中": "junior",
    "普高": "senior",
    "中职": "vocational",
    "高校": "college",
}
"""学段: Chinese → code. Only 小学 and 初中 are compulsory and enter the weekly report."""

STAGE_NAMES = {code: name for name, code in STAGES.items()}
PRIMARY, JUNIOR = "primary", "junior"
COMPULSORY = (PRIMARY, JUNIOR)
