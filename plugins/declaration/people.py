"""我代办的人 (C15): for whom somebody has declared, and what has become of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from hub.api import (
    Anyone,
    Context,
    Listing,
    ListPage,
    ListView,
    Page,
    Paging,
    Route,
    RowView,
    day_in_chinese,
    shanghai,
)
from plugins.declaration import views
from plugins.declaration.documents import CASE, Case, cases_of
from plugins.declaration.pages import TONES, my_row

# Of one's newest declarations for others: whoever looks after a whole village has the list of all of them besides.
MOST_LOOKED_AT = 200


class PersonActedFor(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom I have declared for: their name as I gave it, how many declarations, and of the newest its id, project and state.
    ``agent``: the window has accepted the proof that I act for them, in one of these."""

    who: str
    declarations: int
    agent: bool
    case: str
    short: str
    state: str
    state_label: str
    node_label: str
    submitted_at: datetime


class PeopleView(msgspec.Struct, frozen=True, kw_only=True):
    """Whom I have declared for, the newest first."""

    people: list[PersonActedFor]


async def list_people(ctx: Context) -> PeopleView:
    """我代办的人: for whom I have declared, the newest first."""
    wanted = {"declared_for": "other"}
    cases: list[Case] = await cases_of(ctx).find(wanted, sort=(("created_at", -1), ("_id", -1)), limit=MOST_LOOKED_AT)
    by_person: dict[str, list[Case]] = {}
    for case in cases:
        by_person.setdefault(case.beneficiary.id_number.reveal(), []).append(case)
    return PeopleView(people=[person_of(ctx, theirs) for theirs in by_person.values()])


def person_of(ctx: Context, cases: list[Case]) -> PersonActedFor:
    newest = cases[0]
    return PersonActedFor(
        who=newest.beneficiary.name,
        declarations=len(cases),
        agent=any(case.agent == ctx.actor.person for case in cases),
        case=newest.id,
        short=newest.short,
        state=newest.state,
        state_label=CASE.label(newest.state),
        node_label=newest.progress[-1].label,
        submitted_at=newest.submitted_at,
    )


async def same_person(ctx: Context, id: str) -> Mapping[str, Any]:
    """Those for whom one of my declarations is; no address says their number."""
    case = await cases_of(ctx).get(id)
    return {"beneficiary.id_number": case.beneficiary.id_number}


OF_ONE = Listing(
    path="/people/{id}",
    read=Anyone.CLAIMED,
    says="My declarations for the person whom this one of them is for, the newest first.",
    of=cases_of,
    below=same_person,
    line=views.case_line,
    query=Paging,
)


async def people(ctx: Context) -> ListView:
    """我代办的人"""
    found = await list_people(ctx)
    return ListView(
        rows=tuple(map(person_row, found.people)),
        nothing=("还没有为别人申报过", "家里老人、孩子不方便的，您可以替他申报：点下面的按钮，选项目后选“为他人”。"),
        new=("我要申报", "/projects"),
        new_place=ctx.place.code,
    )


def person_row(person: PersonActedFor) -> RowView:
    number = f"共{person.declarations}件" if person.declarations > 1 else ""
    agent = "代办关系已核对" if person.agent else ""
    on = f"{day_in_chinese(shanghai(person.submitted_at).date())}提交"
    return RowView(
        title=person.who,
        facts=tuple(filter(None, (person.short, person.node_label, on, number, agent))),
        pill=person.state_label,
        tone=TONES[person.state],
        icon="user",
        href=f"/people/{person.case}",
    )


ROUTES = (Route(method="GET", path="/people", call=list_people, access=Anyone.CLAIMED), *OF_ONE.routes())

PAGES = (
    Page(
        apps=("ykt",),
        path="/people",
        title="我代办的人",
        help="这里是您替别人申报过的人，点开能看他的每一件申报办到哪一步，要补材料的也在里面补。",
        template="ui/list.html",
        load=people,
        access=Anyone.CLAIMED,
    ),
    ListPage(
        listing=OF_ONE,
        apps=("ykt",),
        title="为他办的申报",
        row=my_row,
        help="这里是您为这一个人提交的申报。点开能看办到哪一步，要补材料的在里面补。",
        nothing=("没有申报", "换一个人看看。"),
        new=("我要申报", "/projects"),
    ).page(),
)
