"""Every audit action and every kind of event that the code can write: read from the code itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

from hub.api import Listing, Unmasking
from hub.app import installed
from hub.cli.opening import read_settings
from plugins.complaints.documents import COMPLAINT
from plugins.interception.documents import HIT, RECOVERY
from plugins.message_board.documents import MESSAGE
from plugins.notices.documents import NOTICE
from plugins.overdue.orders import ORDER
from plugins.payments.documents import BATCH, BENEFIT
from plugins.policy.documents import POLICY
from plugins.publicity.documents import PUBLICITY
from plugins.survey.documents import SURVEY
from plugins.village.documents import READING
from tests.whole import ROOT

# By these names lines are written, or handed on to what writes them.
WRITERS = {"audit", "log_first", "note", "noted", "_note", "_noted"}
ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
# So the kit is asked for no audit line.
SILENT = {"audited": "False", "quiet": "True"}
# What stands behind a name that ends in a variable.
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "complaints.": tuple(COMPLAINT.moves),
    # What is decided at a node of the chain writes the worklist's own line.
    "declaration.": ("end", "supersede", "withdraw"),
    "interception.": (*HIT.moves, *RECOVERY.moves),
    "message_board.": tuple(MESSAGE.moves),
    "notices.": (*NOTICE.moves, "describe", "choose", "attach", "detach", "remind"),
    "overdue.": tuple(ORDER.moves),
    "payments.": (*BENEFIT.moves, "strike", "correct"),
    "payments.batch_": tuple(BATCH.moves),
    "payments.import_": ("roster", "results"),
    "policy.": tuple(POLICY.moves),
    "publicity.": tuple(PUBLICITY.moves),
    "survey.": tuple(SURVEY.moves),
    "village.": tuple(READING.moves),
}

# Where a plugin keeps its business and its lists under other names.
ELSEWHERE: Mapping[str, tuple[str, str]] = {
    "overdue": ("orders", "orderpages"),
    "village": ("loudspeaker", "loudspeaker"),
}


def event_kinds() -> set[str]:
    host = installed(read_settings(ROOT / "config.yaml"))
    return {host.event_name(kind) for plugin in host.plugins.values() for kind in plugin.told}


def audit_actions() -> set[str]:
    """Raises ``KeyError`` for a name with a variable of which nobody has said here what it may be."""
    found: set[str] = set()
    for name in ("hub", "plugins"):
        for file in (ROOT / name).rglob("*.py"):
            found.update(_actions_in(file))
    for folder in (ROOT / "plugins").iterdir():
        business, handlers = ELSEWHERE.get(folder.name, ("business", "handlers"))
        if (folder / f"{business}.py").exists():
            found.update(_actions_of_business(folder, business))
            found.update(f"{folder.name}.{what}" for what in _declared_in(f"plugins.{folder.name}.{handlers}"))
    return found


def _declared_in(handlers: str) -> Iterator[str]:
    """What lists and unmaskings write."""
    for made in vars(import_module(handlers)).values():
        if isinstance(made, Listing):
            yield from (("search",) if made.search else ())
            yield from (("export",) if made.export else ())
        if isinstance(made, Unmasking):
            yield made.name


def _actions_of_business(plugin: Path, business: str) -> Iterator[str]:
    """What the kit writes for a plugin: the rows of its tables, and what is done without one."""
    for prefix, moves in FAMILIES.items():
        if prefix.startswith(f"{plugin.name}."):
            yield from (f"{prefix}{move}" for move in moves)
    module = import_module(f"plugins.{plugin.name}.{business}")
    for file in plugin.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield from (f"{plugin.name}.{_audited(module, node, what)}" for what in _done_in(node))


def _audited(module: ModuleType, call: ast.Call, what: str) -> str:
    """What the business that is called has it called."""
    match call.func:
        case ast.Attribute(value=ast.Name(id=business)) if business.isupper():
            return str(getattr(module, business).audited_as.get(what, what))
    return what


def _done_in(call: ast.Call) -> Iterator[str]:
    given = {each.arg: each.value for each in call.keywords}
    if any(name in given and ast.unparse(given[name]) == silent for name, silent in SILENT.items()):
        return
    match call.func:
        case ast.Attribute(value=ast.Name(id=business), attr="open") if business.isupper():
            yield ast.literal_eval(given.get("what", ast.Constant("file")))
        case ast.Attribute(value=ast.Name(id=business), attr="file") if business.isupper():
            yield "file"
        case ast.Attribute(value=ast.Name(id=business), attr="add") if business.isupper() and "what" in given:
            yield ast.literal_eval(given["what"])
        case ast.Attribute(value=ast.Name(id=business), attr="move") if business.isupper():
            # Of one that is not written out all rows of its table are known.
            yield from (str(move.value) for move in call.args[2:3] if isinstance(move, ast.Constant))
        case ast.Attribute(attr="amend"):
            yield ast.literal_eval(call.args[3])
        case ast.Attribute(attr="amend_many"):
            yield ast.literal_eval(call.args[2])
        case ast.Name(id="Button") if isinstance(rows := given.get("rows"), ast.Tuple) and not rows.elts:
            yield ast.literal_eval(given["name"])


def _actions_in(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        for value in _values(node):
            match value:
                case ast.Constant(value=str(text)) if ACTION.fullmatch(text):
                    yield text
                case ast.JoinedStr(values=[ast.Constant(value=str(prefix)), ast.FormattedValue()]) if "." in prefix:
                    yield from (f"{prefix}{move}" for move in FAMILIES[prefix])


def _values(node: ast.AST) -> list[ast.expr]:
    """What a writer is given, or takes where nothing is given."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in WRITERS:
            return [*node.args[:2], *(each.value for each in node.keywords)]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name in WRITERS:
            return [each for each in (*node.args.defaults, *node.args.kw_defaults) if each is not None]
    return []
