"""Photos of the paper on the village board (公示栏照片): when it was put up, and when the days were over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Annotated

import msgspec

from hub.api import Asked, Conflict, Context, Invalid, Moved, VersionRequest, shanghai, shown, shown_name
from plugins.publicity.config import PublicityConfig
from plugins.publicity.documents import Hung, Publicity

# A town hangs it up in each of its villages.
MOST_PHOTOS = 20
LABELS: Mapping[str, str] = {"put_up": "张贴照片", "at_end": "期满照片"}
DAYS: Mapping[str, str] = {
    "put_up": "拍照日期应在公示期内，不晚于今天。",
    "at_end": "拍照日期应在公示期满以后，不晚于今天。",
}
# Which of them there must be, as the county has it.
REQUIRED: Mapping[str, tuple[str, ...]] = {"asked": (), "put_up": ("put_up",), "both": ("put_up", "at_end")}


class HungRequest(VersionRequest, frozen=True, kw_only=True):
    """All photos that there shall be; those left out are let go."""

    day: Annotated[date, Asked("拍照日期")]
    photos: Annotated[tuple[str, ...], Asked("照片", f"最多{MOST_PHOTOS}张", look="pictures")]


def hanging(name: str) -> Callable[[Context, Publicity, HungRequest], Awaitable[Moved[Publicity]]]:
    """The button for the photos that a publicity keeps under this name."""

    async def hang(ctx: Context, publicity: Publicity, form: HungRequest) -> Moved[Publicity]:
        photos = tuple(dict.fromkeys(form.photos))
        before: Hung | None = getattr(publicity, name)
        check_photos(ctx, publicity, name, form.day, photos)
        await ctx.files.claim(photos, publicity.id)
        await ctx.files.release(
            [each for each in (before.photos if before else ()) if each not in photos], publicity.id
        )
        hung = Hung(day=form.day, photos=photos, handler=shown_name(ctx.actor))
        return Moved(msgspec.structs.replace(publicity, **{name: hung}))

    hang.__name__, hang.__doc__ = name, f"{LABELS[name]}: of the paper on the village board, with the day."
    return hang


def check_photos(ctx: Context, publicity: Publicity, name: str, day: date, photos: tuple[str, ...]) -> None:
    wrong = {}
    if not 1 <= len(photos) <= MOST_PHOTOS:
        wrong["photos"] = f"请上传1至{MOST_PHOTOS}张照片。"
    elif not set(photos).isdisjoint(photos_of(msgspec.structs.replace(publicity, **{name: None}))):
        wrong["photos"] = "张贴照片和期满照片不能用同一张。"
    if not first_day(ctx, publicity, name) <= day <= last_day(ctx, publicity, name):
        wrong["day"] = DAYS[name]
    if wrong:
        raise Invalid(fields=wrong)


def first_day(ctx: Context, publicity: Publicity, name: str) -> date:
    """From when on a photo shows what it shall: the end moves when a publicity is extended."""
    since = publicity.ends_at if name == "at_end" else publicity.started_at
    return shanghai(since or ctx.now()).date()


def last_day(ctx: Context, publicity: Publicity, name: str) -> date:
    """Once the days are over, no photo shows any more that it was put up in time."""
    today = shanghai(ctx.now()).date()
    return min(today, shanghai(publicity.ends_at or ctx.now()).date()) if name == "put_up" else today


def photos_of(publicity: Publicity) -> tuple[str, ...]:
    return tuple(file for hung in (publicity.put_up, publicity.at_end) if hung for file in hung.photos)


# --- before 最终确认 ------------------------------------------------------------------------------------------------------------


def check_on_board(ctx: Context, publicity: Publicity) -> None:
    """While it hangs, and until it is confirmed."""
    if publicity.state not in ("running", "due"):
        raise Conflict("只有公示中和到期待确认的公示可以上传公示栏照片。", state=shown(publicity))


def check_over(ctx: Context, publicity: Publicity) -> None:
    """From the last day on."""
    ends = shanghai(publicity.ends_at or ctx.now()).date()
    if shanghai(ctx.now()).date() < ends:
        raise Conflict("公示的最后一天起，才能上传期满照片。", state=shown(publicity))


# What is asked before each is taken.
CHECKS: Mapping[str, tuple[Callable[[Context, Publicity], None], ...]] = {
    "put_up": (check_on_board,),
    "at_end": (check_on_board, check_over),
}


def lacking(ctx: Context, publicity: Publicity) -> list[str]:
    """What photos the county wants that are not there."""
    wanted = REQUIRED[ctx.settings(PublicityConfig).board_photo]
    return [LABELS[name] for name in wanted if not shows(ctx, publicity, name)]


def shows(ctx: Context, publicity: Publicity, name: str) -> bool:
    hung: Hung | None = getattr(publicity, name)
    return hung is not None and hung.day >= first_day(ctx, publicity, name)


def check_photographed(ctx: Context, publicity: Publicity) -> None:
    if lacks := lacking(ctx, publicity):
        raise Conflict(f"确认前请先上传公示栏的{'、'.join(lacks)}。", state=shown(publicity))
