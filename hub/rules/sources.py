"""Where plugins' files lie, and where in them something is written: what is wrong with a plugin is told with file and line."""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import importlib
import inspect
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

# By package the operator's folders that stand before its own.
_lent: dict[str, list[str]] = {}


def look_in(package: str, folders: Iterable[Path]) -> None:
    """From now on modules of ``package`` are looked for in these folders first, and no longer in those of an earlier call."""
    module, before = importlib.import_module(package), _lent.get(package, [])
    own = [part for part in module.__path__ if part not in before]
    known = {Path(part).resolve() for part in own}
    new = [str(folder.resolve()) for folder in folders if folder.is_dir() and folder.resolve() not in known]
    module.__path__ = [*new, *own]
    _lent[package] = new
    importlib.invalidate_caches()
    if new != before:
        _forget(package, before)


def _forget(package: str, folders: Sequence[str]) -> None:
    """What was imported from folders that are looked in no more is imported anew, from wherever it is now."""
    files = [(name, getattr(loaded, "__file__", None)) for name, loaded in list(sys.modules.items())]
    there = [name for name, file in files if file and any(Path(file).is_relative_to(folder) for folder in folders)]
    plugins = {".".join(name.split(".")[:2]) for name in there if name.startswith(f"{package}.")}
    for name, _ in files:
        if ".".join(name.split(".")[:2]) in plugins:
            del sys.modules[name]


def folders_of(name: str, package: str) -> list[Path]:
    """The folders that a plugin's name leads to, the one that is imported first."""
    found = (Path(parent, name).resolve() for parent in importlib.import_module(package).__path__)
    return list(dict.fromkeys(folder for folder in found if (folder / "plugin.py").is_file()))


def folder_names(package: str) -> list[str]:
    """The folders of a package, with or without an ``__init__.py``: one that lacks it is a plugin still."""
    parents = [Path(parent) for parent in importlib.import_module(package).__path__]
    return sorted({file.parent.name for parent in parents for file in parent.glob("*/plugin.py")})


def folder_of(source: Any) -> Path | None:
    """Where the file of a module lies."""
    file = getattr(source, "__file__", None)
    return Path(file).parent if file else None


def file_of(source: Any) -> str | None:
    """The file of a module, or of an object's class."""
    module = source if isinstance(source, ModuleType) else sys.modules.get(type(source).__module__)
    return getattr(module, "__file__", None)


def digest_of(source: Any) -> str | None:
    """Of what a plugin's own package consists of: code and templates. Another one is another version. None for an object."""
    folder = folder_of(source)
    if folder is None or not package_of(source):
        return None
    files = [*folder.rglob("*.py"), *(folder / "templates").rglob("*")]
    found = hashlib.sha256()
    for file in sorted(file for file in files if file.is_file()):
        found.update(f"{file.relative_to(folder)}\0{file.stat().st_size}\0".encode())
        found.update(file.read_bytes())
    return found.hexdigest()


def package_of(source: Any) -> str:
    """Where the plugin's own code lies: ``plugins.survey``; "" for an object, whose module may hold anything."""
    return str(getattr(source, "__name__", "")).rpartition(".")[0]


def short(file: str | Path) -> str:
    """As it is seen from where the hub was started."""
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(file)


def place(file: str | Path, line: int | None) -> str:
    """``plugins/visits/plugin.py:7: ``, as it stands before what is wrong there."""
    return f"{short(file)}:{line or 1}: "


def place_of(thing: Any) -> str:
    """Where a function or class is written; nothing for what no file tells of."""
    plain = _plain(thing)
    if code := getattr(plain, "__code__", None):
        return place(code.co_filename, code.co_firstlineno)
    with contextlib.suppress(OSError, TypeError):
        return place(inspect.getsourcefile(plain) or "?", inspect.getsourcelines(plain)[1])
    return ""


def _plain(thing: Any) -> Any:
    """The function behind a partial, a method, a decorated one."""
    while isinstance(thing, functools.partial):
        thing = thing.func
    return inspect.unwrap(getattr(thing, "__func__", thing))


def place_of_error(error: BaseException, folder: Path | None) -> str:
    """Where it was raised inside the plugin's folder, else where it was raised at all."""
    if isinstance(error, SyntaxError) and error.filename:
        return place(error.filename, error.lineno)
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    own = [(file, line) for file, line in frames if folder is not None and Path(file).is_relative_to(folder)]
    outside = [(file, line) for file, line in frames if not file.startswith("<frozen")]
    return place(*(own or outside)[-1])


def place_of_point(point: EntryPoint) -> str:
    """The line by which an installed distribution offers a plugin."""
    for file in (point.dist and point.dist.files) or ():
        if file.name == "entry_points.txt":
            text = str(file.locate())
            lines = Path(text).read_text("utf-8").splitlines()
            return place(text, next((number for number, line in enumerate(lines, 1) if point.value in line), 1))
    return ""


def places_of_imports(source: Any, module: str) -> Iterator[tuple[str, str]]:
    """(name, place) of everything that a plugin's files import from a module."""
    for file, tree in _written(source):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == module:
                yield from ((alias.name, place(file, alias.lineno)) for alias in node.names)


def texts_given(source: Any, call: str, argument: str) -> Iterator[tuple[str, str]]:
    """(text, place) of an argument that is written out as a text wherever a plugin's files call this: ``Task(node="visits")``."""
    for file, tree in _written(source):
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id=name), keywords=given) if name == call:
                    texts = [(each.arg, each.value) for each in given if isinstance(each.value, ast.Constant)]
                    yield from ((str(text.value), place(file, text.lineno)) for arg, text in texts if arg == argument)


def place_in(source: Any, hook: str = "", *words: str) -> str:
    """Where a plugin writes one of these words: in what stands for the hook, else anywhere in its files; else where it has the
    hook; else where it begins. Nothing for what no file tells of.
    """
    written = _written(source)
    for file, tree in written[:1]:
        declared = _declared(tree, hook)
        spots = [
            *((file, _line_of(word, declared)) for word in words),
            *((other, _line_of(word, whole)) for word in words for other, whole in written),
            (file, getattr(declared, "lineno", 0)),
            (file, getattr(tree, "lineno", 1)),
        ]
        return place(*next(spot for spot in spots if spot[1]))
    return ""


def _written(source: Any) -> list[tuple[Path, ast.AST]]:
    """What a plugin consists of: its plugin.py, and the other files of its own package; of an object the class."""
    if not isinstance(source, ModuleType):
        return list(_class(type(source)))
    file, folder = getattr(source, "__file__", None), folder_of(source)
    files = [Path(file)] if file else []
    if folder and package_of(source):
        files += sorted(each for each in folder.rglob("*.py") if each not in files)
    return [(each, tree) for each in files if (tree := _parsed(each))]


def _class(kind: type) -> Iterator[tuple[Path, ast.AST]]:
    with contextlib.suppress(OSError, TypeError):
        file = Path(inspect.getsourcefile(kind) or "")
        for node in ast.walk(_parsed(file) or ast.Module([], [])):
            if isinstance(node, ast.ClassDef) and node.name == kind.__name__:
                yield file, node


def _parsed(file: Path) -> ast.AST | None:
    with contextlib.suppress(OSError, ValueError, SyntaxError):
        return ast.parse(file.read_bytes())
    return None


def _declared(tree: ast.AST, hook: str) -> ast.AST | None:
    """What stands for a hook: its function, the constant of its name, or the line that imports one of them."""
    wanted = {hook, hook.upper()}
    return next((node for node in getattr(tree, "body", ()) if wanted & set(_names(node))), None)


def _names(node: ast.AST) -> Iterator[str]:
    """The names that a statement binds."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name for alias in names)


def _line_of(word: str, tree: ast.AST | None) -> int:
    """The first line with this word, as a text or a name; 0 where it does not stand."""
    lines = (getattr(node, "lineno", 0) for node in ast.walk(tree) if _is(word, node)) if tree else ()
    return min(lines, default=0)


def _is(word: str, node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=text) | ast.Name(id=text) | ast.Attribute(attr=text) | ast.alias(name=text):
            return bool(text == word)
    return word in _names(node) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else False
