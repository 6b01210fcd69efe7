"""The example plugin in parts: each hook with what it needs that no hook before it has shown."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

EXAMPLE = Path(__file__).parent / "examples/repairs/plugin.py"
# The constant in the place of a hook, where it is not the hook's name in capitals.
OTHERWISE = {"config_schema": "CONFIG", "lifespan": "lifespan"}


def by_hook(hooks: Iterable[str]) -> Mapping[str, str]:
    """Hook → the code for it, in the order of the file."""
    text = EXAMPLE.read_text("utf-8")
    there = {name: node for node in ast.parse(text).body for name in _names(node)}
    lines, before, shown = text.splitlines(), set[str](), {}
    for hook in hooks:
        wanted = _needed(there, OTHERWISE.get(hook, hook.upper())) - before
        before |= wanted
        parts = [_code(node, lines) for name, node in there.items() if name in wanted]
        shown[hook] = "\n\n\n".join(parts)
    return shown


def _names(node: ast.stmt) -> Iterator[str]:
    """What a statement of the file defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _needed(there: Mapping[str, ast.stmt], name: str) -> set[str]:
    """The name, and all that it stands on."""
    found, left = set[str](), [name]
    while left:
        found.add(one := left.pop())
        used = {node.id for node in ast.walk(there[one]) if isinstance(node, ast.Name)}
        left += (used & there.keys()) - found
    return found


def _code(node: ast.stmt, lines: list[str]) -> str:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(each.lineno for each in decorators)])
    return "\n".join(lines[first - 1 : node.end_lineno])
