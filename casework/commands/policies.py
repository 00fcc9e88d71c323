"""政策采用: adopting whole policy texts, and the shipped defaults as a county's first."""

from importlib.resources import files

from casework.domain.policy_book import PolicyBook, policy_id
from casework.domain.policy_documents import DOCUMENTS
from casework.domain.values import SINCE_EVER, Day
from casework.store.act import Act


def adopt_policy(act: Act, *, name: str, text: str, effective_from: Day) -> bool:
    """Adopts a text from a day on. False when that very text already holds from that day."""
    book = act.find(PolicyBook, policy_id(name)) or PolicyBook.open(name)
    adopted = book.adopt(text, effective_from)
    if adopted:
        act.save(book)
    return adopted


def adopt_defaults(act: Act) -> list[str]:
    """Adopts the shipped text of every document that has none yet; upgrading changes no county's rules."""
    adopted = []
    for name in DOCUMENTS:
        if act.find(PolicyBook, policy_id(name)) is None:
            text = (files("casework") / "policy" / f"{name}.toml").read_text(encoding="utf-8")
            adopt_policy(act, name=name, text=text, effective_from=SINCE_EVER)
            adopted.append(name)
    return adopted
