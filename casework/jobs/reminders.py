"""提醒 as jobs: plan each digest when it is owed; hand the messages of each channel over, channel by channel.

Planning reads what is pending and writes one row a message; a row that is there is not written again, so
a digest planned twice, or half before a crash, is one digest. Each channel has a job of its own: one that
is out of order keeps no other waiting.
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from casework.channels import Outgoing
from casework.domain.reminder_policy import EMAIL, IN_APP, ROBOT, SMS, ReminderPolicy
from casework.domain.reminders import (
    PLANNED,
    SENT,
    SUPPRESSED,
    DueDigest,
    due_digest,
    reminder_key,
    words,
)
from casework.domain.values import day_of
from casework.jobs.job import SETTLING, Job
from casework.jobs.reminder_courier import Courier
from casework.projections.reminder_people import Tellings, Told, tellings
from casework.service import Casework, Reading
from casework.store import reminder_log, reminder_settings
from casework.store.clock import micros
from casework.store.reminder_settings import Contact

log = logging.getLogger(__name__)

LOOK_EVERY, SEND_EVERY = timedelta(seconds=20), timedelta(seconds=5)
_NO_WAY = {EMAIL: ("没有登记邮箱", "本人关闭了邮件提醒"), SMS: ("没有登记手机号", "本人关闭了短信提醒")}
DUTIES = "/duties"


def jobs(
    casework: Casework,
    out: Outgoing | None = None,
    *,
    look_every: timedelta = LOOK_EVERY,
    send_every: timedelta = SEND_EVERY,
    first: timedelta = SETTLING,
) -> list[Job]:
    """All that reminders need done by the clock."""
    way = out or Outgoing()
    couriers = [Courier(casework, channel, way) for channel in (EMAIL, ROBOT, SMS)]
    return [
        Job("reminders", look_every, partial(look, casework), first),
        Job("reminders-lost", send_every, partial(reminder_log.give_up_old, casework.store.engine), first),
        *(Job(f"reminders-{courier.channel}", send_every, courier.run, first) for courier in couriers),
    ]


def look(casework: Casework) -> int:
    """Plans the digest that is owed, if one is; how many messages were added."""
    engine = casework.store.engine
    with casework.reading() as reading:
        now = reading.known_at
        policy = reading.reference.reminders(day_of(now))
        owed = due_digest(policy, now, reminder_log.swept(reading.snapshot.conn, now))
        if owed is None:
            return 0
        added = reminder_log.plan(engine, _rows(casework, reading, policy, owed))
    reminder_log.supersede(engine, owed.instant)
    reminder_log.note_swept(engine, owed.instant, now)
    reminder_log.forget_before(engine, now - timedelta(days=policy.keep_days))
    log.info("planned the digest of %s: %s messages", owed.instant.isoformat(), added)
    return added


def _rows(
    casework: Casework, reading: Reading, policy: ReminderPolicy, owed: DueDigest
) -> Iterator[dict[str, Any]]:
    snapshot, reference, now = reading.snapshot, reading.reference, reading.known_at
    robots = reminder_settings.robots(snapshot.conn) if policy.robots else {}
    told = tellings(snapshot, reference, policy, owed.digest.name, day_of(now), robots)
    contacts = reminder_settings.contacts_of(snapshot.conn, casework.store.keys, told.people)
    writer = _Writer(reading, policy, owed, now)
    for login, person in told.people.items():
        yield from writer.to_person(login, person, contacts.get(login, Contact()))
    yield from _to_groups(writer, told, robots, policy)


def _to_groups(
    writer: "_Writer", told: Tellings, robots: Mapping[str, Sequence[str]], policy: ReminderPolicy
) -> Iterator[dict[str, Any]]:
    for unit, counts in told.units.items():
        for scheme in robots[unit]:
            if scheme in policy.robots:
                yield from writer.to_group(unit, scheme, counts)


class _Writer:
    """Writes the rows of one digest."""

    def __init__(self, reading: Reading, policy: ReminderPolicy, owed: DueDigest, now: datetime) -> None:
        self._units, self._policy, self._owed, self._now = reading.reference.units, policy, owed, now
        self._day = day_of(now)

    def to_person(self, login: str, person: Told, contact: Contact) -> Iterator[dict[str, Any]]:
        """In the application always; by e-mail and SMS as policy and person have it."""
        who = {"recipient": login, "name": person.name, "post": person.post, "unit": person.unit}
        ways = {EMAIL: (contact.email, contact.by_email), SMS: (contact.phone, contact.by_sms)}
        row = self._row(IN_APP, who, person.counts)
        if row:
            yield row | {"state": SENT, "ended_us": micros(self._now)}
        for channel, (address, wanted) in ways.items():
            row = self._row(channel, who, person.counts)
            if row:
                missing, closed = _NO_WAY[channel]
                reason = "" if address and wanted else closed if address else missing
                yield row | ({"state": SUPPRESSED, "reason": reason} if reason else {})

    def to_group(self, unit: str, scheme: str, counts: Mapping[str, int]) -> Iterator[dict[str, Any]]:
        """To a unit's group robot, about the unit's own duties."""
        name = self._units.name(unit)
        who = {"recipient": f"{scheme}:{unit}", "name": name, "post": "", "unit": unit}
        row = self._row(ROBOT, who, counts, unit=name)
        if row:
            yield row

    def _row(
        self, channel: str, who: Mapping[str, str], counts: Mapping[str, int], *, unit: str = ""
    ) -> dict[str, Any] | None:
        """One message; None when the channel is told of none of these kinds."""
        digest = self._owed.digest.name
        kinds = [
            kind
            for kind in self._policy.kinds
            if digest in kind.digests and (channel in kind.channels or channel == IN_APP)
        ]
        why = {kind.name: counts[kind.name] for kind in kinds if counts.get(kind.name)}
        if not why:
            return None
        link = f"{self._policy.link.rstrip('/')}{DUTIES}" if self._policy.link and channel != IN_APP else ""
        said = words(digest, self._day, why, unit=unit, link=link)
        return {
            **who,
            "key": reminder_key(who["recipient"], channel, self._owed.instant, self._policy.version),
            "county": self._units.county_of(who["unit"]),
            "channel": channel,
            "instant_us": micros(self._owed.instant),
            "digest": digest,
            "version": self._policy.version,
            "why": json.dumps(why, ensure_ascii=False),
            "subject": said.subject,
            "text": said.text,
            "state": PLANNED,
            "planned_us": micros(self._now),
        }
