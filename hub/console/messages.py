"""消息模板: every message, who gets it and by which WeChat template; one as the phone shows it, and what WeChat would cut or refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from hub.business.pages import RowView
from hub.console.health import Instruments
from hub.reading.templates import Channel, FieldText, TemplateFailed
from hub.rules.context import Context, unit_of
from hub.wechat.accounts import WeChatAccount
from hub.words.actors import APP_TITLES, App
from hub.words.contributions import MessageType, Page, Route
from hub.words.errors import NotFound, SetupError
from hub.words.wechatfields import field_type

PERMISSION = "ops.messages"
T = TypeVar("T")

KINDS: Mapping[str, str] = {"todo": "待办", "progress": "进度", "reminder": "提醒", "result": "结果", "alert": "告警"}
PEOPLE: Mapping[App, str] = {"ykt": "居民", "ydsh": "经办人员", "ydjd": "领导和纪委", "ops": "运维人员"}
CHANNELS: Mapping[Channel, str] = {"inbox": "站内消息", "oa": "公众号", "mp": "小程序"}
# What stands in front of a field's key → what it is called, and WeChat's rule for it.
FIELDS: Mapping[str, tuple[str, str]] = {
    "thing": ("事项", "不超过20个字"),
    "const": ("常量", "不超过20个字"),
    "enum": ("选项", "模板选项之一，不超过20个字"),
    "number": ("数字", "不超过32位数字"),
    "letter": ("字母", "不超过32个字母"),
    "symbol": ("符号", "不超过5个符号"),
    "character_string": ("编号", "不超过32位数字、字母或符号，不能有汉字"),
    "time": ("时间", "24小时制，如2026年11月1日 15:01"),
    "date": ("日期", "年月日，如2026年11月1日"),
    "amount": ("金额", "不超过10位数字、两位小数，可带元"),
    "phone_number": ("电话", "不超过17位数字和符号"),
    "car_number": ("车牌", "不超过8位"),
    "name": ("姓名", "不超过10个汉字或20个字母，不能有数字和星号"),
    "phrase": ("状态", "不超过5个汉字"),
}


class TemplateOf(msgspec.Struct, frozen=True, kw_only=True):
    """The WeChat template of an account that carries a message; ``template`` None: nobody has entered it."""

    account: str
    channel: Literal["oa", "mp"]
    template: str | None


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """A message of a plugin. ``templates``: by which it goes out through WeChat; ``problems`` are said in words."""

    name: str
    code: str
    label: str
    plugin: str
    app: App
    kind: str
    channels: list[Channel]
    templates: list[TemplateOf]
    problems: list[str]


class FieldView(msgspec.Struct, frozen=True, kw_only=True):
    """A field with the sample: ``written`` by the template, ``sent`` within WeChat's ``rule``."""

    key: str
    label: str
    rule: str
    written: str
    sent: str


class PreviewView(msgspec.Struct, frozen=True, kw_only=True):
    """A message with its sample, as each channel shows it. ``files``: channel → the template file below the folder of its plugin."""

    message: MessageView
    title: str
    body: str
    fields: dict[Channel, list[FieldView]]
    files: dict[Channel, str]


class MessagesPage(msgspec.Struct, frozen=True, kw_only=True):
    """By plugin."""

    groups: tuple[tuple[str, tuple[RowView, ...]], ...]
    missing: int
    wrong: int


class MessagePage(msgspec.Struct, frozen=True, kw_only=True):
    """``cards``: each channel of WeChat with its fields; ``checks`` what WeChat's rules do to them."""

    view: PreviewView
    facts: tuple[tuple[str, str], ...]
    app: str
    paragraphs: tuple[str, ...]
    cards: tuple[tuple[str, tuple[tuple[str, str], ...], tuple[RowView, ...]], ...]
    templates: tuple[RowView, ...]


class MessagesPart:
    """Operations and pages; both only look: words are files, ids stand in config.yaml."""

    def __init__(self, instruments: Callable[[], Instruments]) -> None:
        self._instruments = instruments

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(method="GET", path="/messages", call=self.messages, access=PERMISSION),
            Route(method="GET", path="/messages/{name}", call=self.message, access=PERMISSION),
        )

    def pages(self) -> tuple[Page, ...]:
        return (
            Page(
                apps=("ops",),
                path="/messages",
                title="消息模板",
                template="console/messages.html",
                help="写着有错的先处理，点开看原因。缺模板的，到微信平台申请，再请技术支持登记；在那以前，消息只在应用里收得到。",
                load=self.show,
                access=PERMISSION,
            ),
            Page(
                apps=("ops",),
                path="/messages/{name}",
                title="消息",
                template="console/message.html",
                help="看预览里的话通不通、有没有说清要办什么。预览不会发给任何人。要改文字，请技术支持改。",
                load=self.show_one,
                access=PERMISSION,
            ),
        )

    # --- operations

    async def messages(self, ctx: Context) -> list[MessageView]:
        """全部消息和微信模板"""
        found = [self._view(ctx, name, kind) for name, kind in unit_of(ctx).units.host.message_types.items()]
        return sorted(found, key=lambda each: (each.code, each.name))

    async def message(self, ctx: Context, name: str) -> PreviewView:
        """一种消息，用示例数据预览"""
        kind = unit_of(ctx).units.host.message_type(name)
        if kind is None:
            raise NotFound
        view, templates = self._view(ctx, name, kind), self._instruments().templates
        text, _ = _tried(lambda: templates.text(name, kind.sample))
        return PreviewView(
            message=view,
            title=text.title if text else "",
            body=text.body if text else "",
            fields={
                channel: [_field(each) for each in self._fields(name, channel, kind)[0]]
                for channel in view.channels
                if channel != "inbox"
            },
            files={channel: templates.path(name, channel).name for channel in view.channels},
        )

    # --- pages

    async def show(self, ctx: Context) -> MessagesPage:
        """消息模板"""
        found = await self.messages(ctx)
        plugins = dict.fromkeys(each.plugin for each in found)
        return MessagesPage(
            groups=tuple((plugin, tuple(_row(each) for each in found if each.plugin == plugin)) for plugin in plugins),
            missing=sum(any(one.template is None for one in each.templates) for each in found),
            wrong=sum(bool(each.problems) for each in found),
        )

    async def show_one(self, ctx: Context, name: str) -> MessagePage:
        """一种消息"""
        preview = await self.message(ctx, name)
        view = preview.message
        return MessagePage(
            view=preview,
            facts=(
                ("编码", view.code),
                ("谁收到", f"{PEOPLE[view.app]}（{APP_TITLES[view.app]}）"),
                ("类别", KINDS.get(view.kind, view.kind)),
                ("渠道", "、".join(CHANNELS[each] for each in view.channels)),
            ),
            app=APP_TITLES[view.app],
            paragraphs=tuple(preview.body.splitlines()),
            cards=tuple(
                (CHANNELS[channel], _numbered(fields), tuple(map(_check_row, fields)))
                for channel, fields in preview.fields.items()
            ),
            templates=tuple(_template_row(each, view.kind) for each in view.templates),
        )

    # --- what they are made of

    def _view(self, ctx: Context, name: str, kind: MessageType) -> MessageView:
        instruments = self._instruments()
        channels = instruments.templates.channels(kind, instruments.wechat)
        return MessageView(
            name=name,
            code=kind.code,
            label=kind.label,
            plugin=unit_of(ctx).units.host.plugins[name.partition(".")[0]].label,
            app=kind.app,
            kind=kind.kind,
            channels=list(channels),
            templates=[
                TemplateOf(account=each.name, channel=each.kind, template=each.templates.get(kind.kind))
                for each in instruments.wechat
                if _serves(each, kind)
            ],
            problems=list(self._problems(name, kind, channels)),
        )

    def _problems(self, name: str, kind: MessageType, channels: Sequence[Channel]) -> Iterator[str]:
        templates = self._instruments().templates
        _, wrong = _tried(lambda: templates.text(name, kind.sample))
        if wrong:
            yield f"站内消息：{wrong}"
        for channel in channels:
            if channel != "inbox" and (wrong := self._fields(name, channel, kind)[1]):
                yield f"{CHANNELS[channel]}：{wrong}"

    def _fields(self, name: str, channel: Channel, kind: MessageType) -> tuple[Sequence[FieldText], str]:
        if channel == "inbox":
            return (), ""
        templates = self._instruments().templates
        found, wrong = _tried(lambda: templates.field_texts(name, channel, kind.sample))
        return found or (), wrong


def _tried(render: Callable[[], T]) -> tuple[T | None, str]:
    """What comes of a template, or what is wrong with its file."""
    try:
        return render(), ""
    except TemplateFailed as failed:
        return None, f"{Path(failed.file).name}第{failed.line}行写错了，或与数据对不上，这种消息发不出去。"
    except FileNotFoundError:
        return None, "没有模板文件，这种消息发不出去。"
    except OSError:
        return None, "模板文件读不出来，请检查文件和权限。这种消息发不出去。"
    except (SetupError, ValueError):
        return None, "模板的写法不对：每行应是“字段：内容”，如 thing1: {{ project }}。"


def _serves(account: WeChatAccount, kind: MessageType) -> bool:
    return account.kind == "oa" or account.app == kind.app


def _field(text: FieldText) -> FieldView:
    label, rule = FIELDS.get(field_type(text.key) or "", (text.key, ""))
    return FieldView(key=text.key, label=label, rule=rule, written=text.written, sent=text.sent)


def _numbered(fields: Sequence[FieldView]) -> tuple[tuple[str, str], ...]:
    """As the phone lists them; of two things the key tells which is which."""
    labels = [each.label for each in fields]
    return tuple(
        (each.label if labels.count(each.label) == 1 else f"{each.label}（{each.key}）", each.sent) for each in fields
    )


def _check_row(field: FieldView) -> RowView:
    changed = field.written != field.sent
    return RowView(
        title=f"{field.key} {field.label}",
        facts=(field.rule, f"{len(field.sent)}个字"),
        pill="会改写" if changed else "合格",
        tone="wait" if changed else "ok",
        lacks=f"示例“{field.written}”不合规则，发出前改为“{field.sent}”。" if changed else "",
    )


def _template_row(template: TemplateOf, kind: str) -> RowView:
    where = f"在config.yaml的wechat.accounts.{template.account}.templates里加 {kind}: 模板ID，再重启节点。"
    return RowView(
        title=f"{CHANNELS[template.channel]} {template.account}",
        facts=(template.template,) if template.template else (),
        pill="已登记" if template.template else "缺模板ID",
        tone="ok" if template.template else "bad",
        lacks="" if template.template else where,
    )


def _row(view: MessageView) -> RowView:
    missing = [each.account for each in view.templates if each.template is None]
    pill, tone = ("模板有错", "bad") if view.problems else ("缺模板ID", "wait") if missing else ("", "")
    return RowView(
        title=view.label,
        facts=(view.code, PEOPLE[view.app], KINDS.get(view.kind, view.kind)),
        pill=pill,
        tone=tone,
        lacks="；".join(view.problems),
        href=f"/messages/{view.name}",
    )
