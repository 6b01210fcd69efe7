"""微信账号: how each stands today, what rests and why, and letting it go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec

from hub.business.exports import log_first
from hub.console.health import Instruments
from hub.console.schema import Reason
from hub.push.operations import words
from hub.push.push import AccountStanding
from hub.rules.context import Context
from hub.words.asking import Asked
from hub.words.clock import in_chinese
from hub.words.contributions import Form, Page, Route
from hub.words.errors import NotFound

PERMISSION = "ops.wechat"
# WeChat's texts of the reasons that are no word of ours begin with its number.
CODE = "errcode "


class PauseView(msgspec.Struct, frozen=True, kw_only=True):
    """What rests: the account, or one ``template`` of it; until when and why."""

    template: str | None
    until: datetime
    reason: str
    reason_text: str


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """An account of config.yaml today, as this node sees it."""

    name: str
    kind: str
    app: str | None
    token_until: datetime | None
    used: int
    quota: int
    credits: int | None
    pauses: list[PauseView]


class Resume(msgspec.Struct, frozen=True, kw_only=True):
    """Of one template, or of the account with all of its templates."""

    template: Annotated[str, Asked("模板", look="hidden"), msgspec.Meta(max_length=100)] | None = None
    why: Reason


class Resumed(msgspec.Struct, frozen=True, kw_only=True):
    """How many pauses ended, and how many messages are tried now."""

    ended: int
    waiting: int


class AccountsPage(msgspec.Struct, frozen=True, kw_only=True):
    accounts: tuple[tuple[AccountView, tuple[tuple[str, str], ...]], ...]


class ResumePage(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    href: str
    pauses: tuple[PauseView, ...]


class WeChatPart:
    """Operations and pages; accounts belong to the city."""

    def __init__(self, instruments: Callable[[], Instruments]) -> None:
        self._instruments = instruments

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(method="GET", path="/wechat", call=self.accounts, access=PERMISSION),
            Route(
                method="POST",
                path="/wechat/{account}/resume",
                call=self.resume,
                access=PERMISSION,
                transaction=False,
                at_city=True,
            ),
        )

    def pages(self) -> tuple[Page, ...]:
        resuming = Form(route="/wechat/{account}/resume", then="/wechat", submit="恢复使用", asks=lambda page: ("why",))
        return (
            _page(
                "/wechat",
                "微信账号",
                "wechat",
                self.show,
                help="写着暂停的，到了写明的时间会自己恢复。想早点恢复，先到微信平台上排除原因，再点“恢复使用”。",
            ),
            _page(
                "/wechat/{account}/resume",
                "恢复使用",
                "resume",
                self.show_resume,
                resuming,
                help="不急的，等它到时间自己恢复更稳妥。恢复后过几分钟，到“消息投递”看还有没有失败；再停的，把原因告诉技术支持。",
            ),
        )

    async def accounts(self, ctx: Context) -> list[AccountView]:
        """微信账号"""
        _at_city(ctx)
        return [_view(each) for each in await self._instruments().accounts()]

    async def resume(self, ctx: Context, account: str, body: Resume) -> Resumed:
        """恢复使用微信账号或模板"""
        _at_city(ctx)
        instruments = self._instruments()
        if account not in {each.name for each in await instruments.accounts()}:
            raise NotFound
        await log_first(ctx, "wechat.resume", account, why=body.why)
        ended, waiting = await instruments.resume(account, body.template)
        return Resumed(ended=ended, waiting=waiting)

    async def show(self, ctx: Context) -> AccountsPage:
        """微信账号"""
        views = await self.accounts(ctx)
        return AccountsPage(accounts=tuple((view, _facts(view, ctx.now())) for view in views))

    async def show_resume(self, ctx: Context, account: str) -> ResumePage:
        """恢复使用前"""
        pauses = [pause for each in await self.accounts(ctx) if each.name == account for pause in each.pauses]
        return ResumePage(title=account, href="/wechat", pauses=tuple(pauses))


def _at_city(ctx: Context) -> None:
    if ctx.county is not None:
        raise NotFound("微信账号由市级管理，请在市级查看。")


def _view(standing: AccountStanding) -> AccountView:
    return AccountView(
        name=standing.name,
        kind=standing.kind,
        app=standing.app,
        token_until=standing.token_until,
        used=standing.used,
        quota=standing.quota,
        credits=standing.credits,
        pauses=[
            PauseView(template=each.template, until=each.until, reason=each.reason, reason_text=_said(each.reason))
            for each in standing.pauses
        ],
    )


def _said(reason: str) -> str:
    return f"微信返回错误{reason.removeprefix(CODE)}" if reason.startswith(CODE) else words(reason)


def _facts(view: AccountView, now: datetime) -> tuple[tuple[str, str], ...]:
    left = int((view.token_until - now).total_seconds() // 60) if view.token_until else 0
    return (
        ("今日发送", f"{view.used}条，限{view.quota}条"),
        ("访问令牌", f"还有{left}分钟到期，会自动更新" if left > 0 else "本节点还没有用到"),
        ("可发订阅", "" if view.credits is None else f"{view.credits}人次"),
        *(
            (f"暂停{each.template or '整个账号'}", f"{each.reason_text}，到{in_chinese(each.until)}")
            for each in view.pauses
        ),
    )


def _page(path: str, title: str, template: str, load: Any, form: Form | None = None, *, help: str) -> Page:
    return Page(
        apps=("ops",),
        path=path,
        title=title,
        template=f"console/{template}.html",
        load=load,
        access=PERMISSION,
        form=form,
        help=help,
    )
