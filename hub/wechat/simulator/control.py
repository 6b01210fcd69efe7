"""The second face, `/_control/…`: JSON verbs that play the people and the weather."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, TypeVar

import msgspec

from hub.wechat.simulator.accounts import StandInAccount
from hub.wechat.simulator.api import emit_list
from hub.wechat.simulator.codes import Code, CodeKind
from hub.wechat.simulator.people import Contact
from hub.wechat.simulator.refusal import Refusal
from hub.wechat.simulator.weather import Fault
from hub.wechat.simulator.world import Account, World

T = TypeVar("T", bound=msgspec.Struct)
Answer: TypeAlias = dict[str, Any]

_MOST_MESSAGES = 10_000


class BadControl(Exception):
    """A control call that makes no sense; the text says why."""


# --- what the calls take -------------------------------------------------------------------------------------------


class NewPerson(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody with a phone. ``openids`` fixes openids by appid; the person is made known at ``appids`` (or at all
    accounts), follows the official accounts among them when ``follows``, and has ``credits`` by template id."""

    person: str
    appids: tuple[str, ...] | None = None
    openids: Mapping[str, str] = {}
    unionid: str | None = None
    phone: str = "13800000000"
    follows: bool = False
    credits: Mapping[str, int] = {}


class NewPeople(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    people: tuple[NewPerson, ...]


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """A contact: by openid, or by person (made known at their first visit)."""

    appid: str
    openid: str | None = None
    person: str | None = None


class NewCode(Who, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: CodeKind = "login"
    scope: Literal["snsapi_base", "snsapi_userinfo"] = "snsapi_base"
    snapshot: bool = False


class Follow(Who, frozen=True, kw_only=True, forbid_unknown_fields=True):
    follows: bool


class Popup(Who, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the person tapped in the subscribe popup, or (``change``) switched in the settings, by template id."""

    choices: Mapping[str, Literal["accept", "reject"]]


class Credits(Who, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Set the credits without an event, as if the event had been lost."""

    credits: Mapping[str, int]


class Standing(Who, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``finish``: success, `failed:user block`, `failed: system failed`, `failed:freq limit`."""

    blacklisted: bool | None = None
    frozen: bool | None = None
    finish: str | None = None


class AnyEvent(Who, frozen=True, kw_only=True, forbid_unknown_fields=True):
    event: str
    fields: Mapping[str, Any] = {}


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    faults: tuple[Fault, ...]


class Sky(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``latency`` of every answer in seconds; ``outage``: connections refused, or 503 for everything."""

    latency: float | None = None
    outage: Literal["refuse", "503", "none"] | None = None


class CallbackManners(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How callbacks come: twice (``copies``), late (``delay`` seconds), or not before they are released (``hold``)."""

    copies: int | None = None
    delay: float | None = None
    hold: bool | None = None


class QuotaLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    appid: str
    path: str
    limit: int


class ClockOffset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Set the offset to the machine's clock, or move by ``advance``; seconds."""

    offset: float | None = None
    advance: float | None = None


class ByAppid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    appid: str


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    words: tuple[str, ...]


class MessageQuery(msgspec.Struct, frozen=True):
    """Messages with a number above ``after``; waits up to ``wait`` seconds for the first."""

    openid: str | None = None
    after: int = 0
    limit: int = 1000
    wait: float = 0.0


# --- what they do --------------------------------------------------------------------------------------------------


def _add_account(world: World, body: bytes) -> Answer:
    world.open_account(_read(body, StandInAccount))
    return {}


def _add_people(world: World, body: bytes) -> Answer:
    return {"people": [_add_person(world, each) for each in _read(body, NewPeople).people]}


def _add_person(world: World, new: NewPerson) -> Answer:
    accounts = [world.account(appid) for appid in new.appids] if new.appids is not None else list(world.accounts())
    openids = {}
    for account in accounts:
        appid = account.setup.appid
        contact = world.people.add(appid, new.person, new.openids.get(appid), new.unionid)
        contact.phone = new.phone
        contact.follows = new.follows and account.setup.kind == "oa"
        contact.credits.update({key: new.credits[key] for key in new.credits if key in account.setup.templates})
        openids[appid] = contact.openid
    return {"person": new.person, "openids": openids}


def _mint_code(world: World, body: bytes) -> Answer:
    wanted = _read(body, NewCode)
    _, contact = _found(world, wanted)
    code = Code(wanted.kind, contact, world.now(), wanted.scope, wanted.snapshot)
    return {"code": world.codes.mint(code), "openid": contact.openid}


def _follow(world: World, body: bytes) -> Answer:
    wanted = _read(body, Follow)
    account, contact = _found(world, wanted)
    contact.follows = wanted.follows
    world.events.emit(account.setup, contact.openid, "subscribe" if wanted.follows else "unsubscribe", EventKey="")
    return {"openid": contact.openid}


def _popup(world: World, body: bytes) -> Answer:
    wanted = _read(body, Popup)
    account, contact = _found(world, wanted)
    for template_id, choice in wanted.choices.items():
        contact.credits[template_id] += choice == "accept"
    _emit_choices(world, account, contact, "subscribe_msg_popup_event", wanted.choices)
    return {"openid": contact.openid, "credits": dict(contact.credits)}


def _change(world: World, body: bytes) -> Answer:
    wanted = _read(body, Popup)
    account, contact = _found(world, wanted)
    for template_id, choice in wanted.choices.items():
        if choice == "reject":
            contact.credits[template_id] = 0
    _emit_choices(world, account, contact, "subscribe_msg_change_event", wanted.choices)
    return {"openid": contact.openid, "credits": dict(contact.credits)}


def _emit_choices(world: World, account: Account, contact: Contact, event: str, choices: Mapping[str, str]) -> None:
    items = [
        {"TemplateId": template_id, "SubscribeStatusString": choice, "PopupScene": "0"}
        for template_id, choice in choices.items()
    ]
    emit_list(world, account, contact.openid, event, *items)


def _set_credits(world: World, body: bytes) -> Answer:
    wanted = _read(body, Credits)
    _, contact = _found(world, wanted)
    # A Counter's update would add.
    for template_id, credits in wanted.credits.items():
        contact.credits[template_id] = credits
    return {"openid": contact.openid, "credits": dict(contact.credits)}


def _set_standing(world: World, body: bytes) -> Answer:
    wanted = _read(body, Standing)
    _, contact = _found(world, wanted)
    if wanted.blacklisted is not None:
        contact.is_blacklisted = wanted.blacklisted
    if wanted.frozen is not None:
        contact.is_frozen = wanted.frozen
    if wanted.finish is not None:
        contact.finish = wanted.finish
    return {"openid": contact.openid}


def _revoke(world: World, body: bytes) -> Answer:
    account, contact = _found(world, _read(body, Who))
    revoked = {"OpenID": contact.openid, "AppID": account.setup.appid, "RevokeInfo": "1"}
    world.events.emit(account.setup, contact.openid, "user_authorization_revoke", **revoked)
    return {"openid": contact.openid}


def _emit_any(world: World, body: bytes) -> Answer:
    wanted = _read(body, AnyEvent)
    account, contact = _found(world, wanted)
    world.events.emit(account.setup, contact.openid, wanted.event, **wanted.fields)
    return {"openid": contact.openid}


def _add_faults(world: World, body: bytes) -> Answer:
    world.weather.faults.extend(_read(body, Faults).faults)
    return {"faults": msgspec.to_builtins(world.weather.faults)}


def _clear_faults(world: World, _: bytes) -> Answer:
    world.weather.faults.clear()
    return {}


def _set_callbacks(world: World, body: bytes) -> Answer:
    wanted = _read(body, CallbackManners)
    if wanted.copies is not None:
        world.events.copies = wanted.copies
    if wanted.delay is not None:
        world.events.delay = wanted.delay
    if wanted.hold is not None:
        (world.events.hold if wanted.hold else world.events.release)()
    return {}


def _set_quota(world: World, body: bytes) -> Answer:
    wanted = _read(body, QuotaLimit)
    world.account(wanted.appid).quotas.limits[wanted.path] = wanted.limit
    return {}


def _set_clock(world: World, body: bytes) -> Answer:
    wanted = _read(body, ClockOffset)
    if wanted.offset is not None:
        world.clock.offset = timedelta(seconds=wanted.offset)
    if wanted.advance is not None:
        world.clock.offset += timedelta(seconds=wanted.advance)
    return {"now": world.now().isoformat(), "offset": world.clock.offset.total_seconds()}


def _kill_tokens(world: World, body: bytes) -> Answer:
    world.account(_read(body, ByAppid).appid).tokens.kill_all()
    return {}


def _set_risky_words(world: World, body: bytes) -> Answer:
    world.risky_words = _read(body, Words).words
    return {}


def _clear_messages(world: World, _: bytes) -> Answer:
    world.phones.clear()
    return {"seq": world.phones.seq}


def counters(world: World) -> Answer:
    """Calls by path and errcode, callbacks by fate, messages shown."""
    return {
        "calls": dict(world.calls),
        "callbacks": {**world.events.counts, "waiting": world.events.waiting},
        "messages": world.phones.seq,
        "in_flight": world.in_flight,
    }


def people(world: World) -> Answer:
    """Everybody at every account."""
    return {
        "people": [
            msgspec.to_builtins(contact)
            for account in world.accounts()
            for contact in world.people.all_of(account.setup.appid)
        ]
    }


async def messages(world: World, query: MessageQuery) -> Answer:
    """The messages on the phones; ``next`` is what to give as ``after`` the next time."""
    found = _messages(world, query)
    if not found and query.wait > 0:
        await world.phones.wait(min(query.wait, 60.0))
        found = _messages(world, query)
    return {"messages": found, "next": found[-1]["seq"] if found else query.after}


def _messages(world: World, query: MessageQuery) -> list[Answer]:
    limit = min(query.limit, _MOST_MESSAGES)
    shown = world.phones.messages(query.openid, query.after)
    return [message.as_json() for message, _ in zip(shown, range(limit), strict=False)]


def act(world: World, method: str, path: str, body: bytes) -> Answer:
    """Do what ``method /_control/path`` says. Raises :class:`BadControl`, or :class:`Refusal` for an unknown appid."""
    verb = VERBS.get((method, path))
    if verb is None:
        raise BadControl(f"no such control: {method} {path}; there are {', '.join(sorted(p for _, p in VERBS))}")
    return verb(world, body)


def _found(world: World, who: Who) -> tuple[Account, Contact]:
    account = world.account(who.appid)
    if who.person is not None:
        return account, world.people.contact(who.appid, who.person)
    contact = world.people.at(who.appid, who.openid or "")
    if contact is None:
        raise Refusal(40003)
    return account, contact


def _read(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.DecodeError as trouble:
        raise BadControl(str(trouble)) from None


Verb: TypeAlias = Callable[[World, bytes], Answer]

VERBS: Mapping[tuple[str, str], Verb] = MappingProxyType(
    {
        ("POST", "accounts"): _add_account,
        ("POST", "people"): _add_people,
        ("POST", "codes"): _mint_code,
        ("POST", "follow"): _follow,
        ("POST", "popup"): _popup,
        ("POST", "change"): _change,
        ("POST", "credits"): _set_credits,
        ("POST", "standing"): _set_standing,
        ("POST", "revoke"): _revoke,
        ("POST", "event"): _emit_any,
        ("POST", "faults"): _add_faults,
        ("DELETE", "faults"): _clear_faults,
        ("POST", "callbacks"): _set_callbacks,
        ("POST", "quota"): _set_quota,
        ("POST", "clock"): _set_clock,
        ("POST", "kill-tokens"): _kill_tokens,
        ("POST", "risky-words"): _set_risky_words,
        ("DELETE", "messages"): _clear_messages,
    }
)
