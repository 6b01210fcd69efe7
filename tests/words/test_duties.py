"""One rule: a position fits a document, or it does not; several of them never fit together."""

from __future__ import annotations

import msgspec
import pytest

from hub.business.duties import Duty, Placement, does, fits, seen, sees_all, sees_persons
from hub.words.actors import HUB, Actor, Position, Reach

CITY, COUNTY, TOWN, OTHER_TOWN, VILLAGE = "51", "5101", "510101", "510102", "51010101"
PATHS = {CITY: (CITY,), COUNTY: (CITY, COUNTY), TOWN: (CITY, COUNTY, TOWN), OTHER_TOWN: (CITY, COUNTY, OTHER_TOWN)}
PATHS[VILLAGE] = (*PATHS[TOWN], VILLAGE)
FARMING, MONEY = "农业农村局", "财政局"
WORK = Duty(role="handler", nodes=("review",))


class Case(msgspec.Struct, frozen=True, kw_only=True):
    path: tuple[str, ...] = PATHS[VILLAGE]
    county: str | None = COUNTY
    bureau: str | tuple[str, ...] = FARMING
    project: str = "10001"
    sensitive: bool = True


def position(role="handler", region=TOWN, **narrowed):
    return Position(id=f"{role}-{region}", role=role, region=region, path=PATHS[region], **narrowed)


def staff(*positions):
    return Actor(kind="staff", person="clerk", positions=positions)


@pytest.mark.parametrize(
    ("held", "right"),
    [
        (position(), True),
        (position(region=VILLAGE), True),
        (position(region=CITY), True),
        (position(bureau=FARMING, project="10001", node="review"), True),
        (position(region=OTHER_TOWN), False),
        (position(role="leader"), False),
        (position(bureau=MONEY), False),
        (position(project="10002"), False),
        (position(node="survey"), False),
    ],
)
def test_a_position_fits_by_role_place_bureau_project_and_node(held, right):
    assert fits(held, Case(), WORK) is right
    assert does(staff(held), Case(), WORK) is right


def test_two_positions_never_fit_together():
    """A county's leader who is a handler in another town; a post in one bureau and one without a bureau elsewhere."""
    leader = staff(position("leader", COUNTY), position("handler", OTHER_TOWN))
    clerk = staff(position("handler", COUNTY, bureau=FARMING), position("handler", OTHER_TOWN))

    assert not does(leader, Case(), WORK)
    assert not sees_persons(leader, Case(), WORK)
    assert not does(clerk, Case(bureau=(FARMING, MONEY)), WORK, bureau=MONEY)


def test_where_it_has_to_stand():
    """At the county or above; at one very place."""
    from_county = Duty(role="handler", from_county=True)

    assert not fits(position(region=TOWN), Case(), from_county)
    assert fits(position(region=COUNTY), Case(), from_county)
    assert fits(position(region=TOWN), Case(), WORK, at=TOWN)
    assert not fits(position(region=COUNTY), Case(), WORK, at=TOWN)


def test_of_two_bureaus_either_fits_unless_one_is_named():
    both = Case(bureau=(FARMING, MONEY))

    assert fits(position(bureau=MONEY), both, WORK)
    assert not fits(position(bureau=MONEY), both, WORK, bureau=FARMING)


def test_business_of_no_bureau_is_anybodys_at_its_place():
    county = Placement(path=PATHS[COUNTY], county=COUNTY)

    assert fits(position(region=COUNTY, bureau=MONEY), county, WORK)
    assert not fits(position(region=TOWN), county, WORK)


def test_the_filter_says_the_same_as_the_rule():
    """For every reader and document: what ``seen`` lets through is what ``sees_persons`` lets be read."""
    readers = [
        staff(position()),
        staff(position("leader", COUNTY)),
        staff(position("leader", COUNTY), position("handler", OTHER_TOWN)),
        staff(position(bureau=MONEY), position(region=OTHER_TOWN, bureau=FARMING)),
        staff(position(region=COUNTY, project="10002")),
        staff(),
        HUB,
        Actor(kind="resident", person="wang"),
    ]
    cases = [
        Case(sensitive=sensitive, path=PATHS[place], bureau=bureau, project=project)
        for sensitive in (True, False)
        for place in (VILLAGE, OTHER_TOWN)
        for bureau in (FARMING, (FARMING, MONEY))
        for project in ("10001", "10002")
    ]
    for reader in readers:
        for case in cases:
            assert passes(seen(reader, WORK), case) is sees_persons(reader, case, WORK)


def passes(wanted, case):
    """What MongoDB would say."""
    if "$or" in wanted:
        return any(passes(clause, case) for clause in wanted["$or"])
    return all(
        value == (held := getattr(case, name)) or (isinstance(held, tuple) and value in held)
        for name, value in wanted.items()
    )


def test_numbers_are_exact_only_where_every_reach_is_ones_own_work():
    county = Reach(region=COUNTY, county=COUNTY)
    leader, watcher = position("leader", COUNTY), position("discipline", COUNTY)
    watching = Duty(role="discipline")

    assert sees_all(staff(watcher), [county], WORK, watching)
    assert sees_all(staff(leader, position("discipline", CITY)), [county], watching)
    assert not sees_all(staff(leader), [county], WORK, watching)
    assert not sees_all(staff(leader, position("discipline", OTHER_TOWN)), [county], watching)
    assert sees_all(HUB, [county], watching)
