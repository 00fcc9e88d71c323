"""短信: one JSON posted to the county's gateway, as the policy writes it."""

import hmac
import json
from urllib.parse import urlsplit

from casework.channels.outcome import Outcome, refused, taken
from casework.channels.outgoing import Outgoing
from casework.domain.reminder_policy import Sms


def send(out: Outgoing, gateway: Sms, key: str, *, phone: str, text: str) -> Outcome:
    """Hands one message over; the key travels in a header, or signs the body and stays here."""
    fields = {
        name: value.replace("{phone}", phone).replace("{text}", text)
        for name, value in gateway.fields.items()
    }
    body = json.dumps(fields, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if gateway.signature_header:
        headers[gateway.signature_header] = hmac.digest(key.encode(), body, "sha256").hex()
    else:
        headers[gateway.key_header] = gateway.key_value.replace("{key}", key)
    reply = out.post(gateway.url, body, headers, host=urlsplit(gateway.url).hostname or "")
    if isinstance(reply, Outcome):
        return reply
    if gateway.answer_key:
        said = str(reply.json().get(gateway.answer_key, ""))
        if said != gateway.answer:
            return refused(f"短信网关没有收下（{gateway.answer_key}：{said[:20]}）")
    return taken()
