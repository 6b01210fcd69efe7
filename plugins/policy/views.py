"""How files are shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from hub.api import Context, UnitLineView, shared
from plugins.policy.documents import POLICY, READABLE, PolicyFile, Project, Subscription, files_of, texts_of

KINDS = {
    "application/pdf": "PDF",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
}
ENDINGS = {"PDF": ".pdf", "Word": ".docx"}


class LeafView(msgspec.Struct, frozen=True, kw_only=True):
    """A page as a picture, by its number from 1; its sides in pixels."""

    number: int
    width: int
    height: int


class FileLine(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a list."""

    id: str
    title: str
    reference: str
    issuer: str
    bureau: str
    issued_on: date | None
    state: str
    state_label: str
    published_at: datetime | None


class FileView(FileLine, frozen=True, kw_only=True):
    """A file; ``paragraphs`` where it has no pictures. ``kind`` is what people call its format, ``size`` in bytes. ``superseded_by`` as
    long as the new one can be read."""

    version: int
    projects: list[Project]
    kind: str
    size: int
    sha256: str
    pages: int
    leaves: list[LeafView]
    paragraphs: list[str]
    superseded_by: str | None


class DeskView(FileView, frozen=True, kw_only=True):
    """The same for those who publish it, with what was done and what they may do now. ``unread`` pages have no text; where numbers of
    people stand is said in words."""

    unread: int
    private: str
    mobiles: str
    flow: list[UnitLineView]
    moves: list[str]


class SubscriptionView(msgspec.Struct, frozen=True, kw_only=True):
    project: str
    name: str


def line(ctx: Context, file: PolicyFile) -> FileLine:
    return FileLine(state_label=POLICY.label(file.state), **shared(FileLine, file, but=("state_label",)))


async def show(ctx: Context, file: PolicyFile) -> FileView:
    """政策文件"""
    return FileView(**await _shown(ctx, file))


async def show_at_desk(ctx: Context, file: PolicyFile, moves: list[str]) -> DeskView:
    """政策文件：维护"""
    flow = [
        UnitLineView(at=act.at, label=act.label, unit=act.unit, handler=act.handler, why=act.why) for act in file.acts
    ]
    return DeskView(
        **await _shown(ctx, file),
        unread=file.unread,
        private=places_of(file, file.private),
        mobiles=places_of(file, file.mobiles),
        flow=flow,
        moves=moves,
    )


async def _shown(ctx: Context, file: PolicyFile) -> dict[str, Any]:
    text = None if file.leaves else await texts_of(ctx).first({"_id": file.id})
    followed = {"_id": file.superseded_by, "state": {"$in": list(READABLE)}}
    newer = await files_of(ctx).first(followed) if file.superseded_by else None
    own = ("state_label", "projects", "kind", "leaves", "paragraphs", "superseded_by")
    return {
        **shared(FileView, file, but=own),
        "state_label": POLICY.label(file.state),
        "projects": list(file.about),
        "kind": kind_of(file),
        "superseded_by": newer.id if newer else None,
        "leaves": [
            LeafView(number=at, width=leaf.width, height=leaf.height) for at, leaf in enumerate(file.leaves, start=1)
        ],
        "paragraphs": list(text.paragraphs) if text else [],
    }


def places_of(file: PolicyFile, places: Sequence[int]) -> str:
    """Where in the file: 第2、5页; "" for nowhere."""
    numbers = "、".join(str(each) for each in places if each)
    beside = ("页眉、页脚或脚注",) if 0 in places else ()
    unit = "页" if file.pages else "段"
    return "，".join((*((f"第{numbers}{unit}",) if numbers else ()), *beside))


def kind_of(file: PolicyFile) -> str:
    return KINDS.get(file.media_type, "图片")


def filename_of(file: PolicyFile) -> str:
    """What it is called on the disk of whoever downloads it."""
    return file.title + ENDINGS.get(kind_of(file), ".png" if file.media_type == "image/png" else ".jpg")


def subscription_view(ctx: Context, subscription: Subscription) -> SubscriptionView:
    return SubscriptionView(**shared(SubscriptionView, subscription))
