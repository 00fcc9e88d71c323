"""Every route there is, with arguments that mean something."""

import re
from collections.abc import Iterator

from flask import Flask
from werkzeug.routing import Rule

from casework.web.access import action_of

_CHILD = "<string(length=32):child_id>"
_KINDS = {"kind": "roster", "code": "S1", "posting": "0" * 32}


def rules(app: Flask, method: str) -> list[Rule]:
    """The routes that take a method."""
    return [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]


def addresses(app: Flask, method: str, child_id: str, numbers: range = range(2, 6)) -> Iterator[str]:
    """Addresses about one child; numbered parts of a file with each number."""
    for rule in rules(app, method):
        path = rule.rule.replace(_CHILD, child_id)
        path = re.sub(r"<string\(length=32\):\w+>", "0" * 32, path)
        path = re.sub(r"<(\w+)>", lambda found: _KINDS.get(found[1], "1"), path)
        if "<int:" not in path:
            yield path
            continue
        yield from (re.sub(r"<int:\w+>", str(number), path) for number in numbers)


def action(app: Flask, rule: Rule) -> str:
    """What a route asks for."""
    return action_of(app.view_functions[rule.endpoint]) or ""
