"""What operators do in the console: the catalogue of projects by draft and version, and a file that is tried and brought in."""

from __future__ import annotations

from typing import Any

from tests.golden.play import Play
from tests.web.scope import Staff
from tests.world import ANJU, CITY

COUNTY_OPERATOR, CITY_OPERATOR = Staff("ops_system", ANJU), Staff("ops_system", CITY)
CATALOGUE, IMPORTS = f"/{ANJU}/declaration/catalogue", f"/{CITY}/ops/imports"
OWN, NEW, LIKE = "20001", "G0001", "30005"
WHY = {"why": "政策调整"}
REGIONS = ("code,name,level,parent,status", f"{CITY},遂宁市,city,,active")


async def a_county_keeps_its_catalogue(play: Play) -> None:
    """A project of its own is begun, changed, published, stopped and taken up again, and a version is had again and let go; terms of the
    city's are changed and given back."""
    new = {"code": NEW, "name": "试验项目", "short": "试验", "bureau": "民政局", "like": LIKE}
    seen = (await play.press(COUNTY_OPERATOR, CATALOGUE, **new))["seen"]
    for verb in ("publish", "withdraw", "resume"):
        seen = (await play.press(COUNTY_OPERATOR, f"{CATALOGUE}/{NEW}/{verb}", **WHY, seen=seen))["seen"]
    seen = (await play.press(COUNTY_OPERATOR, f"{CATALOGUE}/{NEW}/editions/1/restore", seen=seen))["seen"]
    await play.press(COUNTY_OPERATOR, f"{CATALOGUE}/{NEW}/discard", seen=seen)
    shown = await play.granted(play.ask(COUNTY_OPERATOR, "GET", f"{CATALOGUE}/{OWN}"))
    item = {**shown["terms"]["about"], "standard": "本县标准"}
    changing = play.ask(COUNTY_OPERATOR, "PUT", f"{CATALOGUE}/{OWN}/about", {"item": item, "seen": shown["seen"]})
    seen = (await play.granted(changing))["seen"]
    for verb in ("publish", "follow-city"):
        seen = (await play.press(COUNTY_OPERATOR, f"{CATALOGUE}/{OWN}/{verb}", **WHY, seen=seen))["seen"]


async def a_file_is_tried_and_brought_in(play: Play) -> None:
    """Another is stopped before its trial."""
    first: Any = await play.granted(play.table(CITY_OPERATOR, f"{IMPORTS}/kinds/regions", REGIONS))
    await play.job("ops.imports", at=CITY)
    shown = await play.granted(play.ask(CITY_OPERATOR, "GET", f"{IMPORTS}/{first['id']}"))
    await play.press(CITY_OPERATOR, f"{IMPORTS}/{first['id']}/run", seen=shown["mark"])
    await play.job("ops.imports", at=CITY)

    other: Any = await play.granted(play.table(CITY_OPERATOR, f"{IMPORTS}/kinds/regions", REGIONS))
    await play.press(CITY_OPERATOR, f"{IMPORTS}/{other['id']}/stop")
    await play.job("ops.imports", at=CITY)


SCENES = (a_county_keeps_its_catalogue, a_file_is_tried_and_brought_in)
