"""The WeChat accounts of the demo: one official account and three mini programs, whose other side the stand-in plays."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterable, Mapping, Sequence

from hub.demo.watch import Channel
from hub.wechat.accounts import WeChatAccount
from hub.wechat.simulator import StandInAccount, Template
from hub.words.actors import App

# The kinds of messages (hub.contributions.MessageType.kind) and how their templates are called on the phone. Those of plugins
# that the demo does not know are called as their messages are.
KINDS: Mapping[str, str] = {
    "todo": "待办提醒",
    "progress": "业务办理进度通知",
    "result": "办理结果通知",
    "reminder": "到期提醒",
    "alert": "系统告警通知",
}
# What stands before the values on the phone, in the order of the template's fields.
LABELS: Mapping[str, Sequence[str]] = {
    "todo": ("待办事项", "办理环节", "受理编号", "办理期限"),
    "progress": ("申报事项", "办理进度", "受理编号", "更新时间"),
    "result": ("申报事项", "办理结果", "受理编号", "办结时间"),
    "reminder": ("提醒事项", "办理环节", "受理编号", "办理期限"),
    "alert": ("告警内容", "地区", "时间"),
}
OFFICIAL = "wxdemo00000000oa01"
MINI_PROGRAMS: Mapping[App, str] = {
    "ykt": "wxdemo0000000ykt01",
    "ydsh": "wxdemo000000ydsh01",
    "ydjd": "wxdemo000000ydjd01",
}
NAMES: Mapping[str, str] = {
    OFFICIAL: "遂宁一卡通",
    MINI_PROGRAMS["ykt"]: "遂宁一卡通小程序",
    MINI_PROGRAMS["ydsh"]: "移动审核小程序",
    MINI_PROGRAMS["ydjd"]: "移动监督小程序",
}
CHANNELS: Mapping[str, Channel] = {OFFICIAL: "oa", **dict.fromkeys(MINI_PROGRAMS.values(), "mp")}

_SIGNS = string.ascii_letters + string.digits


def demo_accounts(base_url: str, kinds: Iterable[str] = KINDS) -> tuple[WeChatAccount, ...]:
    """With fresh secrets: nothing of them outlives this start. Each has a template of every kind."""
    mini = [_account(app, "mp", appid, base_url, app, kinds) for app, appid in MINI_PROGRAMS.items()]
    return (_account("oa", "oa", OFFICIAL, base_url, None, kinds), *mini)


def _account(name: str, kind: str, appid: str, base_url: str, app: App | None, kinds: Iterable[str]) -> WeChatAccount:
    return WeChatAccount(
        name=name,
        kind="oa" if kind == "oa" else "mp",
        appid=appid,
        secret=secrets.token_hex(16),
        callback_token=secrets.token_hex(8),
        aes_key="".join(secrets.choice(_SIGNS) for _ in range(43)),
        app=app,
        base_url=base_url,
        templates={kind: template_id(name, kind) for kind in kinds},
    )


def template_id(account: str, kind: str) -> str:
    return f"demo-{account}-{kind}"


def kinds_by_template(kinds: Iterable[str]) -> dict[str, str]:
    """Template id → kind, over all accounts."""
    return {template_id(account, kind): kind for kind in kinds for account in ("oa", *MINI_PROGRAMS)}


def other_sides(
    accounts: Sequence[WeChatAccount], hub_url: str, titles: Mapping[str, str] = KINDS
) -> list[StandInAccount]:
    """The accounts as the stand-in plays them, with callbacks to this hub."""
    return [
        StandInAccount.of(
            account,
            callback_url=f"{hub_url}/wechat/callback/{account.name}",
            templates={id: Template(title=titles[kind]) for kind, id in account.templates.items()},
        )
        for account in accounts
    ]
