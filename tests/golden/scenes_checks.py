"""Interception and surveys: false alarms, true ones, money that comes back; what is found at a door."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hub.words.ids import new_id
from tests.chain import acts
from tests.chain.cast import BUREAU, CHECKER, CIVIL, DISCIPLINE, LAND, VILLAGER, number_of
from tests.golden.play import Play
from tests.golden.scenes_money import FOREST, NATURE
from tests.web.scope import FARMING, Staff, Who
from tests.world import ANJU, JUXIAN, VILLAGE

CHECKS = f"/{ANJU}/interception"
LOW_INCOME = "30001"
CIVIL_CHECKER = Staff("handler", ANJU, CIVIL, "interception")
RANGER = Staff("handler", ANJU, NATURE, "interception")
REVIEWER = Staff("handler", JUXIAN, FARMING, "review_town")


# --- interception ----------------------------------------------------------------------------------------------------


async def bring(play: Play, kind: str, serial: int, **more: str) -> None:
    """A check list with one line, and one that is none."""
    query = "".join(f"&{name}={value}" for name, value in more.items())
    lines = ["姓名,身份证号", f"李桂兰,{number_of(serial)}", "张三,1"]
    await play.granted(play.table(DISCIPLINE, f"{CHECKS}/lists?kind={kind}{query}", lines))


async def hit_of(play: Play, serial: int) -> dict[str, Any]:
    return await play.one("interception.hits", **{"identity.id_number.b": play.key(number_of(serial))})


async def press(play: Play, hit: dict[str, Any], verb: str, who: Who, **more: Any) -> Any:
    version = (await play.fresh("interception.hits", hit["_id"]))["version"]
    return await play.press(who, f"{CHECKS}/hits/{hit['_id']}/{verb}", version=version, reason="已核实", **more)


async def begin(play: Play, serial: int, project: str = LAND) -> str:
    """A surveyor types somebody at the door."""
    household = {"place": VILLAGE, "project": project, "name": "李桂兰", "id_number": number_of(serial)}
    made = await play.press(VILLAGER, f"/{VILLAGE}/survey/surveys", id=new_id(play.hub.clock), **household)
    id: str = made["survey"]["id"]
    return id


async def a_false_alarm(play: Play) -> None:
    """The declaration waits, is looked at by two, goes on; 纪委 agrees and files it."""
    await bring(play, "death", 40, dry_run="true")
    await bring(play, "death", 40)
    await play.granted(acts.declare(play, 40))
    hit = await hit_of(play, 40)
    await play.press(CHECKER, f"{CHECKS}/hits/{hit['_id']}/evidence", reason="核实死亡登记")
    await press(play, hit, "propose", CHECKER, evidence="派出所证明")
    await press(play, hit, "reject", BUREAU)
    await press(play, hit, "propose", CHECKER, evidence="派出所证明、本人到场")
    await press(play, hit, "clear", BUREAU)
    await press(play, hit, "review", DISCIPLINE)
    await press(play, hit, "archive", DISCIPLINE)


async def a_true_one(play: Play) -> None:
    """属实, sent back by 纪委, 属实 once more with the end of the case; the money comes back in two parts."""
    await bring(play, "death", 41)
    await play.granted(acts.declare(play, 41))
    hit = await hit_of(play, 41)
    await press(play, hit, "confirm", CHECKER)
    await press(play, hit, "return", DISCIPLINE)
    confirmed = await press(play, hit, "confirm", CHECKER, end_case=True, recover="360.00")
    path = f"{CHECKS}/recoveries/{confirmed['recovery']}"
    for amount in ("100.00", "260.00"):
        owed = await play.fresh("interception.recoveries", confirmed["recovery"])
        await play.press(CHECKER, f"{path}/recovered", version=owed["version"], amount=amount, reason="收据0001")


async def waived_and_noted(play: Play) -> None:
    """不予追缴; a warning is known of, and no more."""
    await bring(play, "death", 42)
    await begin(play, 42)
    confirmed = await press(play, await hit_of(play, 42), "confirm", CHECKER, recover="60.00")
    owed = await play.fresh("interception.recoveries", confirmed["recovery"])
    body = {"version": owed["version"], "reason": "已死亡且无遗产"}
    await play.press(CHECKER, f"{CHECKS}/recoveries/{owed['_id']}/waive", **body)
    await bring(play, "cadres", 43)
    await begin(play, 43, LOW_INCOME)
    await press(play, await hit_of(play, 43), "note", CIVIL_CHECKER)


async def somebody_who_is_paid_is_on_a_list(play: Play) -> None:
    """停发 of a benefit; searches, a table, the night's look."""
    await bring(play, "death", 53, replace="true")
    await press(play, await hit_of(play, 53), "confirm", RANGER, stop=True)
    await play.press(DISCIPLINE, f"{CHECKS}/hits/search", id_number=number_of(53))
    await play.press(DISCIPLINE, f"{CHECKS}/entries/search", id_number=number_of(42))
    await play.press(DISCIPLINE, f"{CHECKS}/export", reason="季度汇总")
    await play.job("interception.recheck")
    await play.job("interception.sweep")


# --- surveys -----------------------------------------------------------------------------------------------------------


async def form_of(play: Play, **more: Any) -> dict[str, Any]:
    photo, signature = await play.upload(VILLAGER), await play.upload(VILLAGER)
    now = play.hub.clock.now()
    form = {
        "result": "true",
        "handling": "continue",
        "visited_at": (now - timedelta(hours=1)).isoformat(),
        "spot": "家中",
        "findings": "耕地由本人耕种。",
        "investigators": ["杨帆", "刘洋"],
        "photos": [photo],
        "signatures": [signature],
    }
    return {"revision": 1, "saved_at": now.isoformat(), "form": {**form, **more}}


def one(survey: str) -> str:
    return f"/{VILLAGE}/survey/surveys/{survey}"


async def save(play: Play, survey: str, **more: Any) -> dict[str, Any]:
    draft = new_id(play.hub.clock)
    await play.granted(play.ask(VILLAGER, "PUT", f"{one(survey)}/drafts/{draft}", await form_of(play, **more)))
    return {"draft": draft, "revision": 1}


async def looked_over(play: Play, survey: str, verb: str, who: Staff = REVIEWER, **more: Any) -> None:
    version = (await play.fresh("survey.surveys", survey))["version"]
    await play.press(who, f"/{who.region}/survey/surveys/{survey}/{verb}", version=version, **more)


async def a_record_is_corrected_and_looked_over(play: Play) -> None:
    """A draft thrown away; 更正; a late draft is kept; 退回重查; 归档; 落实调查处理."""
    survey = await begin(play, 60)
    await play.press(VILLAGER, f"{one(survey)}/person", reason="现场核对身份证")
    thrown = await save(play, survey)
    await play.granted(play.ask(VILLAGER, "DELETE", f"{one(survey)}/drafts/{thrown['draft']}"))
    first = await play.press(VILLAGER, f"{one(survey)}/submit", **await save(play, survey))
    more = {"replaces": first["records"][0]["id"], "reason": "面积看错了"}
    await play.press(VILLAGER, f"{one(survey)}/correct", **await save(play, survey, result="changed"), **more)
    await save(play, survey, spot="村委会")
    await looked_over(play, survey, "return", reason="照片不清楚")
    again = await save(play, survey, result="changed", handling="adjust")
    await play.press(VILLAGER, f"{one(survey)}/submit", **again)
    await looked_over(play, survey, "archive")
    await looked_over(play, survey, "followup", BUREAU, reason="已按3亩核定")


async def what_is_found_stops_a_benefit(play: Play) -> None:
    """停发 for somebody who is paid without a declaration; a search and a table."""
    survey = await begin(play, 50, FOREST)
    untrue = await save(play, survey, result="untrue", handling="stop")
    await play.press(VILLAGER, f"{one(survey)}/submit", **untrue)
    await looked_over(play, survey, "archive", Staff("handler", JUXIAN, NATURE, "review_town"))
    await play.press(REVIEWER, f"/{JUXIAN}/survey/surveys/search", id_number=number_of(60))
    await play.press(BUREAU, f"/{ANJU}/survey/export", reason="季度汇总")


SCENES = (
    a_false_alarm,
    a_true_one,
    waived_and_noted,
    somebody_who_is_paid_is_on_a_list,
    a_record_is_corrected_and_looked_over,
    what_is_found_stops_a_benefit,
)
