"""政策采用: adopting whole policy texts, and the shipped defaults as a county's first."""

from importlib.resources import files

from casework.domain.duty_policy import DutyPolicy
from casework.domain.policy_book import PolicyBook, policy_id
from casework.domain.policy_documents import DOCUMENTS, parse
from casework.domain.reminder_policy import ReminderPolicy
from casework.domain.values import SINCE_EVER, Day
from casework.errors import BadInput
from casework.projections.reference import adoptions_of
from casework.store.act import Act
from casework.store.reminder_settings import secrets_told


def adopt_policy(act: Act, *, name: str, text: str, effective_from: Day) -> bool:
    """Adopts a text from a day on. False when that very text already holds from that day."""
    if name == "reminders":
        _check_reminders(act, text)
    book = act.find(PolicyBook, policy_id(name)) or PolicyBook.open(name)
    adopted = book.adopt(text, effective_from)
    if adopted:
        act.save(book)
    return adopted


def _check_reminders(act: Act, text: str) -> None:
    """Refuses reminders of rules and roles that there are not, or by channels whose secret is missing."""
    document = parse("reminders", text)
    assert isinstance(document, ReminderPolicy)
    adopted = adoptions_of(act.conn, act.id)
    held = [each.document for each in adopted if isinstance(each.document, DutyPolicy)]
    if not held:  # a county's very first policies, of which this is one
        return
    rules = {rule.name for policy in held for rule in policy.rules}
    rules |= {rule.name for policy in held for rule in policy.unit_rules}
    roles = {role.name: None for policy in held for role in policy.roles}
    fault = document.check_against(rules, roles, {name for _, name in secrets_told(act.conn, [""])})
    if fault:
        raise BadInput(f"政策文件 reminders 有误：{fault}")


def adopt_defaults(act: Act) -> list[str]:
    """Adopts the shipped text of every document that has none yet; upgrading changes no county's rules."""
    adopted = []
    for name in DOCUMENTS:
        if act.find(PolicyBook, policy_id(name)) is None:
            text = (files("casework") / "policy" / f"{name}.toml").read_text(encoding="utf-8")
            adopt_policy(act, name=name, text=text, effective_from=SINCE_EVER)
            adopted.append(name)
    return adopted
