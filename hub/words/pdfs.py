"""PDF files made safe to keep: written anew with their pages alone.

A PDF tells who made it, when and with what, in more places than its properties: XMP beside the document, each page and each
picture; private data of programs; authors of comments; EXIF within its photographs; earlier versions of itself; attached
files, which have all that of their own. Evidence of a complainant who asked to stay unknown must tell none of it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf

from hub.words.errors import Invalid

# Keys of any dictionary that tell of the making, or carry or start something else.
DROPPED = (
    *("/Metadata", "/PieceInfo", "/LastModified", "/Thumb", "/AF", "/SpiderInfo", "/CreatorInfo"),
    *("/OpenAction", "/AA", "/EmbeddedFiles", "/JavaScript", "/JS", "/EF"),
)
# What a tap does. It may go to a place of the file, or to a page or an address of the web; never to a program, a script or a file.
ACTIONS = ("/A", "/PA", "/Next")
FOLLOWED = (b"http://", b"https://", b"mailto:")
# Of a comment: its author, names and times. Fields of a form need their /T.
DROPPED_OF_COMMENTS = ("/T", "/NM", "/M", "/CreationDate")
# Of a signature: who, where, why and how to be reached. What is written anew is no longer what was signed.
DROPPED_OF_SIGNATURES = ("/Name", "/Location", "/Reason", "/ContactInfo", "/M", "/Cert", "/Contents", "/ByteRange")
DEEPEST = 50

# What qpdf and its binding raise on broken or hostile files.
_BROKEN = (
    pikepdf.PdfError,
    pikepdf.PasswordError,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
)


class NotReadable(Invalid):
    """A PDF file without pages, broken, or locked with a password."""

    code = "pdf_not_readable"
    message = "PDF文件已损坏或设有密码，请重新导出不带密码的PDF，或拍照上传。"


def without_metadata(data: bytes) -> bytes:
    """The same pages, and nothing of where they come from; ``NotReadable`` for what cannot be opened.

    Plain and blocking, and as slow as the file wants: for a process that can be ended.
    """
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
            if not len(pdf.pages):
                raise NotReadable
            return _written(pdf)
    except _BROKEN:
        # `from None`: what the library says may quote the file.
        raise NotReadable from None


def _written(pdf: pikepdf.Pdf) -> bytes:
    # Half of the old /ID would be kept: it names the file that the sender has on their disk.
    for key in ("/Info", "/ID"):
        if key in pdf.trailer:
            del pdf.trailer[key]
    for thing in pdf.objects:
        _scrub(thing, 0)
    out = io.BytesIO()
    # The id is made of what is written, not of the time and the old properties; only what pages need is written.
    pdf.save(out, encryption=False, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _scrub(thing: pikepdf.Object, depth: int) -> None:
    """A whole object: what it refers to is an object of its own."""
    if depth > DEEPEST:
        raise NotReadable
    if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        for key in _dropped_of(thing):
            if key in thing:
                del thing[key]
        for key in ACTIONS:
            if key in thing and _acts(thing[key]):
                del thing[key]
    if isinstance(thing, pikepdf.Stream):
        _scrub_photograph(thing)
    for inner in _inside(thing):
        _scrub(inner, depth + 1)


def _dropped_of(thing: pikepdf.Object) -> tuple[str, ...]:
    if thing.get("/Type") == pikepdf.Name("/Sig") or "/ByteRange" in thing:
        return (*DROPPED, *DROPPED_OF_SIGNATURES)
    if "/Rect" in thing and thing.get("/Subtype") != pikepdf.Name("/Widget"):
        return (*DROPPED, *DROPPED_OF_COMMENTS)
    return DROPPED


def _acts(action: pikepdf.Object) -> bool:
    """Whether it is an action that is not let be, or a list of them; attributes of a structure have the same key, and are none."""
    if isinstance(action, pikepdf.Array):
        return any(map(_acts, action))
    if not isinstance(action, pikepdf.Dictionary) or "/S" not in action:
        return False
    if pikepdf.Name("/URI") == action.S:
        return not bytes(action.get("/URI", pikepdf.String(""))).lower().startswith(FOLLOWED)
    return bool(pikepdf.Name("/GoTo") != action.S)


def _inside(thing: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """What is written within it, not beside."""
    within: list[object] = []
    if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        within = [thing.get(key) for key in thing.keys()]  # noqa: SIM118  # iterating it gives no keys
    elif isinstance(thing, pikepdf.Array):
        within = list(thing)
    for inner in within:
        if isinstance(inner, pikepdf.Dictionary | pikepdf.Array) and not inner.is_indirect:
            yield inner


# --- photographs within ----------------------------------------------------------------------------------------------

JPEG = pikepdf.Name("/DCTDecode")


def _scrub_photograph(stream: pikepdf.Stream) -> None:
    """A JPEG, also one that is packed once more or written as text, as some programs do."""
    filters, parms = _listed(stream.get("/Filter")), _listed(stream.get("/DecodeParms"))
    if not filters or filters[-1] != JPEG:
        return
    parms += [None] * (len(filters) - len(parms))
    stream.write(without_segments(_unpacked(stream, filters[:-1], parms[:-1])), filter=JPEG, decode_parms=parms[-1])


def _unpacked(stream: pikepdf.Stream, filters: list[Any], parms: list[Any]) -> bytes:
    if not filters:
        return stream.read_raw_bytes()
    stream.Filter, stream.DecodeParms = pikepdf.Array(filters), pikepdf.Array(parms)
    return stream.read_bytes()


def _listed(value: pikepdf.Object | None) -> list[Any]:
    """Filters and their parameters: one, a list, or none; of a list's entries some may be null."""
    if value is None:
        return []
    entries = list(value) if isinstance(value, pikepdf.Array) else [value]
    return [each if isinstance(each, pikepdf.Name | pikepdf.Dictionary) else None for each in entries]


# Segments with a length that a decoder does not need: comments, and what applications put in. JFIF (E0) and Adobe's
# colour transform (EE) stay.
NEEDLESS = frozenset({0xFE, *range(0xE1, 0xF0)} - {0xEE})
START_OF_SCAN = 0xDA


def without_segments(jpeg: bytes) -> bytes:
    """A JPEG stream without EXIF, XMP and comments; what is no JPEG stays as it is."""
    if jpeg[:2] != b"\xff\xd8":
        return jpeg
    kept, at = [jpeg[:2]], 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != START_OF_SCAN:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if jpeg[at + 1] not in NEEDLESS:
            kept.append(jpeg[at:end])
        at = end
    return b"".join((*kept, jpeg[at:]))
