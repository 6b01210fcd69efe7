"""关注记录: something real to follow, a message to 民政局, and somebody who follows it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from plugins.follow.documents import Follow
from tests.web.samples import message_board
from tests.web.samples.complaints import LEADER
from tests.web.scope import Question, Sample, Scene
from tests.world import ANJU


async def message(scene: Scene) -> Question:
    """One that nobody follows yet."""
    found = await message_board.stored(scene)
    return Question(path={"kind": "message", "id": found.id}, shows=found.id)


async def followed(scene: Scene) -> Question:
    """One that the leader follows, and that has moved since."""
    found = await message_board.stored(scene)
    follow = Follow(
        id=uuid4().hex,
        place=ANJU,
        path=found.path,
        county=ANJU,
        person=(await scene.visitor(LEADER)).person or "",
        kind="message",
        subject=found.id,
        revision=found.version,
        moved="接办",
        moved_at=found.created_at,
        unread=True,
        created_at=found.created_at,
    )
    await scene.hub.database["follow.follows"].insert_one(scene.hub.database.encode(follow))
    asked = {"kind": "message", "id": found.id}
    return Question(path=asked, query="", shows=found.id, guards=("follow.follows", follow.id))


async def listed(scene: Scene) -> Question:
    return Question(query="?limit=100", shows=(await followed(scene)).shows)


async def cancelled(scene: Scene) -> Question:
    question = await followed(scene)
    return Question(path=question.path, guards=question.guards)


P = "/api/v1/{place}/follow"
SAMPLES: Mapping[str, Sample] = {
    f"GET {P}": Sample(LEADER, listed, ANJU),
    f"GET {P}/{{kind}}/{{id}}": Sample(LEADER, message, ANJU, bureaus=True),
    f"POST {P}/{{kind}}/{{id}}": Sample(LEADER, message, ANJU, bureaus=True),
    f"DELETE {P}/{{kind}}/{{id}}": Sample(LEADER, cancelled, ANJU),
    f"POST {P}/{{kind}}/{{id}}/look": Sample(LEADER, followed, ANJU),
}
