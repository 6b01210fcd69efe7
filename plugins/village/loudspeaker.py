"""The village's loudspeaker: what is read over it, and the log of when that was done, with photos of the board."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from hub.api import (
    AnotherLevel,
    Asked,
    Business,
    Button,
    Conflict,
    Context,
    Face,
    Invalid,
    Listing,
    Raw,
    Reason,
    ReasonRequest,
    Route,
    UnitLineView,
    WorkQuery,
    check_here,
    day_in_chinese,
    next_number,
    read_file,
    shared,
)
from plugins.village.config import VillageConfig
from plugins.village.documents import READING, Reading
from plugins.village.events import ReadAloud
from plugins.village.following import is_village
from plugins.village.looking import ShownLine, open_lines

READ, ANNOUNCE, PHOTOS = "village.read", "village.announce", "village.photos"
MOST_PHOTOS = 9
# Who reads it notes it soon; what is older is remembered wrongly.
LONGEST_AGO = timedelta(days=7)

READINGS: Business[Reading] = Business(
    collection="village.readings",
    kind="reading",
    machine=READING,
    letter="L",
    title=lambda reading: f"播报{reading.publicities}项公示",
    about=lambda reading: None,
    link=lambda reading: f"/{reading.place}/village/readings/{reading.id}",
)


# --- what is read -----------------------------------------------------------------------------------------------------------------


class ScriptView(msgspec.Struct, frozen=True, kw_only=True):
    """What can be read aloud, paragraph by paragraph, of so many publicities; no person is named in it."""

    name: str
    publicities: int
    text: list[str]


async def show_script(ctx: Context) -> ScriptView:
    """播报稿：本村（社区）正在公示的补贴，可以照着念"""
    if not is_village(ctx):
        raise AnotherLevel("播报稿是每个村（社区）自己的，请先选择村（社区）。")
    lines = await open_lines(ctx)
    text = list(paragraphs(ctx, lines)) if lines else []
    return ScriptView(name=ctx.place.name, publicities=len(lines), text=text)


def paragraphs(ctx: Context, lines: Sequence[ShownLine]) -> Iterator[str]:
    yield f"各位乡亲，下面播报{ctx.place.name}正在公示的补贴，一共{len(lines)}项。"
    for at, line in enumerate(lines, 1):
        total = f"，金额合计{line.total.removesuffix('.00')}元" if line.total else ""
        yield f"第{at}项，{line.short}，{line.label}，{line.people}{total}，公示到{day_in_chinese(line.ends_at)}。"
    hangs = ctx.settings(VillageConfig).hangs
    yield f"名单贴在{hangs}，也可以在手机上打开“遂宁一卡通”，点“村村响”查看。"
    phones = "、".join(dict.fromkeys(line.phone for line in lines if line.phone))
    call = f"，监督电话{phones}" if phones else ""
    yield f"对名单有意见的，请在公示期内提出，可以要求保密{call}。播报完毕，谢谢大家。"


# --- the log ----------------------------------------------------------------------------------------------------------------------


class ReadingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """When it was read; photos of the board."""

    read_at: Annotated[datetime, Asked("播报时间")]
    photos: Annotated[
        tuple[str, ...],
        Asked("公示栏照片", f"最多{MOST_PHOTOS}张", look="pictures"),
        msgspec.Meta(max_length=MOST_PHOTOS),
    ] = ()


class ReadingLine(msgspec.Struct, frozen=True, kw_only=True):
    """One time that it was read; ``handler`` has noted it. ``pictures``: how many photos of the board there are."""

    id: str
    number: str
    version: int
    place: str
    place_name: str
    read_at: datetime
    handler: str
    publicities: int
    pictures: int
    state: str
    state_label: str


class ReadingView(ReadingLine, frozen=True, kw_only=True):
    """The same with what was read; ``photos`` are for whoever may see them: a board also shows other papers, and passers-by."""

    text: list[str]
    photos: list[str]
    flow: list[UnitLineView]
    moves: list[str]


def reading_line(ctx: Context, reading: Reading) -> ReadingLine:
    return ReadingLine(
        place_name=ctx.regions.full_name(reading.place),
        handler=reading.acts[0].handler,
        pictures=len(reading.photos),
        state_label=READING.label(reading.state),
        **shared(ReadingLine, reading),
    )


async def show_reading(ctx: Context, reading: Reading, moves: list[str]) -> ReadingView:
    """一次播报：念了什么、什么时候、谁登记的"""
    return ReadingView(
        text=list(reading.text),
        photos=list(reading.photos) if ctx.has(PHOTOS) else [],
        flow=[UnitLineView(**shared(UnitLineView, act)) for act in reading.acts],
        moves=moves,
        **msgspec.structs.asdict(reading_line(ctx, reading)),
    )


async def log_reading(ctx: Context, body: ReadingRequest) -> ReadingView:
    """登记播报"""
    script = await show_script(ctx)
    if not script.publicities:
        raise Conflict("现在没有正在公示的名单，不用播报。")
    if not ctx.now() - LONGEST_AGO <= body.read_at <= ctx.now():
        raise Invalid(fields={"read_at": f"请填最近{LONGEST_AGO.days}天内的时间，不能晚于现在。"})
    photos = tuple(dict.fromkeys(body.photos))
    new = Reading(
        id=ctx.new_id(),
        place=ctx.place.code,
        number=await next_number(ctx, READINGS.letter),
        state="logged",
        read_at=body.read_at,
        text=tuple(script.text),
        publicities=script.publicities,
        photos=photos,
    )
    await ctx.files.claim(photos, new.id)
    saved = await READINGS.open(ctx, new, "登记播报", what="log", tell=(READINGS.fact(ReadAloud),))
    return await LOG.answer(ctx, saved)


async def show_photo(ctx: Context, id: str, file: str) -> Raw:
    """A photo of the board."""
    reading = await READINGS.seen(ctx, id)
    return await read_file(ctx, file, reading.photos, reading.id)


LOG: Face[Reading, ReadingView] = Face(
    business=READINGS,
    path="/readings",
    show=show_reading,
    read=READ,
    act=ANNOUNCE,
    may=(check_here,),
    buttons=(Button(name="withdraw", form=ReasonRequest, reason=Reason("撤销的理由"), tell=(ReadAloud,)),),
)
LIST = Listing(
    path="/readings",
    read=READ,
    says="播报记录：辖区内哪个村什么时候播报过，最新的在前",
    of=READINGS,
    line=reading_line,
    query=WorkQuery,
    exact=("state",),
)

ROUTES = (
    Route(method="GET", path="/script", call=show_script, access=READ),
    *LIST.routes(),
    Route(method="POST", path="/readings", call=log_reading, access=ANNOUNCE, status=201, reads="/readings/{id}"),
    *LOG.routes(),
    Route(method="GET", path="/readings/{id}/photos/{file}", call=show_photo, access=PHOTOS),
)
