"""The sample data hold together: every reference meets something, every number passes its check, every text fits its place.

The records below are the schemas that the files describe at their top; an unknown key is an error.
"""

import csv
from collections import Counter
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
import pytest
import yaml
from msgspec import Meta

from hub import demo
from hub.words import idnumbers
from hub.words.regions import Region, RegionTree
from hub.words.workdays import Limit
from plugins.payments import nodes as payments

TODAY = date(2026, 11, 23)

Key = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,29}$")]
MonthDay = Annotated[str, Meta(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
# `thing` of WeChat's messages holds 20 characters, a project's short name and a state among them.
Short = Annotated[str, Meta(min_length=1, max_length=8)]
Label = Annotated[str, Meta(min_length=1, max_length=20)]
Line = Annotated[str, Meta(min_length=1, max_length=60)]
Text = Annotated[str, Meta(min_length=1, max_length=100)]
Story = Annotated[str, Meta(min_length=1, max_length=200)]
Years = Annotated[int, Meta(ge=0, le=130)]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A record without unknown keys."""


class Window(Strict, rename={"opens": "from", "closes": "to"}):
    opens: MonthDay
    closes: MonthDay
    offline: bool = False
    where: Line | None = None


class Adviser(Strict):
    name: Label
    phone: Annotated[str, Meta(pattern=r"^0825-000\d{4}$")]


class Category(Strict):
    key: Key
    label: Label
    age_min: Years | None = None
    age_max: Years | None = None


class Material(Strict):
    key: Key
    label: Label
    required: bool
    hint: Line
    max_files: Annotated[int, Meta(ge=1, le=6)]
    sample: str | None = None
    categories: list[Key] = []
    for_other: bool = False


class Field(Strict):
    key: Key
    label: Label
    type: Literal["text", "integer", "decimal", "choice", "date"]
    required: bool
    hint: Line | None = None
    min: int | float | str | None = None
    max: int | float | str | None = None
    max_length: Annotated[int, Meta(ge=1, le=500)] | None = None
    of: list[Label] | None = None


class Eligibility(Strict):
    age_min: Years | None = None
    age_max: Years | None = None


class Project(Strict):
    code: Annotated[str, Meta(pattern=r"^\d{5}$")]
    name: Label
    short: Short
    bureau: str
    object: Literal["person", "household"]
    chain: str
    standard: Text
    audience: Text
    conditions: Annotated[list[Line], Meta(min_length=1, max_length=6)]
    process: Story
    categories: Annotated[list[Category], Meta(min_length=1)]
    windows: Annotated[list[Window], Meta(min_length=1)]
    advisers: Annotated[list[Adviser], Meta(min_length=1)]
    materials: Annotated[list[Material], Meta(min_length=1)]
    fields: list[Field]
    rules: list[Annotated[str, Meta(pattern=r"^R(0[1-9]|1[0-3])$")]]
    liveness: Literal["yearly", "none"]
    sensitive: bool
    agent_only: bool
    cycle: Literal["once", "year", "half", "quarter", "month"] | None = None
    eligibility: Eligibility = Eligibility()
    limits: dict[str, Limit] = {}
    counties: dict[str, dict[str, Any]] = {}


class Catalogue(Strict):
    chains: dict[str, list[Key]]
    limits: dict[str, Limit]
    processes: dict[str, Story]
    advisers: dict[str, Adviser]
    materials: dict[str, Material]
    projects: list[Project]


class Phone(Strict):
    """What somebody's WeChat does at the stand-in."""

    follows: bool
    credits: Annotated[int, Meta(ge=0)]


class SamplePosition(Strict):
    role: str
    region: str
    bureau: str | None = None
    project: str | None = None
    node: str | None = None


class Resident(Strict):
    key: Key
    name: Label
    id_number: str
    region: str
    phone: str | None = None
    card: str | None = None
    group: str | None = None
    wechat: Phone | None = None


class Staff(Strict):
    username: Key
    name: Label
    id_number: str
    phone: str
    positions: Annotated[list[SamplePosition], Meta(min_length=1)]
    wechat: Phone | None = None


class People(Strict):
    roles: dict[Key, Label]
    residents: list[Resident]
    staff: list[Staff]


class Area(Strict):
    code: str
    name: Label
    parent: str


class Counties(Strict):
    bureaus: list[Label]
    areas: list[Area]


@pytest.fixture(scope="module")
def counties() -> Counties:
    return msgspec.convert(demo.read("counties"), Counties)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return msgspec.convert(demo.read("projects"), Catalogue)


@pytest.fixture(scope="module")
def people() -> People:
    return msgspec.convert(demo.read("people"), People)


@pytest.fixture(scope="module")
def regions(counties) -> RegionTree:
    with demo.REGIONS.open(encoding="utf-8", newline="") as file:
        rows = [msgspec.convert({**row, "parent": row["parent"] or None}, Region) for row in csv.DictReader(file)]
    areas = [Region(code=area.code, name=area.name, level="county", parent=area.parent) for area in counties.areas]
    return RegionTree([*rows, *areas])


@pytest.fixture(scope="module")
def variants(catalogue) -> list[Project]:
    """Every project, and once more as each county changes it."""
    plain = {row["code"]: row for row in demo.read("projects")["projects"]}
    changed = [
        msgspec.convert({**plain[project.code], **changes}, Project)
        for project in catalogue.projects
        for changes in project.counties.values()
    ]
    return [*catalogue.projects, *changed]


def twice(values: list[str]) -> list[str]:
    """What occurs more than once."""
    return [value for value, times in Counter(values).items() if times > 1]


def test_the_tree_holds_the_city_and_its_functional_area(regions):
    """Five counties with a GB code and one area without; 95 towns."""
    levels = Counter(region.level for region in regions)

    assert (levels["city"], levels["county"], levels["town"]) == (1, 6, 95)
    assert regions["5109K1"].path == ("510900", "5109K1")
    assert regions.full_name("510904114206") == "安居区聚贤镇木莲寺村"


def test_switches_are_for_counties(regions):
    """As the demo plays without a config.yaml: declaration is on in three of them and off in 大英县."""
    switches = yaml.safe_load(demo.CONFIG.read_text("utf-8"))["counties"]
    on = {code for code, county in switches.items() if county.get("declaration")}

    assert {regions[code].level for code in switches} == {"county"}
    assert on == {"510904", "510981", "510903"}
    assert switches["510923"]["declaration"] is False


def test_projects_are_complete(variants, catalogue, counties):
    """Twenty of them; chains, limits and bureaus exist."""
    nodes = {node for chain in catalogue.chains.values() for node in chain}

    assert len(catalogue.projects) == 20
    assert twice([project.code for project in catalogue.projects]) == []
    assert nodes == set(catalogue.limits)
    assert {project.chain for project in variants} == set(catalogue.chains)
    assert {project.bureau for project in variants} <= set(counties.bureaus)
    assert all(set(project.limits) <= set(catalogue.chains[project.chain]) for project in variants)


def test_the_storys_project_runs_the_plain_chain_in_its_county(catalogue, regions):
    """高龄津贴 in 安居区 needs no plugin but declaration and worklist, and is open all year."""
    (project,) = [project for project in catalogue.projects if project.code == "30005"]

    assert project.counties["510904"]["chain"] == "plain"
    assert project.eligibility.age_min == 80
    assert project.windows == [Window(opens="01-01", closes="12-31")]
    assert all(code in regions for one in catalogue.projects for code in one.counties)


def test_windows_are_in_order_and_most_are_open_today(variants, catalogue):
    """Some closed, some offline with an address, so that the list has every mark."""
    day = f"{TODAY:%m-%d}"
    now = {
        project.code: [window for window in project.windows if window.opens <= day <= window.closes]
        for project in catalogue.projects
    }

    assert all(window.opens <= window.closes for project in variants for window in project.windows)
    assert all(bool(window.where) == window.offline for project in variants for window in project.windows)
    assert sum(any(not window.offline for window in windows) for windows in now.values()) >= 14
    assert sum(not windows for windows in now.values()) >= 2
    assert sum(any(window.offline for window in windows) for windows in now.values()) >= 2


def test_materials_fit_their_project(variants):
    """Keys are unique, categories exist, samples lie beside; whoever may have an agent is asked for the proof."""
    for project in variants:
        categories = {category.key for category in project.categories}
        assert twice([material.key for material in project.materials]) == [], project.code
        assert all(set(material.categories) <= categories for material in project.materials), project.code
        assert any(material.for_other for material in project.materials) != project.agent_only, project.code
        assert all((demo.SAMPLES / m.sample).is_file() for m in project.materials if m.sample), project.code


def test_fields_have_the_bounds_of_their_type(variants):
    """No question without a limit to its answer."""
    needed = {
        "text": {"max_length"},
        "integer": {"min", "max"},
        "decimal": {"min", "max"},
        "choice": {"of"},
        "date": {"max"},
    }
    allowed = {**needed, "date": {"min", "max"}}
    for project in variants:
        assert twice([field.key for field in project.fields]) == [], project.code
        for field in project.fields:
            given = {bound for bound in ("min", "max", "max_length", "of") if getattr(field, bound) is not None}
            assert needed[field.type] <= given <= allowed[field.type], (project.code, field.key)


def test_everybodys_numbers_can_exist(people):
    """Check digits, Luhn, phones; nobody shares one."""
    everybody = [*people.residents, *people.staff]
    phones = [person.phone for person in everybody if person.phone]
    cards = [person.card for person in people.residents if person.card]

    assert all(idnumbers.parse(person.id_number, TODAY).number == person.id_number for person in everybody)
    assert [idnumbers.card(card) for card in cards] == cards
    assert [idnumbers.phone(phone) for phone in phones] == phones
    assert all(phone.startswith("1990000") for phone in phones)
    assert twice([person.id_number for person in everybody] + phones + cards) == []


def test_residents_live_at_the_lowest_level_there_is(people, regions):
    """A village, or a town that has none in the data."""
    homes = [regions[resident.region] for resident in people.residents]

    assert all(home.status == "active" and home.level in ("town", "village") for home in homes)
    assert all(not regions.children(home.code) for home in homes)
    assert twice([resident.key for resident in people.residents]) == []


# Steps that are no node of a declaration's chain.
BESIDE_THE_CHAIN = {
    *(node.name for node in payments.NODES if node.role is not None),
    "publicity_payment",
    "complaints",
    "interception",
}


def test_positions_name_what_exists(people, catalogue, counties, regions):
    """Role, region, bureau, project and node."""
    positions = [position for one in people.staff for position in one.positions]
    nodes = {*catalogue.limits, *BESIDE_THE_CHAIN, None}

    assert twice([one.username for one in people.staff]) == []
    assert {position.role for position in positions} == set(people.roles)
    assert all(regions[position.region].status == "active" for position in positions)
    assert {position.bureau for position in positions} <= {*counties.bureaus, None}
    assert {position.project for position in positions} <= {*(project.code for project in catalogue.projects), None}
    assert {position.node for position in positions} <= nodes


@pytest.mark.parametrize(
    ("node", "region"), [("accept", "510904114"), ("review_town", "510904114"), ("approve_county", "510904")]
)
def test_every_node_of_the_story_is_held(people, node, region):
    """Two people at the window, so that one can see the other claim."""
    holders = {
        one.username
        for one in people.staff
        for position in one.positions
        if (position.node, position.region) == (node, region) and position.bureau in ("民政局", None)
    }

    assert len(holders) >= (2 if node == "accept" else 1)


def test_operations_are_three_that_never_overlap(people):
    """System, security and audit administrators are different people."""
    offices = [{position.role for position in one.positions} for one in people.staff]

    held = [roles & {"ops_system", "ops_security", "ops_audit"} for roles in offices]
    assert all(len(roles) <= 1 for roles in held)
    assert {role for roles in held for role in roles} == {"ops_system", "ops_security", "ops_audit"}
