"""What a resource names that is not there: told at the start, where a page would fail or silently lack something."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from hub.business.reminders import Reminder
from hub.rules.finding import nearest
from hub.rules.plugins import Plugin
from hub.words.contributions import BY_STATE, Document
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
        yield from ((word, f"one_open {words}") for word, words in found)


def _of_reminder(
    reminder: Reminder[Any], resource: Resource[Any], plugin: Plugin, document: type[Document]
) -> Iterator[Mistake]:
    messages = [f"{plugin.name}.{each.name}" for each in plugin.message_types]
    yield from _unknown((reminder.message,), messages, "message of MESSAGE_TYPES")
    yield from _unknown(reminder.states, resource.business.machine.states, "state of its table")
    if (reminder.after is None) == (reminder.until is None):
        yield reminder.message, "needs either after or until"
    if isinstance(reminder.until, str):
        yield from _unfielded(document, (reminder.until,))
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
