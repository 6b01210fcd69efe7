"""The pages of signing in, of saying who one is, and of what one does about oneself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from hub.identity.me import Me
from hub.identity.mypages import STAFF_APPS, MyPages
from hub.rules.context import Context
from hub.words.actors import APPS
from hub.words.contributions import Anyone, Choice, Form, Page
from hub.words.regions import Region


class Nothing(msgspec.Struct, frozen=True):
    """A page that loads nothing."""


class ClaimPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Home is chosen step by step: county, then town, then village."""

    county: str = ""
    town: str = ""


class ClaimPage(msgspec.Struct, frozen=True, kw_only=True):
    """``options`` are the counties, or the towns, to choose from next; empty once the town is known."""

    consent_version: str
    county: str = ""
    town: str = ""
    where: str = ""
    options: tuple[Choice, ...] = ()


async def nothing(ctx: Context) -> Nothing:
    """登录"""
    return Nothing()


class IdentityPages:
    """Pages of the identity plugin, on its own operations."""

    def __init__(self, me: Me, mine: MyPages, consent_version: str) -> None:
        self._me = me
        self._mine = mine
        self._consent_version = consent_version

    def pages(self) -> tuple[Page, ...]:
        return (
            Page(
                apps=APPS,
                path="/signin",
                title="登录",
                template="ui/signin.html",
                help="居民用微信登录，不用记密码；工作人员用单位发的账号。登录不上，居民问村（社区）干部，工作人员问管理员。",
                load=nothing,
                access=Anyone.PUBLIC,
                form=Form(route="/signin/account", then="/", fixed={"app": "{app}"}, submit="登录"),
            ),
            Page(
                apps=STAFF_APPS,
                path="/password",
                title="修改密码",
                template="ui/password.html",
                help="不要用生日、电话和单位名，不要告诉别人，也不要和同事共用账号。改好以后，下次用新密码登录。",
                load=self._me.show,
                access=Anyone.ANY_SESSION,
                form=Form(route="/me/password", then="/", submit="修改密码"),
            ),
            Page(
                apps=("ykt",),
                path="/claim",
                title="实名绑定",
                template="ui/claim.html",
                help="选户口本上的户籍地，不是现在住的地方；找不到自己的村，问村（社区）干部。绑定后再带身份证到窗口核验，就能查补贴发放。",
                load=self.claim,
                access=Anyone.RESIDENT,
                form=Form(route="/me/claim", then="/", submit="同意并提交", start=version_of, choices=villages),
            ),
            Page(
                apps=APPS,
                path="/me",
                title="我的",
                template="ui/me.html",
                help="点一行，就能查看或更改。看字费力，点“字号”或“长辈版”换成大字。姓名、单位不对的，居民到窗口说明，工作人员问管理员。",
                load=self._me.show,
                access=Anyone.SIGNED_IN,
            ),
            *self._mine.pages(),
        )

    async def claim(self, ctx: Context, query: ClaimPlace) -> ClaimPage:
        """实名绑定"""
        tree = ctx.regions
        county, town = tree.get(query.county), tree.get(query.town)
        if town is not None and town.level == "town":
            return ClaimPage(
                consent_version=self._consent_version,
                county=town.county or "",
                town=town.code,
                where=tree.full_name(town.code),
            )
        if county is not None and county.level == "county":
            towns = [each for each in tree.children(county.code) if each.status == "active"]
            return ClaimPage(
                consent_version=self._consent_version,
                county=county.code,
                where=county.name,
                options=_choices(towns),
            )
        return ClaimPage(consent_version=self._consent_version, options=_choices(tree.counties()))


def version_of(page: ClaimPage) -> Mapping[str, str]:
    return {"consent_version": page.consent_version}


async def villages(ctx: Context, page: ClaimPage) -> Mapping[str, Sequence[Choice]]:
    """Of the chosen town; a town without villages stands for itself."""
    if not page.town:
        return {"region": ()}
    below = [each for each in ctx.regions.children(page.town) if each.status == "active"]
    return {"region": _choices(below or [ctx.regions[page.town]])}


def _choices(regions: Sequence[Region]) -> tuple[Choice, ...]:
    return tuple(Choice(region.code, region.name) for region in regions)
