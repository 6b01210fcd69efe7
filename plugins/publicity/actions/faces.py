"""What of a person is published: within the bounds of the law, as the county has chosen for the project."""

from __future__ import annotations

from hub.api import Context, masking
from plugins.publicity.config import PublicityConfig
from plugins.publicity.documents import Face, Row


def face_of(ctx: Context, row: Row) -> Face:
    """The row as it would be published now; it is frozen when the publicity starts."""
    village = ctx.regions.full_name(row.place)
    if row.sensitive and ctx.settings(PublicityConfig).sensitive_shows == "name":
        return Face(name=name_of(ctx, row), village=village)
    return Face(
        name=name_of(ctx, row),
        id_tail=id_tail_of(ctx, row),
        village=village,
        standard=row.standard,
        quantity=row.quantity,
        amount=row.amount,
    )


def name_of(ctx: Context, row: Row) -> str:
    """张*三, or with less of it 张**; a minor's is always the latter."""
    short = row.identity.minor or ctx.settings(PublicityConfig).names.get(row.project) == "surname"
    return masking.name(row.identity.name.reveal(), minor=short)


def id_tail_of(ctx: Context, row: Row) -> str:
    """The last 4 where the county shows them, to tell two of one name apart; of a minor nothing."""
    if not ctx.settings(PublicityConfig).show_id_tail or row.identity.minor:
        return ""
    return masking.id_number_public(row.identity.id_number.reveal())
