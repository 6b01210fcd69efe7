"""What lands on the phones: every push of the live sessions and of WeChat, against what a story expects."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

from hub.wechat.simulator import Remote
from hub.words.endings import cancel_and_wait

Channel = Literal["live", "withdrawn", "oa", "mp"]
CHANNEL_WORDS: Mapping[Channel, str] = {"live": "实时消息", "withdrawn": "实时撤回", "oa": "公众号", "mp": "小程序"}
# Long enough for a busy machine, short enough that a lost push is not waited for all day.
WITHIN = 60.0
LOOK_FOR = 20.0


@dataclass(frozen=True, slots=True)
class Landed:
    """A push on somebody's phone. ``code`` is empty for WeChat, which knows no catalogue; ``kind`` names its template."""

    person: str
    channel: Channel
    code: str
    kind: str
    title: str
    text: str

    def __str__(self) -> str:
        return f"{CHANNEL_WORDS[self.channel]} → {self.person}：{self.title}"


@dataclass(frozen=True, slots=True)
class Expected:
    """A push that must land: who, how, which code of the catalogue, and what it must say (all of ``says``)."""

    code: str
    person: str
    channel: Channel
    says: tuple[str, ...]
    kind: str = ""

    def __str__(self) -> str:
        return f"{self.code} {CHANNEL_WORDS[self.channel]} → {self.person}（{'、'.join(self.says)}）"

    def is_for(self, landed: Landed) -> bool:
        """Whether it is this push, right or wrong in its words."""
        if (landed.person, landed.channel) != (self.person, self.channel):
            return False
        return landed.kind == self.kind if self.channel in ("oa", "mp") else landed.code == self.code

    def problem_of(self, landed: Landed) -> str | None:
        """What is wrong with its words."""
        missing = [words for words in self.says if words not in f"{landed.title}\n{landed.text}"]
        return f"{self}: 内容缺少 {'、'.join(missing)}；收到“{landed.title}”" if missing else None


class Unmet(Exception):
    """What the story expected and did not see; each problem in words."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Watch:
    """Collects what lands, in order, and settles it against expectations. What nobody expected is a problem, too, and so is
    a push that says one of the ``secret`` words (full names, numbers)."""

    def __init__(
        self, settled: Callable[[Expected, Landed], None], secret: Sequence[str] = (), within: float = WITHIN
    ) -> None:
        self.within = within
        self._settled = settled
        self._secret = secret
        self._open: list[Landed] = []
        self._changed = asyncio.Event()

    def land(self, landed: Landed) -> None:
        self._open.append(landed)
        self._changed.set()

    async def expect(self, *wanted: Expected) -> None:
        """Wait until all have landed, each once and with the right words; in any order between different phones.

        Raises :class:`Unmet` for what is missing, wrong, or was not asked for.
        """
        missing, wrong = list(wanted), []
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.within
        while True:
            wrong += self._settle(missing)
            if not missing or loop.time() >= deadline:
                break
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    await self._changed.wait()
        problems = [*wrong, *(f"没有按时收到：{each}" for each in missing)]
        if problems or self._open:
            raise Unmet(*problems, *self.unexpected())

    def unexpected(self) -> list[str]:
        """What landed and belongs to no expectation."""
        return [f"不应收到：{landed.code} {landed}" for landed in self._open]

    def _settle(self, missing: list[Expected]) -> list[str]:
        """Take what has landed off the list, in the order it landed; returns what is wrong with it."""
        problems = []
        for landed in list(self._open):
            # Two of a kind may come in any order: the one with these words, if there is one.
            likely = [each for each in missing if each.is_for(landed)]
            if not likely:
                continue
            expected = next((each for each in likely if each.problem_of(landed) is None), likely[0])
            self._open.remove(landed)
            missing.remove(expected)
            problem = expected.problem_of(landed) or self._leak_in(expected, landed)
            if problem is None:
                self._settled(expected, landed)
            else:
                problems.append(problem)
        return problems

    def _leak_in(self, expected: Expected, landed: Landed) -> str | None:
        told = any(word in f"{landed.title}\n{landed.text}" for word in self._secret)
        return f"{expected}: 推送中有个人信息" if told else None

    # --- where it lands ------------------------------------------------------------------------------------------------

    def live(self, person: str) -> Callable[[dict[str, Any]], None]:
        """What a live session of this person hands its messages to."""

        def hears(entry: dict[str, Any]) -> None:
            channel: Channel = "withdrawn" if entry["kind"] == "withdrawn" else "live"
            self.land(Landed(person, channel, entry.get("code", ""), "", entry["title"], entry["body"]))

        return hears

    @asynccontextmanager
    async def wechat(
        self, remote: Remote, channels: Mapping[str, Channel], kinds: Mapping[str, str]
    ) -> AsyncIterator[None]:
        """Look at all phones of the stand-in while the block lasts, from now on. ``channels`` by appid, ``kinds`` by
        template id."""
        known = await remote.messages()
        looking = asyncio.create_task(self._look(remote, known[-1]["seq"] if known else 0, channels, kinds))
        try:
            yield
        finally:
            await cancel_and_wait((looking,))

    async def _look(
        self, remote: Remote, after: int, channels: Mapping[str, Channel], kinds: Mapping[str, str]
    ) -> None:
        while True:
            for message in await remote.messages(after=after, wait=LOOK_FOR):
                after = message["seq"]
                self.land(_of_wechat(message, channels, kinds))


def _of_wechat(message: Mapping[str, Any], channels: Mapping[str, Channel], kinds: Mapping[str, str]) -> Landed:
    words = "\n".join(message["fields"].values())
    return Landed(
        person=message["person"],
        channel=channels[message["appid"]],
        code="",
        kind=kinds.get(message["template_id"], message["template_id"]),
        title=next(iter(message["fields"].values()), ""),
        text=words,
    )


def to_each(persons: Sequence[str], code: str, channel: Channel, *says: str, kind: str = "") -> list[Expected]:
    """One push expected by several people."""
    return [Expected(code, person, channel, says, kind) for person in persons]
