"""The pages that a list and an object have by themselves: the table behind a reason, and what stands in full."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from hub.api import Context, DetailPages, Face, ListPage, Page, Reveal, RowView
from hub.words.errors import Forbidden
from tests.business.conftest import FULL, LIST, PAPERS, Paper, PaperQuery
from tests.world import ANJU, JUXIAN


class PaperView(msgspec.Struct, frozen=True, kw_only=True):
    subject: str


def show(ctx: Context, paper: Paper, moves: list[str]) -> PaperView:
    """A paper."""
    return PaperView(subject=paper.subject)


FACE = Face(
    business=PAPERS, path="/papers", find=PAPERS.seen, show=show, read="papers.read", act="papers.read", buttons=()
)
[DETAIL, REVEAL] = DetailPages(
    face=FACE,
    apps=("ydsh",),
    facts={"事项": "subject"},
    tones={},
    reveal=Reveal(unmasking=FULL, facts={"姓名": "name"}),
).pages()
[TABLE, EXPORT] = ListPage(
    listing=LIST, apps=("ydsh",), title="文件", row=lambda line: RowView(title=line.subject), exports=True
).pages()


async def loaded(papers: Any, page: Page, **given: Any) -> Any:
    """What the page shows to a handler of the county."""
    return await papers.world.units.read(
        lambda ctx: page.load(ctx, **given),
        plugin="papers",
        place=papers.world.place(ANJU),
        actor=papers.county(),
        permission=str(page.access),
    )


async def test_what_stands_in_full_is_behind_a_button_for_those_whose_work_it_is(papers):
    """Another desk's paper is read without it, and its page is refused."""
    mine, other = await papers.paper(JUXIAN), await papers.paper(JUXIAN, desk="b")

    buttons = [(await loaded(papers, DETAIL, id=paper.id)).buttons for paper in (mine, other)]
    asked = await loaded(papers, REVEAL, id=mine.id)

    assert [[(each.label, each.href) for each in these] for these in buttons] == [
        [("查看全名", f"/papers/{mine.id}/person")],
        [],
    ]
    assert (asked.href, asked.title, asked.facts) == (f"/papers/{mine.id}", "修路", (("姓名", "name"),))
    with pytest.raises(Forbidden):
        await loaded(papers, REVEAL, id=other.id)


def test_what_stands_in_full_is_shown_by_its_operation():
    """The form asks why, by the name that the audit log has for it."""
    form = REVEAL.form

    assert form is not None
    assert (REVEAL.path, form.route, form.shows) == (FULL.path, FULL.path, "ui/revealed.html")
    assert form.labels == {"reason": "查看的理由（会记录在案）"}


async def test_the_table_is_asked_for_as_the_list_is_shown(papers):
    """Its link carries the filters, its form sends them unseen; only the reason is typed."""
    query = PaperQuery(state="open", title="修", limit=7)

    shown = await loaded(papers, TABLE, query=query)
    asked = await loaded(papers, EXPORT, query=query)

    assert shown.export == "/export?state=open&title=%E4%BF%AE"
    assert EXPORT.form is not None and EXPORT.form.start is not None and EXPORT.form.asks is not None
    assert EXPORT.form.start(asked) == {"state": "open"}  # its request knows no title
    assert (EXPORT.form.asks(asked), asked.title, asked.href) == (("reason",), "文件", "/papers")
