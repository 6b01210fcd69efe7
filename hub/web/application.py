"""Puts the web door together: handlers, operations of all plugins, and the HTTP server's limits."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from prometheus_client import CollectorRegistry

from hub import __version__
from hub.reading.templates import OWN, environment
from hub.rules.counties import Counties
from hub.rules.host import Host
from hub.rules.places import Places
from hub.rules.units import Units
from hub.web import idempotency
from hub.web.addresses import Proxies
from hub.web.base import Home, NothingHere, WebApplication, WebServices
from hub.web.compressing import CompressedPages
from hub.web.cursors import Cursors
from hub.web.decoding import Decoder
from hub.web.docs import Docs, render
from hub.web.files import FilesPlugin
from hub.web.handler import ApiHandler
from hub.web.health import Alive, Check, Description, Health, MetricsHandler, Ready, core_checks, encode_document
from hub.web.idempotency import Keys
from hub.web.limits import Buckets, Slots
from hub.web.menu import MenuPlugin
from hub.web.metrics import WebMetrics
from hub.web.openapi import describe
from hub.web.packing import pack_what_plugins_bring
from hub.web.pages import home, oauth, old
from hub.web.pages.base import Pages
from hub.web.pages.drawing import Drawing
from hub.web.pages.frames import Frames
from hub.web.pages.gallery import Gallery, GalleryHandler
from hub.web.pages.handler import PageHandler
from hub.web.pages.oauth import Authorize
from hub.web.pages.table import PageTable
from hub.web.performing import Performing
from hub.web.places import PlacesPlugin
from hub.web.protection import Protection
from hub.web.router import Router, Switches
from hub.web.server import Server
from hub.web.settings import HEADER_BYTES, MEBIBYTE, WebSettings
from hub.web.statics import PACKED, Assets, StaticHandler
from hub.web.upkeep import UpkeepPlugin
from hub.words.actors import APPS
from hub.words.errors import SetupError
from hub.words.regions import RegionTree

if TYPE_CHECKING:
    from hub.identity.sessions import Sessions

COLLECTIONS = idempotency.COLLECTIONS

Mode = Literal["demo", "test", "production"]
Handlers = Sequence[tuple[Any, ...]]

# Keep-alive connections of phones that went away.
IDLE_SECONDS = 75


def builtin_plugins(settings: WebSettings) -> list[tuple[str, Any]]:
    """The web door's own plugins, to be gathered with the others."""
    return [
        ("files", FilesPlugin(settings)),
        ("places", PlacesPlugin()),
        ("menu", MenuPlugin()),
        ("web", UpkeepPlugin(settings)),
    ]


def make_router(host: Host, places: Places | RegionTree, switches: Switches) -> Router:
    """The operations of all plugins. Raises one ``SetupError`` with every problem of every route."""
    router = Router((lambda: places) if isinstance(places, RegionTree) else (lambda: places.tree), switches)
    problems: list[str] = []
    for plugin in host.plugins.values():
        try:
            router.add(plugin.name, plugin.routes, prefix=plugin.prefix, placeless=plugin.placeless)
        except SetupError as error:
            problems += error.problems
    if problems:
        raise SetupError(*problems)
    return router


def make_application(
    *,
    settings: WebSettings,
    mode: Mode,
    host: Host,
    counties: Counties,
    places: Places,
    units: Units,
    sessions: Sessions,
    templates: Path,
    packed: Path | None = None,
    registry: CollectorRegistry | None = None,
    checks: Iterable[Check] = (),
    extra: Handlers = (),
    authorize: Authorize = lambda app: None,
) -> WebApplication:
    """The whole web door. ``templates`` is the operator's folder of templates; ``packed`` is for smaller copies of what plugins bring
    for browsers. ``extra`` are further handlers of wiring (``/ws``, callbacks), asked after our own; ``checks`` join ``/readyz``;
    ``authorize`` gives WeChat's OAuth address of an app. Raises ``SetupError`` with every problem of every route and page."""
    database = units.database
    router = make_router(host, places, counties)
    decoder, keys = Decoder(units.clock), Keys(database, units.clock)
    parts = WebServices(
        settings=settings,
        host=host,
        counties=counties,
        places=places,
        units=units,
        sessions=sessions,
        router=router,
        decoder=decoder,
        cursors=Cursors(database.cipher),
        buckets=Buckets(time.monotonic, settings.remembered_callers),
        uploads=Slots(settings.uploads_at_once, settings.uploads_of_one),
        keys=keys,
        performing=Performing(host=host, places=places, units=units, router=router, decoder=decoder, keys=keys),
        protection=Protection(
            database.cipher, settings.public_url, settings.trusted_origins, production=mode == "production"
        ),
        proxies=Proxies(settings.trusted_proxies),
        metrics=WebMetrics(registry or CollectorRegistry()),
        health=Health([*core_checks(database, units, places), *checks], settings.readiness_timeout),
    )
    if packed is not None and host.statics:
        pack_what_plugins_bring(host.statics.values(), packed)
    assets = Assets(host.statics, packed or PACKED)
    table, drawing = make_pages(host, router, counties, places, templates)
    drawing.serve(assets.url)
    frames = Frames(host=host, places=places, counties=counties, protection=parts.protection, authorize=authorize)
    pages = Pages(table=table, frames=frames, drawing=drawing)
    # Made at the first question, which a county's server may never hear.
    document = functools.cache(
        lambda: describe(host, router.operations, version=__version__, public_url=settings.public_url)
    )
    encoded = functools.cache(lambda: encode_document(document()))
    rendered = functools.cache(lambda: render(environment(templates, OWN, html=True), document(), assets))
    gallery = {"gallery": Gallery(pages.drawing)}
    return WebApplication(
        [
            (r"/api/v1/.*", ApiHandler),
            (r"/healthz", Alive),
            (r"/readyz", Ready, {"health": parts.health}),
            (r"/metrics", MetricsHandler, {"health": parts.health}),
            (r"/openapi\.json", Description, {"document": encoded}),
            (r"/docs", Docs, {"rendered": rendered}),
            *([] if mode == "production" else [(r"/ui(?:/([a-z-]*))?", GalleryHandler, gallery)]),
            (r"/", Home, {"leads_to": "/demo" if any(path == "/demo" for path, *_ in extra) else "/docs"}),
            *(
                (rf"/{name}/(.*)", StaticHandler, {"path": str(folder), "assets": assets})
                for name, folder in assets.folders.items()
            ),
            *extra,
            *home.handlers({"pages": pages}, APPS),
            *oauth.handlers(pages, authorize, APPS),
            *old.handlers({"pages": pages}, APPS),
            (rf"/(?:{'|'.join(APPS)})/.*", PageHandler, {"pages": pages}),
        ],
        parts,
        default_handler_class=NothingHere,
        websocket_ping_interval=None,
        transforms=[CompressedPages],
    )


def make_pages(
    host: Host, router: Router, counties: Counties, places: Places, templates: Path
) -> tuple[PageTable, Drawing]:
    """The pages of all plugins, and what draws them. Raises ``SetupError`` with every problem of every page and template."""
    table = PageTable(host, router, lambda: places.tree, counties)
    drawing = Drawing(templates, host.templates)
    drawing.compile(table.templates)
    return table, drawing


def make_server(application: WebApplication) -> Server:
    """An HTTP server with the limits of the settings. Client addresses are judged by ours, not by Tornado's xheaders, which
    believes everybody."""
    settings = application.parts.settings
    return Server(
        application,
        # Our own refusal, in our own shape, must come first.
        max_body_size=settings.drain_limit + MEBIBYTE,
        max_buffer_size=MEBIBYTE,
        # Tornado hangs up on more; the door says why.
        max_header_size=4 * HEADER_BYTES,
        body_timeout=settings.body_timeout.total_seconds(),
        idle_connection_timeout=IDLE_SECONDS,
    )
