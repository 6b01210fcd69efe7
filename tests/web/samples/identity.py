"""What somebody asks about themselves, beside the samples of signing in: 实名信息, 授权, 岗位."""

from __future__ import annotations

from collections.abc import Mapping

from hub.words import masking
from tests.web.samples.core import APPLICANT, constantly
from tests.web.scope import RESIDENTS, Question, Sample, Scene, Staff
from tests.world import DONGCHAN

# Somebody whose leave no other sample misses.
AWAY = Staff("leader", DONGCHAN)
HOLDING = f"holding-{AWAY.person}"
NOBODY_ELSES = constantly(Question())


async def real_name(scene: Scene) -> Question:
    return Question(shows=masking.id_number_staff(RESIDENTS["王建国"]))


async def offer(scene: Scene) -> Question:
    await scene.visitor(AWAY)
    return Question(path={"id": HOLDING}, shows=HOLDING)


async def leave(scene: Scene) -> Question:
    await scene.visitor(AWAY)
    return Question(path={"id": HOLDING}, json={}, guards=("positions", HOLDING))


async def come_back(scene: Scene) -> Question:
    await scene.visitor(AWAY)
    own = {"on_leave": True, "leave_by": AWAY.person}
    await scene.hub.database["positions"].update_one({"_id": HOLDING}, {"$set": own})
    return Question(path={"id": HOLDING}, guards=("positions", HOLDING))


SAMPLES: Mapping[str, Sample] = {
    "GET /api/v1/me/real-name": Sample(APPLICANT, real_name),
    "GET /api/v1/me/consents": Sample(APPLICANT, NOBODY_ELSES, only_guests=True),
    "POST /api/v1/me/consents/withdraw": Sample(
        APPLICANT,
        NOBODY_ELSES,
        only_guests=True,
        unproved="they would be nobody in every other sample: tests/identity",
    ),
    "GET /api/v1/me/positions": Sample(AWAY, NOBODY_ELSES, only_guests=True),
    "GET /api/v1/me/positions/{id}/leave": Sample(AWAY, offer),
    "POST /api/v1/me/positions/{id}/leave": Sample(AWAY, leave),
    "POST /api/v1/me/positions/{id}/return": Sample(AWAY, come_back),
}
