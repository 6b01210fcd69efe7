"""What is in the answers: whoever holds two positions sees in each list, search, table and number what the rule allows, and all of it.

Against a pile of papers made in two counties (``tests/web/papers.py``) and the rule in a second hand (``tests/web/looking.py``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import get_origin

import aiohttp
import pytest

from hub.api import Paged, Raw
from hub.app import Hub
from hub.web.operations import Operation
from hub.words.clock import MovingClock
from tests.web import papers
from tests.web.looking import BY_NUMBER, BY_PERSON, COUNTS, ELSEWHERE, LOOKS, PAIRS, SOUGHT, Look
from tests.web.papers import FIRST, MASKED, Paper, first_of, name_by
from tests.web.scope import Pair, Question, Scene, number_of, put
from tests.web.small import Answer
from tests.whole import ALL_ON, whole_hub
from tests.world import ANJU, CITY, MONDAY_MORNING, SHEHONG, VILLAGE


@pytest.fixture(scope="module")
async def scene(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """One hub for all: nothing here writes."""
    counties = {ANJU: ALL_ON, SHEHONG: ALL_ON}
    folder = tmp_path_factory.mktemp("hub")
    async with (
        whole_hub(mongo_uri, folder, counties, clock=MovingClock(MONDAY_MORNING)) as hub,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
    ):
        yield Scene(hub, http)


@pytest.fixture(scope="module")
async def pile(scene: Scene) -> Sequence[Paper]:
    made = papers.pile(scene.hub, BY_PERSON, tuple(number_of(person) for person in BY_NUMBER))
    await papers.store(scene.hub, made)
    return made


async def test_every_document_about_somebody_keeps_them_away(scene: Scene, pile: Sequence[Paper]) -> None:
    """Of each sort that a plugin has business with there is a paper; those that name a person are about that person."""
    business = papers.businesses()
    assert set(business) <= set(papers.SORTS), "a new sort of business: add it to tests/web/papers.py"

    for collection, each in business.items():
        made = papers.SORTS[collection](pile[0], "paper", MONDAY_MORNING)
        named = papers.numbers_in(made)
        assert named == ([] if (about := each.about(made)) is None else [about.reveal()]), collection
        stored = await scene.hub.database[collection].find({}, {"avoid_keys": 1}).to_list(1000)
        assert stored and all(bool(row["avoid_keys"]) == bool(named) for row in stored), collection


def test_every_list_is_looked_at_or_has_a_reason(scene: Scene) -> None:
    """A list that is missing here was not thought about: add it to tests/web/looking.py."""
    operations = scene.hub.application.parts.router.operations
    # Tables are made by POST, with a reason; what is Raw by GET is a picture, or an empty form.
    lists = {
        each.name for each in operations if get_origin(each.answer) is Paged or (each.answer is Raw and each.writes)
    }
    known = {name.partition(",")[0] for name in LOOKS} | set(ELSEWHERE)

    assert lists == known, f"new: {sorted(lists - known)}, gone: {sorted(known - lists)}"


@pytest.mark.parametrize("name", LOOKS)
def test_the_pile_tells_readers_apart(pile: Sequence[Paper], name: str) -> None:
    """Each list shows something to some, nothing to others, to nobody all, and keeps from somebody what is recused alone."""
    look = LOOKS[name]
    seen = {who: {paper.serial for paper in _allowed(pile, look, pair, ANJU)} for who, pair in PAIRS.items()}
    unkept = {
        who: {paper.serial for paper in _allowed(pile, replace(look, recusal=()), pair, ANJU)}
        for who, pair in PAIRS.items()
    }

    assert len({frozenset(serials) for serials in seen.values()}) > 1
    assert all(len(serials) < len(pile) for serials in seen.values())
    assert not look.recusal or seen != unkept


@pytest.mark.parametrize("who", PAIRS)
@pytest.mark.parametrize("name", LOOKS)
async def test_a_list_is_what_the_rule_allows(scene: Scene, pile: Sequence[Paper], name: str, who: str) -> None:
    look, pair = LOOKS[name], PAIRS[who]
    for place in _places(name, pair):
        allowed = {look.named(look.of, paper): paper for paper in _allowed(pile, look, pair, place)}

        shown = await _shown(scene, name, look, pair, place)

        assert set(shown) == set(allowed), f"at {place}"
        if look.sensitive == "nameless":
            named = {each for each, text in shown.items() if MASKED in text}
            assert named == {each for each, paper in allowed.items() if look.names(pair, paper)}, f"names at {place}"


@pytest.mark.parametrize("who", PAIRS)
@pytest.mark.parametrize("name", COUNTS)
async def test_numbers_are_those_of_what_the_rule_allows(
    scene: Scene, pile: Sequence[Paper], name: str, who: str
) -> None:
    count, pair = COUNTS[name], PAIRS[who]
    # In a village the numbers are small.
    for place in dict.fromkeys((*_places(name, pair), VILLAGE)):
        right = Counter(word for paper in _allowed(pile, count.of, pair, place) for word in count.words(paper))

        answer = await _asked(scene, name, pair, place, Question())

        told = count.read(answer.json) if answer.status == 200 else {}
        withheld = {word for word, number in told.items() if number is None}
        assert set(told) == set(right), f"at {place}"
        assert {word: number for word, number in told.items() if word not in withheld} == {
            word: number for word, number in right.items() if word not in withheld
        }, f"at {place}"
        small = {word for word, number in right.items() if number < 5}
        if not count.small or count.of.sees_all(pair):
            assert not withheld, f"at {place}"
        else:
            assert small <= withheld, f"at {place}"


def _allowed(pile: Sequence[Paper], look: Look, pair: Pair, place: str) -> Sequence[Paper]:
    allowed = [paper for paper in pile if look.shows(pair, place, paper)]
    if look.inside is None:
        return allowed
    first = pile[FIRST[_county(place)]]
    return [each for each in allowed if each.county == first.county and look.inside.shows(pair, place, first)]


def _county(place: str) -> str:
    return ANJU if place == CITY else place[:6]


def _places(name: str, pair: Pair) -> Sequence[str]:
    """The city, where nothing is written; the counties and the places of the two positions."""
    own = [place for position in pair.positions for place in (position.region[:6], position.region)]
    return [place for place in dict.fromkeys((CITY, *own)) if name.startswith("GET") or place != CITY]


async def _shown(scene: Scene, name: str, look: Look, pair: Pair, place: str) -> dict[str, str]:
    """Nothing where the place or the operation is refused."""
    path = {"id": first_of(look.inside.of, _county(place))} if look.inside else {}
    shown: dict[str, str] = {}
    for query in _queries(look):
        answer = await _asked(scene, name, pair, place, Question(path=path, query=query, json=look.json))
        shown |= look.read(answer) if answer.status == 200 else {}
    return shown


def _queries(look: Look) -> Sequence[str]:
    """One for all; of what is found by its number one each."""
    if "{number}" not in look.query:
        return (look.query,)
    return [look.query.format(number=name_by(look.of, serial)) for serial in SOUGHT]


async def _asked(scene: Scene, name: str, pair: Pair, place: str, question: Question) -> Answer:
    answer = await put(await scene.visitor(pair), _operation(scene.hub, name), place, question)
    assert answer.status in (200, 403, 404), f"{place}: {answer.status} {answer.body!r}"
    return answer


def _operation(hub: Hub, name: str) -> Operation:
    wanted = name.partition(",")[0]
    return next(each for each in hub.application.parts.router.operations if each.name == wanted)
