"""投诉概况 as a leader reads it, who may not see the persons: no number of the page gives another one away."""

from __future__ import annotations

import pytest

from hub.store.documents import Group
from plugins.complaints import views
from plugins.complaints.documents import FINAL
from plugins.complaints.handlers import READ
from tests.world import ANJU


async def overview(office, states, *, conduct=0, overdue=0):
    """Of so many complaints in each state."""
    unended = sum(count for state, count in states.items() if state not in FINAL)
    groups = {
        "state": [Group(key=(state,), count=count) for state, count in states.items()],
        **{name: [Group(key=("x",), count=unended)] for name in ("place", "bureau", "type")},
        **{name: [Group(key=(), count=count)] for name, count in (("open", unended), ("conduct", conduct))},
        "overdue": [Group(key=(), count=overdue)],
    }
    groups["place"] = [Group(key=(ANJU,), count=unended)]

    async def call(ctx):
        return views.overview_of(ctx, groups)

    place = office.world.place(ANJU)
    return await office.world.units.read(call, plugin="complaints", place=place, actor=office.leader(), permission=READ)


async def test_the_open_states_are_a_table_beside_their_sum(office):
    """12 open less 9 accepted would be the 3 that wait, whatever those that have ended come to."""
    shown = await overview(office, {"accepted": 9, "closed": 6, "filed": 3})

    texts = {bar.label: bar.text for bar in shown.states}
    assert texts == {"已受理": "未显示", "待受理": "未显示", "已办结": "6"}
    assert shown.open_text == "12"


@pytest.mark.parametrize(("few", "text"), [(10, "未显示"), (6, "6"), (2, "未显示"), (0, "0")])
async def test_what_is_in_a_number_is_no_less_small(office, few, text):
    """10 of 12 are overdue: 2 are not."""
    shown = await overview(office, {"accepted": 12}, conduct=few, overdue=few)

    assert (shown.conduct_text, shown.overdue_text) == (text, text)
