"""The stand-in's own rules, where wechatpy's client does not reach."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import msgspec
import pytest

from hub.wechat.messages import SubscribeMessage, TemplateMessage
from hub.wechat.outcomes import Refused, Sent
from hub.wechat.simulator import Remote, Simulator, SimulatorSettings, StandInAccount, Template
from hub.wechat.simulator.remote import ControlFailed
from tests.waiting import PATIENCE

from .conftest import PROGRESS, TODO, official

STABLE = "/cgi-bin/stable_token"
SEND = "/cgi-bin/message/template/send"
DATA = {"thing1": "待办", "time2": "12:00"}


def todo(openid, client_msg_id=None, **changes):
    return TemplateMessage(
        **{"openid": openid, "template_id": TODO, "data": DATA, "client_msg_id": client_msg_id or "d1", **changes}
    )


async def stable(http, stand_in, **changes):
    body = {"grant_type": "client_credential", "appid": "wx-oa", "secret": "oa-secret-0123456789", **changes}
    async with http.post(f"{stand_in.url}{STABLE}", json=body) as response:
        return await response.json(content_type=None)


# --- tokens ----------------------------------------------------------------------------------------------------------


async def test_a_stable_token_stays_the_same_until_its_last_five_minutes(http, stand_in, phones):
    """And `expires_in` runs down."""
    first = await stable(http, stand_in)
    await phones.advance_clock(6000)
    second = await stable(http, stand_in)
    await phones.advance_clock(901)
    third = await stable(http, stand_in)

    assert (first["access_token"], first["expires_in"]) == (second["access_token"], 7200)
    assert second["expires_in"] == 1200
    assert (third["access_token"] != first["access_token"], third["expires_in"]) == (True, 7200)


async def test_a_forced_refresh_kills_the_old_token_and_has_its_limits(http, stand_in, phones):
    """30 s apart, 20 a day."""
    old = (await stable(http, stand_in))["access_token"]
    forced = await stable(http, stand_in, force_refresh=True)
    too_soon = await stable(http, stand_in, force_refresh=True)
    for _ in range(19):
        await phones.advance_clock(31)
        await stable(http, stand_in, force_refresh=True)
    await phones.advance_clock(31)
    too_many = await stable(http, stand_in, force_refresh=True)

    async with http.get(f"{stand_in.url}/cgi-bin/user/info?access_token={old}&openid=x") as response:
        with_old = await response.json(content_type=None)

    assert forced["access_token"] != old
    assert (too_soon["errcode"], too_many["errcode"], with_old["errcode"]) == (45011, 45009, 40001)


async def test_ordinary_and_stable_tokens_do_not_touch_each_other(http, stand_in):
    """Somebody's old script calls `token`; our stable one lives on."""
    kept = (await stable(http, stand_in))["access_token"]
    query = "grant_type=client_credential&appid=wx-oa&secret=oa-secret-0123456789"

    async with http.get(f"{stand_in.url}/cgi-bin/token?{query}") as response:
        ordinary = await response.json(content_type=None)

    assert ordinary["access_token"] != kept
    assert (await stable(http, stand_in))["access_token"] == kept


# --- requests that WeChat would not read -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        (b'{"touser": "o", "data": {"thing1": {"value": "\\u9ad8"}}}', 40033),
        (b"not json", 47001),
        (b"[]", 47001),
        (b"", 47001),
    ],
)
async def test_malformed_bodies_are_refused(http, stand_in, body, errcode):
    """Escaped Chinese among them: the usual mistake of a JSON library."""
    token = (await stable(http, stand_in))["access_token"]

    async with http.post(f"{stand_in.url}{SEND}?access_token={token}", data=body) as response:
        answer = await response.json(content_type=None)

    assert (response.status, answer["errcode"]) == (200, errcode)


@pytest.mark.parametrize(
    ("method", "path", "errcode"),
    [("POST", SEND, 41001), ("GET", SEND, 43002), ("POST", "/cgi-bin/nothing", 40066)],
)
async def test_calls_without_token_method_or_path_are_refused(http, stand_in, method, path, errcode):
    """Always HTTP 200 with an errcode."""
    async with http.request(method, f"{stand_in.url}{path}") as response:
        answer = await response.json(content_type=None)

    assert (response.status, answer["errcode"]) == (200, errcode)


async def test_a_field_that_the_template_lacks_is_refused_for_mini_programs(mp, phones):
    """47003 there; official accounts let it pass."""
    openids = await phones.add_person("张三", credits={PROGRESS: 1})
    data = {"thing1": "津贴", "phrase2": "已受理", "thing9": "多余"}

    outcome = await mp.send_subscribe(SubscribeMessage(openid=openids["wx-mp"], template_id=PROGRESS, data=data))

    assert outcome.errcode == 47003
    assert "thing9" in outcome.errmsg


async def test_a_long_term_template_needs_no_credit(stand_in, mp, phones):
    """Some are granted to government services."""
    openid = (await phones.add_person("张三"))["wx-mp"]
    setup = stand_in.world.account("wx-mp").setup
    lasting = {**setup.templates, PROGRESS: Template(fields=("thing1", "phrase2"), long_term=True)}
    await phones.open_account(msgspec.structs.replace(setup, templates=lasting))
    message = SubscribeMessage(openid=openid, template_id=PROGRESS, data={"thing1": "津贴", "phrase2": "已受理"})

    outcomes = [await mp.send_subscribe(message) for _ in range(2)]

    assert [type(outcome) for outcome in outcomes] == [Sent, Sent]


async def test_an_unpublished_page_is_refused(stand_in, mp, phones):
    """41030 for a page the published mini program does not have."""
    openid = (await phones.add_person("张三", credits={PROGRESS: 2}))["wx-mp"]
    setup = stand_in.world.account("wx-mp").setup
    await phones.open_account(msgspec.structs.replace(setup, pages=("pages/case",)))
    data = {"thing1": "津贴", "phrase2": "已受理"}

    outcomes = [
        await mp.send_subscribe(SubscribeMessage(openid=openid, template_id=PROGRESS, data=data, page=page))
        for page in ("pages/case?id=1", "pages/nowhere")
    ]

    assert isinstance(outcomes[0], Sent)
    assert outcomes[1].errcode == 41030


async def test_a_person_may_sign_in_a_hundred_times_a_minute(mp, stand_in, http, clock):
    """45011 for the next one, and again fine a minute later."""
    async with running(Simulator((), clock, SimulatorSettings(sign_ins_per_minute=2))) as simulator:
        simulator.world.open_account(StandInAccount.of(official(simulator.url)))
        remote = Remote(simulator.control_url, http)
        await remote.open_account(StandInAccount(kind="mp", appid="wx-mp", secret="mp-secret-0123456789", templates={}))
        errcodes = [await sign_in(http, simulator, await remote.code("wx-mp", "张三")) for _ in range(3)]
        await remote.advance_clock(60)
        later = await sign_in(http, simulator, await remote.code("wx-mp", "张三"))

    assert (errcodes, later) == ([0, 0, 45011], 0)


async def sign_in(http, simulator, code):
    query = f"appid=wx-mp&secret=mp-secret-0123456789&js_code={code}&grant_type=authorization_code"
    async with http.get(f"{simulator.url}/sns/jscode2session?{query}") as response:
        return (await response.json(content_type=None)).get("errcode", 0)


@asynccontextmanager
async def running(simulator: Simulator) -> AsyncIterator[Simulator]:
    """A stand-in of a test's own."""
    await simulator.start()
    yield simulator
    await simulator.stop()


# --- what the phones show --------------------------------------------------------------------------------------------


async def test_the_same_id_is_shown_again_after_ten_minutes(oa, phones):
    """The platform promises no longer."""
    openid = (await phones.add_person("李四", follows=True))["wx-oa"]
    await oa.send_template(todo(openid))
    await phones.advance_clock(601)

    await oa.send_template(todo(openid))

    assert [message["repeats"] for message in await phones.messages(openid)] == [0, 0]


async def test_the_same_id_to_another_person_is_another_message(oa, phones):
    """The key is openid and id together."""
    openids = [(await phones.add_person(name, follows=True))["wx-oa"] for name in ("甲", "乙")]

    for openid in openids:
        await oa.send_template(todo(openid))

    assert len(await phones.messages()) == 2


async def test_messages_come_after_a_number_and_as_soon_as_they_land(oa, phones):
    """A long poll: the demo page and the story wait so."""
    openid = (await phones.add_person("李四", follows=True))["wx-oa"]
    await oa.send_template(todo(openid, "first"))
    waiting = asyncio.create_task(phones.messages(after=1, wait=30))

    await oa.send_template(todo(openid, "second"))

    assert [message["client_msg_id"] for message in await waiting] == ["second"]


async def test_a_stream_carries_every_message(oa, phones, stand_in, http):
    """Server-sent events, beginning with what was there before."""
    openid = (await phones.add_person("李四", follows=True))["wx-oa"]
    await oa.send_template(todo(openid, "first"))

    async with http.get(f"{stand_in.control_url}/_control/stream?openid={openid}") as stream:
        first = await next_event(stream)
        await oa.send_template(todo(openid, "second"))
        second = await next_event(stream)

    assert [first["client_msg_id"], second["client_msg_id"]] == ["first", "second"]


async def next_event(stream):
    async for line in stream.content:
        if line.startswith(b"data: "):
            return json.loads(line[6:])
    raise AssertionError("the stream has ended")


async def test_memory_is_bounded(http, clock):
    """The oldest messages go; the others keep their numbers."""
    async with running(Simulator((), clock, SimulatorSettings(keep_messages=3))) as simulator:
        remote = Remote(simulator.control_url, http)
        await remote.open_account(StandInAccount.of(official(simulator.url)))
        openid = (await remote.add_person("李四", follows=True))["wx-oa"]
        token = (await stable(http, simulator))["access_token"]
        for number in range(5):
            body = {"touser": openid, "template_id": TODO, "data": {"thing1": {"value": f"第{number}条"}}}
            data = json.dumps(body, ensure_ascii=False)
            await (await http.post(f"{simulator.url}{SEND}?access_token={token}", data=data)).read()

        kept = await remote.messages(openid)

    assert [message["seq"] for message in kept] == [3, 4, 5]


# --- the weather -----------------------------------------------------------------------------------------------------


async def test_too_many_calls_at_once_are_refused(http, clock):
    """-1: the platform is busy."""
    async with running(Simulator((), clock, SimulatorSettings(overload_at=5))) as simulator:
        simulator.world.open_account(StandInAccount.of(official(simulator.url)))
        # Time enough for all eight to come in, however busy the machine is.
        simulator.world.weather.latency = 2

        answers = await asyncio.gather(*(stable(http, simulator) for _ in range(8)))

    assert sum(answer.get("errcode") == -1 for answer in answers) == 3


async def test_an_outage_answers_503_to_everything_but_the_control_face(oa, phones, clock):
    """And ends when told."""
    openid = (await phones.add_person("李四", follows=True))["wx-oa"]
    await phones.sky(outage="503")

    down = await oa.send_template(todo(openid))
    await phones.sky(outage="none")

    assert isinstance(down, Refused)
    assert (await phones.counters())["messages"] == 0


async def test_a_fault_can_be_meant_for_one_person(oa, phones):
    """The others are served."""
    unlucky, lucky = [(await phones.add_person(name, follows=True))["wx-oa"] for name in ("甲", "乙")]
    await phones.fault(path=SEND, openid=unlucky, errcode=43117, times=None)

    outcomes = [await oa.send_template(todo(openid)) for openid in (lucky, unlucky)]
    await phones.clear_faults()
    after = await oa.send_template(todo(unlucky))

    assert isinstance(outcomes[0], Sent)
    assert outcomes[1].errcode == 43117
    assert isinstance(after, Sent)


async def test_a_slow_answer_is_already_on_the_phone(oa, phones):
    """A hub that dies while it waits has sent all the same: that is what client_msg_id is for."""
    openid = (await phones.add_person("李四", follows=True))["wx-oa"]
    await oa.tokens.get()
    await phones.fault(path=SEND, latency=30)
    sending = asyncio.create_task(oa.send_template(todo(openid)))

    shown = await phones.messages(wait=10)
    sending.cancel()

    assert len(shown) == 1


async def test_held_callbacks_come_when_released(oa, phones, landing):
    """A callback may come long after the send, or before it is recorded."""
    openid = (await phones.add_person("李四", follows=True))["wx-oa"]
    await phones.callbacks(hold=True)
    await oa.send_template(todo(openid))

    before = len(landing.taken)
    await phones.callbacks(hold=False)
    await phones.settled()

    assert (before, len(landing.taken)) == (0, 1)


async def test_the_oauth_page_sends_the_person_back_with_a_code(oa, stand_in, http):
    """The demo clicks through it as a person would."""
    back = "http%3A%2F%2F127.0.0.1%3A1%2Foauth%3Fnext%3D%252Fydsh"
    query = f"appid=wx-oa&redirect_uri={back}&response_type=code&scope=snsapi_base&state=s1&as=李四"

    async with http.get(f"{stand_in.url}/connect/oauth2/authorize?{query}", allow_redirects=False) as response:
        location = response.headers["Location"]

    code = location.split("code=")[1].split("&")[0]
    assert location.startswith("http://127.0.0.1:1/oauth?next=%2Fydsh&code=")
    assert location.endswith("&state=s1")
    assert (await oa.authorize(code)).openid


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "weather", b"{}"),
        ("POST", "people", b"{"),
        ("POST", "people", b'{"people": [{"name": "x"}]}'),
        ("POST", "codes", b'{"appid": "wx-none", "person": "x"}'),
        ("GET", "messages?after=x", b""),
        ("POST", "sky", b'{"outage": "rain"}'),
    ],
)
async def test_a_control_call_that_makes_no_sense_says_why(stand_in, http, method, path, body):
    """A typing mistake in a test must not pass as weather."""
    async with http.request(method, f"{stand_in.control_url}/_control/{path}", data=body) as response:
        answer = await response.json(content_type=None)

    assert response.status in (400, 404)
    assert answer["error"]


async def test_the_remote_says_what_went_wrong(phones):
    """As an exception, not as an empty answer."""
    with pytest.raises(ControlFailed, match="invalid appid"):
        await phones.code("wx-none", "张三")


# --- as a process ----------------------------------------------------------------------------------------------------


async def test_it_runs_as_a_process_of_its_own(http):
    """Prints its addresses, takes accounts from standard input, ends on SIGTERM with 0."""
    account = StandInAccount.of(official("http://127.0.0.1:1"))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hub.wechat.simulator", "--accounts", "-", "--clock-offset", "86400"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = process.stdout, process.stdin.write(msgspec.json.encode([account]))
    process.stdin.close()
    addresses = json.loads(await asyncio.wait_for(out.readline(), PATIENCE))

    people = await Remote(addresses["control_url"], http).add_person("李四", follows=True)
    process.terminate()

    assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
    assert list(people) == ["wx-oa"]
    assert addresses["url"].startswith("http://127.0.0.1:")


async def test_it_is_no_bottleneck(oa, phones):
    """Thousands of sends in one loop with the sender: counted, none lost, each on its phone with its callback."""
    openids = [(await phones.add_person(f"p{n}", follows=True))["wx-oa"] for n in range(50)]
    started = time.perf_counter()

    async def lane(openid: str) -> list[object]:
        return [await oa.send_template(todo(openid, f"{openid}-{n}")) for n in range(20)]

    outcomes = [each for sent in await asyncio.gather(*(lane(openid) for openid in openids)) for each in sent]
    counts = await phones.settled()

    print(f"{len(outcomes) / (time.perf_counter() - started):.0f} sends a second with callbacks")
    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert (counts["messages"], counts["callbacks"]["taken"]) == (1000, 1000)


async def test_stopping_ends_what_hangs(clock, http):
    """A test that leaves a hanging call behind does not hang itself."""
    simulator = Simulator((StandInAccount.of(official("http://127.0.0.1:1")),), clock)
    await simulator.start()
    await Remote(simulator.control_url, http).fault(path=STABLE, hang="before")
    hanging = asyncio.create_task(stable(http, simulator))
    while not simulator.world.in_flight:
        await asyncio.sleep(0)

    await simulator.stop()

    with pytest.raises(aiohttp.ClientError):
        await hanging
