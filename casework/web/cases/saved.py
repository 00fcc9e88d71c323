"""What the case page says after an act: `?saved=` → the sentence. A capability adds its own."""

SAVED: dict[str, str] = {
    "aid": "资助已登记。",
    "aid-corrected": "更正已保存，改前改后的内容都留在过程里。",
    "aid-reversed": "已冲销，不再计入金额，记录仍留在过程里。",
    "status": "状态已登记。",
    "status-corrected": "更正已保存，改前改后的内容都留在过程里。",
    "status-voided": "已作废，记录仍留在过程里。",
    "absence": "缺勤已登记。",
    "absence-ended": "返校已登记。",
    "absence-corrected": "更正已保存，改前改后的内容都留在过程里。",
    "absence-voided": "已作废，记录仍留在过程里。",
    "report-voided": "报告表已作废，记录仍留在过程里。",
    "decision": "法律措施决定已登记。",
    "decision-corrected": "更正已保存，改前改后的内容都留在过程里。",
    "decision-voided": "已作废，记录仍留在过程里。",
    "excused": "已免办，理由留在过程里。",
    "demanded": "免办已撤销，这一项仍要办。",
    "check": "到校检查已登记。",
    "away": "到校检查已登记：不在校。请联系家长，并按实际情况登记缺勤或状态。",
    "check-corrected": "更正已保存，改前改后的内容都留在过程里。",
    "check-voided": "已作废，记录仍留在过程里。",
}
