"""What the manuals of docs/manual tell, done step by step as they tell it: they cannot say what is not so."""

from __future__ import annotations

import pytest

from hub.app import Hub
from tests.pages.flows.conftest import Lends
from tests.pages.flows.manual import PICTURES, Chapter, Reader, chapters, follow
from tests.pages.flows.phone import Phone
from tests.pages.flows.scenes import SCENES
from tests.rows.rows import Walk

CHAPTERS = {chapter.id: chapter for chapter in chapters()}


@pytest.fixture
def hub(own_hub: Hub) -> Hub:
    """The first of a list is the one that is meant."""
    return own_hub


@pytest.mark.parametrize("chapter", CHAPTERS.values(), ids=CHAPTERS)
async def test_a_reader_does_what_the_manual_tells(walk: Walk, lends: Lends, chapter: Chapter) -> None:
    scene = await SCENES[chapter.id](walk, lends)
    phone = await lends(scene.person, scene.app)
    seen: list[str] = []

    async def shown(phone: Phone, name: str) -> None:
        seen.append(name)

    await follow(chapter, Reader(phone, scene.home, scene.own), shown)

    assert tuple(seen) == chapter.pictures


def test_every_chapter_is_done_and_every_picture_is_there() -> None:
    """What ``scripts/screenshots`` has taken, and nothing else."""
    named = [name for chapter in CHAPTERS.values() for name in chapter.pictures]

    assert SCENES.keys() == CHAPTERS.keys()
    assert sorted(named) == sorted(file.stem for file in PICTURES.glob("*.webp"))
