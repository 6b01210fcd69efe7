"""The small world of `hub.testing`, and where in it tests of the hub itself play."""

from hub.testing.places import ANJU, CITY, DONGCHAN, JUXIAN, MONDAY_MORNING, REGIONS, SHEHONG, VILLAGE
from hub.testing.world import World

# The same few people do everything, on a clock that stands still.
UNHURRIED = {"declaration": {"submits_per_hour": 10**6, "waiting_at_most": 10**6}}

__all__ = [
    "ANJU",
    "CITY",
    "DONGCHAN",
    "JUXIAN",
    "MONDAY_MORNING",
    "REGIONS",
    "SHEHONG",
    "UNHURRIED",
    "VILLAGE",
    "World",
]
