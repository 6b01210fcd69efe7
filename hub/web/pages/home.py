"""The home of an app at a place, and how somebody reads: 字号 and 长辈版, kept on the device."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from hub.rules.traces import cause
from hub.rules.units import Units
from hub.web.access import PasswordFirst
from hub.web.menu import Entry
from hub.web.pages.base import PageBase, own_path
from hub.web.pages.frames import PLACE_COOKIE, VIEW_COOKIE, kept_place, usual_place, view_of
from hub.words.actors import Actor, App
from hub.words.clock import shanghai
from hub.words.contributions import News, Standing
from hub.words.errors import NotFound, NotSignedIn
from hub.words.regions import Region

log = structlog.get_logger("hub.web")

KEPT = 400 * 24 * 3600  # seconds; browsers keep nothing longer
SIZES: Mapping[str, str] = {"1": "标准", "2": "大", "3": "更大", "4": "特大"}
NO_NEWS = News()


class HomeTile(msgspec.Struct, frozen=True, kw_only=True):
    """One entry as the home shows it."""

    label: str
    href: str
    icon: str
    count: int | None = None
    line: str = ""


class HomeFigure(msgspec.Struct, frozen=True, kw_only=True):
    """A number at the head of the home, and where it leads."""

    label: str
    text: str
    unit: str
    tone: str
    href: str


class HomeBar(msgspec.Struct, frozen=True, kw_only=True):
    """A bar of a chart: ``share`` is how long it is in percent of the longest."""

    label: str
    text: str
    unit: str
    share: int
    href: str


class HomeStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How something of one's own stands, and where it leads."""

    told: Standing
    href: str


class HomeHandler(PageBase):
    """``/{app}`` leads to the usual place; ``/{app}/{place}`` is the home there, ``/{app}/places`` where another is chosen."""

    @property
    def route(self) -> str:
        return f"/{self.app}/{{place}}" if self.rest else f"/{self.app}"

    async def admit(self) -> None:
        await super().admit()
        if self.rest and self.rest != "places":
            self.place = self.parts.places.tree.get(self.rest.rstrip("/"))
            if self.place is None:
                raise NotFound
        if self.actor.kind == "guest" and self.app != "ykt":
            raise NotSignedIn
        if self.actor.limited == "password":
            raise PasswordFirst

    async def get(self, *args: str, **kwargs: str) -> None:
        self.body_ended()
        tree = self.parts.places.tree
        if self.place is not None:
            await self._show(self.place)
        elif self.rest != "places" and (usual := usual_place(self.actor, kept_place(self.request), tree)) is not None:
            self.lead(f"/{self.app}/{usual}")
        else:
            own = [tree[self.actor.home]] if self.actor.home in tree else []
            places = tuple((tree.full_name(each.code), f"/{self.app}/{each.code}") for each in (*own, *tree.counties()))
            await self.draw("ui/places.html", self.frame(), title="选择区县", places=places)

    head = get

    async def _show(self, place: Region) -> None:
        self.set_cookie(PLACE_COOKIE, place.code, max_age=KEPT, path=f"/{self.app}", httponly=True, samesite="Lax")
        entries = self.pages.frames.entries(self.app, self.actor, place)
        news = await news_of(self.parts.units, entries, self.actor, place, self.parts.settings.news_within)
        tiles = tuple(
            HomeTile(
                label=entry.declared.label,
                href=entry.href,
                icon=entry.declared.icon,
                count=told.count,
                line=told.line,
            )
            for entry, told in zip(entries, news, strict=True)
        )
        frame = self.frame()
        greeting = f"{frame.name}，{greeting_at(self.parts.units.clock.now())}" if frame.name else "您好"
        await self.draw(
            "ui/home.html",
            frame,
            title=frame.app_title,
            greeting=greeting,
            tiles=tiles,
            first=self._first(),
            standings=tuple(self._standings(entries, news, place)),
            figures=tuple(self._figures(entries, news, place)),
            charts=tuple(self._charts(entries, news, place)),
            places=f"/{self.app}/places",
        )

    def _first(self) -> str:
        """What a resident does before anything else."""
        if self.app != "ykt":
            return ""
        return "signin" if self.actor.kind == "guest" else "claim" if self.actor.assurance == "none" else ""

    def _standings(self, entries: Sequence[Entry], news: Sequence[News], place: Region) -> Iterator[HomeStanding]:
        for entry, told in zip(entries, news, strict=True):
            if standing := told.standing:
                href = f"/{self.app}/{standing.place or place.code}/{entry.prefix}{standing.path}"
                yield HomeStanding(told=standing, href=href)

    def _figures(self, entries: Sequence[Entry], news: Sequence[News], place: Region) -> Iterator[HomeFigure]:
        for entry, told in zip(entries, news, strict=True):
            for figure in told.figures:
                href = f"/{self.app}/{place.code}/{entry.prefix}{figure.path}"
                yield HomeFigure(label=figure.label, text=figure.text, unit=figure.unit, tone=figure.tone, href=href)

    def _charts(
        self, entries: Sequence[Entry], news: Sequence[News], place: Region
    ) -> Iterator[tuple[str, tuple[HomeBar, ...]]]:
        for entry, told in zip(entries, news, strict=True):
            for chart in told.charts:
                most = max((bar.count or 0 for bar in chart.bars), default=0)
                # What is withheld has no length and leads nowhere: either would tell the number.
                yield (
                    chart.label,
                    tuple(
                        HomeBar(
                            label=bar.label,
                            text=bar.text,
                            unit=chart.unit,
                            share=round(100 * (bar.count or 0) / most) if most else 0,
                            href=f"/{self.app}/{bar.place or place.code}/{entry.prefix}{bar.path}"
                            if bar.count is not None
                            else "",
                        )
                        for bar in chart.bars
                    ),
                )


class ViewHandler(PageBase):
    """``/{app}/view``: how somebody reads. A link with ``elder`` or ``size`` sets it on this device, and leads back ``to`` the page; it
    is nobody's secret and harms nobody, so that a link may do it."""

    @property
    def route(self) -> str:
        return f"/{self.app}/view"

    async def get(self, *args: str, **kwargs: str) -> None:
        self.body_ended()
        elder, size = view_of(self.request)
        asked, chosen = self.get_query_argument("elder", ""), self.get_query_argument("size", "")
        back = own_path(self.get_query_argument("to", ""), self.app) or f"/{self.app}"
        if asked not in ("0", "1") and chosen not in SIZES:
            await self.draw("ui/view.html", self.frame(), title="字号", sizes=SIZES, to=back)
            return
        elder = asked == "1" if asked in ("0", "1") else elder
        size = int(chosen) if chosen in SIZES else size
        kept = f"{'e' if elder else ''}{size}"
        self.set_cookie(VIEW_COOKIE, kept, max_age=KEPT, path="/", httponly=True, samesite="Lax")
        self.lead(back)

    head = get


def greeting_at(now: datetime) -> str:
    """By the hour in the city."""
    hour = shanghai(now).hour
    return "早上好" if hour < 11 else "中午好" if hour < 14 else "下午好" if hour < 18 else "晚上好"


async def news_of(
    units: Units, entries: Sequence[Entry], actor: Actor, place: Region, within: timedelta
) -> Sequence[News]:
    """What each entry has to say. One that has nothing here (``NotFound``), fails or takes too long says nothing, and the home is drawn
    all the same."""

    async def told(entry: Entry) -> News:
        plugin, declared = entry.plugin, entry.declared
        if declared.news is None or actor.kind == "guest":
            return NO_NEWS
        permission = declared.access if isinstance(declared.access, str) else None
        try:
            async with units.turns.within(plugin, "news", within):
                news = units.turns.of(plugin, "news", declared.news)
                return await units.read(news, plugin=plugin, place=place, actor=actor, permission=permission)
        except NotFound:
            return NO_NEWS
        except Exception as error:  # noqa: BLE001 - a plugin's trouble with its tile is not the home's
            what = cause(error, units.host.plugins[plugin].has_file)
            log.warning("the news of a menu entry failed", plugin=plugin, entry=declared.path, error=what)
            return NO_NEWS

    return await asyncio.gather(*map(told, entries))


def handlers(arguments: Mapping[str, Any], apps: Sequence[App]) -> list[tuple[Any, ...]]:
    """The doors of the apps' own pages."""
    app = f"(?:{'|'.join(apps)})"
    return [(rf"/{app}(?:/[0-9]+|/places)?/?", HomeHandler, arguments), (rf"/{app}/view", ViewHandler, arguments)]
