"""Which post may do what, as the county reads it: by action, not by post as the program keeps it."""

_OFFICES = "局长 副局长 基教股"
_SCHOOL = "校长 学籍管理员"
_TOWNSHIP = "镇长 乡镇分管领导 乡镇干部"
_FIELD = "班主任 任课教师 包片教师 帮扶责任人"
_DESKS = f"{_OFFICES} 资助中心 特教专干 学区 {_SCHOOL} 资助专干"

MAY = {
    "home": f"{_DESKS} {_TOWNSHIP} 县长 包片领导 督导 系统管理员 {_FIELD} 村长 村支书 代理家长",
    # reading
    "read_report": f"{_DESKS} {_TOWNSHIP} 县长 督导",
    "read_children": f"{_DESKS} {_TOWNSHIP} 县长 督导",
    "read_board": f"{_DESKS} {_TOWNSHIP} 县长 督导 包片领导",
    "read_letters": f"{_DESKS} {_TOWNSHIP} 县长 督导",
    "search": f"{_DESKS} {_TOWNSHIP} 县长 包片领导",
    "read_students": f"{_SCHOOL} 包片领导 {_FIELD}",
    "read_case": f"{_DESKS} {_TOWNSHIP} 县长 督导 包片领导 {_FIELD} 村长 村支书",
    "reveal": f"{_DESKS} {_TOWNSHIP} 县长 {_FIELD}",
    "export": f"{_DESKS} {_TOWNSHIP} 县长",
    "read_log": f"{_OFFICES} 校长",
    "read_chain": f"{_OFFICES} 县长 督导 学区 校长 班主任 镇长 乡镇分管领导 村长",
    "read_duties": f"{_OFFICES} 县长 资助中心 校长 班主任 镇长 乡镇分管领导 村长 村支书 帮扶责任人",
    # work with children
    "record_visit": f"{_DESKS} {_TOWNSHIP} 包片领导 {_FIELD} 村长 村支书",
    "confirm_child": "村长 村支书",
    "give_lead": "村长 村支书",
    "record_absence": f"{_OFFICES} 学区 {_SCHOOL} 班主任",
    "record_status": f"{_OFFICES} 特教专干 学区 {_SCHOOL} {_TOWNSHIP}",
    "approve_status": f"{_OFFICES} 特教专干 镇长 乡镇分管领导",
    "record_check": f"{_OFFICES} 学区 {_SCHOOL} 班主任 {_TOWNSHIP}",
    "record_session": f"{_OFFICES} 特教专干 学区 {_SCHOOL} 班主任 任课教师",
    "issue_letter": f"{_OFFICES} 学区 {_SCHOOL} {_TOWNSHIP}",
    "serve_letter": f"{_OFFICES} 学区 {_SCHOOL} 班主任 {_TOWNSHIP}",
    "record_decision": _OFFICES,
    "transfer": f"{_OFFICES} 学区 {_SCHOOL}",
    "record_aid": f"{_OFFICES} 资助中心 学区 {_SCHOOL} 资助专干",
    "school_year": f"{_OFFICES} 学区 {_SCHOOL}",
    # duties
    "excuse_duty": "县长 局长 校长 镇长",
    "complete_duty": f"{_OFFICES} 县长 资助中心 {_SCHOOL} 资助专干 镇长",
    # setting up
    "import": f"{_DESKS} 系统管理员",
    "import_units": f"{_OFFICES} 系统管理员",
    "import_ledgers": _DESKS,
    "manage_accounts": f"{_OFFICES} 系统管理员 学区 {_SCHOOL}",
    "manage_units": f"{_OFFICES} 系统管理员",
    "manage_postings": f"{_OFFICES} 系统管理员 学区 {_SCHOOL}",
    "watch_system": f"{_OFFICES} 系统管理员",
    "manage_reminders": f"{_OFFICES} {_SCHOOL}",
    "manage_system_channels": _OFFICES,
    "manage_calendar": _OFFICES,
}

SEES = {
    "unit": f"{_DESKS} {_TOWNSHIP} 县长 督导 村长 村支书",
    "class": "班主任 任课教师",
    "area": "包片教师 包片领导",
    "child": "帮扶责任人",
}
NOBODY = "系统管理员 代理家长"
"""They see no child at all."""
