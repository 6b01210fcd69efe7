"""Callbacks: what the stand-in posts is opened; what is forged, old, replayed or hostile is not."""

import base64
import hashlib
from datetime import timedelta
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from hub.wechat import callbacks, envelope
from hub.wechat.callbacks import CallbackQuery, CallbackRefused, NonceGuard, echo, open_callback
from hub.wechat.messages import SubscribeMessage, TemplateMessage
from hub.wechat.simulator import StandInAccount
from hub.wechat.simulator.events import packed

from .conftest import NOON, PROGRESS, TODO, mini_program, official

OA = official("http://127.0.0.1:1")
MP = mini_program("http://127.0.0.1:1")
NOW = str(int(NOON.timestamp()))


def made(account, fields, at=NOW, **changes):
    """A callback as the platform makes it, for a message of these fields."""
    platform = msgspec.structs.replace(StandInAccount.of(account), **changes)
    query, body = packed(platform, fields, at)
    return msgspec.convert(query, CallbackQuery), body


def event(name, **fields):
    return {
        "ToUserName": "gh_1",
        "FromUserName": "o-zhang",
        "CreateTime": 1795406400,
        "MsgType": "event",
        "Event": name,
        **fields,
    }


def opened(account, fields, **changes):
    query, body = made(account, fields, **changes)
    return open_callback(account, query, body, NOON)


def signature(*parts):
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


# --- from the stand-in, over HTTP ------------------------------------------------------------------------------------


async def test_a_template_s_end_comes_back_with_its_msgid(oa, phones, landing):
    """That settles the delivery."""
    openid = (await phones.add_person("李四", follows=True))["wx-oa"]
    data = {"thing1": "待办", "time2": "12:00"}

    sent = await oa.send_template(TemplateMessage(openid=openid, template_id=TODO, data=data, client_msg_id="d1"))
    await phones.settled()

    assert landing.notices == [callbacks.TemplateFinished("wx-oa", openid, sent.msgid, "delivered")]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("failed:user block", "blocked"),
        ("failed: system failed", "failed"),
        ("failed:system failed", "failed"),
        ("failed:freq limit", "limited"),
    ],
)
async def test_a_message_that_never_arrived_says_why(oa, phones, landing, status, expected):
    """WeChat accepted it and still it is not on the phone; the spaces in its words vary."""
    openid = (await phones.add_person("李四", follows=True))["wx-oa"]
    await phones.set_standing("wx-oa", "李四", finish=status)
    data = {"thing1": "待办", "time2": "12:00"}

    await oa.send_template(TemplateMessage(openid=openid, template_id=TODO, data=data, client_msg_id="d1"))
    await phones.settled()

    assert [notice.status for notice in landing.notices] == [expected]
    assert await phones.messages(openid) == []


async def test_a_popup_tells_each_template_s_choice(phones, landing):
    """Several templates in one tap: `List` is an array."""
    await phones.popup("wx-mp", "张三", {TODO: "accept", PROGRESS: "reject"})
    await phones.settled()

    [notice] = landing.notices
    assert (notice.by, notice.choices) == ("popup", {TODO: "accept", PROGRESS: "reject"})


async def test_a_change_in_the_settings_tells_one_template(phones, landing):
    """One template: `List` is an object."""
    await phones.change("wx-mp", "张三", {TODO: "reject"})
    await phones.settled()

    [notice] = landing.notices
    assert (notice.by, notice.choices) == ("change", {TODO: "reject"})


async def test_a_subscribe_message_s_end_comes_back(mp, phones, landing):
    """With template, msgid and errcode."""
    openid = (await phones.add_person("张三", credits={PROGRESS: 1}))["wx-mp"]
    data = {"thing1": "高龄津贴", "phrase2": "已受理"}

    sent = await mp.send_subscribe(SubscribeMessage(openid=openid, template_id=PROGRESS, data=data))
    await phones.settled()

    assert landing.notices == [callbacks.SubscribeSent("wx-mp", openid, PROGRESS, sent.msgid, 0)]


async def test_following_leaving_and_revoking_are_told(phones, landing):
    """In the order in which they happened."""
    await phones.follow("wx-oa", "李四")
    await phones.settled()
    await phones.follow("wx-oa", "李四", follows=False)
    await phones.settled()
    await phones.revoke("wx-mp", "张三")
    await phones.settled()

    kinds = [type(notice).__name__ for notice in landing.notices]

    assert kinds == ["Followed", "Unfollowed", "AuthorizationRevoked"]


async def test_what_the_hub_did_not_take_is_sent_three_times(phones, landing):
    """Each time with the same dedupe key, so that storing it twice is impossible."""
    landing.answers = ["later", "later", "success"]

    await phones.follow("wx-oa", "李四")
    counts = (await phones.settled())["callbacks"]

    assert len(landing.taken) == 3
    assert len({callback.dedupe_key for callback in landing.taken}) == 1
    assert (counts["taken"], counts["refused"]) == (1, 2)


async def test_a_duplicate_has_the_dedupe_key_of_the_first(phones, landing):
    """The platform sends some callbacks twice although they were taken."""
    await phones.callbacks(copies=2)

    await phones.follow("wx-oa", "李四")
    await phones.settled()

    assert len(landing.taken) == 2
    assert len({callback.dedupe_key for callback in landing.taken}) == 1


async def test_a_callback_played_again_much_later_is_refused(phones, landing, clock):
    """Recorded on the way, played after six minutes: signature right, time wrong."""
    await phones.follow("wx-oa", "李四")
    await phones.settled()
    [(query, body)] = landing.raw

    with pytest.raises(CallbackRefused) as raised:
        open_callback(
            landing.accounts["wx-oa"],
            msgspec.convert(query, CallbackQuery),
            body,
            clock.now() + timedelta(minutes=5, seconds=1),
        )

    assert raised.value.reason == "timestamp too far from our clock"


# --- the same in both formats ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["xml", "json"])
@pytest.mark.parametrize("account", [OA, MP])
def test_both_formats_give_the_same(account, kind):
    """XML or JSON is a switch on the platform's page, nothing the hub should notice."""
    fields = event("TEMPLATESENDJOBFINISH", MsgID=2400000000000000001, Status="success")

    callback = opened(account, fields, callback_format=kind)

    [notice] = callback.notices
    assert notice == callbacks.TemplateFinished(account.appid, "o-zhang", "2400000000000000001", "delivered")
    assert callback.dedupe_key == opened(account, fields, callback_format="xml").dedupe_key


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_list_in_xml_may_be_one_or_many(count):
    """In XML it stands inside an element of its own."""
    items = [{"TemplateId": f"t{n}", "SubscribeStatusString": "accept"} for n in range(count)]
    fields = event("subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": items if count > 1 else items[0]})

    [notice] = opened(OA, fields).notices

    assert notice.choices == {f"t{n}": "accept" for n in range(count)}


def test_several_subscribe_messages_may_end_in_one_event():
    """One notice each."""
    items = [{"TemplateId": "t", "MsgID": str(n), "ErrorCode": str(n), "ErrorStatus": "x"} for n in (0, 3)]

    notices = opened(MP, event("subscribe_msg_sent_event", List=items)).notices

    assert [(notice.msgid, notice.errcode) for notice in notices] == [("0", 0), ("3", 3)]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        (event("LOCATION"), "event:location"),
        ({"FromUserName": "o-zhang", "MsgType": "text", "MsgId": "7", "Content": "在吗<xml>"}, "text"),
    ],
)
def test_what_the_hub_has_no_use_for_is_still_answered(fields, kind):
    """A resident writes to the account: no error, no repeat."""
    [notice] = opened(OA, fields).notices

    assert notice == callbacks.Other("wx-oa", "o-zhang", kind)


def test_the_revoking_person_is_the_one_named_in_the_event():
    """OpenID, where the event carries one."""
    [notice] = opened(MP, event("user_authorization_revoke", OpenID="o-zhang", RevokeInfo="1")).notices

    assert notice == callbacks.AuthorizationRevoked("wx-mp", "o-zhang")


# --- dedupe keys -----------------------------------------------------------------------------------------------------


def test_different_events_have_different_keys():
    """Dropping a real event as a repeat would lose it for ever."""
    fields = [
        event("subscribe"),
        event("subscribe", FromUserName="o-li"),
        event("subscribe", CreateTime=1795406401),
        event("subscribe", EventKey="qrscene_1"),
        event("unsubscribe"),
        event("TEMPLATESENDJOBFINISH", MsgID=1, Status="success"),
        event("TEMPLATESENDJOBFINISH", MsgID=2, Status="success"),
        event("subscribe_msg_popup_event", List={"TemplateId": "t1", "SubscribeStatusString": "accept"}),
        event("subscribe_msg_popup_event", List={"TemplateId": "t2", "SubscribeStatusString": "accept"}),
        event("subscribe_msg_popup_event", List={"TemplateId": "t2", "SubscribeStatusString": "reject"}),
        {"FromUserName": "o-zhang", "MsgType": "text", "MsgId": "1", "CreateTime": 1795406400},
        {"FromUserName": "o-zhang", "MsgType": "text", "MsgId": "2", "CreateTime": 1795406400},
    ]

    keys = {opened(MP, each).dedupe_key for each in fields}

    assert len(keys) == len(fields)


def test_accounts_do_not_share_keys():
    """Message ids are per account."""
    text = {"FromUserName": "o-zhang", "MsgType": "text", "MsgId": "1"}

    assert opened(OA, text).dedupe_key != opened(MP, text).dedupe_key


def test_a_key_tells_nothing():
    """It stands in an index and in traces."""
    key = opened(OA, event("subscribe")).dedupe_key

    assert "o-zhang" not in key
    assert len(key) == 64


# --- forged, old, hostile --------------------------------------------------------------------------------------------


def refused(account, query, body):
    with pytest.raises(CallbackRefused) as raised:
        open_callback(account, query, body, NOON)
    return raised.value.reason


@pytest.mark.parametrize(
    "change",
    [
        {"msg_signature": "0" * 40},
        {"msg_signature": ""},
        {"msg_signature": "é" * 40},
        {"nonce": "another"},
        {"timestamp": str(int(NOW) + 1)},
    ],
)
def test_a_forged_signature_is_refused(change):
    """Whatever was changed on the way."""
    query, body = made(OA, event("subscribe"))

    reason = refused(OA, msgspec.structs.replace(query, **change), body)

    assert reason == "wrong signature"


def test_a_changed_body_is_refused():
    """The signature covers the sealed text."""
    query, body = made(OA, event("subscribe"))

    reason = refused(OA, query, body.replace(b"<Encrypt><![CDATA[", b"<Encrypt><![CDATA[A"))

    assert reason == "wrong signature"


@pytest.mark.parametrize("timestamp", [str(int(NOW) - 301), str(int(NOW) + 301), "", "now", "-1", "١٢٣", "9" * 400])
def test_a_wrong_time_is_refused(timestamp):
    """Old ones, and those from a future in which they could be played again."""
    query, body = made(OA, event("subscribe"), at=timestamp or "x")

    reason = refused(OA, msgspec.structs.replace(query, timestamp=timestamp), body)

    assert "timestamp" in reason


def test_another_account_s_callback_is_refused():
    """Same token and key on two accounts, as lazy owners have it: the appid inside decides."""
    twin = msgspec.structs.replace(MP, callback_token=OA.callback_token, aes_key=OA.aes_key)
    query, body = made(twin, event("subscribe"), callback_format="xml")

    reason = refused(OA, query, body)

    assert "this account's" in reason


def test_a_wrong_key_is_said_in_words():
    """The usual mistake when an account is set up."""
    query, body = made(OA, event("subscribe"))

    reason = refused(msgspec.structs.replace(OA, aes_key=MP.aes_key), query, body)

    assert "aes_key" in reason


def test_plain_mode_is_refused_unless_allowed():
    """A signature alone does not cover the body."""
    query, body = made(OA, event("subscribe"), encrypted=False)

    reason = refused(OA, query, body)
    allowed = open_callback(msgspec.structs.replace(OA, plain_callbacks=True), query, body, NOON)

    assert "安全模式" in reason
    assert allowed.notices == (callbacks.Followed("wx-oa", "o-zhang"),)


def test_a_forged_plain_callback_is_refused_where_plain_is_allowed():
    """Plain is not unsigned."""
    query, body = made(OA, event("subscribe"), encrypted=False)
    account = msgspec.structs.replace(OA, plain_callbacks=True)

    reason = refused(account, msgspec.structs.replace(query, signature="0" * 40), body)

    assert reason == "wrong signature"


BOMB = """<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><xml><Encrypt>&c;</Encrypt></xml>"""
OUTSIDE = '<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]><xml><Encrypt>&x;</Encrypt></xml>'


NO_ENTITIES = "document types and entities are not taken"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (BOMB.encode(), NO_ENTITIES),
        (OUTSIDE.encode(), NO_ENTITIES),
        (b'<!DOCTYPE xml SYSTEM "http://127.0.0.1/x.dtd"><xml/>', NO_ENTITIES),
        (BOMB.encode("utf-16"), "not XML"),
        (b'<?xml version="1.0" encoding="utf-16"?>' + BOMB.encode("utf-16-le"), "not XML"),
        (b"<xml>" * 5000, "too deep"),
        (b"<xml>" + b"<a>" * 20 + b"</a>" * 20 + b"</xml>", "too deep"),
        (b"<xml><Encrypt>unfinished", "not XML"),
        (b"<html/>", "no xml element"),
        (b"<xml>text</xml>", "no xml element"),
        (b"\xff\xfe\x00", "not XML"),
        (b"", "not XML"),
        (b"{", "not JSON"),
        (b"[1]", "not XML"),
        (b"{" + b'"a":[' * 10000, "not JSON"),
        (b'{"Encrypt": 5}', "not encrypted: choose 安全模式 on the platform's callback page"),
        (b'{"Encrypt": "\\ud800"}', "not JSON"),
        (b"<xml>" + b"x" * envelope.LARGEST + b"</xml>", "too long"),
    ],
    ids=range(18),
)
def test_hostile_bodies_are_refused(body, expected):
    """Bombs, outside entities, wrong encodings, depth, length, halves: no expansion, no crash."""
    query, _ = made(OA, event("subscribe"))

    reason = refused(OA, query, body)

    assert reason == expected


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: f"<xml>{text}</xml>".encode()))
def test_no_body_gets_past_unsigned(body):
    """Anything at all: refused, never an unhandled error."""
    query, _ = made(OA, event("subscribe"))

    assert refused(OA, query, body)


@given(st.binary(max_size=300))
def test_signed_garbage_is_refused_as_well(garbage):
    """The right token with the wrong contents: every length, every padding."""
    sealed = base64.b64encode(garbage).decode()
    signed = signature(OA.callback_token, NOW, "n", sealed)
    query = CallbackQuery(timestamp=NOW, nonce="n", msg_signature=signed)

    assert refused(OA, query, msgspec.json.encode({"Encrypt": sealed}))


@pytest.mark.parametrize(
    "fields",
    [
        event("TEMPLATESENDJOBFINISH"),
        event("subscribe_msg_popup_event", List=["x"]),
        event("subscribe_msg_sent_event", List={"TemplateId": "t", "MsgID": "1", "ErrorCode": "many"}),
        {"MsgType": "event"},
        {"FromUserName": "o"},
    ],
)
def test_a_callback_without_its_fields_is_refused(fields):
    """Signed or not: half an event is none."""
    query, body = made(MP, fields)

    assert refused(MP, query, body)


@pytest.mark.parametrize("opener", [WeChatCrypto])
def test_wechatpy_opens_what_the_stand_in_seals(opener):
    """The library is the independent judge of the stand-in's envelope."""
    query, body = made(OA, event("subscribe"))

    text = opener(OA.callback_token, OA.aes_key, OA.appid).decrypt_message(
        body.decode(), query.msg_signature, query.timestamp, query.nonce
    )

    assert "<Event><![CDATA[subscribe]]></Event>" in text


# --- the GET check ---------------------------------------------------------------------------------------------------


def check_query(token=OA.callback_token, at=NOW, nonce="n1", **changes):
    given = {"signature": signature(token, at, nonce), "timestamp": at, "nonce": nonce, "echostr": "echo-1"}
    return CallbackQuery(**{**given, **changes})


def test_the_platform_s_check_is_echoed():
    """The platform saves the address only if it reads its own text."""
    answer = echo(OA, check_query(), NOON, NonceGuard())

    assert answer == "echo-1"


@pytest.mark.parametrize(
    "query",
    [
        check_query(token="guessed"),
        check_query(signature=""),
        check_query(at=str(int(NOW) - 301)),
        check_query(nonce="n2", timestamp="0"),
    ],
)
def test_a_forged_check_is_not_echoed(query):
    """An echo would tell a stranger that he guessed right."""
    with pytest.raises(CallbackRefused):
        echo(OA, query, NOON, NonceGuard())


def test_a_check_is_echoed_once():
    """Played again within its five minutes."""
    nonces = NonceGuard()
    echo(OA, check_query(), NOON, nonces)

    with pytest.raises(CallbackRefused) as raised:
        echo(OA, check_query(), NOON, nonces)

    assert raised.value.reason == "nonce seen before"


def test_a_forged_check_does_not_use_up_the_nonce():
    """Else a stranger could block the platform's own."""
    nonces = NonceGuard()
    with pytest.raises(CallbackRefused):
        echo(OA, check_query(signature="0" * 40), NOON, nonces)

    answer = echo(OA, check_query(), NOON, nonces)

    assert answer == "echo-1"


def test_the_guard_forgets_what_has_expired_and_never_grows():
    """Bounded by time and by number."""
    guard = NonceGuard(limit=3)
    for number in range(10):
        guard.admit(f"n{number}", NOON)

    newest, oldest = guard.admit("n9", NOON), guard.admit("n0", NOON)
    later = guard.admit("n9", NOON + timedelta(minutes=11))

    assert (newest, oldest, later) == (False, True, True)


def test_refusals_hold_nothing_of_the_callback():
    """They go to the log."""
    query, body = made(OA, event("subscribe", FromUserName="o-zhang-secret"))

    reason = refused(OA, msgspec.structs.replace(query, nonce=quote("o-zhang-secret")), body)

    assert "o-zhang" not in reason
