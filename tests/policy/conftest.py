"""安居区 where bureaus publish: the real plugin, a resident, clerks of two bureaus."""

from __future__ import annotations

from typing import Any

import pytest

from hub.api import Upload
from hub.testing import County, HubSetup
from hub.words.actors import Actor
from tests.officefiles import docx, pdf
from tests.plugins.conftest import CIVIL, FARMING, OLD_AGE
from tests.whole import import_catalogue
from tests.world import ANJU, SHEHONG

FACTS = {
    "title": "关于发放2026年高龄津贴的通知",
    "reference": "安民〔2026〕15号",
    "issuer": "安居区民政局",
    "issued_on": "2026-11-20",
    "bureau": CIVIL,
    "projects": [OLD_AGE],
}
NOTICE = docx("各乡镇人民政府：", "年满八十周岁的老人，每人每月补贴一百元，按季度发到社会保障卡。")


@pytest.fixture(scope="session")
def hub_setup() -> HubSetup:
    return HubSetup(plugins=("declaration", "policy"), on=(ANJU, SHEHONG), off=(), prepare=import_catalogue)


class Press:
    """What a bureau does with its files, at the county unless said otherwise."""

    def __init__(self, county: County, clerk: Actor) -> None:
        self.county, self.clerk = county, clerk

    async def upload(self, data: bytes = NOTICE, name: str = "通知.docx", at: str = ANJU) -> Any:
        return await self.county.ask(self.clerk, "POST policy/desk", at=at, upload=Upload(filename=name, data=data))

    async def press(self, file: Any, button: str, at: str = ANJU, **form: Any) -> Any:
        body = {"version": file.version, **form}
        return await self.county.ask(self.clerk, f"POST policy/desk/{{id}}/{button}", at=at, id=file.id, body=body)

    async def published(self, data: bytes = NOTICE, at: str = ANJU, **facts: Any) -> Any:
        """A file that everybody may read, and who hears of it has heard."""
        file = await self.upload(data, at=at)
        file = await self.press(file, "describe", at, **{**FACTS, **facts})
        file = await self.press(file, "publish", at)
        await self.county.deliver()
        return file


@pytest.fixture
async def press(county: County) -> Press:
    return Press(county, await county.staff("handler", region=ANJU, bureau=CIVIL))


__all__ = ["CIVIL", "FARMING", "OLD_AGE", "docx", "pdf"]
