"""All that a test of a plugin imports; the fixtures that pytest finds by itself are in :mod:`hub.fixtures`."""

from hub.demo.client import Phone, Refusal
from hub.testing.county import County, county_world
from hub.testing.people import number_of
from hub.testing.phones import Phones
from hub.testing.places import ANJU, CITY, DONGCHAN, JUXIAN, MONDAY_MORNING, NEXT_VILLAGE, SHEHONG, VILLAGE
from hub.testing.plans import Explain, Plan
from hub.testing.served import served_hub, settled
from hub.testing.setup import HubSetup
from hub.testing.stand_ins import StandIn
from hub.testing.waiting import patience, until
from hub.testing.world import World

__all__ = [
    "ANJU",
    "CITY",
    "DONGCHAN",
    "JUXIAN",
    "MONDAY_MORNING",
    "NEXT_VILLAGE",
    "SHEHONG",
    "VILLAGE",
    "County",
    "Explain",
    "HubSetup",
    "Phone",
    "Phones",
    "Plan",
    "Refusal",
    "StandIn",
    "World",
    "county_world",
    "number_of",
    "patience",
    "served_hub",
    "settled",
    "until",
]
