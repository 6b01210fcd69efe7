"""What a resource names that is not there: told at the start, where a page would fail or silently lack something."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from hub.business.oneopen import OneOpen
from hub.business.reminders import REMINDER_SAMPLE, Reminder
from hub.rules.finding import nearest
from hub.rules.plugins import Plugin
from hub.words.contributions import BY_STATE, Document
from hub.words.personal import Personal
from hub.words.workdays import Limit

if TYPE_CHECKING:
    from hub.business.resources import Resource

# The colours of a state's word.
TONES = ("ok", "info", "wait", "bad", "mute")
Mistake = tuple[str, str]
"""The word that is wrong, by which its place is found, and what to do."""


def mistakes_in(resource: Resource[Any], plugin: Plugin) -> Iterator[Mistake]:
    """All of one resource and its business; of what two of them share, both tell the same."""
    business, states = resource.business, resource.business.machine.states
    buttons = [button.name for button in resource.buttons]
    known = (
        ("row", resource.row, resource.facts, "label of its facts"),
        ("ask", resource.ask, buttons, "button of its own"),
        ("tones", resource.tones, states, "state of its table"),
        ("tones", resource.tones.values(), TONES, f"colour ({', '.join(TONES)})"),
    )
    for part, names, there, what in known:
        yield from ((word, f"a resource's {part} {words}") for word, words in _unknown(names, there, what))
    spec = next((each for each in plugin.collections if each.name == business.collection), None)
    if spec is None:
        hint = nearest(business.collection, [each.name for each in plugin.collections])
        yield business.collection, f"its resource's collection '{business.collection}' is not in COLLECTIONS.{hint}"
        return
    if resource.by_state and BY_STATE.keys not in {index.keys for index in spec.indexes}:
        yield "by_state", f"a resource's by_state needs the index BY_STATE: add it to the indexes of '{spec.name}'"
    named = [each.partition(".")[0] for each in resource.facts.values() if isinstance(each, str)]
    yield from ((word, f"a resource's facts {words}") for word, words in _unfielded(spec.document, named))
    for reminder in business.reminders:
        of_one = _of_reminder(reminder, resource, plugin, spec.document)
        yield from ((word, f"reminder '{reminder.message}': {words}") for word, words in of_one)
    if business.one_open:
        fields = _unfielded(spec.document, business.one_open.per)
        found = (*fields, *_unknown(business.one_open.states, states, "state of its table"))
        yield from (
            (word, f"one_open {words}")
            for word, words in (*found, *_of_one_open(business.one_open, states, spec.document))
        )


def _of_one_open(one_open: OneOpen, states: Collection[str], document: type[Document]) -> Iterator[Mistake]:
    first = next(iter(states))
    if one_open.states and first not in one_open.states:
        yield "one_open", f"states lack '{first}', in which one is filed: it would be closed at once"
    for name in one_open.per:
        if any(isinstance(each, type) and issubclass(each, Personal) for each in _types_of(document, name)):
            yield name, f"per names '{name}', which is personal: all persons would be one. Use a field without it"


def _types_of(document: type[Document], name: str) -> tuple[Any, ...]:
    """What a field may be: the parts of a union, bare."""
    kind = get_type_hints(document).get(name)
    return get_args(kind) or (kind,)


def _of_reminder(
    reminder: Reminder[Any], resource: Resource[Any], plugin: Plugin, document: type[Document]
) -> Iterator[Mistake]:
    messages = [f"{plugin.name}.{each.name}" for each in plugin.message_types]
    yield from _unknown((reminder.message,), messages, "message of MESSAGE_TYPES")
    for kind in plugin.message_types:
        if f"{plugin.name}.{kind.name}" == reminder.message:
            yield from _unknown(kind.sample, REMINDER_SAMPLE, "key of REMINDER_SAMPLE, which is all that is told")
    if reminder.to == "readers" and "readers" not in document.__struct_fields__:
        yield reminder.message, f"goes to readers, which {document.__name__} has not: say to='holders', or keep a Filed"
    yield from _unknown(reminder.states, resource.business.machine.states, "state of its table")
    if (reminder.after is None) == (reminder.until is None):
        yield reminder.message, "needs either after or until"
    if isinstance(reminder.until, str):
        yield from _unfielded(document, (reminder.until,))
        if (kinds := _types_of(document, reminder.until)) != (None,) and datetime not in kinds:
            yield reminder.until, f"until names '{reminder.until}', which is no moment (datetime)"
    if isinstance(reminder.after, str) and not isinstance(getattr(plugin.config_type(), reminder.after, None), Limit):
        yield reminder.after, f"after names '{reminder.after}', which is no setting of the plugin that is a Limit"


def _unfielded(document: type[Document], names: Iterable[str]) -> Iterator[Mistake]:
    """Fields, or what a document makes of them."""
    lacking = [name for name in names if not hasattr(document, name)]
    yield from _unknown(lacking, document.__struct_fields__, f"field of {document.__name__}")


def _unknown(names: Iterable[str], there: Collection[str], what: str) -> Iterator[Mistake]:
    for name in dict.fromkeys(names):
        if name not in there:
            yield name, f"names '{name}', which is no {what}.{nearest(name, there)}"
