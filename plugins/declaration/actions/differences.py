"""What differs between two states of a project, in words: for whoever publishes one, and for the version's history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args

import msgspec

from hub.api import Asked, Context
from plugins.declaration.groups import GROUPS, Group
from plugins.declaration.projects import Project

# Of one change, and of one value in it; the rest is said by number, or cut.
MOST_SAID, LONGEST_SAID = 60, 120
# Of what two long values have in common, before the first difference.
SAID_BEFORE = 20
BLANK = "没有填"
WITHDRAWN = {True: "停用", False: "正常申报"}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """``what`` is called so, what it ``was`` ("" where it was not there) and ``becomes``."""

    what: str
    was: str = ""
    becomes: str


def differences(ctx: Context, before: Project | None, after: Project) -> tuple[Change, ...]:
    """Group by group, in the order of the pages; ``before`` is None for a project that was not there."""
    found = [change for group in GROUPS.values() for change in _of_group(ctx, group, before, after)]
    if before is not None and before.withdrawn != after.withdrawn:
        found.insert(0, Change(what="状态", was=WITHDRAWN[before.withdrawn], becomes=WITHDRAWN[after.withdrawn]))
    more = len(found) - MOST_SAID
    return tuple(found) if more <= 0 else (*found[:MOST_SAID], Change(what="其他", becomes=f"还有{more}处"))


def in_words(change: Change) -> str:
    """On one line."""
    return f"{change.what}：{change.was}→{change.becomes}" if change.was else f"{change.what}：{change.becomes}"


def _of_group(ctx: Context, group: Group, before: Project | None, after: Project) -> Iterator[Change]:
    was, becomes = group.items(before) if before is not None else (), group.items(after)
    if group.many:
        yield from _of_list(ctx, group, was, becomes)
    elif not was:
        yield Change(what=group.title, becomes="新填写")
    else:
        yield from _of_record("", was[0], becomes[0])


def _of_list(ctx: Context, group: Group, was: Sequence[Any], becomes: Sequence[Any]) -> Iterator[Change]:
    known, present = {identity(item): item for item in was}, {identity(item): item for item in becomes}
    for key, item in present.items():
        if key not in known:
            yield Change(what=group.title, becomes=_cut(f"增加“{group.called(ctx, item)}”"))
        elif item != known[key]:
            yield from _of_record(f"{group.title}“{group.called(ctx, item)}”", known[key], item)
    for key, item in known.items():
        if key not in present:
            yield Change(what=group.title, was=_cut(group.called(ctx, item)), becomes="去掉")
    if [key for key in known if key in present] != [key for key in present if key in known]:
        yield Change(
            what=group.title, was="原来的顺序", becomes=_cut("、".join(group.called(ctx, each) for each in becomes))
        )


def _of_record(called: str, was: msgspec.Struct, becomes: msgspec.Struct) -> Iterator[Change]:
    for field in msgspec.structs.fields(type(was)):
        one, other = getattr(was, field.name), getattr(becomes, field.name)
        if one != other:
            asked = _asked(field)
            what = f"{called}的{asked.label}" if called else asked.label
            was_said, becomes_said = _said(asked, one), _said(asked, other)
            differ = (at for at, (a, b) in enumerate(zip(was_said, becomes_said, strict=False)) if a != b)
            alike = next(differ, min(len(was_said), len(becomes_said)))
            yield Change(
                what=_cut(what), was=_cut(was_said, alike) or BLANK, becomes=_cut(becomes_said, alike) or BLANK
            )


def record_in_words(record: msgspec.Struct) -> list[tuple[str, str]]:
    """What each field is called, and what it says."""
    fields = [(_asked(field), getattr(record, field.name)) for field in msgspec.structs.fields(type(record))]
    return [(asked.label, _said(asked, value)) for asked, value in fields]


def _asked(field: msgspec.structs.FieldInfo) -> Asked:
    return next(each for each in get_args(field.type) if isinstance(each, Asked))


def identity(item: msgspec.Struct) -> Any:
    """What stays when the rest of it is changed: its key or node; a time or a person is another one."""
    return getattr(item, "key", None) or getattr(item, "node", None) or item


def _said(asked: Asked, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return "；".join(value) if isinstance(value, tuple) else asked.choices.get(str(value), str(value))


def _cut(text: str, alike: int = 0) -> str:
    """So much of it as fits, from shortly before where it is no longer ``alike`` another."""
    if len(text) <= LONGEST_SAID:
        return text
    begins = max(0, min(alike - SAID_BEFORE, len(text) - LONGEST_SAID))
    ends = begins + LONGEST_SAID
    return f"{'…' if begins else ''}{text[begins:ends]}{'…' if ends < len(text) else ''}"
