"""What administrators read of members of staff and their positions, and what they send: ``/api/v1/{place}/staff/…``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

import msgspec

from hub.identity.accounts import Account
from hub.identity.mypositions import HeldPosition, node_in_words, place_in_words, role_in_words
from hub.identity.positions import Holding
from hub.identity.roster import Post
from hub.identity.waiting import PostWork
from hub.rules.context import Context
from hub.words.asking import Asked
from hub.words.contributions import Unfinished

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class PositionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A position and who holds it. ``account`` is what the other operations name; ``deputy`` the account that stands in
    (AB 岗); ``disabled``: the account is closed."""

    id: str
    role: str
    region: str
    region_name: str
    bureau: str | None
    project: str | None
    node: str | None
    since: datetime
    until: datetime | None
    on_leave: bool
    account: str | None
    username: str | None
    disabled: bool
    deputy: str | None


class StaffLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was looked for; ``account`` is what the other operations name, ``positions`` say what they do and where."""

    account: str
    username: str
    name: str
    disabled: bool
    positions: list[str]


class StaffView(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff. ``phone`` is masked; ``locked_until``: too many failures keep them out from somewhere; ``sessions``: how many
    they have; ``positions``: theirs, and those that they stand in for; ``own``: it is who asks, who can do none of the acts; ``above``:
    they stand in for one elsewhere, so that only those above act on the account; ``watcher``: only those above reset the password."""

    id: str
    username: str
    name: str
    phone: str
    disabled: bool
    must_change: bool
    locked_until: datetime | None
    sessions: int
    positions: list[HeldPosition]
    own: bool
    above: bool
    watcher: bool


class AtLeaving(msgspec.Struct, frozen=True, kw_only=True):
    """What comes of it when somebody leaves: how many positions they hold, what they have ``claimed`` and begun, which goes to others;
    and the first of the positions, of so many ``vacancies``, that nobody else does."""

    name: str
    username: str
    held: int
    claimed: int
    unfinished: list[Unfinished]
    vacant: list[str]
    vacancies: int


class PostView(msgspec.Struct, frozen=True, kw_only=True):
    """A position with its work. ``account``, which may be ``closed``, and ``name`` are its holder's. ``heirs`` are who has the work when
    it ends, at ``heirs_at``; nobody where there is none, not even above. ``own``: it is who asks, who can do none of the acts."""

    position: HeldPosition
    account: str | None
    name: str
    over: bool
    closed: bool
    waiting: int
    claimed: int
    oldest: datetime | None
    heirs: list[str]
    heirs_at: str
    own: bool


class Vacancy(msgspec.Struct, frozen=True, kw_only=True):
    """A post that nobody does: how many pieces ``waiting`` of it went up or lie there, since ``oldest``. ``away`` is the position whose
    holder is on leave without a deputy; ``ended_at`` when the last one ended."""

    role_label: str
    node_label: str
    region: str
    region_name: str
    bureau: str
    waiting: int
    oldest: datetime | None
    away: str | None
    ended_at: datetime | None


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """The whole name, or the account's."""

    who: Annotated[
        str,
        Asked("姓名或账号", "姓名要写全；账号不分大小写"),
        msgspec.Meta(min_length=2, max_length=64),
    ]


class Give(msgspec.Struct, frozen=True, kw_only=True):
    """A position to give. What is left out is not bound; without days from now on, and for good."""

    role: Annotated[Id, Asked("岗位", look="select")]
    region: Annotated[Id, Asked("地区", look="select")]
    bureau: Annotated[str, Asked("业务局", "如民政局；便民窗口不填"), msgspec.Meta(max_length=60)] | None = None
    node: Annotated[Id, Asked("环节", "只办一个环节的才选", look="select")] | None = None
    project: Annotated[Id, Asked("项目代码")] | None = None
    since: Annotated[date, Asked("从哪天起", "不填即现在")] | None = None
    until: Annotated[date, Asked("到哪天止", "含当天；不填即长期")] | None = None


class Leave(msgspec.Struct, frozen=True, kw_only=True):
    """``deputy``: the account of who stands in; without one the work goes one level up."""

    deputy: Annotated[Id, Asked("代理人（AB岗）", look="select")] | None = None


class FirstPassword(msgspec.Struct, frozen=True, kw_only=True):
    """Shown once; to be changed at the next sign-in."""

    password: str

    def __repr__(self) -> str:
        return "FirstPassword(***)"


def is_of(work: PostWork, post: Post) -> bool:
    """Whether whoever held the post would have this work."""
    return (
        (work.role, work.place) == (post.role, post.region)
        and post.bureau in (None, work.bureau)
        and post.node in (None, work.node)
    )


def vacancy(ctx: Context, post: Post, work: Sequence[PostWork]) -> Vacancy:
    """A post that somebody has held, with what waits for it."""
    return Vacancy(
        role_label=role_in_words(ctx, post.role),
        node_label=node_in_words(ctx, post.node) if post.node else "",
        region=post.region,
        region_name=place_in_words(ctx, post.region),
        bureau=post.bureau or "",
        waiting=sum(each.count for each in work),
        oldest=min((each.oldest for each in work), default=None),
        away=post.away,
        ended_at=None if post.away else post.ended_at,
    )


def unfilled(ctx: Context, work: PostWork) -> Vacancy:
    """Of a post that nobody has held yet."""
    return Vacancy(
        role_label=role_in_words(ctx, work.role),
        node_label=work.label,
        region=work.place,
        region_name=place_in_words(ctx, work.place),
        bureau=work.bureau or "",
        waiting=work.count,
        oldest=work.oldest,
        away=None,
        ended_at=None,
    )


def position_line(ctx: Context, held: Holding, owners: Mapping[str, Account]) -> PositionLine:
    """``owners``: the accounts of holder and deputy, by person."""
    owner, deputy = owners.get(held.person), owners.get(held.deputy or "")
    return PositionLine(
        **{
            name: getattr(held, name)
            for name in ("id", "role", "region", "bureau", "project", "node", "since", "until")
        },
        region_name=ctx.regions.full_name(held.region),
        on_leave=held.on_leave,
        account=owner.id if owner else None,
        username=owner.username if owner else None,
        disabled=owner is not None and owner.disabled_at is not None,
        deputy=deputy.id if deputy else None,
    )
