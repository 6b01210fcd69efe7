"""Pages: one record, two doors. A form is read, refused, kept and done as a program's request is, and says so to a person."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import uuid4

import aiohttp
import msgspec
import pytest

from hub.api import (
    Anyone,
    Asked,
    Collection,
    Context,
    Form,
    Listing,
    ListPage,
    MenuEntry,
    News,
    Page,
    Paging,
    Permission,
    RelatedLink,
    Route,
    RowView,
    TooMany,
    hookimpl,
    stored,
)
from hub.store.mongo import ConnectionFailure
from tests.web.small import EXPECTED, Note, SmallHub, Visitor, small_hub
from tests.world import ANJU, CITY, JUXIAN, SHEHONG, VILLAGE

LEAVES = f"/ydsh/{ANJU}/leaves"


class NewLeaf(msgspec.Struct, frozen=True, kw_only=True):
    text: Annotated[str, Asked("内容"), msgspec.Meta(min_length=2, max_length=20)]
    count: Annotated[int, Asked("份数"), msgspec.Meta(ge=1, le=9)]
    version: int = 1


class NewPictured(msgspec.Struct, frozen=True, kw_only=True):
    text: Annotated[str, Asked("内容"), msgspec.Meta(min_length=2, max_length=20)]
    pictures: Annotated[tuple[str, ...], Asked("图片", look="pictures")] = ()


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    text: str
    version: int


class Blank(msgspec.Struct, frozen=True):
    """Nothing is loaded."""


async def blank(ctx: Context) -> Blank:
    """An empty page."""
    return Blank()


async def write(ctx: Context, body: NewLeaf) -> Leaf:
    """Write a leaf."""
    leaf = Note(id=ctx.new_id(), place=ctx.place.code, text=body.text)
    return _leaf(await ctx.store["leaves.all"].insert(leaf))


async def write_pictured(ctx: Context, body: NewPictured) -> Leaf:
    """Write one with pictures."""
    leaf = Note(id=ctx.new_id(), place=ctx.place.code, text=body.text)
    await ctx.files.claim(body.pictures, leaf.id)
    return _leaf(await ctx.store["leaves.all"].insert(leaf))


async def rewrite(ctx: Context, id: str, body: NewLeaf) -> Leaf:
    """Write it anew."""
    leaf = msgspec.structs.replace(await ctx.store["leaves.all"].get(id), version=body.version, text=body.text)
    return _leaf(await ctx.store["leaves.all"].save(leaf))


async def read(ctx: Context, id: str) -> Leaf:
    """Read a leaf."""
    return _leaf(await ctx.store["leaves.all"].get(id))


async def copy(ctx: Context, id: str) -> Leaf:
    """Write the same once more."""
    leaf = await ctx.store["leaves.all"].get(id)
    return _leaf(await ctx.store["leaves.all"].insert(Note(id=ctx.new_id(), place=leaf.place, text="另一张")))


async def crash(ctx: Context) -> Blank:
    """Break."""
    raise RuntimeError("510904194403150023")


async def too_often(ctx: Context) -> None:
    """看得太勤"""
    raise TooMany(retry_after=290)


async def away(ctx: Context) -> None:
    """数据库没有响应"""
    raise ConnectionFailure("no server at 10.1.2.3")


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    text: str


async def write_uncounted(ctx: Context, body: NewLeaf) -> Counted:
    """Write one that nobody can read again, in a transaction of its own."""
    await ctx.in_transaction(lambda unit: write(unit, body))
    return Counted(text=body.text)


class Asking(msgspec.Struct, frozen=True):
    """What an answer is shown with."""

    title: str
    href: str
    facts: tuple[tuple[str, str], ...]


async def asking(ctx: Context) -> Asking:
    """An answer is shown."""
    return Asking("写好了", "/new", (("内容", "text"),))


async def news(ctx: Context) -> News:
    return News(count=await ctx.store["leaves.all"].count({}), line="有新的")


async def bad_news(ctx: Context) -> News:
    raise RuntimeError("nothing to tell")


def _leaf(note: Note) -> Leaf:
    return Leaf(id=note.id, text=note.text, version=note.version)


WRITE = Form(route="", then="/{id}", submit="写好了")
SHOWN = {"read": Form(route="", shows="ui/revealed.html"), "kept": Form(route="/uncounted", shows="ui/revealed.html")}
PICTURED = Form(route="/pictured", then="/{id}")
# Where one is led that makes another of what the path names.
COPIED = {"there": Form(route="/{id}/copy", then="/{answer}"), "back": Form(route="/{id}/copy", then="/{id}")}
REWRITE = Form(
    route="/{id}", method="PUT", then="/{id}", start=lambda leaf: {"text": leaf.text, "version": leaf.version}
)


LEAF_LIST = ListPage(
    listing=Listing(
        path="",
        read="leaves.write",
        says="All leaves.",
        of=stored("leaves.all", Note),
        line=lambda ctx, note: _leaf(note),
        query=Paging,
    ),
    apps=("ydsh",),
    title="都在这里",
    row=lambda leaf: RowView(title=leaf.text, href=f"/{leaf.id}"),
).page()


class Leaves:
    """A business with pages."""

    @hookimpl
    def permissions(self) -> Sequence[Permission]:
        return [Permission("leaves.write", "写", ("handler",))]

    @hookimpl
    def collections(self) -> Sequence[Collection]:
        return [Collection(name="leaves.all", document=Note, scope="subtree")]

    @hookimpl
    def routes(self) -> Sequence[Route]:
        return [
            Route(method="POST", path="", call=write, access="leaves.write", status=201, reads="/{id}"),
            Route(method="POST", path="/pictured", call=write_pictured, access="leaves.write", reads="/{id}"),
            Route(method="POST", path="/uncounted", call=write_uncounted, access="leaves.write", transaction=False),
            Route(method="PUT", path="/{id}", call=rewrite, access="leaves.write", reads="/{id}"),
            Route(method="GET", path="/{id}", call=read, access="leaves.write"),
            Route(method="POST", path="/{id}/copy", call=copy, access="leaves.write", status=201),
        ]

    @hookimpl
    def pages(self) -> Sequence[Page]:
        given: Mapping[str, Any] = {"apps": ("ydsh",), "access": "leaves.write"}
        return [
            Page(**given, path="/new", title="写一张", template="ui/form.html", load=blank, form=WRITE),
            LEAF_LIST,
            Page(**given, path="/pictured", title="有图的", template="ui/form.html", load=blank, form=PICTURED),
            Page(**given, path="/{id}", title="改一张", template="ui/form.html", load=read, form=REWRITE),
            *(
                Page(**given, path=f"/shown-{name}", title="看看", template="ui/form.html", load=asking, form=form)
                for name, form in SHOWN.items()
            ),
            *(
                Page(**given, path=f"/{{id}}/{name}", title="再写", template="ui/form.html", load=read, form=form)
                for name, form in COPIED.items()
            ),
            Page(**given, path="/broken", title="坏", template="ui/form.html", load=crash),
            Page(**given, path="/often", title="太勤", load=too_often),
            Page(**given, path="/away", title="不在", load=away),
            Page(
                apps=("ykt",),
                path="/own",
                title="自己",
                template="ui/form.html",
                load=blank,
                access=Anyone.CLAIMED,
                form=WRITE,
            ),
        ]

    @hookimpl
    def menu_entries(self) -> Sequence[MenuEntry]:
        return [
            MenuEntry(app="ydsh", label="写一张", path="/new", access="leaves.write", tab=True, news=news),
            MenuEntry(app="ydsh", label="坏消息", path="/broken", access="leaves.write", news=bad_news),
        ]


class Trees:
    """Its page belongs to that of a leaf."""

    @hookimpl
    def pages(self) -> Sequence[Page]:
        return [Page(apps=("ydsh",), path="/grown", title="长在哪", access=Anyone.SIGNED_IN)]

    @hookimpl
    def related_links(self) -> Sequence[RelatedLink]:
        beside = {"app": "ydsh", "beside": "leaves/{id}"}
        return [
            RelatedLink(**beside, label="长在哪棵树上", path="/grown?leaf={id}", access=Anyone.SIGNED_IN),
            RelatedLink(**beside, label="给领导看", path="/grown", access=Anyone.PROVED),
        ]


@pytest.fixture(scope="module")
async def hub(mongo_uri: str) -> AsyncIterator[SmallHub]:
    plugins = [("leaves", Leaves()), ("trees", Trees())]
    async with small_hub(mongo_uri, f"test_{uuid4().hex}", plugins=plugins, on=(ANJU,)) as made:
        yield made


@pytest.fixture
async def handler(hub: SmallHub) -> Browser:
    """Of the county, at a browser."""
    return Browser(await hub.by_cookie(await hub.handler(ANJU), "ydsh"))


class Browser:
    """Looks at pages and sends their forms, as they stand there."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor

    async def look(self, path: str, **headers: str) -> Seen:
        return await self._ask("GET", path, headers)

    async def send(self, seen: Seen, fields: Mapping[str, str], **headers: str) -> Seen:
        """The form of the page, with its hidden fields unless ``fields`` say otherwise."""
        body = urlencode({**seen.hidden, **fields}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self._ask("POST", seen.action, {**kind, **headers}, body)

    async def send_files(self, seen: Seen, fields: Mapping[str, str], *files: tuple[str, str, bytes]) -> Seen:
        """The same with files that were chosen."""
        return await self._ask("POST", seen.action, {}, multipart({**seen.hidden, **fields}, *files))

    async def _ask(self, method: str, path: str, headers: Mapping[str, str], body: Any = None) -> Seen:
        own = {name: value for name, value in self._visitor.headers.items() if name != "X-Hub-CSRF"}
        url, sent = (
            self._visitor.base + path,
            {**own, **{name.replace("_", "-"): each for name, each in headers.items()}},
        )
        async with self._visitor.http.request(method, url, headers=sent, data=body, allow_redirects=False) as got:
            assert all(got.headers.get(name) == value for name, value in EXPECTED.items())
            assert "unsafe" not in got.headers["Content-Security-Policy"]
            return Seen(path, got.status, got.headers.copy(), await got.text())


class Seen:
    """A page, or where it leads."""

    def __init__(self, path: str, status: int, headers: Mapping[str, str], text: str) -> None:
        self.path, self.status, self.headers, self.text = path, status, headers, text

    @property
    def leads(self) -> str:
        return self.headers.get("Location", "")

    @property
    def action(self) -> str:
        return html.unescape(re.findall(r'<form[^>]* action="([^"]*)"', self.text)[0])

    @property
    def hidden(self) -> dict[str, str]:
        return dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', self.text))

    def typed(self, name: str) -> str:
        found = re.findall(rf'name="{re.escape(name)}"[^>]* value="([^"]*)"', self.text)
        return html.unescape(found[0]) if found else ""

    @property
    def words(self) -> str:
        return re.sub(r"<[^>]*>", "", self.text)


# What stands in errors and belongs to nobody's eyes.
HIDDEN = ("510904194403150023", "10.1.2.3")
FILLED = {"text": "一张纸", "count": "2"}


# --- a form --------------------------------------------------------------------------------------------------------------


async def test_a_form_is_handed_to_the_function_of_the_api(handler):
    new = await handler.look(f"{LEAVES}/new")

    done = await handler.send(new, FILLED)

    assert (new.status, done.status) == (200, 303)
    assert (await handler.look(done.leads)).typed("text") == "一张纸"


@pytest.mark.parametrize(("to", "text"), [("there", "另一张"), ("back", "一张纸")])
async def test_a_form_leads_to_what_was_made_or_stays_with_what_it_was_made_of(handler, to, text):
    made = await handler.send(await handler.look(f"{LEAVES}/new"), FILLED)

    done = await handler.send(await handler.look(f"{made.leads}/{to}"), {})

    assert (await handler.look(done.leads)).typed("text") == text


async def test_all_mistakes_at_once_and_what_was_typed_is_kept(handler):
    """With the summary, each leading to its field."""
    new = await handler.look(f"{LEAVES}/new")

    again = await handler.send(new, {"text": "x", "count": "many"})

    assert again.status == 422
    assert "内容：至少填写2个字。" in again.words and "份数：应为整数。" in again.words
    assert (again.typed("text"), again.typed("count")) == ("x", "many")
    assert 'href="#f-text"' in again.text and "<title>出错：写一张" in again.text


async def test_what_was_not_filled_in_is_asked_for(handler):
    new = await handler.look(f"{LEAVES}/new")

    again = await handler.send(new, {"text": "", "count": ""})

    assert again.words.count("请填写。") >= 2


async def test_a_form_that_is_sent_twice_files_once(handler, hub):
    new = await handler.look(f"{LEAVES}/new")
    before = await hub.world.database["leaves.all"].count_documents({})

    first, second = [await handler.send(new, FILLED) for _ in range(2)]

    assert (first.status, first.leads) == (second.status, second.leads) and first.status == 303
    assert await hub.world.database["leaves.all"].count_documents({}) == before + 1


@pytest.mark.parametrize("path", ["shown-read", "shown-kept"])
async def test_an_answer_that_is_shown_is_shown_again(handler, hub, path):
    """Read anew where it can be, else as it was kept; it was done once."""
    new = await handler.look(f"{LEAVES}/{path}")
    before = await hub.world.database["leaves.all"].count_documents({})

    first, second = [await handler.send(new, FILLED) for _ in range(2)]

    assert [(each.status, "一张纸" in each.words, each.leads) for each in (first, second)] == [(200, True, "")] * 2
    assert await hub.world.database["leaves.all"].count_documents({}) == before + 1


async def test_after_a_mistake_the_same_sending_goes_on(handler):
    """A refused one has left nothing; the second that it becomes is not taken for another."""
    new = await handler.look(f"{LEAVES}/new")

    again = await handler.send(new, {"text": "x", "count": "2"})
    done = await handler.send(again, FILLED)

    assert again.hidden["_key"] == new.hidden["_key"] and done.status == 303


async def test_back_and_changed_it_is_asked_whether_another_is_meant(handler, hub):
    new = await handler.look(f"{LEAVES}/new")
    await handler.send(new, FILLED)

    again = await handler.send(new, {**FILLED, "text": "另一张"})
    done = await handler.send(again, {**FILLED, "text": "另一张"})

    assert again.status == 409 and "另外提交一份" in again.words and again.typed("text") == "另一张"
    assert again.hidden["_key"] != new.hidden["_key"] and done.status == 303


async def test_what_somebody_else_has_changed_is_shown_before_it_is_overwritten(handler):
    made = (await handler.send(await handler.look(f"{LEAVES}/new"), FILLED)).leads
    mine, theirs = await handler.look(made), await handler.look(made)
    await handler.send(theirs, {"text": "先到的", "count": "1"})

    again = await handler.send(mine, {"text": "后到的", "count": "1"})
    done = await handler.send(again, {"text": "后到的", "count": "1"})

    assert again.status == 409 and again.typed("text") == "后到的" and again.hidden["version"] == "2"
    assert done.status == 303 and (await handler.look(made)).typed("text") == "后到的"


# --- against those who mean harm -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "x", "AAAA"])
async def test_without_the_token_of_a_page_nothing_is_done(handler, token):
    """Of the same site, the page is shown again with what was typed: somebody has signed in anew in another window."""
    new = await handler.look(f"{LEAVES}/new")

    again = await handler.send(new, {**FILLED, "_csrf": token})

    assert again.status == 409 and again.typed("text") == "一张纸" and "登录有变化" in again.words


async def test_another_site_sends_no_form(handler):
    new = await handler.look(f"{LEAVES}/new")

    refused = await handler.send(new, FILLED, Origin="https://evil.example")

    assert refused.status == 403 and "没有提交成功" in refused.words


async def test_the_token_is_another_on_every_page(handler):
    """So that compressing a page tells nothing of it."""
    tokens = {(await handler.look(f"{LEAVES}/new")).hidden["_csrf"] for _ in range(3)}

    assert len(tokens) == 3


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example/ydsh/", "/ykt/me", "/ydsh/\\evil", "/ydsh//evil"]
)
async def test_nobody_is_led_away(handler, to):
    seen = await handler.look(f"/ydsh/view?elder=1&{urlencode({'to': to})}")

    assert (seen.status, seen.leads) == (303, "/ydsh")


async def test_a_key_of_nobody_is_refused_at_its_field(handler):
    new = await handler.look(f"{LEAVES}/new")

    again = await handler.send(new, {**FILLED, "colour": "red"})

    assert again.status == 422 and "没有这个字段" in again.words


async def test_more_words_than_any_form_has_are_not_read(handler):
    """Pictures may be large; what is typed is looked at letter by letter."""
    new = await handler.look(f"{LEAVES}/pictured")

    refused = await handler.send_files(new, {"text": "ｆ" * 100_000})

    assert refused.status == 413 and "内容太大" in refused.words


@pytest.mark.parametrize("state", ["", "x", "é"])
async def test_a_code_that_this_browser_did_not_ask_for_is_not_taken(hub, state):
    """Nobody is signed in with another's code."""
    guest = Browser(hub.guest)

    seen = await guest.look(f"/ykt/signin/wechat/back?code=another&state={state}", Cookie="hub_oauth=é.!!")

    assert seen.status == 401 and "微信登录已超时" in seen.words and "Set-Cookie" not in seen.headers


async def test_a_member_of_staff_signs_in_before_wechat_is_bound(hub):
    seen = await Browser(hub.guest).look("/ydsh/signin/wechat")

    assert seen.leads.startswith("/ydsh/signin?")


async def test_nothing_is_told_of_what_is_not_there(handler):
    """Not even which methods it has."""
    there, nowhere = [await handler._ask("OPTIONS", path, {}) for path in (f"{LEAVES}/new", f"{LEAVES}/a/b")]

    assert (there.status, nowhere.status) == (204, 404)


# --- who may, and where ----------------------------------------------------------------------------------------------------


async def test_a_guest_is_led_to_sign_in_and_back(hub):
    guest = Browser(hub.guest)

    seen = await guest.look(f"{LEAVES}/new?a=1")

    assert (seen.status, seen.leads) == (303, f"/ydsh/signin?to=%2Fydsh%2F{ANJU}%2Fleaves%2Fnew%3Fa%3D1")


async def test_whoever_has_not_said_who_they_are_is_led_to_that(hub):
    resident = Browser(await hub.by_cookie(await hub.resident("somebody", "none"), "ykt"))

    seen = await resident.look(f"/ykt/{ANJU}/leaves/own")

    assert (seen.status, seen.leads.partition("?")[0]) == (303, "/ykt/claim")


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        (f"/ydsh/{SHEHONG}/leaves/new", 404, "没有找到"),
        (f"/ydsh/{ANJU}/leaves/nothing-like-it", 404, "没有找到"),
        (f"/ydsh/{ANJU}/nowhere", 404, "没有找到"),
        (f"/ydsh/{ANJU}/leaves/broken", 500, "系统出了点问题"),
        (f"/ydsh/{ANJU}/leaves/often", 429, "请约5分钟后再试"),
        (f"/ydsh/{ANJU}/leaves/away", 503, "系统暂时没有响应"),
        (f"/ykt/{ANJU}/leaves/new", 404, "没有找到"),
    ],
)
async def test_a_refusal_is_a_page(handler, path, status, words):
    """In the look of the app; of a fault only a number is told."""
    seen = await handler.look(path)

    assert (seen.status, words in seen.words) == (status, True)
    assert seen.headers["Content-Type"].startswith("text/html") and not any(each in seen.text for each in HIDDEN)
    assert (seen.headers["X-Request-Id"] in seen.text) is (status == 500) and "返回首页" in seen.words


async def test_whoever_asks_whether_it_is_there_is_told_the_same(hub, handler):
    """As whoever opens it would be, without the page."""
    visitor = await hub.by_cookie(await hub.handler(ANJU), "ydsh")

    answers = [await visitor.ask("HEAD", f"{LEAVES}/{name}") for name in ("new", "nothing-like-it", "away")]

    assert [(answer.status, answer.body) for answer in answers] == [(200, b""), (404, b""), (503, b"")]


async def test_whoever_followed_a_link_is_led_back(handler):
    """From another site, or from nowhere, home alone."""
    own, theirs = [f"{base}{LEAVES}?limit=2" for base in (handler._visitor.base, "https://evil.example")]

    back, home = [await handler.look(f"{LEAVES}/nothing-like-it", Referer=came) for came in (own, theirs)]

    assert f'href="{LEAVES}?limit=2"' in back.text and "返回上一页" in back.words
    assert "返回上一页" not in home.words and "返回首页" in home.words


async def test_a_page_of_the_city_leads_into_a_county_to_write(handler):
    new = await handler.look(f"{LEAVES}/new")

    seen = await handler.send(new, FILLED, Origin=handler._visitor.base)
    city = await handler._ask(
        "POST", f"/ydsh/{CITY}/leaves/new", {"Content-Type": "application/x-www-form-urlencoded"}, b"text=a"
    )

    assert seen.status == 303
    assert city.status == 400 and f'href="/ydsh/{ANJU}/leaves/new"' in city.text


async def test_a_page_leads_to_what_another_plugin_has_beside_it(handler):
    """Filled in from its address, and to nobody who may not open it."""
    new = await handler.look(f"{LEAVES}/new")
    leaf = (await handler.send(new, FILLED)).leads

    seen = await handler.look(leaf)

    assert f'href="/ydsh/{ANJU}/trees/grown?leaf={leaf.rpartition("/")[2]}">长在哪棵树上' in seen.text
    assert "给领导看" not in seen.text and "长在哪棵树上" not in new.text


async def test_a_handler_elsewhere_may_not(hub):
    elsewhere = Browser(await hub.by_cookie(await hub.handler(SHEHONG), "ydsh"))

    seen = await elsewhere.look(f"{LEAVES}/new")

    assert seen.status == 403 and "不能打开" in seen.words


# --- home and reading ------------------------------------------------------------------------------------------------------


async def test_home_is_where_one_was_last_or_works(handler):
    led = await handler.look("/ydsh")
    home = await handler.look(led.leads)

    assert (led.status, led.leads) == (303, f"/ydsh/{ANJU}")
    assert f'href="{LEAVES}/new"' in home.text and home.headers["Set-Cookie"].startswith(f"hub_place={ANJU}")


async def test_a_place_that_one_has_nothing_to_do_with_is_not_remembered_as_home(hub):
    handler = Browser(await hub.by_cookie(await hub.handler(ANJU), "ydsh"))
    cookie = handler._visitor.headers["Cookie"]

    led = [await handler.look("/ydsh", Cookie=f"{cookie}; hub_place={place}") for place in (SHEHONG, JUXIAN)]

    assert [each.leads for each in led] == [f"/ydsh/{ANJU}", f"/ydsh/{JUXIAN}"]


async def test_a_residents_home_is_their_village(hub):
    """They may look at another county all the same, and find their own way back."""
    visitor = await hub.resident("villager")
    await hub.world.database["people"].update_one({"_id": visitor.person}, {"$set": {"region": VILLAGE}})
    resident = Browser(await hub.by_cookie(visitor, "ykt"))
    cookie = resident._visitor.headers["Cookie"]

    led = [await resident.look("/ykt", Cookie=f"{cookie}; hub_place={place}") for place in ("", ANJU, SHEHONG)]
    places = await resident.look("/ykt/places")

    assert [each.leads for each in led] == [f"/ykt/{VILLAGE}", f"/ykt/{VILLAGE}", f"/ykt/{SHEHONG}"]
    assert f'href="/ykt/{VILLAGE}"' in places.text


async def test_a_list_from_a_shared_link_goes_on(handler):
    """The cursor is good for what the page asks for, not for what WeChat has added to the address."""
    for n in range(3):
        await handler.send(await handler.look(f"{LEAVES}/new"), {**FILLED, "text": f"第{n}张"})

    first = await handler.look(f"{LEAVES}?limit=2&from=singlemessage")
    [following] = re.findall(r'href="([^"]*cursor=[^"]*)"', first.text)
    second = await handler.look(html.unescape(following))

    assert (first.status, second.status) == (200, 200) and "limit=2" in following


async def test_a_tile_that_fails_to_say_its_news_is_there_all_the_same(handler):
    home = await handler.look(f"/ydsh/{ANJU}")

    assert "坏消息" in home.words and home.status == 200


async def test_the_home_below_a_county_has_what_may_be_opened_there(hub):
    town = Browser(await hub.by_cookie(await hub.handler(JUXIAN), "ydsh"))

    home = await town.look(f"/ydsh/{JUXIAN}")

    assert "写一张" in home.words and "聚贤镇" in home.words


async def test_how_somebody_reads_is_kept_on_the_device(handler):
    """长辈版 and 字号, before signing in too."""
    seen = await handler.look("/ydsh/view?size=3")
    both = await handler.look(f"{LEAVES}/new", Cookie="hub_view=e3")

    assert (seen.leads, seen.headers["Set-Cookie"].partition(";")[0]) == ("/ydsh", "hub_view=3")
    assert both.status == 303  # that header was all that was sent: nobody


async def test_what_wechat_adds_to_an_address_harms_nobody(handler):
    seen = await handler.look(f"{LEAVES}/new?from=singlemessage&isappinstalled=0")

    assert seen.status == 200


@pytest.mark.parametrize(
    ("accepted", "coding"), [("gzip, deflate, br", "gzip"), ("gzip;q=0", None), ("identity", None)]
)
async def test_a_page_goes_compressed_to_browsers_that_take_it(handler, accepted, coding):
    """Also one that refuses; caches are told."""
    seen = [await handler.look(path, Accept_Encoding=accepted) for path in (f"{LEAVES}/new", f"{LEAVES}/nowhere/else")]

    assert [each.headers.get("Content-Encoding") for each in seen] == [coding, coding]
    assert all("Accept-Encoding" in each.headers["Vary"] for each in seen) and "写一张" in seen[0].words


async def test_what_a_program_asks_for_is_not_compressed(handler):
    """It may hold a token that is not masked."""
    answer = await handler._visitor.get("/api/v1/me", headers={"Accept-Encoding": "gzip"})

    assert "csrf" in answer.json and "Content-Encoding" not in answer.headers and "Vary" not in answer.headers


# --- files without script --------------------------------------------------------------------------------------------------


def multipart(fields: Mapping[str, str], *files: tuple[str, str, bytes]) -> aiohttp.FormData:
    """As a browser sends a form with chosen files."""
    form = aiohttp.FormData()
    for name, value in fields.items():
        form.add_field(name, value)
    for name, filename, data in files:
        form.add_field(name, data, filename=filename, content_type="image/jpeg")
    return form


async def test_pictures_are_taken_with_the_form(handler, hub, jpeg):
    new = await handler.look(f"{LEAVES}/pictured")

    done = await handler.send_files(new, {"text": "有图"}, ("pictures", "a.jpg", jpeg), ("pictures", "b.jpg", jpeg))

    stored = await hub.world.database["leaves.all"].find_one({"_id": done.leads.rpartition("/")[2]})
    assert done.status == 303 and 'enctype="multipart/form-data"' in new.text
    assert await hub.world.database["files"].count_documents({"subject": stored["_id"], "state": "claimed"}) == 2


async def test_a_picture_that_was_taken_stays_when_something_else_is_wrong(handler, jpeg):
    new = await handler.look(f"{LEAVES}/pictured")

    again = await handler.send_files(new, {"text": ""}, ("pictures", "a.jpg", jpeg))
    [kept] = re.findall(r'name="pictures" value="([^"]*)" checked', again.text)
    done = await handler.send_files(again, {"text": "有图", "pictures": kept})

    assert (again.status, done.status) == (422, 303)


async def test_what_is_no_picture_is_named_at_its_field(handler):
    new = await handler.look(f"{LEAVES}/pictured")

    again = await handler.send_files(new, {"text": "有图"}, ("pictures", "a.jpg", b"no picture"))

    assert again.status == 422 and "“a.jpg”" in again.words and again.typed("text") == "有图"


async def test_a_form_with_files_that_is_sent_twice_files_once(handler, hub, jpeg):
    """The second brings the files again, under other boundaries."""
    new = await handler.look(f"{LEAVES}/pictured")

    first, second = [await handler.send_files(new, {"text": "两次"}, ("pictures", "a.jpg", jpeg)) for _ in range(2)]

    assert (first.status, first.leads) == (303, second.leads)
    assert await hub.world.database["leaves.all"].count_documents({"text": "两次"}) == 1


async def test_more_files_than_a_form_takes_are_refused_before_any_is(handler, hub, jpeg):
    new = await handler.look(f"{LEAVES}/pictured")
    before = await hub.world.database["files"].count_documents({})

    again = await handler.send_files(new, {"text": "多"}, *[("pictures", f"{n}.jpg", jpeg) for n in range(11)])

    assert again.status == 422 and await hub.world.database["files"].count_documents({}) == before
