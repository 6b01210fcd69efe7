"""The plugin host: what is wrong between plugins is told at once, with the fix."""

from __future__ import annotations

import re
from types import ModuleType

import msgspec
import pytest

from hub.api import Anyone, Event, MenuEntry, Permission, Role, Route, Trigger, hookimpl
from hub.rules.finding import find
from hub.rules.gathering import gather
from hub.rules.host import Host


class Told(Event, frozen=True, kw_only=True):
    pass


async def look(ctx) -> None:
    """Look."""


async def hear(event, ctx):
    return []


class Careless:
    NEEDS = ("offices", "clok")

    @hookimpl
    def permissions(self):
        return (Permission("careless.read", "看", ("clerc",)), Permission("other.read", "看", ("clerk",)))

    @hookimpl
    def routes(self):
        return (Route(method="GET", path="/", call=look, access="careless.reed"),)

    @hookimpl
    def menu_entries(self):
        return (MenuEntry(app="ykt", label="看", path="/", access=Anyone.PUBLIC),)

    @hookimpl
    def triggers(self):
        return (Trigger(event=Told, call=hear),)


class Clock:
    @hookimpl
    def roles(self):
        return (Role("clerk", "经办人员"),)


def test_a_plugin_does_not_hide_what_set_up_has_made():
    """Its files would lie at ``/static/made``."""
    [problem] = Host(gather([("made", Clock())])).problems()

    assert problem.startswith("plugin 'made': tests/core/test_host.py:") and "rename this one" in problem


def test_all_problems_are_told_at_once():
    """Each names the plugin, the thing, and the nearest right name."""
    problems = "\n".join(Host(gather([("careless", Careless()), ("clock", Clock())])).problems())

    assert "NEEDS 'offices', which is not installed" in problems
    assert "NEEDS 'clok'" in problems and "Did you mean 'clock'?" in problems
    assert "names the role 'clerc'" in problems and "Did you mean 'clerk'?" in problems
    assert "permission 'other.read' must begin with 'careless.'" in problems
    assert "asks for the permission 'careless.reed'" in problems and "Did you mean 'careless.read'?" in problems
    assert "hears Told, which no plugin declares" in problems


def test_an_unknown_plugin_is_told_with_the_nearest_name():
    """A typing error in config.yaml is found by reading the message."""
    problems = Host(gather(find(["declaraton"]))).problems()

    assert problems == ["config.yaml: plugin 'declaraton' is unknown. Did you mean 'declaration'?"]


def test_a_wrong_hook_name_stops_the_hub():
    """It would otherwise never be called, silently."""

    class Wrong:
        @hookimpl
        def triggerz(self):
            return ()

    (problem,) = Host(gather([("wrong", Wrong())])).problems()

    assert "plugin 'wrong'" in problem and "triggerz" in problem


def test_two_plugins_cannot_give_the_same_thing():
    """The second is named, with the first."""
    [problem] = Host(gather([("one", Clock()), ("two", Clock())])).problems()

    assert problem.startswith("plugin 'two': tests/core/test_host.py:")
    assert problem.endswith(": role 'clerk' is already given by plugin 'one': rename one")


def test_every_hook_is_documented_and_gathered():
    """A new hook that nobody calls would be a lie."""
    from hub.rules.plugins import GATHERED
    from hub.words import hookspecs

    hooks = {name: item for name, item in vars(hookspecs).items() if hasattr(item, "hub_spec")}

    assert {name for name, hook in hooks.items() if not hook.__doc__} == set()
    assert set(hooks) == {*GATHERED, "config_schema", "lifespan"}


def test_a_hook_that_gives_something_else_is_told():
    """Not a list, or a list of other things: with what it must give."""

    class Nothing:
        @hookimpl
        def roles(self):
            return "clerk"

    class Other:
        @hookimpl
        def routes(self):
            return [Role("clerk", "经办人员")]

    class Demanding(msgspec.Struct):
        limit: int

    class Settings:
        @hookimpl
        def config_schema(self):
            return Demanding

    problems = Host(gather([("a", Nothing()), ("b", Other()), ("c", Settings())])).problems()

    assert [re.sub(r"tests/core/test_host\.py:\d+: ", "", problem) for problem in problems] == [
        "plugin 'a': roles() must return a list of Role",
        "plugin 'b': routes() must return a list of Route",
        "plugin 'c': every setting of Demanding must have a default",
    ]


def a_module(**content):
    module = ModuleType("a_plugin", "A plugin.")
    vars(module).update(content)
    return module


def test_a_list_may_stand_in_a_constant_of_the_hooks_name():
    """Most plugins have nothing to compute: their plugin.py is a page of contents."""

    class Demand(msgspec.Struct):
        limit: int = 3

    module = a_module(ROLES=(Role("clerk", "经办人员"),), EVENTS=[Told], CONFIG=Demand)
    [plugin] = gather([("a", module)])

    assert ([role.name for role in plugin.roles], plugin.events, plugin.config_type) == (["clerk"], (Told,), Demand)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"ROLEZ": (Role("clerk", "经办人员"),)}, "ROLEZ is not the name of a hook. Did you mean 'ROLES'?"),
        ({"ROLES": (1,)}, "ROLES must be a list of Role"),
        ({"CONFIG": 1}, "config_schema() must return a msgspec.Struct class, and CONFIG be one"),
    ],
)
def test_a_constant_that_nobody_can_read_is_told(content, problem):
    """It would otherwise be overlooked."""
    (told,) = Host(gather([("a", a_module(**content))])).problems()

    assert told == f"plugin 'a': {problem}"
