"""Which pages are read to a resident who asks for it: what concerns them, and what they are told."""

from __future__ import annotations

import pytest

from hub.app import Hub
from tests.pages.flows.conftest import Lends
from tests.pages.flows.openings import opening_of, pages_of, signed_in
from tests.rows.rows import Walk

READ_ALOUD = {
    "complaints /mine/{id}",
    "complaints /mine/{id}/print",
    "complaints /notice",
    "declaration /cases/{id}",
    "declaration /cases/{id}/print/decision",
    "declaration /projects/{code}",
    "inbox /{id}",
    "message_board /mine/{id}",
    "message_board /mine/{id}/complain",
    "payments /mine/{id}",
    "payments /mine/{id}/year",
    "publicity /notices/{id}",
    "village ",
}


@pytest.fixture
def hub(own_hub: Hub) -> Hub:
    """Pages are opened on much that is made for them."""
    return own_hub


async def test_a_resident_can_have_what_concerns_them_read_aloud(walk: Walk, lends: Lends) -> None:
    """One button a page."""
    phone, found = await lends(None), set()

    for bound in pages_of(walk.hub, "ykt"):
        who, path = await opening_of(walk.scene, "ykt", bound)
        await signed_in(walk.scene, phone, "ykt", who)
        await phone.open(f"/ykt{path}")
        if await phone.page.locator("main [data-aloud]").count() == 1:
            found.add(f"{bound.plugin} {bound.page.path}")

    assert found == READ_ALOUD
