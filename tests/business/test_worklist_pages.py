"""What the worklist's pages offer of a business that is worked on at its own page."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Annotated

import msgspec
import pytest

from hub.api import (
    NEWEST_FIRST,
    Anyone,
    Asked,
    Business,
    Button,
    Collection,
    Filed,
    Machine,
    Move,
    Node,
    Permission,
    Resource,
    Task,
)
from hub.testing import ANJU, VILLAGE, HubSetup

WORKLIST = f"/{VILLAGE}/worklist"


class Errand(Filed, frozen=True, kw_only=True):
    what: str


class ErrandRequest(msgspec.Struct, frozen=True):
    what: Annotated[str, Asked("什么事")]


def tasks_of(ctx, errand):
    return (Task(node="errands", label="跑腿", round=1, due_at=ctx.now()),) if errand.state == "asked" else ()


ERRANDS: Business[Errand] = Business(
    collection="errands.errands",
    kind="errand",
    machine=Machine({"asked": "待办", "done": "已办"}, {"finish": Move("办结", ("asked",), "done")}),
    title=lambda errand: errand.what,
    about=lambda errand: None,
    tasks=tasks_of,
)


async def ask(ctx, body: ErrandRequest) -> Errand:
    """请人跑腿"""
    return await ERRANDS.file(ctx, Errand, "请人跑腿", what=body.what)


PLUGIN = SimpleNamespace(
    COLLECTIONS=(Collection(name="errands.errands", document=Errand, scope="subtree", indexes=(NEWEST_FIRST,)),),
    PERMISSIONS=(Permission("errands.do", "跑腿", ("handler",)),),
    NODES=(Node(name="errands", label="跑腿", level="village", role="handler"),),
    RESOURCES=(
        Resource(business=ERRANDS, apps=("ykt",), path="/mine", title="我的", read=Anyone.CLAIMED, new=ask),
        Resource(
            business=ERRANDS,
            apps=("ydsh",),
            path="",
            title="跑腿",
            read="errands.do",
            buttons=(Button(name="finish"),),
        ),
    ),
)


@pytest.fixture(scope="module")
def hub_setup():
    return HubSetup(stand_ins={"errands": PLUGIN}, on=(ANJU,))


@pytest.fixture
async def asked(resident, staff):
    """A handler, and what somebody has asked for."""
    wang, zhou = await resident("王建国"), await staff("handler", region=VILLAGE)
    return zhou, await wang.post(f"/{VILLAGE}/errands/mine", {"what": "买药"})


async def test_what_cannot_be_passed_together_is_not_offered_so(asked, expect_push):
    zhou, errand = asked
    await expect_push(zhou, "worklist.arrived", errand["number"])

    page = await zhou.page(f"{WORKLIST}/tasks")

    assert ("买药" in page, f"{WORKLIST}/groups" in page) == (True, False)


async def test_what_one_did_leads_to_the_business(asked, expect_push):
    zhou, errand = asked
    await zhou.post(f"/{VILLAGE}/errands/{errand['id']}/finish", {"version": errand["version"]})
    await expect_push(zhou, "worklist.arrived")
    [touch] = (await zhou.get(f"{WORKLIST}/history"))["items"]

    page = await zhou.page(f"{WORKLIST}/history/{touch['id']}")

    assert f'href="/ydsh/{VILLAGE}/errands/{errand["id"]}"' in page
