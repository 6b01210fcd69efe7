"""C11 银行网点查询: a resident finds a branch by area and near the phone, walked over HTTP."""

from __future__ import annotations

from hub.rules.importing import run_import
from tests.branches.conftest import AT_TOWN, SEAT, TOWN, table
from tests.rows.rows import Walk, row
from tests.world import ANJU, JUXIAN, VILLAGE


@row("C11", operations=("GET /{place}/branches", "POST /{place}/branches/nearest"))
async def test_c11_a_branch_is_found_and_can_be_phoned(walk: Walk) -> None:
    """Brought in by the operators; found in the town and near the village, with address, phone and hours."""
    await run_import(walk.hub.units, "branches", table(TOWN | AT_TOWN, SEAT), lambda done, total, so_far=None: None)
    guest = walk.guest()

    listed = (await guest.get(f"/{VILLAGE}/branches", area=JUXIAN))["items"]
    near = (await guest.post(f"/{ANJU}/branches/nearest", {"latitude": 30.31, "longitude": 105.4}))["items"]

    assert [each["name"] for each in listed] == [each["name"] for each in near] == [TOWN["网点名称"]]
    assert (listed[0]["phone"], listed[0]["address"], near[0]["away"]) == (
        "0825-8661234",
        "聚贤镇正街12号",
        "约1.1公里",
    )
