"""One rule for names: `<plugin>.<name>` wherever they are used, stored or told."""

from __future__ import annotations

from typing import Any

import pytest

from hub.api import (
    Anyone,
    Checkup,
    Collection,
    Command,
    Context,
    Document,
    Guard,
    HealthCheck,
    Import,
    Job,
    MessageType,
    Migration,
    Node,
    Permission,
    Role,
    Topic,
)
from hub.rules.gathering import gather
from hub.rules.host import Host
from hub.rules.names import COMMON, OWNED
from hub.rules.plugins import Plugin
from tests.world import ANJU, World


class Visit(Document, frozen=True, kw_only=True):
    """A visit."""


async def call(*_: Any) -> Any:
    """Whatever is called."""


# A record of each hook, by its name.
MADE: dict[str, Any] = {
    "permissions": lambda name: Permission(name, "看", ()),
    "collections": lambda name: Collection(name=name, document=Visit, scope="open"),
    "message_types": lambda name: MessageType(name=name, code="P1", kind="todo", app="ykt", label="到访", sample={}),
    "topics": lambda name: Topic(name=name, access=Anyone.PUBLIC, events=()),
    "commands": lambda name: Command(name=name, call=call, access=Anyone.PUBLIC),
    "jobs": lambda name: Job(name=name, call=call, label="清扫", cron="0 1 * * *"),
    "checkups": lambda name: Checkup(name=name, says="Look.", call=call),
    "health_checks": lambda name: HealthCheck(name=name, call=call),
    "migrations": lambda name: Migration(name, call),
    "roles": lambda name: Role(name, "经办人员"),
    "nodes": lambda name: Node(name=name, label="走访", level="village"),
    "imports": lambda name: Import(name=name, label="走访", places=lambda content, regions: (), call=call),
}


def host_of(hook: str, name: str, plugin: str = "visits") -> Host:
    """With one plugin that gives one record of that name."""
    source = type("Source", (), {hook.upper(): (MADE[hook](name),)})()
    return Host(gather([(plugin, source)]))


def test_the_rule_is_for_every_hook_whose_records_have_names() -> None:
    """A new one has to choose."""
    assert set(MADE) == {*OWNED, *COMMON}


@pytest.mark.parametrize("hook", OWNED)
def test_whoever_declares_it_may_leave_the_plugin_out(hook: str) -> None:
    """Both are the same record."""
    short, whole = host_of(hook, "asked"), host_of(hook, "visits.asked")

    assert short.problems() == whole.problems() == []
    assert _given(short, hook) == _given(whole, hook)


@pytest.mark.parametrize("hook", OWNED)
@pytest.mark.parametrize(
    ("name", "told"), [("other.asked", "must begin with 'visits.'"), ("Asked!", "is no name: small letters")]
)
def test_anothers_name_and_what_is_no_name_are_told(hook: str, name: str, told: str) -> None:
    [problem] = host_of(hook, name).problems()

    assert problem.startswith(f"plugin 'visits': {OWNED[hook].what} '")
    assert told in problem


@pytest.mark.parametrize("hook", COMMON)
def test_what_belongs_to_the_office_has_no_plugin_before_it(hook: str) -> None:
    """Projects and positions name it, whichever plugin gives it."""
    [problem] = host_of(hook, "visits.walk").problems()

    assert "is no name: it is the whole office's, without a plugin" in problem
    assert host_of(hook, "walk").problems() == []


def test_a_plugin_has_a_name_like_others() -> None:
    [problem] = host_of("roles", "walker", plugin="My-Visits").problems()

    assert problem.endswith("a plugin's name is small letters, digits and _, a letter first, at most 40")


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("declaration.advance", "it guards 'declaration.advance': name 'declaration' in NEEDS, or in USES"),
        ("advance", "the guarded action 'advance' must be written '<plugin>.<name>'"),
    ],
)
def test_a_guard_names_an_action_of_a_plugin_that_is_known(action: str, told: str) -> None:
    """One that is misspelt would never be asked."""
    source = type("Source", (), {"GUARDS": (Guard(action=action, call=call),)})()

    [problem] = Host(gather([("visits", source)])).problems()

    assert told in problem


class Visits:
    """Gives nothing."""


async def test_an_audit_line_says_whose_it_is(mongo_uri: str, database_name: str) -> None:
    """Whoever reads it has no other way to know."""
    world = await World.make(mongo_uri, database_name, [("visits", Visits())])

    async def name(ctx: Context) -> None:
        ctx.audit("answer", "")

    with pytest.raises(ValueError, match=r"plugin visits names 'answer', which must begin with 'visits\.'"):
        await world.units.run(name, plugin="visits", place=world.place(ANJU))
    await world.database.close()


def _given(host: Host, hook: str) -> Any:
    plugin = host.plugins["visits"]
    assert isinstance(plugin, Plugin)
    [record] = getattr(plugin, hook)
    return record
