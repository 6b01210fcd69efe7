"""Files that go along with a document: checked by their content, written anew, with pictures of their first pages for the phone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import msgspec

from hub.business.filling import taken
from hub.rules.context import Context
from hub.store.files import Content
from hub.words.contributions import Raw, Upload
from hub.words.errors import NotFound
from hub.words.text import one_line

LONGEST_NAME = 60


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """A page as a picture: a stored file, and its sides in pixels."""

    file: str
    width: int
    height: int


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A stored file, called ``name``; ``size`` in bytes. ``leaves`` are pictures of its first pages."""

    file: str
    name: str
    media_type: str
    size: int
    leaves: tuple[Leaf, ...] = ()

    @property
    def stored(self) -> tuple[str, ...]:
        """All files that it is made of: to be claimed for its document, and released with it."""
        return (self.file, *(leaf.file for leaf in self.leaves))


@asynccontextmanager
async def take_attachment(ctx: Context, upload: Upload, pages: int) -> AsyncIterator[Attachment]:
    """An uploaded PDF or Word file or picture, to be claimed by a document in a transaction within the block; what comes to nothing is
    taken back. ``Invalid`` for anything else. Outside a transaction, since reading it takes long."""
    read = await ctx.read_office_file(upload, pages)
    whole = Content(data=read.data, media_type=read.media_type, sha256=read.sha256)
    sides = [taken(image, "width", "height") for image in read.images]
    drawn = (
        Content(data=image.data, media_type="image/jpeg", **each)
        for image, each in zip(read.images, sides, strict=True)
    )
    name = one_line(upload.filename)[:LONGEST_NAME] or "附件"
    async with ctx.files.made((whole, *drawn), ctx.now()) as (file, *pictures):
        leaves = tuple(Leaf(file=picture, **each) for picture, each in zip(pictures, sides, strict=True))
        yield Attachment(file=file, name=name, media_type=read.media_type, size=len(read.data), leaves=leaves)


async def read_attached(ctx: Context, attachments: Iterable[Attachment], file: str, kept_under: str) -> Raw:
    """One of these files, to be downloaded, or the picture of a page; ``NotFound`` for any other. Check before that the reader may see the
    document."""
    of = next((each for each in attachments if file in each.stored), None)
    if of is None:
        raise NotFound("没有这个附件。")
    found, data = await ctx.files.read(file, kept_under)
    return Raw(data=data, media_type=found.media_type, filename=of.name if of.file == file else None)
