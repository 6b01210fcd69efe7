"""Our client on the stand-in: every outcome that a sender can meet."""

import asyncio
import logging
from contextlib import asynccontextmanager
from datetime import timedelta

import msgspec
import pytest
from aiohttp import web

from hub.wechat.client import WeChat
from hub.wechat.connections import open_http
from hub.wechat.errors import ErrorKind
from hub.wechat.messages import SubscribeMessage, TemplateMessage
from hub.wechat.outcomes import Refused, Sent, UnknownOutcome
from hub.wechat.refusals import CallDoubtful, CallLimited, CallRefused, CodeRefused
from hub.wechat.settings import WeChatSettings
from hub.words.clock import MovingClock
from hub.words.errors import SetupError

from .conftest import NOON, PROGRESS, TODO, official

SEND = "/cgi-bin/message/template/send"
SUBSCRIBE = "/cgi-bin/message/subscribe/send"


def todo(openid, client_msg_id="d1", **changes):
    data = {"thing1": "高龄津贴待受理", "time2": "2026年11月23日 12:00"}
    given = {"openid": openid, "template_id": TODO, "data": data, "client_msg_id": client_msg_id, **changes}
    return TemplateMessage(**given)


def progress(openid, **changes):
    data = {"thing1": "高龄津贴", "phrase2": "已受理"}
    return SubscribeMessage(**{"openid": openid, "template_id": PROGRESS, "data": data, **changes})


async def follower(phones, person="李四"):
    return (await phones.add_person(person, follows=True))["wx-oa"]


async def test_a_template_message_lands_on_the_phone(oa, phones):
    """Chinese arrives as it is, under the title of its template."""
    openid = await follower(phones)

    outcome = await oa.send_template(todo(openid, url="https://hub.example/ydsh"))

    [shown] = await phones.messages(openid)
    assert outcome == Sent(shown["msgid"])
    assert (shown["title"], shown["fields"]["thing1"]) == ("待办提醒", "高龄津贴待受理")
    assert shown["url"] == "https://hub.example/ydsh"


async def test_a_subscribe_message_costs_one_credit(mp, phones):
    """One accept, one send; the second is refused for this person and template."""
    openid = (await phones.add_person("张三"))["wx-mp"]
    await phones.popup("wx-mp", "张三", {PROGRESS: "accept"})

    outcomes = [await mp.send_subscribe(progress(openid, page="pages/case?id=1")) for _ in range(2)]

    assert isinstance(outcomes[0], Sent)
    assert (outcomes[1].errcode, outcomes[1].kind) == (43101, ErrorKind.USER_TEMPLATE)
    assert [message["page"] for message in await phones.messages(openid)] == ["pages/case?id=1"]


@pytest.mark.parametrize(
    ("errcode", "kind"),
    [
        (-1, ErrorKind.WAIT),
        (45011, ErrorKind.WAIT),
        (43108, ErrorKind.WAIT),
        (40003, ErrorKind.USER),
        (43019, ErrorKind.USER),
        (43101, ErrorKind.USER_TEMPLATE),
        (40037, ErrorKind.CONFIG),
        (40164, ErrorKind.CONFIG),
        (45009, ErrorKind.QUOTA),
        (40249, ErrorKind.DROP),
        (99999, ErrorKind.DROP),
    ],
)
async def test_a_refusal_says_its_class_and_carries_the_rid(oa, phones, errcode, kind):
    """The delivery's trace needs the rid to ask WeChat about it."""
    openid = await follower(phones)
    await phones.fault(path=SEND, errcode=errcode)

    outcome = await oa.send_template(todo(openid))

    assert isinstance(outcome, Refused)
    assert (outcome.errcode, outcome.kind) == (errcode, kind)
    assert len(outcome.rid) == 26


async def test_already_sent_counts_as_sent(oa, phones):
    """40241: the same message went out within 60 s."""
    openid = await follower(phones)
    await phones.fault(path=SEND, errcode=40241)

    outcome = await oa.send_template(todo(openid))

    assert outcome == Sent("")


async def test_somebody_who_left_is_refused_until_they_follow_again(oa, phones):
    """43004 stops this person, not the account."""
    openid = await follower(phones)
    await phones.follow("wx-oa", "李四", follows=False)

    refused = await oa.send_template(todo(openid))
    await phones.follow("wx-oa", "李四")
    sent = await oa.send_template(todo(openid))

    assert (refused.errcode, refused.kind) == (43004, ErrorKind.USER)
    assert isinstance(sent, Sent)


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
async def test_a_refused_token_is_replaced_and_the_call_made_again(oa, phones, errcode):
    """The sender does not notice."""
    openid = await follower(phones)
    await oa.send_template(todo(openid, "before"))
    await phones.fault(path=SEND, errcode=errcode)

    outcome = await oa.send_template(todo(openid))

    assert isinstance(outcome, Sent)


async def test_a_token_killed_by_another_system_is_replaced(oa, phones):
    """Somebody else forced a refresh: the stand-in really refuses our token."""
    openid = await follower(phones)
    await oa.send_template(todo(openid, "before"))
    await phones.kill_tokens("wx-oa")

    outcome = await oa.send_template(todo(openid))

    assert isinstance(outcome, Sent)


async def test_a_fresh_token_that_is_refused_ends_the_attempts(oa, phones):
    """At most one retry, then back off: not a loop."""
    openid = await follower(phones)
    await phones.fault(path=SEND, errcode=40001, times=None)

    outcome = await oa.send_template(todo(openid))

    calls = (await phones.counters())["calls"]
    assert outcome.kind is ErrorKind.WAIT
    assert calls[f"{SEND} 40001"] == 2


async def test_a_wrong_secret_is_a_matter_of_configuration(stand_in, http, clock, phones):
    """No send is tried without a token."""
    openid = await follower(phones)
    wrong = WeChat(msgspec.structs.replace(official(stand_in.url), secret="another-secret"), http, clock)

    outcome = await wrong.send_template(todo(openid))

    assert (outcome.errcode, outcome.kind) == (40125, ErrorKind.CONFIG)


async def test_a_field_over_its_limit_is_fitted_and_sent_once_more(oa, phones):
    """47003 names the field; the message goes out shortened and somebody hears of it."""
    openid = await follower(phones)
    data = {"thing1": "射洪市聚贤镇高龄津贴申报材料需要补正请查看", "time2": "2026年11月23日 12:00"}

    outcome = await oa.send_template(todo(openid, data=data))

    [shown] = await phones.messages(openid)
    assert shown["fields"]["thing1"] == "射洪市聚贤镇高龄津贴申报材料需要补正请…"
    assert outcome.mended.errcode == 47003
    assert "thing1" in outcome.mended.errmsg


async def test_what_fitting_does_not_change_is_not_sent_again(oa, phones):
    """A second call with the same body would be refused as the first."""
    openid = await follower(phones)

    outcome = await oa.send_template(todo(openid, data={"thing1": "没有时间字段"}))

    assert (outcome.errcode, outcome.kind) == (47003, ErrorKind.DROP)
    assert (await phones.counters())["calls"][f"{SEND} 47003"] == 1


async def test_a_refused_mini_program_is_left_out_when_there_is_a_url(oa, phones):
    """40165: the page path is wrong, the message need not be lost for it."""
    openid = await follower(phones)
    await phones.fault(path=SEND, errcode=40165)

    outcome = await oa.send_template(todo(openid, url="https://hub.example/x", miniprogram=("wx-mp", "pages/x")))

    [shown] = await phones.messages(openid)
    assert outcome.mended.errcode == 40165
    assert (shown["url"], shown["miniprogram"]) == ("https://hub.example/x", None)


async def test_a_refused_mini_program_without_url_is_not_sent_again(oa, phones):
    """There is nothing to open instead: somebody has to mend the path."""
    openid = await follower(phones)
    await phones.fault(path=SEND, errcode=40165)

    outcome = await oa.send_template(todo(openid, miniprogram=("wx-mp", "pages/x")))

    assert (outcome.errcode, outcome.kind) == (40165, ErrorKind.CONFIG)
    assert await phones.messages(openid) == []


async def test_the_same_client_msg_id_is_shown_once(oa, phones):
    """A worker that died after the call repeats it; the resident sees one message."""
    openid = await follower(phones)

    outcomes = [await oa.send_template(todo(openid, "same")) for _ in range(3)]

    [shown] = await phones.messages(openid)
    assert outcomes == [Sent(shown["msgid"])] * 3
    assert shown["repeats"] == 2


async def test_a_connection_cut_after_the_send_leaves_doubt_that_a_repeat_resolves(oa, phones):
    """Reset after processing: sent, but nobody told us. The same client_msg_id makes the repeat harmless."""
    openid = await follower(phones)
    await phones.fault(path=SEND, reset="after")

    first = await oa.send_template(todo(openid))
    second = await oa.send_template(todo(openid))

    assert isinstance(first, UnknownOutcome)
    assert isinstance(second, Sent)
    assert len(await phones.messages(openid)) == 1


async def test_a_connection_cut_before_the_send_looks_the_same(oa, phones):
    """From outside the two cannot be told apart: doubt, and the repeat delivers."""
    openid = await follower(phones)
    await phones.fault(path=SEND, reset="before")

    first = await oa.send_template(todo(openid))
    second = await oa.send_template(todo(openid))

    assert isinstance(first, UnknownOutcome)
    assert isinstance(second, Sent)
    assert len(await phones.messages(openid)) == 1


async def test_an_answer_that_never_comes_ends_in_doubt(stand_in, clock, phones):
    """The time-out is ours: a hanging provider holds no worker for ever."""
    openid = await follower(phones)
    await phones.fault(path=SEND, hang="after")
    async with open_http(WeChatSettings(timeout=timedelta(seconds=2))) as impatient:
        wechat = WeChat(official(stand_in.url), impatient, clock)

        outcome = await wechat.send_template(todo(openid))

    assert outcome == UnknownOutcome("no answer in time")
    assert len(await phones.messages(openid)) == 1


async def test_a_refused_connection_is_no_doubt(oa, phones, clock):
    """Nothing left the hub: a subscribe message may be sent again without asking."""
    openid = await follower(phones)
    await phones.sky(outage="refuse")

    down = await oa.send_template(todo(openid))
    await phones.sky(outage="none")
    clock.advance(timedelta(seconds=6))  # A failed token call is not repeated at once.
    up = await oa.send_template(todo(openid))

    assert (down.errcode, down.kind) == (None, ErrorKind.WAIT)
    assert isinstance(up, Sent)


async def test_a_send_that_never_got_a_connection_is_no_doubt(stand_in, clock, phones):
    """All connections busy: back off, nothing has left."""
    openids = [(await phones.add_person(name, follows=True))["wx-oa"] for name in ("甲", "乙")]
    settings = WeChatSettings(connections=1, connect_timeout=timedelta(seconds=1))
    async with open_http(settings) as narrow:
        wechat = WeChat(official(stand_in.url), narrow, clock)
        await wechat.tokens.get()
        await phones.sky(latency=5)

        outcomes = await asyncio.gather(*(wechat.send_template(todo(openid)) for openid in openids))

    assert isinstance(outcomes[0], Sent)
    assert (outcomes[1].errcode, outcomes[1].kind) == (None, ErrorKind.WAIT)
    assert len(await phones.messages()) == 1


@pytest.mark.parametrize(
    ("status", "expected"),
    [(503, ErrorKind.WAIT), (429, ErrorKind.WAIT), (404, ErrorKind.ODD), (302, ErrorKind.ODD)],
)
async def test_a_gateway_that_refuses_is_understood(oa, phones, status, expected):
    """Shedding load is waited out; what is none of WeChat's answers may be a gateway's hiccup or a wrong address."""
    openid = await follower(phones)
    await phones.fault(path=SEND, status=status)

    outcome = await oa.send_template(todo(openid))

    assert outcome.kind is expected


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_a_gateway_that_lost_the_answer_leaves_doubt(oa, phones, status):
    """The call may have been worked on behind it."""
    openid = await follower(phones)
    await phones.fault(path=SEND, status=status)

    outcome = await oa.send_template(todo(openid))

    assert outcome == UnknownOutcome(f"HTTP {status}")


async def test_sends_to_one_person_at_the_same_time_are_refused(oa, phones):
    """43108: the hub needs one lane per openid, and the stand-in notices when it has none."""
    openid = await follower(phones)
    await phones.sky(latency=2)

    outcomes = await asyncio.gather(*(oa.send_template(todo(openid, f"d{n}")) for n in range(3)))

    codes = sorted(outcome.errcode if isinstance(outcome, Refused) else 0 for outcome in outcomes)
    assert codes == [0, 43108, 43108]


async def test_halves_of_a_character_do_not_break_the_call(oa, phones):
    """A broken string from an import is the message's trouble, not the worker's."""
    openid = await follower(phones)
    data = {"thing1": "坏\ud800字", "time2": "2026年11月23日 12:00"}

    outcome = await oa.send_template(todo(openid, data=data))

    assert isinstance(outcome, Sent)


async def test_nothing_secret_or_personal_is_told(oa, phones, caplog):
    """Neither outcome nor exception nor log holds openid, field, secret or token."""
    openid = await follower(phones)
    token = await oa.tokens.get()
    await phones.fault(path=SEND, errcode=43004)
    caplog.set_level(logging.DEBUG)

    refused = await oa.send_template(todo(openid))
    with pytest.raises(CallRefused) as raised:
        await oa.follower("o-nobody-of-this-account-0001")

    told = f"{refused!r} {raised.value!r} {raised.value} {vars(raised.value)} {oa!r} {oa.account!r} {caplog.text}"
    for secret in (openid, "高龄津贴待受理", oa.account.secret, oa.account.aes_key, token, "o-nobody"):
        assert secret not in told


async def test_what_wechat_echoes_is_taken_out(oa, phones):
    """Its words may repeat what we sent; a trace that a clerk reads must not."""
    openid = (await phones.add_person("李四", follows=True, openids={"wx-oa": "o-short"}))["wx-oa"]
    echoed = f"touser {openid} thing1 高龄津贴待受理 phone 13800000000 secret {oa.account.secret}"
    await phones.fault(path=SEND, errcode=43004, detail=echoed)

    outcome = await oa.send_template(todo(openid))

    assert outcome.errmsg == "require subscribe touser … thing1 … phone … secret …"
    assert outcome.rid


async def test_a_secret_that_wechat_echoes_is_taken_out_of_exceptions(oa, phones):
    """They end in tracebacks."""
    await phones.fault(path="/cgi-bin/user/info", errcode=40125, detail=f"for {oa.account.secret}")

    with pytest.raises(CallRefused) as raised:
        await oa.follower("someone")

    assert oa.account.secret not in str(raised.value)


async def test_a_redirect_is_not_followed(landing, http, clock):
    """A token must not travel to wherever a gateway points."""

    async def point_elsewhere(request: web.BaseRequest) -> web.Response:
        return web.Response(status=307, headers={"Location": f"{landing.url}/wx-oa"})

    async with served(point_elsewhere) as gateway:
        outcome = await WeChat(official(gateway), http, clock).send_template(todo("o-someone"))

    assert outcome.kind is ErrorKind.ODD
    assert landing.raw == []


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"<html>ok</html>", b"{", b"[]", b'"text"', b'{"errcode": "many"}', b'{"errcode": null}', b"\xff" * 9),
        *(b"{}", b'{"code": 403, "message": "blocked"}', b'{"errcode": 1e999}'),
    ],
)
async def test_an_answer_that_is_none_leaves_doubt(oa, http, clock, content):
    """HTTP 200 and nonsense: a proxy's page, half an answer, a gateway's own JSON."""
    token = b'{"access_token": "t", "expires_in": 7200}'

    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(body=token if request.path.endswith("stable_token") else content)

    async with served(answer) as gateway:
        outcome = await WeChat(official(gateway), http, clock).send_template(todo("o-someone"))

    assert isinstance(outcome, UnknownOutcome)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"access_token": "t"}', b'{"access_token": "t", "expires_in": "x"}'])
async def test_a_token_call_without_a_token_sends_nothing(http, clock, content):
    """So there is no doubt either."""

    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(body=content)

    async with served(answer) as gateway:
        outcome = await WeChat(official(gateway), http, clock).send_template(todo("o-someone"))

    assert (outcome.errcode, outcome.kind) == (None, ErrorKind.WAIT)


async def test_an_endless_answer_is_cut_off(http, clock):
    """Memory is bounded, whoever answers."""

    async def flood(request: web.BaseRequest) -> web.Response:
        return web.Response(body=b"x" * (5 << 20))

    async with served(flood) as gateway:
        wechat = WeChat(official(gateway), http, clock)
        outcome = await wechat.send_template(todo("o-someone"))

    assert (outcome.kind, outcome.errmsg) == (ErrorKind.WAIT, "the answer is too long")


@asynccontextmanager
async def served(handler):
    """A gateway that does what the test says; its address."""
    runner = web.ServerRunner(web.Server(handler, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    await runner.cleanup()


async def test_errors_leave_no_url_behind(oa, phones):
    """aiohttp's exceptions hold the URL and that holds the token: they are not chained."""
    await phones.fault(path="/cgi-bin/user/info", reset="before", times=None)

    with pytest.raises(CallDoubtful) as raised:
        await oa.follower("someone")

    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


async def test_a_login_code_gives_the_person_once(mp, phones):
    """Codes are single use; the second try must sign in again."""
    openid = (await phones.add_person("张三"))["wx-mp"]
    code = await phones.code("wx-mp", "张三")

    signed_in = await mp.sign_in(code)
    with pytest.raises(CodeRefused) as again:
        await mp.sign_in(code)

    assert signed_in.openid == openid
    assert again.value.errcode == 40163


async def test_a_login_code_dies_after_five_minutes(mp, phones):
    """An old one is as good as a wrong one."""
    code = await phones.code("wx-mp", "张三")
    await phones.advance_clock(301)

    with pytest.raises(CodeRefused) as late:
        await mp.sign_in(code)

    assert late.value.errcode == 40029


async def test_a_person_is_one_unionid_at_both_accounts(oa, mp, phones):
    """That is how the hub joins OA and mini program."""
    await phones.add_person("张三", follows=True)
    at_mp = await mp.sign_in(await phones.code("wx-mp", "张三"))
    at_oa = await oa.authorize(await phones.code("wx-oa", "张三", "oauth", scope="snsapi_userinfo"))

    known = await oa.follower(at_oa.openid)

    assert at_mp.unionid == at_oa.unionid == known.unionid
    assert at_mp.openid != at_oa.openid
    assert known.follows


async def test_a_preview_account_is_marked(oa, phones):
    """Everybody who only looks is the same snapshot user: binding it would bind a crowd."""
    code = await phones.code("wx-oa", "somebody", "oauth", snapshot=True)

    authorized = await oa.authorize(code)

    assert authorized.preview


async def test_followers_are_told_in_one_call(oa, phones):
    """A hundred at a time; somebody who does not follow has no unionid to give."""
    stays = await follower(phones, "甲")
    leaves = (await phones.add_person("乙"))["wx-oa"]

    found = await oa.followers([stays, leaves])

    assert [(each.openid, each.follows, each.unionid is None) for each in found] == [
        (stays, True, False),
        (leaves, False, True),
    ]


async def test_a_phone_number_comes_for_a_code(mp, phones):
    """Single use, like every code."""
    await phones.add_person("张三", phone="13800000001")
    code = await phones.code("wx-mp", "张三", "phone")

    number = await mp.phone_number(code)

    assert number == "13800000001"


async def test_a_mini_program_code_is_a_picture(mp, phones):
    """Bytes, not JSON."""
    picture = await mp.mini_program_code("ticket-0123456789", page="pages/bind")

    assert picture.startswith(b"\x89PNG")


async def test_a_scene_that_is_too_long_is_refused(mp, phones):
    """The API answers JSON instead of a picture."""
    with pytest.raises(CallRefused) as raised:
        await mp.mini_program_code("x" * 33)

    assert raised.value.errcode == 40169


async def test_a_text_is_judged(mp, stand_in, phones):
    """Risky words are found before a complaint is shown to others."""
    openid = (await phones.add_person("张三"))["wx-mp"]
    stand_in.world.risky_words = ("坏词",)

    suggestions = [await mp.judge_text(openid, text) for text in ("补贴没有到账", "这里有坏词")]

    assert suggestions == ["pass", "risky"]


async def test_the_quota_counts_what_was_accepted_and_returns_the_next_day(oa, phones):
    """45009 until midnight in Shanghai."""
    openid = await follower(phones)
    await phones.set_quota("wx-oa", SEND, 2)

    today = [await oa.send_template(todo(openid, f"d{n}")) for n in range(3)]
    left = await oa.quota(SEND)
    await phones.advance_clock(12 * 3600)
    tomorrow = await oa.send_template(todo(openid, "next day"))

    assert (today[2].errcode, today[2].kind) == (45009, ErrorKind.QUOTA)
    assert (left.daily_limit, left.used, left.remain) == (2, 2, 0)
    assert isinstance(tomorrow, Sent)


async def test_a_used_up_quota_is_an_exception_of_its_own_elsewhere(oa, phones):
    """What is no send raises, with a class of its own for it."""
    await phones.fault(path="/cgi-bin/user/info", errcode=45009)

    with pytest.raises(CallLimited):
        await oa.follower("someone")


async def test_a_call_to_a_stand_in_is_impossible_in_production(stand_in, http):
    """Tokens never leave over plain HTTP, and no demo setting survives into production."""
    account = official(stand_in.url)

    with pytest.raises(SetupError, match="is not WeChat"):
        WeChat(account, http, MovingClock(NOON), production=True)
