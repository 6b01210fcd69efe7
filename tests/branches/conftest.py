"""安居区 with its bank branches, as the operators' table has them."""

from __future__ import annotations

import csv
import io
from collections.abc import Awaitable, Callable, Mapping

import pytest

from hub.api import Imported
from hub.rules.importing import run_import
from hub.testing import County, HubSetup
from plugins.branches.importing import COLUMNS
from tests.world import ANJU, JUXIAN, SHEHONG

Brings = Callable[..., Awaitable[Imported]]
TOWN = {
    "地区代码": JUXIAN,
    "网点名称": "农商银行聚贤支行",
    "银行": "遂宁农商银行",
    "地址": "聚贤镇正街12号",
    "电话": "0825-8661234",
}
SEAT = {
    "地区代码": ANJU,
    "网点名称": "农业银行安居支行",
    "银行": "农业银行",
    "地址": "安居大道8号",
    "营业时间": "9:00-17:00",
}
AT_TOWN, AT_SEAT = {"经度": "105.40", "纬度": "30.30"}, {"经度": "105.46", "纬度": "30.39"}


def table(*rows: Mapping[str, str]) -> bytes:
    """A CSV file with all columns."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [column.label for column in COLUMNS], restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


@pytest.fixture(scope="session")
def hub_setup() -> HubSetup:
    return HubSetup(plugins=("branches",), on=(ANJU, SHEHONG), off=())


@pytest.fixture
def brings(county: County) -> Brings:
    """``await brings(TOWN, SEAT, trial=True)``: what came of a table with these rows."""

    async def bring(*rows: Mapping[str, str], trial: bool = False) -> Imported:
        return await run_import(
            county.world.units, "branches", table(*rows), lambda done, total, so_far=None: None, trial=trial
        )

    return bring
