"""The stand-in judged by an independent peer: wechatpy's own synchronous client, unmodified."""

import asyncio
import json
from urllib.parse import urlsplit

import pytest
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from wechatpy import parse_message
from wechatpy.client import WeChatClient
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import APILimitedException, WeChatClientException, WeChatOAuthException
from wechatpy.oauth import WeChatOAuth

from .conftest import MP_AES, OA_AES, PROGRESS, TODO

SEND = "/cgi-bin/message/template/send"
DATA = {"thing1": {"value": "高龄津贴待受理"}, "time2": {"value": "2026年11月23日 12:00"}}


class ToStandIn(HTTPAdapter):
    """Carries what is meant for WeChat to the stand-in; the client above does not notice."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._target = urlsplit(url)

    def send(self, request: PreparedRequest, *args: object, **kwargs: object) -> Response:
        request.url = urlsplit(request.url)._replace(scheme="http", netloc=self._target.netloc).geturl()
        return super().send(request, *args, **kwargs)


def peer(stand_in, appid="wx-oa", secret="oa-secret-0123456789", **options):
    client = WeChatClient(appid, secret, **options)
    client._http.mount("https://api.weixin.qq.com/", ToStandIn(stand_in.url))
    return client


@pytest.fixture
def oa_peer(stand_in):
    """No retry of its own, so that every errcode is seen."""
    client = peer(stand_in, auto_retry=False)
    yield client
    client._http.close()


@pytest.fixture
def mp_peer(stand_in):
    client = peer(stand_in, "wx-mp", "mp-secret-0123456789", auto_retry=False)
    yield client
    client._http.close()


async def call(function, *args, **kwargs):
    """The peer blocks; the stand-in lives in this loop."""
    return await asyncio.to_thread(function, *args, **kwargs)


async def refusal(function, *args, **kwargs):
    with pytest.raises(WeChatClientException) as raised:
        await call(function, *args, **kwargs)
    return raised.value


async def test_the_peer_signs_in_and_sends(oa_peer, phones):
    """Token by the peer's own call, message by its own method."""
    openid = (await phones.add_person("李四", follows=True))["wx-oa"]

    answer = await call(oa_peer.message.send_template, openid, TODO, DATA, url="https://hub.example/x")

    [shown] = await phones.messages(openid)
    assert (answer["errcode"], str(answer["msgid"])) == (0, shown["msgid"])
    assert shown["fields"]["thing1"] == "高龄津贴待受理"


async def test_the_peer_meets_40001(oa_peer, phones):
    """A token that the platform no longer knows."""
    openid = (await phones.add_person("李四", follows=True))["wx-oa"]
    await call(oa_peer.fetch_access_token)
    await phones.kill_tokens("wx-oa")

    refused = await refusal(oa_peer.message.send_template, openid, TODO, DATA)

    assert refused.errcode == 40001
    assert "invalid credential" in refused.errmsg


async def test_the_peer_s_own_retry_gets_over_40001(stand_in, phones):
    """With its retry on it fetches a new token and sends: the stand-in's 40001 is the one it expects."""
    openid = (await phones.add_person("李四", follows=True))["wx-oa"]
    client = peer(stand_in, auto_retry=True)
    await call(client.fetch_access_token)
    await phones.kill_tokens("wx-oa")

    answer = await call(client.message.send_template, openid, TODO, DATA)

    client._http.close()
    assert answer["errcode"] == 0


async def test_the_peer_meets_42001(oa_peer, phones):
    """A token that is simply old."""
    openid = (await phones.add_person("李四", follows=True))["wx-oa"]
    await call(oa_peer.fetch_access_token)
    await phones.advance_clock(7201)

    refused = await refusal(oa_peer.message.send_template, openid, TODO, DATA)

    assert refused.errcode == 42001


async def test_the_peer_meets_43101(mp_peer, phones):
    """A subscribe message without a credit."""
    openid = (await phones.add_person("张三"))["wx-mp"]
    body = {
        "touser": openid,
        "template_id": PROGRESS,
        "data": {"thing1": {"value": "津贴"}, "phrase2": {"value": "已受理"}},
    }

    refused = await refusal(mp_peer.post, "message/subscribe/send", data=body)

    assert refused.errcode == 43101
    assert refused.errmsg.startswith("user refuse to accept the msg")


async def test_the_peer_meets_45009(oa_peer, phones):
    """Its own class for a used-up quota, until the next day on the platform's clock."""
    openid = (await phones.add_person("李四", follows=True))["wx-oa"]
    await phones.set_quota("wx-oa", SEND, 1)
    await call(oa_peer.message.send_template, openid, TODO, DATA)

    refused = await refusal(oa_peer.message.send_template, openid, TODO, DATA)
    await phones.advance_clock(12 * 3600)
    await call(oa_peer.fetch_access_token)
    answer = await call(oa_peer.message.send_template, openid, TODO, DATA)

    assert isinstance(refused, APILimitedException)
    assert answer["errcode"] == 0


@pytest.mark.parametrize(
    ("key", "value"), [("thing1", "字" * 21), ("thing1", ""), ("thing1", "👍"), ("time2", "明天"), ("time2", "a\nb")]
)
async def test_the_peer_meets_47003_with_the_field_s_name(oa_peer, phones, key, value):
    """Too long, empty (also after the emoji went), not a time, a line break."""
    openid = (await phones.add_person("李四", follows=True))["wx-oa"]

    refused = await refusal(oa_peer.message.send_template, openid, TODO, {**DATA, key: {"value": value}})

    assert refused.errcode == 47003
    assert f"data.{key}.value" in refused.errmsg


async def test_emoji_vanish_on_the_phone(oa_peer, phones):
    """The platform drops them without a word."""
    openid = (await phones.add_person("李四", follows=True))["wx-oa"]

    await call(oa_peer.message.send_template, openid, TODO, {**DATA, "thing1": {"value": "好👍的"}})

    [shown] = await phones.messages(openid)
    assert shown["fields"]["thing1"] == "好的"


@pytest.mark.parametrize(
    ("errcode", "openid", "template_id"), [(40003, "o-nobody-at-this-account-001", TODO), (40037, None, "tpl-unknown")]
)
async def test_the_peer_meets_unknown_ids(oa_peer, phones, errcode, openid, template_id):
    """An openid of another account, a template of another account."""
    known = (await phones.add_person("李四", follows=True))["wx-oa"]

    refused = await refusal(oa_peer.message.send_template, openid or known, template_id, DATA)

    assert refused.errcode == errcode


async def test_an_openid_is_worth_nothing_at_another_account(oa_peer, phones):
    """The same person has another openid there."""
    openids = await phones.add_person("李四", follows=True)

    refused = await refusal(oa_peer.message.send_template, openids["wx-mp"], TODO, DATA)

    assert refused.errcode == 40003


async def test_the_peer_meets_its_own_rights(mp_peer, phones):
    """A mini program cannot send template messages."""
    openid = (await phones.add_person("张三"))["wx-mp"]

    refused = await refusal(mp_peer.message.send_template, openid, TODO, DATA)

    assert refused.errcode == 48001


async def test_a_wrong_secret_gets_no_token(stand_in):
    """The peer reads the errcode of the token call as on the real platform."""
    client = peer(stand_in, secret="wrong")

    refused = await refusal(client.fetch_access_token)

    client._http.close()
    assert refused.errcode == 40125


async def test_the_peer_asks_who_follows(oa_peer, phones):
    """One by one and in a batch."""
    openid = (await phones.add_person("李四", follows=True))["wx-oa"]

    one = await call(oa_peer.user.get, openid)
    [same] = await call(oa_peer.user.get_batch, [openid])

    assert one["subscribe"] == 1
    assert same == one


async def test_the_peer_redeems_a_login_code_once(mp_peer, phones):
    """Errors come with HTTP 200, as text."""
    openid = (await phones.add_person("张三"))["wx-mp"]
    code = await phones.code("wx-mp", "张三")

    session = await call(mp_peer.wxa.code_to_session, code)
    again = await refusal(mp_peer.wxa.code_to_session, code)

    assert session["openid"] == openid
    assert again.errcode == 40163


async def test_the_peer_redeems_an_oauth_code(stand_in, phones):
    """wechatpy's OAuth client, its session carried to the stand-in as well."""
    openid = (await phones.add_person("李四"))["wx-oa"]
    oauth = WeChatOAuth("wx-oa", "oa-secret-0123456789", "https://hub.example/oauth")
    oauth._http.mount("https://api.weixin.qq.com/", ToStandIn(stand_in.url))

    found = await call(oauth.fetch_access_token, await phones.code("wx-oa", "李四", "oauth"))
    with pytest.raises(WeChatOAuthException) as refused:
        await call(oauth.fetch_access_token, "0-invented")

    oauth._http.close()
    assert found["openid"] == openid
    assert refused.value.errcode == 40029


@pytest.mark.parametrize(
    ("appid", "token", "key"), [("wx-oa", "oa-callback-token", OA_AES), ("wx-mp", "mp-callback-token", MP_AES)]
)
async def test_the_peer_opens_a_callback(phones, landing, appid, token, key):
    """Signed and encrypted: XML for the official account, JSON for the mini program."""
    await phones.popup(appid, "张三", {TODO: "accept"})
    await phones.settled()
    [(query, body)] = landing.raw
    message = body.decode() if appid == "wx-oa" else json.loads(body)

    text = WeChatCrypto(token, key, appid).decrypt_message(
        message, query["msg_signature"], query["timestamp"], query["nonce"]
    )

    assert "subscribe_msg_popup_event" in text
    assert TODO in text


async def test_the_peer_reads_the_end_of_a_template(oa_peer, phones, landing):
    """`parse_message` knows the event, and its msgid is the one of the send."""
    openid = (await phones.add_person("李四", follows=True))["wx-oa"]
    sent = await call(oa_peer.message.send_template, openid, TODO, DATA)
    await phones.settled()
    [(query, body)] = landing.raw

    text = WeChatCrypto("oa-callback-token", OA_AES, "wx-oa").decrypt_message(
        body.decode(), query["msg_signature"], query["timestamp"], query["nonce"]
    )

    event = parse_message(text)
    assert (event.event, event.id, event.status, event.source) == (
        "templatesendjobfinish",
        sent["msgid"],
        "success",
        openid,
    )
