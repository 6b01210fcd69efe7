"""WeChat's calls as the stand-in answers them. Every one works at once and without waiting; HTTP is around it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec
import segno

from hub.wechat.simulator.accounts import Template
from hub.wechat.simulator.people import Contact
from hub.wechat.simulator.phones import PhoneMessage
from hub.wechat.simulator.refusal import Refusal, new_rid
from hub.wechat.simulator.world import Account, World
from hub.words.wechatfields import check, without_emoji

Fields: TypeAlias = dict[str, Any]

_LONGEST_SCENE = 32
_LONGEST_TEXT = 2500
_MOST_OPENIDS = 100
_MOST_FOLLOWERS = 10_000
_STATES = ("developer", "trial", "formal")


@dataclass(slots=True)
class Call:
    """A request. ``busy`` is the openid it holds while it is under way."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    account: Account | None = None
    busy: str | None = None

    def fields(self) -> Fields:
        """The JSON body; 40033 for escaped Chinese, 47001 for anything but an object."""
        if b"\\u" in self.body:
            raise Refusal(40033)
        try:
            return msgspec.json.decode(self.body, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Refusal(47001) from None


Endpoint: TypeAlias = Callable[[World, Call], Fields | bytes]


def answer(world: World, call: Call) -> Fields | bytes:
    """Work on the call. Raises :class:`Refusal`."""
    endpoint = ENDPOINTS.get((call.method, call.path))
    if endpoint is None:
        raise Refusal(43002 if ("POST", call.path) in ENDPOINTS else 40066)
    return endpoint(world, call)


def _opened(world: World, call: Call, kind: str | None = None) -> Account:
    """The account that the call's access token opens; 48001 when it is none that has this API."""
    call.account = world.account_of_token(call.query.get("access_token", ""))
    if kind and call.account.setup.kind != kind:
        raise Refusal(48001)
    return call.account


def _with_secret(world: World, fields: Mapping[str, Any]) -> Account:
    account = world.account(str(fields.get("appid", "")))
    if fields.get("secret") != account.setup.secret:
        raise Refusal(40125)
    return account


# --- tokens --------------------------------------------------------------------------------------------------------


def _stable_token(world: World, call: Call) -> Fields:
    fields = call.fields()
    if fields.get("grant_type") != "client_credential":
        raise Refusal(40002)
    account = _with_secret(world, fields)
    value, seconds = account.tokens.stable(world.now(), force=fields.get("force_refresh") is True)
    return {"access_token": value, "expires_in": seconds}


def _token(world: World, call: Call) -> Fields:
    if call.query.get("grant_type") != "client_credential":
        raise Refusal(40002)
    value, seconds = _with_secret(world, call.query).tokens.ordinary(world.now())
    return {"access_token": value, "expires_in": seconds}


# --- messages ------------------------------------------------------------------------------------------------------


def _send_template(world: World, call: Call) -> Fields:
    account = _opened(world, call, "oa")
    account.quotas.check(call.path, world.now())
    fields = call.fields()
    contact = _addressee(world, account, fields)
    _hold_lane(account, call, contact)
    template = _template(account, fields)
    shown = _shown(fields, template, spare_fields_pass=True)
    _check_target(account, fields)
    if not contact.follows:
        raise Refusal(43004)
    if repeated := _repeated(world, account, contact, fields):
        return {"errcode": 0, "errmsg": "ok", "msgid": int(repeated.msgid)}
    account.quotas.count(call.path, world.now())
    message = _put_on_phone(world, account, contact, fields, shown)
    world.events.emit(
        account.setup, contact.openid, "TEMPLATESENDJOBFINISH", MsgID=int(message.msgid), Status=contact.finish
    )
    return {"errcode": 0, "errmsg": "ok", "msgid": int(message.msgid)}


def _send_subscribe(world: World, call: Call) -> Fields:
    account = _opened(world, call, "mp")
    account.quotas.check(call.path, world.now())
    fields = call.fields()
    contact = _addressee(world, account, fields)
    _hold_lane(account, call, contact)
    template = _template(account, fields)
    shown = _shown(fields, template, spare_fields_pass=False)
    _check_page(account, fields)
    if fields.get("miniprogram_state", "formal") not in _STATES:
        raise Refusal(40097)
    if not template.long_term:
        _take_credit(contact, fields["template_id"])
    account.quotas.count(call.path, world.now())
    message = _put_on_phone(world, account, contact, fields, shown)
    sent = {
        "TemplateId": message.template_id,
        "MsgID": message.msgid,
        "ErrorCode": "0" if contact.finish == "success" else "3",
        "ErrorStatus": "success" if contact.finish == "success" else contact.finish,
    }
    emit_list(world, account, contact.openid, "subscribe_msg_sent_event", sent)
    return {"errcode": 0, "errmsg": "ok", "msgid": int(message.msgid)}


def emit_list(world: World, account: Account, openid: str, event: str, *items: Fields) -> None:
    """An event with a `List`: an object for one item, an array for several; in XML inside an element of its own."""
    value = items[0] if len(items) == 1 else list(items)
    if account.setup.callback_format == "json":
        world.events.emit(account.setup, openid, event, List=value)
        return
    wrapper = "".join(part.capitalize() for part in event.split("_"))
    world.events.emit(account.setup, openid, event, **{wrapper: {"List": value}})


def _addressee(world: World, account: Account, fields: Fields) -> Contact:
    contact = world.people.at(account.setup.appid, str(fields.get("touser", "")))
    if contact is None:
        raise Refusal(40003)
    if contact.is_blacklisted:
        raise Refusal(43019)
    if contact.is_frozen:
        raise Refusal(50002)
    return contact


def _hold_lane(account: Account, call: Call, contact: Contact) -> None:
    """One send at a time to one person: the lane is free again when the answer has left."""
    if contact.openid in account.busy:
        raise Refusal(43108)
    account.busy.add(contact.openid)
    call.busy = contact.openid


def _template(account: Account, fields: Fields) -> Template:
    template = account.setup.templates.get(str(fields.get("template_id", "")))
    if template is None:
        raise Refusal(40037)
    return template


def _shown(fields: Fields, template: Template, *, spare_fields_pass: bool) -> dict[str, str]:
    """The fields as the phone shows them, or 47003 naming the one that breaks its rule."""
    data = fields.get("data")
    if not isinstance(data, dict) or not data:
        raise Refusal(47003, "data is empty")
    keys = template.fields or tuple(data)
    if not spare_fields_pass and (spare := sorted(set(data) - set(keys))):
        raise Refusal(47003, f"data.{spare[0]} is not in the template")
    return {key: _shown_value(key, data.get(key)) for key in keys}


def _shown_value(key: str, given: Any) -> str:
    value = given.get("value") if isinstance(given, dict) else None
    text = without_emoji(value) if isinstance(value, str) else value
    if text is None or text == "":
        raise Refusal(47003, f"data.{key}.value is empty")
    if check(key, text) is not None:
        raise Refusal(47003, f"data.{key}.value invalid")
    return str(text)


def _check_target(account: Account, fields: Fields) -> None:
    target = fields.get("miniprogram")
    if target is None:
        return
    if not isinstance(target, dict) or (account.setup.linked and target.get("appid") not in account.setup.linked):
        raise Refusal(40165)


def _check_page(account: Account, fields: Fields) -> None:
    page = str(fields.get("page") or "").split("?", 1)[0].lstrip("/")
    if page and account.setup.pages and page not in account.setup.pages:
        raise Refusal(41030)


def _take_credit(contact: Contact, template_id: str) -> None:
    if contact.credits[template_id] <= 0:
        raise Refusal(43101)
    contact.credits[template_id] -= 1


def _repeated(world: World, account: Account, contact: Contact, fields: Fields) -> PhoneMessage | None:
    """The message this one repeats; it is swallowed, and answered as the first time."""
    client_msg_id = fields.get("client_msg_id")
    if not client_msg_id:
        return None
    found = account.sent_before(contact.openid, str(client_msg_id), world.now())
    if found:
        found.repeats += 1
    return found


def _put_on_phone(
    world: World, account: Account, contact: Contact, fields: Fields, shown: dict[str, str]
) -> PhoneMessage:
    now = world.now()
    message = PhoneMessage(
        seq=world.phones.next_seq(),
        appid=account.setup.appid,
        openid=contact.openid,
        person=contact.person,
        template_id=fields["template_id"],
        title=_template(account, fields).title,
        fields=shown,
        at=now.isoformat(),
        msgid=world.new_msgid(),
        url=fields.get("url"),
        page=fields.get("page"),
        miniprogram=fields.get("miniprogram"),
        client_msg_id=fields.get("client_msg_id"),
    )
    if message.client_msg_id:
        account.remember(message, message.client_msg_id, now)
    # A blocked or failed message is accepted all the same; the callback says that it never arrived.
    if contact.finish == "success":
        world.phones.show(message)
    return message


# --- people --------------------------------------------------------------------------------------------------------


def _sign_in(world: World, call: Call) -> Fields:
    account = _with_secret(world, call.query)
    code = world.codes.redeem(call.query.get("js_code", ""), "login", account.setup.appid, world.now())
    world.sign_ins.admit(code.contact.openid, world.now())
    return {"openid": code.contact.openid, "session_key": "c3RhbmQtaW4tc2Vzc2lvbg==", "unionid": code.contact.unionid}


def _authorize(world: World, call: Call) -> Fields:
    account = _with_secret(world, call.query)
    code = world.codes.redeem(call.query.get("code", ""), "oauth", account.setup.appid, world.now())
    found: Fields = {
        "access_token": f"oauth_{new_rid()}",
        "expires_in": 7200,
        "refresh_token": f"refresh_{new_rid()}",
        "openid": code.contact.openid,
        "scope": code.scope,
    }
    if code.is_snapshot:
        found["is_snapshotuser"] = 1
    if code.scope == "snsapi_userinfo":
        found["unionid"] = code.contact.unionid
    return found


def _user_info(world: World, call: Call) -> Fields:
    account = _opened(world, call, "oa")
    return _user(world, account, call.query.get("openid", ""))


def _user_batch(world: World, call: Call) -> Fields:
    account = _opened(world, call, "oa")
    wanted = call.fields().get("user_list")
    if not isinstance(wanted, list) or not 0 < len(wanted) <= _MOST_OPENIDS:
        raise Refusal(40097)
    users = [_user(world, account, str(each.get("openid", "")) if isinstance(each, dict) else "") for each in wanted]
    return {"user_info_list": users}


def _user_page(world: World, call: Call) -> Fields:
    """The openids of followers in a fixed order, a page at a time; past the last one an empty page."""
    account = _opened(world, call, "oa")
    everybody = sorted(each.openid for each in world.people.all_of(account.setup.appid) if each.follows)
    after = call.query.get("next_openid", "")
    page = [openid for openid in everybody if openid > after][:_MOST_FOLLOWERS]
    listed = {"data": {"openid": page}} if page else {}
    return {"total": len(everybody), "count": len(page), **listed, "next_openid": page[-1] if page else ""}


def _user(world: World, account: Account, openid: str) -> Fields:
    contact = world.people.at(account.setup.appid, openid)
    if contact is None:
        raise Refusal(40003)
    if not contact.follows:
        return {"subscribe": 0, "openid": openid}
    return {"subscribe": 1, "openid": openid, "unionid": contact.unionid, "language": "zh_CN", "remark": ""}


def _phone_number(world: World, call: Call) -> Fields:
    account = _opened(world, call, "mp")
    code = world.codes.redeem(str(call.fields().get("code", "")), "phone", account.setup.appid, world.now())
    number = code.contact.phone
    watermark = {"timestamp": int(world.now().timestamp()), "appid": account.setup.appid}
    info = {"phoneNumber": number, "purePhoneNumber": number, "countryCode": "86", "watermark": watermark}
    return {"errcode": 0, "errmsg": "ok", "phone_info": info}


# --- the rest ------------------------------------------------------------------------------------------------------


def _mini_program_code(world: World, call: Call) -> bytes:
    account = _opened(world, call, "mp")
    fields = call.fields()
    scene = fields.get("scene")
    if not isinstance(scene, str) or not 0 < len(scene) <= _LONGEST_SCENE:
        raise Refusal(40169)
    if fields.get("check_path", True):
        _check_page(account, fields)
    picture = io.BytesIO()
    segno.make(f"wxacode:{account.setup.appid}?scene={scene}").save(picture, kind="png", scale=4)
    return picture.getvalue()


def _judge_text(world: World, call: Call) -> Fields:
    account = _opened(world, call, "mp")
    fields = call.fields()
    content = fields.get("content")
    if fields.get("version") != 2 or not isinstance(content, str):
        raise Refusal(40097)
    if len(content) > _LONGEST_TEXT:
        raise Refusal(45002)
    if world.people.at(account.setup.appid, str(fields.get("openid", ""))) is None:
        raise Refusal(40003)
    is_risky = any(word in content for word in world.risky_words)
    result = {"suggest": "risky" if is_risky else "pass", "label": 20001 if is_risky else 100}
    return {"errcode": 0, "errmsg": "ok", "result": result, "trace_id": new_rid()}


def _quota(world: World, call: Call) -> Fields:
    account = _opened(world, call)
    path = str(call.fields().get("cgi_path", ""))
    limit = account.quotas.limits.get(path)
    if limit is None:
        raise Refusal(40097)
    used = account.quotas.used(path, world.now())
    quota = {"daily_limit": limit, "used": used, "remain": max(0, limit - used)}
    return {"errcode": 0, "errmsg": "ok", "quota": quota}


def _clear_quota(world: World, call: Call) -> Fields:
    account = _opened(world, call)
    if call.fields().get("appid") != account.setup.appid:
        raise Refusal(40013)
    account.quotas.clear(world.now())
    return {"errcode": 0, "errmsg": "ok"}


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = MappingProxyType(
    {
        ("POST", "/cgi-bin/stable_token"): _stable_token,
        ("GET", "/cgi-bin/token"): _token,
        ("POST", "/cgi-bin/message/template/send"): _send_template,
        ("POST", "/cgi-bin/message/subscribe/send"): _send_subscribe,
        ("GET", "/sns/jscode2session"): _sign_in,
        ("GET", "/sns/oauth2/access_token"): _authorize,
        ("GET", "/cgi-bin/user/get"): _user_page,
        ("GET", "/cgi-bin/user/info"): _user_info,
        ("POST", "/cgi-bin/user/info/batchget"): _user_batch,
        ("POST", "/wxa/business/getuserphonenumber"): _phone_number,
        ("POST", "/wxa/getwxacodeunlimit"): _mini_program_code,
        ("POST", "/wxa/msg_sec_check"): _judge_text,
        ("POST", "/cgi-bin/openapi/quota/get"): _quota,
        ("POST", "/cgi-bin/clear_quota"): _clear_quota,
    }
)
