"""Files that go along with a document: checked by their content, written anew, with pictures of their first pages for the phone."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from hub.business.filling import taken
from hub.rules.context import Context
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


async def take_attachment(ctx: Context, upload: Upload, pages: int) -> Attachment:
    """An uploaded PDF or Word file or picture, to be claimed by a document; ``Invalid`` for anything else. Outside a transaction, since
    reading it takes long."""
    read = await ctx.read_office_file(upload, pages)
    put, now = ctx.files.put, ctx.now()
    kept = await put(read.data, media_type=read.media_type, sha256=read.sha256, now=now)
    leaves: list[Leaf] = []
    for image in read.images:
        sides = taken(image, "width", "height")
        picture = await put(image.data, media_type="image/jpeg", sha256="", now=now, **sides)
        leaves.append(Leaf(file=picture, **sides))
    name = one_line(upload.filename)[:LONGEST_NAME] or "附件"
    return Attachment(file=kept, name=name, media_type=read.media_type, size=len(read.data), leaves=tuple(leaves))


async def read_attached(ctx: Context, attachments: Iterable[Attachment], file: str, kept_under: str) -> Raw:
    """One of these files, to be downloaded, or the picture of a page; ``NotFound`` for any other. Check before that the reader may see the
    document."""
    of = next((each for each in attachments if file in each.stored), None)
    if of is None:
        raise NotFound("没有这个附件。")
    found, data = await ctx.files.read(file, kept_under)
    return Raw(data=data, media_type=found.media_type, filename=of.name if of.file == file else None)
