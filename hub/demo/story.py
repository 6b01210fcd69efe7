"""The main job as a story, in two parts: a declaration from phone to phone, then the whole chain to the money."""

from __future__ import annotations

from collections.abc import Sequence

from hub.demo import declaring, paying
from hub.demo.stage import Stage
from hub.demo.telling import COUNTY, Story, StoryStep, Teller, balanced, check, opened
from hub.demo.watch import WITHIN
from hub.words.errors import SetupError

FEATURES = ("declaration", "survey", "publicity", "complaints", "payments", "interception")


async def balance(story: Story) -> None:
    rows = await balanced(story)
    await story.watch.expect()
    check(all(not any(row[name] for name in ("missing", "pending", "sent")) for row in rows), f"推送收支不符：{rows}")
    accepted, delivered = (sum(row[name] for row in rows) for name in ("accepted", "delivered"))
    story.teller.say(f"应发 {accepted}，送达 {delivered}，缺失 0")


STEPS: Sequence[StoryStep] = (*declaring.STEPS, *paying.STEPS, StoryStep("推送收支相符", balance))


def _check(stage: Stage) -> None:
    assert stage.hub is not None
    lacking = [name for name in FEATURES if not stage.hub.counties.is_on(COUNTY, name)]
    if lacking:
        names = "', '".join(lacking)
        raise SetupError(
            f"config.yaml: the demo's story needs '{names}' among plugins, and on in county {COUNTY}: add what is missing, or play "
            "without --story"
        )


async def play(stage: Stage, teller: Teller, steps: Sequence[StoryStep] = STEPS, within: float = WITHIN) -> int:
    """Play the steps; returns how many pushes landed as they should, each ``within`` so many seconds.

    Raises :class:`Unmet` or :class:`Refusal` at the first step that does not go as told, ``SetupError`` before the first
    where something that it tells of is not there.
    """
    _check(stage)
    async with opened(stage, teller, within) as story:
        for number, step in enumerate(steps, start=1):
            teller.step(number, step.title)
            await step.play(story)
            await teller.pause()
        return story.pushes
