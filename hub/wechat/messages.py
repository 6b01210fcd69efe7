"""What is sent: one record per kind of message, and its body on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, TypeVar

import msgspec

from hub.words.wechatfields import field_type, fit

# "Invalid mini program page path": the message may go without it when there is a url to open instead.
_PAGE_PATH_REFUSED = 40165
_FIELD_REFUSED = 47003


class TemplateMessage(msgspec.Struct, frozen=True, kw_only=True):
    """An official account's template message. ``data`` maps a field's key to its text.

    ``client_msg_id``: the same one for the same openid is shown once within 10 minutes. ``miniprogram`` is (appid, page
    path) and wins over ``url``; with both, the url is the way out when WeChat refuses the mini program.
    """

    openid: str
    template_id: str
    data: Mapping[str, str]
    client_msg_id: str
    url: str | None = None
    miniprogram: tuple[str, str] | None = None

    def body(self) -> dict[str, Any]:
        """The request body; what is not set is left out."""
        target = {"appid": self.miniprogram[0], "pagepath": self.miniprogram[1]} if self.miniprogram else None
        return _set_values(
            touser=self.openid,
            template_id=self.template_id,
            data=_fields(self.data),
            client_msg_id=self.client_msg_id,
            url=self.url,
            miniprogram=target,
        )

    def mended(self, errcode: int | None) -> TemplateMessage | None:
        """The message changed so that this refusal may not come again, or ``None`` when nothing can be changed."""
        if errcode == _PAGE_PATH_REFUSED and self.miniprogram and self.url:
            return msgspec.structs.replace(self, miniprogram=None)
        return _fitted(self) if errcode == _FIELD_REFUSED else None


class SubscribeMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A mini program's subscribe message; costs the person one credit of this template.

    ``miniprogram_state`` is the version a tap opens (formal, trial, developer); not set, the account's is taken.
    """

    openid: str
    template_id: str
    data: Mapping[str, str]
    page: str | None = None
    miniprogram_state: str | None = None
    lang: str = "zh_CN"

    def body(self) -> dict[str, Any]:
        """The request body; what is not set is left out."""
        return _set_values(
            touser=self.openid,
            template_id=self.template_id,
            data=_fields(self.data),
            page=self.page,
            miniprogram_state=self.miniprogram_state,
            lang=self.lang,
        )

    def mended(self, errcode: int | None) -> SubscribeMessage | None:
        """The message changed so that this refusal may not come again, or ``None`` when nothing can be changed."""
        return _fitted(self) if errcode == _FIELD_REFUSED else None


Message: TypeAlias = TemplateMessage | SubscribeMessage
_M = TypeVar("_M", TemplateMessage, SubscribeMessage)


def personal_values(message: Message) -> Iterable[str]:
    """What must not come back in an error text: the openid and every field."""
    yield message.openid
    yield from message.data.values()


def _fitted(message: _M) -> _M | None:
    # A key of no known type is the template's fault, which fitting a value does not mend.
    data = {key: fit(key, value) if field_type(key) else value for key, value in message.data.items()}
    return msgspec.structs.replace(message, data=data) if data != message.data else None


def _fields(data: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {key: {"value": value} for key, value in data.items()}


def _set_values(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
