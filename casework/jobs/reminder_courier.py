"""Hands the messages of one channel over, one after the other, each at most once (提醒投递)."""

import logging
import time
from uuid import uuid4

from casework.channels import Outcome, Outgoing, mail, robot, sms
from casework.channels.outcome import TAKEN, UNCERTAIN, refused, uncertain
from casework.domain.reminder_policy import EMAIL, ROBOT, SMS, ReminderPolicy
from casework.domain.reminders import FAILED, PLANNED, SENT, UNKNOWN, due_digest
from casework.domain.values import day_of
from casework.service import Casework, Reading
from casework.store import reminder_log
from casework.store.reminder_log import Handed
from casework.store.reminder_settings import contacts_of, secret_of

log = logging.getLogger(__name__)

_AT_A_TIME_S = 60.0


class Courier:
    """The hands of one channel in one process."""

    def __init__(self, casework: Casework, channel: str, out: Outgoing) -> None:
        self.channel = channel
        self._casework, self._out = casework, out
        self._engine = casework.store.engine
        self._owner = uuid4().hex

    def run(self) -> int:
        """Until nothing waits, the channel is out of order or a minute is over; how many were handed over."""
        began, handed = time.monotonic(), 0
        while time.monotonic() - began < _AT_A_TIME_S:
            with self._casework.reading() as reading:
                now, conn = reading.known_at, reading.snapshot.conn
                policy = reading.reference.reminders(day_of(now))
                # What is left of earlier digests waits while one is owed, which takes it in.
                owed = due_digest(policy, now, reminder_log.swept(conn, now))
            if policy.quiet.holds(now):
                break
            since = owed.instant if owed else None
            message = reminder_log.next_of(self._engine, self.channel, self._owner, since)
            if message is None:
                break
            handed += 1
            if self._hand_over(message, policy).broken:
                break
        return handed

    def _hand_over(self, message: Handed, policy: ReminderPolicy) -> Outcome:
        try:
            outcome = self._send(message)
        except Exception as fault:
            # Nobody knows how far it came: never sent again by itself.
            outcome = uncertain(f"程序出错（{type(fault).__name__}）")
            log.error("a message was handed over and %s failed: %s", self.channel, type(fault).__name__)
        self._settle(message, outcome, policy)
        return outcome

    def _settle(self, message: Handed, outcome: Outcome, policy: ReminderPolicy) -> None:
        state, wait = SENT, None
        if outcome.how == UNCERTAIN:
            state = UNKNOWN
        elif outcome.how != TAKEN:
            wait = None if outcome.for_good else policy.retry.wait(message.attempts)
            state = FAILED if wait is None else PLANNED
        reminder_log.settle(self._engine, message, self._owner, state, outcome.reason, wait)

    def _send(self, message: Handed) -> Outcome:
        with self._casework.reading() as reading:
            policy = reading.reference.reminders(day_of(reading.known_at))
            reach = self._reach(reading, message, policy)
        if isinstance(reach, Outcome):
            return reach
        address, secret = reach
        if self.channel == EMAIL and policy.email:
            return mail.send(policy.email, secret, to=address, subject=message.subject, text=message.text)
        if self.channel == SMS and policy.sms:
            return sms.send(self._out, policy.sms, secret, phone=address, text=message.text)
        if self.channel == ROBOT and policy.robots:
            return robot.send(self._out, secret, message.text)
        return refused("这个渠道已经停用", for_good=True)

    def _reach(self, reading: Reading, message: Handed, policy: ReminderPolicy) -> tuple[str, str] | Outcome:
        """Where it goes, and the secret it needs."""
        conn, keys = reading.snapshot.conn, self._casework.store.keys
        if self.channel == ROBOT:
            scheme, _, unit = message.recipient.partition(":")
            address = secret_of(conn, keys, unit, scheme)
            return ("", address) if address else refused("机器人地址已删除", for_good=True)
        contact = contacts_of(conn, keys, [message.recipient]).get(message.recipient)
        address = (contact.email if self.channel == EMAIL else contact.phone) if contact else ""
        if not address:
            return refused("地址已删除", for_good=True)
        secret = secret_of(conn, keys, "", self.channel)
        if not secret and self.channel in policy.secrets_needed():
            return refused("缺少渠道密钥，请在“提醒渠道”页面保存", broken=True)
        return address, secret
