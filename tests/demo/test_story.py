"""The main job, whole, from outside: and that the story would notice if anything went wrong."""

from __future__ import annotations

import pytest

from hub.demo import story
from hub.demo.stage import Stage, open_stage
from hub.demo.watch import CHANNEL_WORDS, Expected, Unmet
from hub.errors import SetupError
from hub.settings import HubSettings

TEMPLATE_SEND = "/cgi-bin/message/template/send"
NOT_FOLLOWING = 43004


class Listener:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.pushes: list[tuple[str, str, str]] = []

    def step(self, number: int, title: str) -> None:
        self.steps.append(title)

    def say(self, text: str) -> None:
        print(text)

    def push(self, expected: Expected, person: str) -> None:
        self.pushes.append((expected.code, CHANNEL_WORDS[expected.channel], person))

    async def pause(self) -> None:
        """No time to lose."""


async def test_the_story_goes_as_told_and_can_be_told_again(stage: Stage) -> None:
    """A second story on the same database needs nothing but another beneficiary; an alert comes once an hour."""
    first, second = Listener(), Listener()

    landed = await story.play(stage, first)
    again = await story.play(stage, second)

    assert first.steps == second.steps == [step.title for step in story.STEPS]
    assert (landed, again) == (len(first.pushes), len(second.pushes))
    alerts = [push for push in first.pushes if push[0] == "P17"]
    assert alerts == [("P17", "实时消息", "曾*"), ("P17", "公众号", "曾*")]
    assert [push for push in first.pushes if push[0] != "P17"] == second.pushes


async def test_each_kind_of_push_came_by_each_way(stage: Stage) -> None:
    """The handlers' pushes come live, by official account and by mini program; the resident's come to the resident."""
    told = Listener()

    await story.play(stage, told)

    assert {way for code, way, _ in told.pushes if code == "P01"} == {"实时消息", "实时撤回", "公众号", "小程序"}
    assert {person for code, _, person in told.pushes if code == "P14"} == {"王*国"}
    assert ("P01", "小程序", "秦*岚") in told.pushes


async def test_a_push_that_does_not_land_ends_the_story(stage: Stage) -> None:
    """WeChat says that nobody follows: what comes by mini program instead is not what the story has told."""
    await stage.remote.fault(path=TEMPLATE_SEND, errcode=NOT_FOLLOWING, times=None)
    told = Listener()

    with pytest.raises(Unmet) as unmet:
        await story.play(stage, told, within=2)
    await stage.remote.clear_faults()

    assert told.steps[-1] == "提交申报，聚贤镇受理窗口立即收到待办"
    assert {problem.split("（")[0] for problem in unmet.value.problems} == {
        "没有按时收到：P01 公众号 → zhoumin",
        "没有按时收到：P01 公众号 → hejun",
        "不应收到： 小程序 → zhoumin：高龄津贴 · 李*兰",
        "不应收到： 小程序 → hejun：高龄津贴 · 李*兰",
    }


async def test_two_demos_do_not_share_a_folder(stage: Stage, settings: HubSettings) -> None:
    """They would reset each other's passwords."""
    assert stage.url

    with pytest.raises(SetupError, match="a demo is running there already") as refused:
        async with open_stage(settings, says=print):
            pytest.fail("a second demo has started")

    assert "--data" in refused.value.problems[0]
