"""What a village confirms of a child of school age (村里核对): four words, and which of them ask for more."""

AT_SCHOOL, AWAY, NOT_SEEN, UNKNOWN = "at_school", "away", "not_seen", "unknown"

CONFIRMATIONS = {AT_SCHOOL: "在校", AWAY: "外出", NOT_SEEN: "未见", UNKNOWN: "查无此人"}
"""Code → the word. 外出 names the place the child went to."""

WORTH_A_LEAD = frozenset({NOT_SEEN, UNKNOWN})
"""What should be looked into: the page offers 报告线索 at once."""
