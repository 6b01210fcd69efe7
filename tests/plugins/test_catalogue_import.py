"""Bringing the catalogue in: place by place, again without effect, all or nothing."""

from __future__ import annotations

import copy

import pytest

from hub.words.errors import Conflict, Invalid
from hub.words.text import cleaned
from plugins.declaration.actions.importing import import_file, places_of_catalogue
from plugins.declaration.projects import id_of
from tests.plugins.conftest import CATALOGUE, OLD_AGE
from tests.plugins.test_catalogue_editor import Operator
from tests.world import ANJU, CITY, JUXIAN


async def bring(office, catalogue, at=CITY):
    progress = []

    async def call(ctx):
        return await import_file(ctx, cleaned(catalogue), lambda *done: progress.append(done))

    done = await office.world.units.read(call, plugin="declaration", place=office.world.place(at))
    return (done.added, done.changed, done.unchanged), done.problems, progress


async def test_the_same_file_again_changes_nothing(office):
    """Neither at the city nor at the county with terms of its own."""
    before = await office.world.database["declaration.projects"].find({}).to_list(100)

    city, _, progress = await bring(office, CATALOGUE)
    county, _, _ = await bring(office, CATALOGUE, at=ANJU)

    assert (city, county, progress) == ((0, 0, 20), (0, 0, 2), [(20, 20)])
    assert await office.world.database["declaration.projects"].find({}).to_list(100) == before


async def test_what_is_new_or_changed_is_told(office):
    """A project more, and another limit."""
    catalogue = copy.deepcopy(CATALOGUE)
    catalogue["projects"][1]["limits"] = {"accept": {"days": 3}}
    catalogue["projects"].append(catalogue["projects"][0] | {"code": "99001", "name": "新项目"})

    counts, _, _ = await bring(office, catalogue)

    shown = await office.ask(
        office.resident(), "GET declaration/projects/{code}", code=catalogue["projects"][1]["code"]
    )
    assert counts == (1, 1, 19)
    assert shown.flow[0].limit.days == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"chain": "plian"}, "plian"),
        ({"chain": ["accept", "visit", "approve_county"]}, "没有这个环节"),
        ({"object": "animal"}, "object：不在可选范围内"),
        ({"windows": [{"from": "03-01"}]}, "to"),
        ({"bureau": None}, "bureau"),
        ({"name": " \u200b\u202e"}, "name"),
        ({"fields": [{"key": "a", "label": "面积", "type": "decimal", "min": "1e3"}]}, "fields.a"),
        ({"fields": [{"key": "a", "label": "面积", "type": "decimal", "max": "1,5"}]}, "fields.a"),
        ({"fields": [{"key": "a", "label": "人数", "type": "integer", "max": 1.5}]}, "fields.a"),
        ({"fields": [{"key": "a", "label": "人数", "type": "integer", "max": float("nan")}]}, "fields.a"),
        ({"fields": [{"key": "a", "label": "日期", "type": "date", "max": "tomorrow"}]}, "fields.a"),
        # A slip of the pen, at each depth, and what the hub alone fills in.
        ({"standart": "100元"}, "没有这样的内容：standart。"),
        ({"materials": [{"key": "a", "label": "照片", "max_file": 2}]}, "没有这样的内容：materials.max_file。"),
        ({"limits": {"accept": {"day": 3, "days": 3}}}, "没有这样的内容：limits.accept.day。"),
        ({"counties": {ANJU: {"code": "99001", "standart": ""}}}, "没有这样的内容：counties.code、counties.standart。"),
        ({"as_city": True, "edition": 7}, "没有这样的内容：as_city、edition。"),
        ({"version": 7, "created_at": "2020-01-01T00:00:00Z"}, "没有这样的内容：created_at、version。"),
        ({"code": CATALOGUE["projects"][1]["code"]}, "编码与第2个项目相同。"),
    ],
)
async def test_a_bad_row_is_named_and_nothing_is_done(office, change, words):
    """With its position, code and reason."""
    catalogue = copy.deepcopy(CATALOGUE)
    catalogue["projects"][4] |= change
    catalogue["projects"][0]["name"] = "改过的名称"

    counts, problems, _ = await bring(office, catalogue)

    [(row, reason)] = problems.items()
    assert counts == (0, 0, 0)
    assert row == "5"
    assert words in reason
    assert (
        await office.ask(office.resident(), "GET declaration/projects/{code}", code="10001")
    ).name == "耕地地力保护补贴"


async def test_a_place_has_no_more_projects_than_the_editor_allows(office):
    """Those that are there already count."""
    row = CATALOGUE["projects"][0]
    catalogue = {**CATALOGUE, "projects": [{**row, "code": f"99{n:03}"} for n in range(481)]}

    with pytest.raises(Conflict, match="一个地区最多500个项目。"):
        await bring(office, catalogue)


async def test_a_code_that_was_written_as_a_number(office):
    """YAML reads it so without quotes."""
    catalogue = copy.deepcopy(CATALOGUE)
    catalogue["projects"][4]["code"] = 20001

    _, problems, _ = await bring(office, catalogue)

    assert problems == {"5": "20001：code：应为文字，请加英文引号。"}


async def test_bounds_are_kept_as_numbers(office):
    """As the editor keeps them, however the file has written them."""
    catalogue = copy.deepcopy(CATALOGUE)
    question = {"key": "a", "label": "面积", "type": "decimal", "min": "0.5", "max": "1,000"}
    catalogue["projects"][4] |= {"fields": [question]}

    await bring(office, catalogue)

    id = id_of(CITY, catalogue["projects"][4]["code"])
    kept = await office.world.database["declaration.projects"].find_one({"_id": id})
    assert [(each["min"], each["max"]) for each in kept["form"]["questions"]] == [(0.5, 1000)]


@pytest.mark.parametrize(("row", "state"), [({}, "withdrawn"), ({"withdrawn": False}, "open")])
async def test_what_is_withdrawn_stays_so(office, row, state):
    """Where the file does not say otherwise."""
    operator = Operator(office)
    await operator.stand("withdraw")
    catalogue = copy.deepcopy(CATALOGUE)
    next(each for each in catalogue["projects"] if each["code"] == OLD_AGE).update(row)

    await bring(office, catalogue)

    assert (await operator.show()).state == state


@pytest.mark.parametrize(
    "content",
    [
        None,
        "a",
        [1],
        {"projects": 3},
        {"projects": [1]},
        {"projects": [{"counties": []}]},
        {"projects": [{"counties": {ANJU: 5}}]},
    ],
)
def test_what_is_no_catalogue(office, content):
    """Told in words."""
    with pytest.raises(Invalid, match="项目目录"):
        places_of_catalogue(content, office.world.places.tree)


def test_the_places_of_a_catalogue(office):
    """The city first."""
    own = [{"code": OLD_AGE, "counties": {ANJU: {}}}, {"code": "10001", "counties": {ANJU: {}}}]

    places = places_of_catalogue({"projects": own}, office.world.places.tree)

    assert list(places) == [CITY, ANJU]


@pytest.mark.parametrize("code", ["510999", CITY, JUXIAN, int(ANJU)])
def test_what_is_no_county_has_no_terms(office, code):
    """One that there is not, the city, a town, and one that was written as a number: each is named."""
    catalogue = {"projects": [{"code": OLD_AGE, "counties": {code: {}}}]}

    with pytest.raises(Invalid, match=f"不是区县：{code}。"):
        places_of_catalogue(catalogue, office.world.places.tree)


def test_so_many_unknown_counties_are_named(office):
    """And no more."""
    many = [{"code": OLD_AGE, "counties": {f"{n:06}": {} for n in range(11)}}]

    with pytest.raises(Invalid, match="000009等。"):
        places_of_catalogue({"projects": many}, office.world.places.tree)
