"""The manuals of ``docs/manual``, read so that a test can do what they tell its reader to do.

A chapter begins with ``##``; what to do stands in its numbered steps, as one of ``VERBS`` with what is meant behind it in quotation
marks, several with 、 or 和 between them: ``填“姓名”、“手机号”``. What is filled in is the reader's own. A picture shows the screen as
it is then.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import expect

from tests.pages.flows.phone import Phone
from tests.web.conftest import picture

FOLDER = Path(__file__).parents[3] / "docs/manual"
PICTURES = FOLDER / "pictures"
ACT = re.compile(r"(打开|点|填|选|拍|看到)((?:“[^”]+”[、和]?)+)")
STEP, SHOWN = re.compile(r"\d+\. (.*)"), re.compile(r"!\[.+\]\(pictures/(.+)\.webp\)")


@dataclass(frozen=True)
class Act:
    """A verb and what it is done to, or ``picture`` and the name of one."""

    verb: str
    what: str


@dataclass(frozen=True)
class Chapter:
    """A task as a manual tells it."""

    manual: str
    title: str
    acts: tuple[Act, ...]

    @property
    def id(self) -> str:
        return f"{self.manual}-{self.title}"

    @property
    def pictures(self) -> tuple[str, ...]:
        return tuple(act.what for act in self.acts if act.verb == "picture")


@dataclass(frozen=True)
class Reader:
    """Whose phone it is, the home that ``打开`` begins at, and what they fill in, by the names of the fields."""

    phone: Phone
    home: str
    own: Mapping[str, str]


def chapters() -> Iterator[Chapter]:
    for file in sorted(FOLDER.glob("*.zh.md")):
        for part in file.read_text("utf-8").split("\n## ")[1:]:
            title, _, text = part.partition("\n")
            yield Chapter(file.name.partition(".")[0], title, tuple(acts_of(text)))


def acts_of(text: str) -> Iterator[Act]:
    for line in text.splitlines():
        if shown := SHOWN.fullmatch(line):
            yield Act("picture", shown[1])
        elif step := STEP.fullmatch(line):
            acts = [Act(verb, what) for verb, named in ACT.findall(step[1]) for what in re.findall("“([^”]+)”", named)]
            assert acts, f"nothing is done in the step: {line}"
            yield from acts


async def follow(chapter: Chapter, reader: Reader, shown: Callable[[Phone, str], Awaitable[None]]) -> None:
    """Do what the chapter says; ``shown`` hears of its pictures, each when the screen is as it should show."""
    await reader.phone.open(reader.home)
    for act in chapter.acts:
        if act.verb == "picture":
            await shown(reader.phone, act.what)
        else:
            await VERBS[act.verb](reader, act.what)


async def open_tile(reader: Reader, what: str) -> None:
    await reader.phone.open(reader.home)
    await reader.phone.tap(what)


async def tap(reader: Reader, what: str) -> None:
    await reader.phone.tap(what)


async def fill(reader: Reader, what: str) -> None:
    await reader.phone.fill(what, reader.own[what])


async def choose(reader: Reader, what: str) -> None:
    """One of several that are seen; or one's own of a list that is called so."""
    if what in reader.own:
        await reader.phone.choose(what, reader.own[what])
    else:
        await reader.phone.pick(what)


async def photograph(reader: Reader, what: str) -> None:
    """Of several that are asked for the one that is called so."""
    page, file = reader.phone.page, {"name": f"{what}.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    inputs = page.locator("input[type=file]")
    wanted = inputs if await inputs.count() == 1 else page.locator(f"fieldset:has-text('{what}') input[type=file]")
    await wanted.set_input_files([file])


async def see(reader: Reader, what: str) -> None:
    await expect(reader.phone.page.locator("body")).to_contain_text(what)


VERBS: Mapping[str, Callable[[Reader, str], Awaitable[None]]] = {
    "打开": open_tile,
    "点": tap,
    "填": fill,
    "选": choose,
    "拍": photograph,
    "看到": see,
}
