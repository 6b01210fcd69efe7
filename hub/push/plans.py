"""What a push becomes: for each person an inbox entry, and a delivery per channel. Pure: no database, no waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from hub.push.preferences import Preference
from hub.push.quiet import open_at
from hub.push.settings import WorkerSettings
from hub.reading.templates import Rendered
from hub.store.deliveries import CHANNELS, Channel, Delivery, Lane
from hub.store.inbox import InboxDraft
from hub.store.outbox import StoredEvent
from hub.words.actors import App
from hub.words.contributions import MessageClass, MessageType, Persons, Push, Withdraw

NewId = Callable[[], str]

# Digests and notices: first to the live session, to WeChat only when no device has acknowledged them.
ESCALATING = frozenset({MessageClass.DIGEST, MessageClass.NOTICE})


@dataclass(frozen=True, slots=True)
class RenderedPush:
    """A push whose text is made and whose audience is known."""

    push: Push
    kind: MessageType
    plugin: str
    text: Rendered
    link: str | None
    data: Mapping[str, Any]
    persons: tuple[str, ...]

    @property
    def themselves(self) -> bool:
        """Whether it is about these very records, and not about who stands for them now."""
        return isinstance(self.push.to, Persons) and self.push.to.themselves

    def to(self, persons: Sequence[str]) -> RenderedPush:
        """This push for a part of its audience."""
        return RenderedPush(self.push, self.kind, self.plugin, self.text, self.link, self.data, tuple(persons))


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A withdraw, with the county's fact that it is about."""

    fact: str
    keep: tuple[str, ...]
    only: tuple[str, ...] | None
    reason: str


@dataclass(slots=True)
class Plan:
    """Everything that some events ask to be written."""

    accepted: dict[str, int] = field(default_factory=dict)
    drafts: list[InboxDraft] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    withdrawals: list[Withdrawal] = field(default_factory=list)


def fact_of(county: str | None, message: str, key: str) -> str:
    """What a message is about, within its county."""
    return f"{county or 'city'}|{message}|{key}"


def key_of(fact: str, person: str, channel: Channel) -> str:
    """The dedupe key: one person gets one message per fact and channel."""
    return f"{fact}|{person}|{channel}"


def withdrawal_of(event: StoredEvent, withdraw: Withdraw) -> Withdrawal:
    fact = fact_of(event.county, withdraw.message, withdraw.key)
    return Withdrawal(fact, withdraw.keep, withdraw.only, withdraw.reason)


class Planner:
    """Plans posts at one moment; remembers which keys it has given out, so that two triggers of a group push once.

    ``chosen``: how those want to hear who have said so.
    """

    def __init__(
        self,
        settings: WorkerSettings,
        now: datetime,
        new_id: NewId,
        taken: Iterable[str] = (),
        chosen: Mapping[tuple[str, App], Preference] = MappingProxyType({}),
    ) -> None:
        self._settings = settings
        self._now = now
        self._new_id = new_id
        self._taken = set(taken)
        self._chosen = chosen
        self.plan = Plan()

    def post(self, event: StoredEvent, post: RenderedPush) -> None:
        """Plan one push for all its persons."""
        # Counted from the audience, before anything is made of it: this is what the balance is checked against.
        accepted = len(post.persons) * len(CHANNELS)
        self.plan.accepted[event.id] = self.plan.accepted.get(event.id, 0) + accepted
        fact = fact_of(event.county, post.push.message, post.push.key)
        for person in post.persons:
            self._plan_one(event, post, fact, person)

    def _plan_one(self, event: StoredEvent, post: RenderedPush, fact: str, person: str) -> None:
        key = key_of(fact, person, "inbox")
        if key in self._taken:
            self._plan_duplicate(event, post, fact, person)
            return
        self._taken.add(key)
        entry = self._new_id()
        self.plan.drafts.append(_draft(event, post, person, entry, self._now))
        common = self._common(event, post, fact, person)
        self.plan.deliveries.append(
            Delivery(
                **common,
                id=entry,
                client_msg_id="",
                key=key,
                channel="inbox",
                state="delivered",
                entry=entry,
                settled_at=self._now,
            )
        )
        id = self._new_id()
        wechat = key_of(fact, person, "wechat")
        self.plan.deliveries.append(
            Delivery(
                **common,
                id=id,
                client_msg_id=id.replace("-", ""),
                key=wechat,
                channel="wechat",
                entry=entry,
                data=dict(post.data),
                link=post.link,
                bundle=f"{post.push.message}|{person}" if self._bundles(post) else None,
                **self._timing(post, person),
            )
        )

    def _bundles(self, post: RenderedPush) -> bool:
        """Whether what comes soon after it may be sent in the same message; never where the windows are cut to nothing."""
        return bool(post.kind.bundle and self._settings.longest_bundle) and not post.push.urgent

    def _timing(self, post: RenderedPush, person: str) -> dict[str, Any]:
        """When WeChat may have it, and why not now."""
        first = self._now
        reason = None
        if post.kind.message_class in ESCALATING and not post.push.urgent:
            first, reason = self._now + self._settings.escalate_after, "awaiting_ack"
        preference = self._chosen.get((person, post.kind.app))
        usual = self._settings.quiet_hours
        night = preference.night(usual) if preference else usual
        start = open_at(night, first, post.kind.app, post.push.urgent)
        if start > first:
            first, reason = start, "quiet_hours"
        if reason is None:
            return {"state": "pending", "next_at": first}
        return {"state": "held", "next_at": first, "reason": reason}

    def _plan_duplicate(self, event: StoredEvent, post: RenderedPush, fact: str, person: str) -> None:
        """It is told already: counted, and nothing more."""
        common = self._common(event, post, fact, person)
        for channel in CHANNELS:
            id = self._new_id()
            # Not the key itself, which is taken.
            key = f"{key_of(fact, person, channel)}#{id}"
            ended: dict[str, Any] = {"state": "suppressed", "reason": "duplicate", "settled_at": self._now}
            self.plan.deliveries.append(Delivery(**common, **ended, id=id, client_msg_id="", key=key, channel=channel))

    def _common(self, event: StoredEvent, post: RenderedPush, fact: str, person: str) -> dict[str, Any]:
        return {
            "event": event.id,
            "county": event.county,
            "place": event.place,
            "hour": event.at.replace(minute=0, second=0, microsecond=0),
            "plugin": post.plugin,
            "message": post.push.message,
            "code": post.kind.code,
            "fact": fact,
            "person": person,
            "app": post.kind.app,
            "message_class": post.kind.message_class.value,
            "lane": lane_of(post),
            "urgent": post.push.urgent,
            "created_at": self._now,
        }


def lane_of(post: RenderedPush) -> Lane:
    if post.push.bulk:
        return "bulk"
    if post.push.urgent:
        return "urgent"
    return "bulk" if post.kind.message_class in ESCALATING else "normal"


def held_in_window(delivery: Delivery, until: datetime) -> Delivery:
    """The delivery, waiting for the end of its bundle's window (or longer, when it must anyway)."""
    later = max(until, delivery.next_at or until)
    reason = delivery.reason or "bundled"
    return msgspec.structs.replace(delivery, state="held", next_at=later, reason=reason)


def _draft(event: StoredEvent, post: RenderedPush, person: str, id: str, now: datetime) -> InboxDraft:
    return InboxDraft(
        id=id,
        person=person,
        app=post.kind.app,
        county=event.county,
        message=post.push.message,
        code=post.kind.code,
        title=post.text.title,
        body=post.text.body,
        at=now,
        link=post.link,
        urgent=post.push.urgent,
    )
