"""The main job, whole, from outside: and that the story would notice if anything went wrong."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from hub.demo import story
from hub.demo.stage import Stage, open_stage
from hub.demo.watch import CHANNEL_WORDS, Expected, Unmet
from hub.settings import HubSettings
from hub.words.errors import SetupError
from tests.golden import lines
from tests.golden.comparing import FOLDER, hold
from tests.golden.lines import Texts
from tests.waiting import until

TEMPLATE_SEND = "/cgi-bin/message/template/send"
NOT_FOLLOWING = 43004
ROW = re.compile(r"(<[\d-]+P>)-\d+")
# Who looks twice before payments have met them is made known twice, which changes nothing.
TWICE = re.compile(r"(\n# a request\npayments\.KnowReader[^\n]*\n)\1+")


class Listener:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.pushes: list[tuple[str, str, str]] = []
        self.texts = Texts("", "")

    def step(self, number: int, title: str) -> None:
        self.steps.append(title)

    def say(self, text: str) -> None:
        print(text)

    def push(self, expected: Expected, person: str) -> None:
        self.pushes.append((expected.code, CHANNEL_WORDS[expected.channel], person))

    async def pause(self) -> None:
        """No time to lose."""


@pytest.fixture(scope="module")
async def told(stage: Stage) -> Listener:
    """The whole story, told once."""
    listener = Listener()
    landed = await story.play(stage, listener)
    assert landed == len(listener.pushes)
    listener.texts = await _noted(stage)
    return listener


async def _noted(stage: Stage) -> Texts:
    """Audit lines and events so far, once every event was heard."""
    assert stage.hub is not None
    events = stage.hub.database["events"]

    async def heard() -> bool:
        return not await events.count_documents({"state": "pending"}, limit=1)

    await until(heard)
    return await lines.read(stage.hub, {}, clock_stands=False)


@pytest.mark.parametrize("name", ["audit", "events"])
def test_what_the_story_has_noted_and_told_is_what_is_committed(told: Listener, name: str, golden: bool) -> None:
    """On the same morning in every run; of two who are paid at once either may be the first on the list."""
    text = TWICE.sub(r"\1", ROW.sub(r"\1<row>", getattr(told.texts, name)))
    hold(FOLDER / f"story-{name}.txt", text, write=golden)


async def test_the_story_goes_as_told_and_can_be_told_again(stage: Stage, told: Listener) -> None:
    """A second story on the same database needs nothing but other beneficiaries; somebody is proved only once. Before it, the two
    subsidies of the first are ended."""
    again = Listener()

    await story.play(stage, again)

    assert told.steps == again.steps == [step.title for step in story.STEPS]
    once = Counter(push for push in told.pushes if push[0] == "P11")
    assert once == {("P11", "实时消息", "王*国"): 1, ("P11", "公众号", "王*国"): 1}
    ended = Counter({("P14", way, "王*国"): 2 for way in ("实时消息", "公众号")})
    assert Counter(told.pushes) - once + ended == Counter(again.pushes)


def test_each_kind_of_push_came_by_each_way(told: Listener) -> None:
    """The handlers' pushes come live, by official account and by mini program; the resident's to the resident, the complainant's
    to her alone.
    """
    people = {code: {person for told_code, _, person in told.pushes if told_code == code} for code, _, _ in told.pushes}

    assert {way for code, way, _ in told.pushes if code == "P01"} == {"实时消息", "实时撤回", "公众号", "小程序"}
    assert people["P14"] == people["P04"] == {"王*国"}
    assert (people["P05"], people["P06"], people["P17"]) == ({"田*"}, {"何*珍"}, {"曾*"})
    assert people["P03"] == {"杨*", "邓*", "廖*"}
    assert ("P01", "小程序", "秦*岚") in told.pushes


async def test_a_push_that_does_not_land_ends_the_story(stage: Stage) -> None:
    """WeChat says that nobody follows: what comes by mini program instead is not what the story has told."""
    await stage.remote.fault(path=TEMPLATE_SEND, errcode=NOT_FOLLOWING, times=None)
    told = Listener()

    with pytest.raises(Unmet) as unmet:
        await story.play(stage, told, within=20)
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
