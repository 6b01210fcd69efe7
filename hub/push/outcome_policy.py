"""What becomes of a message after a call, as a table over WeChat's error classes. Pure: the worker carries it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from types import MappingProxyType
from typing import Any

from hub.push.credits import Use
from hub.push.messages import Message
from hub.push.routing import Route
from hub.push.settings import WorkerSettings
from hub.store.deliveries import TraceLine
from hub.wechat.errors import ErrorKind, quota_returns_at
from hub.wechat.outcomes import Outcome, Refused, Sent, UnknownOutcome

# These are about one template; every other CONFIG code stops the whole account.
ABOUT_TEMPLATE = frozenset({40037, 40036, 43107, 43116, 41030, 40165})
# The one code that says that the person has left; the others may end by themselves.
NO_FOLLOWER = 43004
LONGEST_DOUBT_PAUSE = timedelta(minutes=2)
# Why a message waited → what it waits for after an odd answer; None: the account is stopped (again).
ODD: Mapping[str | None, str | None] = MappingProxyType(
    {"odd_answer": "odd_again", "odd_again": None, "wechat_config": None, "paused": None}
)


@dataclass(frozen=True, slots=True)
class Alarm:
    """For the operations staff: ``cause`` in English, ``detail`` in Chinese."""

    cause: str
    detail: str
    # Of the message's county; an account's trouble is the city's.
    in_county: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """An account (``template`` None) or a template must rest."""

    template: str | None
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """The deliveries' new fields and trace line, and what else follows. ``reached``: somebody answered."""

    fields: Mapping[str, Any]
    step: TraceLine
    credit: Use
    reached: bool = True
    stop: Stop | None = None
    alarm: Alarm | None = None
    left: bool = False


@dataclass(frozen=True, slots=True)
class OutcomePolicy:
    """Turns outcomes into judgements. ``random`` spreads the retries."""

    settings: WorkerSettings
    random: Random = field(repr=False)

    def after(self, message: Message, route: Route, outcome: Outcome, now: datetime) -> Judgement:
        """What becomes of the message after this call."""
        if isinstance(outcome, Sent):
            return self._sent(message, outcome, now)
        if isinstance(outcome, UnknownOutcome):
            return self._doubt(message, outcome, now)
        return _AFTER_REFUSAL[outcome.kind](self, message, route, outcome, now)

    def no_route(self, message: Message, reason: str, now: datetime) -> tuple[Mapping[str, Any], TraceLine]:
        """It cannot be sent by WeChat; the inbox has it."""
        if message.in_doubt:
            reason, state = "outcome_unknown", "failed"
        else:
            state = "suppressed"
        return _ended(state, reason, now), TraceLine(at=now, what=reason)

    def no_credit(self, message: Message, route: Route, now: datetime) -> tuple[Mapping[str, Any], TraceLine]:
        """The mini program may not write to them: the official account does, where it can."""
        if not route.spare or message.in_doubt:
            return self.no_route(message, "no_credit", now)
        return _without(message, route, now, "no_credit"), TraceLine(at=now, what="no_credit")

    def too_old(self, message: Message, now: datetime) -> bool:
        first = message.first
        return now - (first.revived_at or first.created_at) > self.settings.classes.of(first.message_class).max_age

    def dead(self, message: Message, now: datetime) -> tuple[Mapping[str, Any], TraceLine]:
        """Tried for as long as its class says."""
        return _ended("dead", message.first.reason or "too_old", now), TraceLine(at=now, what="dead")

    # --- by outcome ----------------------------------------------------------------------------------------------------

    def _sent(self, message: Message, sent: Sent, now: datetime) -> Judgement:
        fields = {
            "state": "sent",
            "reason": None,
            "msgid": sent.msgid or None,
            "next_at": now + self.settings.confirm_within,
            "intent_at": None,
            "settled_at": now,
        }
        note = f"mended {sent.mended.errcode}" if sent.mended else None
        return Judgement(fields, TraceLine(at=now, what="sent", note=note), "used")

    def _doubt(self, message: Message, doubt: UnknownOutcome, now: datetime) -> Judgement:
        pause = min(self.settings.doubt_pause * 2**message.first.doubts, LONGEST_DOUBT_PAUSE)
        # The intent stays recorded: whoever takes it next knows that it may be on the phone already.
        fields = {
            "state": "pending",
            "reason": "doubt",
            "doubts": message.first.doubts + 1,
            "next_at": self._later(now, pause),
        }
        return Judgement(fields, TraceLine(at=now, what="doubt", note=doubt.reason), "used", reached=False)

    def _wait(self, message: Message, route: Route, refused: Refused, now: datetime) -> Judgement:
        pause = refused.verdict.wait_after(message.first.attempts + 1) or timedelta(seconds=30)
        what = "busy" if refused.errcode is not None else "not_reached"
        fields = _again(message, self._later(now, pause), what)
        alarm = _alarm(route, refused) if refused.verdict.alert else None
        return Judgement(
            fields, _step(now, what, refused), "returned", reached=refused.errcode is not None, alarm=alarm
        )

    def _person(self, message: Message, route: Route, refused: Refused, now: datetime) -> Judgement:
        """By this account they cannot be reached: the next look for a route leaves it out."""
        if message.in_doubt:
            return self._never_known(message, refused, now)
        fields = _without(message, route, now, "refused")
        return Judgement(fields, _step(now, "refused_person", refused), "returned", left=refused.errcode == NO_FOLLOWER)

    def _no_credit(self, message: Message, route: Route, refused: Refused, now: datetime) -> Judgement:
        if route.via == "oa":
            return self._person(message, route, refused, now)
        if message.in_doubt:
            return self._never_known(message, refused, now)
        fields, _ = self.no_credit(message, route, now)
        return Judgement(fields, _step(now, "no_credit", refused), "empty")

    def _configuration(self, message: Message, route: Route, refused: Refused, now: datetime) -> Judgement:
        template = route.template if refused.errcode in ABOUT_TEMPLATE else None
        until = now + self.settings.configuration_pause
        fields = _again(message, until, "wechat_config")
        stop = Stop(template, until, refused.verdict.note if refused.errcode is None else f"errcode {refused.errcode}")
        return Judgement(
            fields, _step(now, "wechat_config", refused), "returned", stop=stop, alarm=_alarm(route, refused)
        )

    def _odd(self, message: Message, route: Route, refused: Refused, now: datetime) -> Judgement:
        """Tried again, twice; only what goes on is somebody's task, and then it stops the account."""
        reason = ODD.get(message.first.reason, "odd_answer")
        if reason is None:
            return self._configuration(message, route, refused, now)
        pause = refused.verdict.wait_after(1 if reason == "odd_answer" else 2) or timedelta(seconds=30)
        fields = _again(message, self._later(now, pause), reason)
        return Judgement(fields, _step(now, reason, refused), "returned")

    def _quota(self, message: Message, route: Route, refused: Refused, now: datetime) -> Judgement:
        until = quota_returns_at(now)
        stop = Stop(None, until, "quota")
        return Judgement(
            _again(message, until, "quota"),
            _step(now, "quota", refused),
            "returned",
            stop=stop,
            alarm=quota_alarm(route.wechat.account.name),
        )

    def _never_known(self, message: Message, refused: Refused, now: datetime) -> Judgement:
        """Refused now, yet an earlier call may have got through: no other way is tried."""
        return Judgement(_ended("failed", "outcome_unknown", now), _step(now, "outcome_unknown", refused), "empty")

    def _drop(self, message: Message, route: Route, refused: Refused, now: datetime) -> Judgement:
        reason = f"refused_{refused.errcode}"
        alarm = _alarm(route, refused) if refused.verdict.alert else None
        return Judgement(_ended("failed", reason, now), _step(now, "refused_content", refused), "returned", alarm=alarm)

    def _done(self, message: Message, route: Route, refused: Refused, now: datetime) -> Judgement:
        return self._sent(message, Sent(""), now)

    def _unknown(self, message: Message, route: Route, refused: Refused, now: datetime) -> Judgement:
        return self._doubt(message, UnknownOutcome("refused in doubt"), now)

    def _later(self, now: datetime, pause: timedelta) -> datetime:
        # Spread out, so that what failed together does not come back together.
        return now + pause * self.random.uniform(1.0, 1.5)


_AFTER_REFUSAL: Mapping[ErrorKind, Callable[[OutcomePolicy, Message, Route, Refused, datetime], Judgement]] = (
    MappingProxyType(
        {
            ErrorKind.TOKEN: OutcomePolicy._wait,
            ErrorKind.WAIT: OutcomePolicy._wait,
            ErrorKind.USER: OutcomePolicy._person,
            ErrorKind.USER_TEMPLATE: OutcomePolicy._no_credit,
            ErrorKind.CONFIG: OutcomePolicy._configuration,
            ErrorKind.ODD: OutcomePolicy._odd,
            ErrorKind.QUOTA: OutcomePolicy._quota,
            ErrorKind.DROP: OutcomePolicy._drop,
            ErrorKind.DONE: OutcomePolicy._done,
            ErrorKind.DOUBT: OutcomePolicy._unknown,
        }
    )
)


def quota_alarm(account: str) -> Alarm:
    return Alarm(
        f"quota:{account}", f"微信账号“{account}”今天的发送额度已用完，消息保留到明天零点后自动续发；站内信不受影响。"
    )


def dead_alarm(message: Message) -> Alarm:
    first = message.first
    detail = f"{first.code} 消息（{first.message}）多次发送失败，已停止重试。请在操作台“消息投递”中查看原因并重新发送。"
    return Alarm(f"dead_letters:{first.message}", detail, in_county=True)


def _alarm(route: Route, refused: Refused) -> Alarm:
    name = route.wechat.account.name
    what = "异常应答" if refused.errcode is None else f"错误 {refused.errcode}"
    detail = f"微信账号“{name}”返回{what}：{refused.verdict.note}。相关消息已保留，修复后自动补发。"
    return Alarm(f"wechat_config:{name}:{refused.errcode or 'odd'}", detail)


def _without(message: Message, route: Route, now: datetime, reason: str) -> dict[str, Any]:
    """Tried again at once, by another account."""
    return {**_again(message, now, reason), "refused_by": [*message.first.refused_by, route.account]}


def _again(message: Message, at: datetime, reason: str) -> dict[str, Any]:
    """It was not sent by this call. Unless an earlier one is in doubt it may be sent anew, by any route."""
    again = {"state": "pending", "reason": reason, "next_at": at}
    if message.in_doubt:
        return {**again, "repeats": message.first.repeats}
    return {**again, **dict.fromkeys(("intent_at", "first_intent_at", "via", "account"))}


def _ended(state: str, reason: str, now: datetime) -> dict[str, Any]:
    return {"state": state, "reason": reason, "next_at": None, "intent_at": None, "settled_at": now}


def _step(now: datetime, what: str, refused: Refused) -> TraceLine:
    return TraceLine(at=now, what=what, errcode=refused.errcode, rid=refused.rid or None, note=refused.verdict.note)
