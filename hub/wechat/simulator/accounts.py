"""The accounts that the stand-in plays, as their owner has set them up on the platform."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from hub.wechat.accounts import WeChatAccount


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A template of the account. No ``fields`` means that any key passes. ``long_term``: needs no credit."""

    title: str = ""
    fields: tuple[str, ...] = ()
    long_term: bool = False


class StandInAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An official account or a mini program.

    ``callback_url`` is where its events go; without one there are none. ``linked``: the appids of the mini programs
    that a template message may open (40165 for others; empty: any). ``pages``: the pages of the published mini program
    (41030 for others; empty: any).
    """

    kind: Literal["oa", "mp"]
    appid: str
    secret: str
    callback_token: str = ""
    aes_key: str = ""
    callback_url: str | None = None
    callback_format: Literal["xml", "json"] = "xml"
    encrypted: bool = True
    original_id: str = "gh_0123456789ab"
    templates: Mapping[str, Template] = {}
    linked: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"StandInAccount({self.kind!r}, {self.appid!r})"

    @classmethod
    def of(
        cls,
        account: WeChatAccount,
        callback_url: str | None = None,
        templates: Mapping[str, Template] | None = None,
    ) -> StandInAccount:
        """The platform's side of an account of the hub; ``templates`` by template id, else any fields pass."""
        any_fields = {template_id: Template(title=kind) for kind, template_id in account.templates.items()}
        return cls(
            kind=account.kind,
            appid=account.appid,
            secret=account.secret,
            callback_token=account.callback_token,
            aes_key=account.aes_key,
            callback_url=callback_url,
            callback_format="xml" if account.kind == "oa" else "json",
            encrypted=not account.plain_callbacks,
            templates={**any_fields, **(templates or {})},
        )
