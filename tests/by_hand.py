"""What a plugin does by hand though the kit for business does it (docs/decisions/0027), found in its source."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from itertools import combinations
from typing import TypeAlias

FACTS = {"OpenTask", "SettleTask", "CloseTask", "PauseTask", "ResumeTask", "RecordActivity"}
LINES = {"HistoryLine", "line_of", "with_line"}
FILTERS = {"not_avoided", "avoided"}
AVOIDED = {"avoid", "avoid_keys", "avoid_offices"}
CHECKS = {"check_here", "Stale"}
# A copied function has so many statements; one of the same name only needs to be so like the other, in so many parts.
STATEMENTS, LIKENESS, PARTS = 4, 0.9, 40
WITHOUT = {"annotation", "returns", "ctx", "type_comment"}

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Placed: TypeAlias = tuple[str, Function]


@dataclass(frozen=True, order=True)
class Found:
    """``kind`` is fact, line, audit, recusal, check or copy; ``where`` the function, or the functions that are alike."""

    kind: str
    where: str


def found_in(sources: Mapping[str, str]) -> set[Found]:
    """In these modules: the text of each by its path, such as ``plugins/survey/views.py``."""
    trees = {path: ast.parse(text) for path, text in sources.items()}
    moves = moves_of(trees)
    by_one = {
        Found(kind, f"{path}:{name}")
        for path, tree in trees.items()
        for name, node in nodes_of(tree)
        for kind in kinds_of(node, plugin_of(path), moves.get(plugin_of(path), set()))
    }
    return by_one | copies(trees)


def plugin_of(path: str) -> str:
    return path.split("/")[1]


def nodes_of(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Every node of a module, with the outermost function that it stands in; the class or the name that is set otherwise."""
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        named = targets[0].id if isinstance(targets[0], ast.Name) else "module"
        for node in ast.walk(statement):
            yield getattr(statement, "name", named), node


# --- one by one ---------------------------------------------------------------------------------------------------------------


def kinds_of(node: ast.AST, plugin: str, moves: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Compare):
        sides = {side.attr for side in (node.left, *node.comparators) if isinstance(side, ast.Attribute)}
        yield from ("recusal" for _ in sides & AVOIDED)
        yield from ("check" for _ in sides & {"version"})
    if isinstance(node, ast.Dict):
        keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
        yield from ("recusal" for _ in keys & AVOIDED)
    if isinstance(node, ast.keyword) and node.arg == "acts" and not is_attribute(node.value, "acts"):
        yield "line"
    if isinstance(node, ast.Call):
        yield from kinds_of_call(node, plugin, moves)


def kinds_of_call(call: ast.Call, plugin: str, moves: set[str]) -> Iterator[str]:
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    for kind, names in {"fact": FACTS, "line": LINES, "recusal": FILTERS, "check": CHECKS}.items():
        if called in names:
            yield kind
    if called == "audit" and isinstance(call.func, ast.Attribute) and is_move(call.args, plugin, moves):
        yield "audit"


def is_attribute(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == name


def is_move(arguments: list[ast.expr], plugin: str, moves: set[str]) -> bool:
    """Whether an audit line may be that of a move."""
    pattern = "".join(said(part) for part in parts_of(arguments[0])) if arguments else ".*"
    return any(re.fullmatch(pattern, f"{plugin}.{move}") for move in moves)


def parts_of(text: ast.expr) -> list[ast.expr]:
    return text.values if isinstance(text, ast.JoinedStr) else [text]


def said(part: ast.expr) -> str:
    """As a pattern; what is not written there may be anything."""
    return re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".*"


def moves_of(trees: Mapping[str, ast.Module]) -> dict[str, set[str]]:
    """The rows of each plugin's tables, and its buttons."""
    found: dict[str, set[str]] = {}
    for path, tree in trees.items():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            found.setdefault(plugin_of(path), set()).update(named_by(call))
    return found


def named_by(call: ast.Call) -> Iterator[str]:
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    made = getattr(call.func, "id", "")
    if made == "Button" and isinstance(name := given.get("name"), ast.Constant):
        yield str(name.value)
    if made == "Machine" and isinstance(rows := given.get("moves"), ast.Dict):
        yield from (str(key.value) for key in rows.keys if isinstance(key, ast.Constant))


# --- copies -------------------------------------------------------------------------------------------------------------------


def copies(trees: Mapping[str, ast.Module]) -> set[Found]:
    """Functions of two plugins with one body, whatever they and their names are called; and those of one name that are nearly
    alike."""
    bodies: dict[tuple[str, ...], list[Placed]] = defaultdict(list)
    names: dict[str, list[Placed]] = defaultdict(list)
    for path, node in (
        (path, node) for path, tree in trees.items() for node in tree.body if isinstance(node, Function)
    ):
        bodies[plain(node)].append((path, node))
        names[node.name].append((path, node))
    groups = [group for group in bodies.values() if statements(group[0][1]) >= STATEMENTS]
    same = {pair for group in groups for pair in pairs_of(group)}
    alike = {pair for group in names.values() for pair in pairs_of(group) if is_alike(pair[0][1], pair[1][1])}
    return {Found("copy", " = ".join(sorted(f"{path}:{node.name}" for path, node in pair))) for pair in same | alike}


def pairs_of(group: list[Placed]) -> Iterator[tuple[Placed, Placed]]:
    """Those of two plugins."""
    yield from ((one, other) for one, other in combinations(group, 2) if plugin_of(one[0]) != plugin_of(other[0]))


def is_alike(one: Function, other: Function) -> bool:
    if min(len(plain(one)), len(plain(other))) < PARTS:
        return False
    return SequenceMatcher(None, plain(one), plain(other), autojunk=False).ratio() >= LIKENESS


@cache
def statements(function: Function) -> int:
    """Without its own line and its words."""
    return sum(isinstance(node, ast.stmt) and not is_text(node) for node in ast.walk(function)) - 1


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


@cache
def plain(function: Function) -> tuple[str, ...]:
    """Its body in parts: without words and types, its own names by their order."""
    own = {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
    own |= {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    order: dict[str, str] = {}
    body = [part for statement in function.body if not is_text(statement) for part in parts(statement)]
    return tuple(order.setdefault(part, f"name {len(order)}") if part in own else part for part in body)


def parts(node: ast.AST) -> Iterator[str]:
    """The nodes of a tree and what stands in them, in order, without types."""
    yield type(node).__name__
    for name in node._fields:
        value = None if name in WITHOUT else getattr(node, name)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AST):
                yield from parts(each)
            elif each is not None:
                yield str(each)
