"""The end of the play: what goes by itself in time, and what is under way when the data are kept."""

from __future__ import annotations

from tests.chain import acts
from tests.chain.cast import DECLARANT, LAND, WINDOW, number_of
from tests.golden.play import Play
from tests.golden.scenes_chain import declared
from tests.golden.scenes_checks import begin, save
from tests.golden.scenes_complaints import filed
from tests.world import ANJU, JUXIAN, VILLAGE


async def old_drafts_go(play: Play) -> None:
    """After ninety days, of what is closed; and what nobody wants any more is called off."""
    await play.pass_days(91)
    await play.job("survey.forget_drafts")
    await play.job("survey.call_off_over")
    await play.job("worklist.look_at_all")


async def left_half_done(play: Play) -> None:
    """A form that is not handed in, a task in somebody's hands, a survey begun, a complaint that nobody has taken up."""
    person = {
        "name": "李桂兰",
        "id_number": number_of(73),
        "region": VILLAGE,
        "phone": "19900000001",
        "category": "farmer",
    }
    papers = {paper: [await play.upload(DECLARANT)] for paper in acts.PAPERS}
    form = {"declared_for": "other", "beneficiary": person, "answers": {"area_mu": "3.5"}, "materials": papers}
    path = f"/{ANJU}/declaration/drafts/{play.hub.units.new_id()}"
    await play.granted(play.ask(DECLARANT, "PUT", path, {"project": LAND, "form": form}))
    case = await declared(play, 74)
    task = await play.one("worklist.tasks", subject=case["_id"])
    await play.press(WINDOW, f"/{JUXIAN}/worklist/tasks/{task['_id']}/claim")
    await save(play, await begin(play, 75))
    await filed(play, DECLARANT, pictures=[await play.upload(DECLARANT)])


SCENES = (old_drafts_go, left_half_done)
