"""What messages say: one small file per message and channel, read by plugin authors and clerks alike.

``<message>.inbox`` in the plugin's folder ``templates`` holds the full text (first line the title, the rest the body); a file
``<plugin>/<message>.inbox`` in the operator's folder goes before it. ``.oa`` holds the fields of the shared WeChat template, one per
line: ``thing1: {{ project }}``; the key's prefix is WeChat's field type and every value is fitted to it. Lines that begin with ``#``
are comments. A mini program says the same, unless there is an ``.mp`` beside it.

Besides the message's own data each template may use ``count`` and ``first``: several messages that are sent as one have
``count`` > 1 and the data of the newest in their place, the oldest's in ``first``.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from types import CodeType
from typing import Any, Literal, Protocol

import jinja2
import jinja2.meta
import msgspec

from hub.words.actors import App
from hub.words.clock import day_in_chinese, in_chinese
from hub.words.contributions import MessageType
from hub.words.errors import SetupError
from hub.words.wechatfields import check_literal, fit

Channel = Literal["inbox", "oa", "mp"]
# Of the hub's own messages and pages.
OWN = Path(__file__).parents[1] / "templates"

# WeChat lets an official account keep 25 templates (50 in a mini program, which no catalogue of ours reaches).
MOST_TEMPLATES = 25
# A mini program says what the official account says, unless it has a file of its own.
INSTEAD: Mapping[Channel, tuple[Channel, ...]] = {"mp": ("oa",)}
# Given to every template beside the message's own data.
ALWAYS_THERE = frozenset({"count", "first"})


class Rendered(msgspec.Struct, frozen=True):
    """A message as the inbox shows it."""

    title: str
    body: str


class Account(Protocol):
    """What the check needs to know of a WeChat account."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> Literal["oa", "mp"]: ...
    @property
    def app(self) -> App | None: ...
    @property
    def templates(self) -> Mapping[str, str]: ...


class FieldText(msgspec.Struct, frozen=True):
    """A field of a WeChat template: ``written`` is what its line makes of the data, ``sent`` the same within WeChat's rule."""

    key: str
    written: str
    sent: str


class TemplateFailed(jinja2.TemplateError):
    """A template cannot be read, or does not fit the data that it was given: in this file and line."""

    def __init__(self, file: Path, line: int) -> None:
        super().__init__(f"{file}:{line}")
        self.file = str(file)
        self.line = line


@dataclass(frozen=True, slots=True)
class _Field:
    """A line of a WeChat template."""

    key: str
    source: str
    line: int
    template: jinja2.Template


def environment(*folders: Path, packages: Mapping[str, Path] | None = None, html: bool = False) -> jinja2.Environment:
    """Jinja2 as the hub uses it: an unknown variable is an error, and only pages are escaped.

    A template is looked for in the ``folders``, then, as ``<plugin>/<name>``, in those of ``packages``.
    """
    of_plugins = {name: jinja2.FileSystemLoader(folder) for name, folder in (packages or {}).items()}
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader([*map(jinja2.FileSystemLoader, folders), jinja2.PrefixLoader(of_plugins)]),
        undefined=jinja2.StrictUndefined,
        autoescape=html,  # noqa: S701 - messages are plain text; pages say html
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["moment"] = _moment
    made.filters["day"] = _day
    return made


# Several times the pieces of text that all messages of all plugins have.
_PIECES = 8_192


@cache
def _compiler() -> jinja2.Environment:
    return environment()


@lru_cache(_PIECES)
def _code_of(source: str) -> CodeType:
    """Compiled once a process, by the check or by the first message, whichever hub asks: compiling takes a millisecond."""
    return _compiler().compile(source)


@lru_cache(_PIECES)
def _names_in(source: str) -> frozenset[str]:
    """The variables that a piece of text reads. Raises ``jinja2.TemplateSyntaxError``."""
    return frozenset(jinja2.meta.find_undeclared_variables(_compiler().parse(source)))


# When a file was written and how long it is: what changes when somebody mends it.
_Stamp = tuple[int, int]


class Templates:
    """The message templates, compiled when first used and kept until their file changes.

    A template that was mended, or put into the operator's ``folder``, is used for the next message; nothing has to be started
    again. ``packages``: where plugins have theirs; the hub's own plugins have them in ``OWN``.
    """

    def __init__(self, folder: Path, packages: Mapping[str, Path] | None = None) -> None:
        self._folder = folder
        self._packages = dict(packages or {})
        self._environment = environment(folder, OWN)
        # As many entries as there are message types, three channels each.
        self._texts: dict[str, tuple[_Stamp, jinja2.Template, jinja2.Template]] = {}
        self._fields: dict[tuple[str, Channel], tuple[_Stamp, tuple[_Field, ...]]] = {}

    def add(self, packages: Mapping[str, Path]) -> None:
        """Where these plugins have their templates."""
        self._packages.update(packages)

    def path(self, message: str, channel: Channel) -> Path:
        """Where the template of ``worklist.arrived`` for this channel stands, or should."""
        plugin, _, name = message.partition(".")
        operators, own = self._folder / plugin, self._packages.get(plugin, OWN / plugin)
        wanted = [f"{name}.{each}" for each in (channel, *INSTEAD.get(channel, ()))]
        there = (folder / file for file in wanted for folder in (operators, own) if (folder / file).is_file())
        return next(there, (own if plugin in self._packages else operators) / wanted[-1])

    def text(self, message: str, data: Mapping[str, Any]) -> Rendered:
        """The full message, for the inbox. Raises ``TemplateFailed`` for a template that is wrong or does not fit the data."""
        file = self.path(message, "inbox")
        kept, stamp = self._texts.get(message), _stamp(file)
        if kept is None or kept[0] != stamp:
            title, _, body = file.read_text("utf-8").partition("\n")
            kept = (stamp, self._template_of(title, file, 1), self._template_of(body, file, 2))
            self._texts[message] = kept
        _, title_of, body_of = kept
        values = _values(data)
        # A title is one line, whatever breaks its values have.
        title = _rendered(title_of, values, file, 1)
        return Rendered(" ".join(title.split()), _rendered(body_of, values, file, 2).strip())

    def fields(
        self, message: str, channel: Literal["oa", "mp"], data: Mapping[str, Any], count: int = 1, first: Any = None
    ) -> dict[str, str]:
        """The values of a WeChat template by key, each within its field's rule."""
        return {each.key: each.sent for each in self.field_texts(message, channel, data, count, first)}

    def field_texts(
        self, message: str, channel: Literal["oa", "mp"], data: Mapping[str, Any], count: int = 1, first: Any = None
    ) -> list[FieldText]:
        """The same in the template's order, with what was written before it was made to fit."""
        values, file = _values(data, count, first), self.path(message, channel)
        texts = (
            (each.key, _rendered(each.template, values, file, each.line)) for each in self._lines(message, channel)
        )
        return [FieldText(key, text, fit(key, text)) for key, text in texts]

    def channels(self, kind: MessageType, accounts: Sequence[Account]) -> tuple[Channel, ...]:
        """By which ways a message goes out: everybody's inbox, and the WeChat accounts that serve its app."""
        return ("inbox", *_wechat_channels(kind, accounts))

    def _lines(self, message: str, channel: Literal["oa", "mp"]) -> tuple[_Field, ...]:
        file = self.path(message, channel)
        kept, stamp = self._fields.get((message, channel)), _stamp(file)
        if kept is None or kept[0] != stamp:
            fields = tuple(
                _Field(key, source, line, self._template_of(source, file, line))
                for line, key, source in _split(file.read_text("utf-8"))
            )
            kept = self._fields[message, channel] = (stamp, fields)
        return kept[1]

    def _template_of(self, source: str, file: Path, line: int) -> jinja2.Template:
        """``line`` is where in the file the source begins."""
        try:
            return self._template(source)
        except jinja2.TemplateSyntaxError as error:
            raise TemplateFailed(file, line + error.lineno - 1) from error

    def _template(self, source: str) -> jinja2.Template:
        return jinja2.Template.from_code(self._environment, _code_of(source), self._environment.make_globals(None))

    # --- the check before the hub listens --------------------------------------------------------------------------

    def problems(self, message_types: Mapping[str, MessageType], accounts: Sequence[Account]) -> list[str]:
        """Everything wrong with the templates of these messages (by full name), each with file, line and fix."""
        found = [problem for name, kind in message_types.items() for problem in self._of_message(name, kind, accounts)]
        found += _of_accounts(message_types.values(), accounts)
        # A mini program's text is the official account's, unless it has one of its own: what is wrong with it is told once.
        return [*found, *dict.fromkeys(self._of_shared_kinds(message_types, accounts))]

    def _of_message(self, name: str, kind: MessageType, accounts: Sequence[Account]) -> Iterator[str]:
        if kind.link is not None:
            yield from _of_link(name, kind)
        channels: tuple[Channel, ...] = ("inbox", *_wechat_channels(kind, accounts))
        files = {self.path(name, channel): channel for channel in reversed(channels)}
        for file, channel in reversed(files.items()):
            try:
                text = file.read_text("utf-8")
            except FileNotFoundError:
                yield f"{file}: missing; message {name} needs it for its channel {channel}"
            except UnicodeDecodeError:
                yield f"{file}: not UTF-8; save it in that encoding"
            else:
                check = self._of_inbox if channel == "inbox" else self._of_fields
                yield from (f"{file}:{problem}" for problem in check(text, kind))

    def _of_inbox(self, text: str, kind: MessageType) -> Iterator[str]:
        title = text.partition("\n")[0]
        if not title.strip():
            yield "1: the first line is the title and must not be empty"
        problems = list(self._of_source(text, kind, 1))
        yield from problems
        if not problems and not self._template(title or "x").render(_values(kind.sample)).strip():
            yield "1: the title is empty with the sample data; give it literal text"

    def _of_fields(self, text: str, kind: MessageType) -> Iterator[str]:
        seen: set[str] = set()
        try:
            lines = list(_split(text))
        except SetupError as problem:
            yield from problem.problems
            return
        if not lines:
            yield "1: no field; write lines like `thing1: {{ project }}`"
        for line, key, source in lines:
            if key in seen:
                yield f"{line}: {key} stands here twice; remove one"
            seen.add(key)
            yield from self._of_field(line, key, source, kind)

    def _of_field(self, line: int, key: str, source: str, kind: MessageType) -> Iterator[str]:
        problems = list(self._of_source(source, kind, line))
        yield from problems
        if literal := check_literal(key, source):
            yield f"{line}: {literal}; shorten or change the text in this line"
        elif not problems and not self._template(source).render(_values(kind.sample)).strip():
            yield f'{line}: {key} is empty with the sample data, and WeChat refuses empty values; add `or "…"`'

    def _of_source(self, source: str, kind: MessageType, line: int) -> Iterator[str]:
        """Problems of one piece of Jinja text that begins at ``line``."""
        try:
            names = _names_in(source)
        except jinja2.TemplateSyntaxError as error:
            yield f"{line + error.lineno - 1}: {error.message}; mend the expression"
            return
        known = ALWAYS_THERE | set(kind.sample)
        unknown = names - known
        for name in sorted(unknown):
            yield f"{line + _line_of(source, name)}: {name!r} is not in the message's data; it has {_listed(known)}"
        if not unknown:
            yield from self._of_rendering(source, kind, line)

    def _of_rendering(self, source: str, kind: MessageType, line: int) -> Iterator[str]:
        """Alone, and as one message for several: both must work with the sample."""
        template = self._template(source)
        for count in (1, 2):
            try:
                template.render(_values(kind.sample, count))
            except (jinja2.TemplateError, TypeError, ValueError, AttributeError, KeyError) as error:
                yield f"{line}: fails with the sample data ({error}); mend the expression or the sample"
                return

    def _of_shared_kinds(self, message_types: Mapping[str, MessageType], accounts: Sequence[Account]) -> Iterator[str]:
        """Messages of one kind share one template at WeChat, so their files must fill the same fields."""
        keys: dict[tuple[str, str, str | None], tuple[Path, frozenset[str]]] = {}
        for name, kind in message_types.items():
            for channel in _wechat_channels(kind, accounts):
                file = self.path(name, channel)
                try:
                    filled = frozenset(key for _, key, _ in _split(file.read_text("utf-8")))
                except (FileNotFoundError, UnicodeDecodeError, SetupError):
                    continue  # Told above.
                shared = (kind.kind, channel, kind.app if channel == "mp" else None)
                model, wanted = keys.setdefault(shared, (file, filled))
                if filled != wanted:
                    yield (
                        f"{file}: fills {_listed(filled)}, but {model} of the same kind {kind.kind!r} fills "
                        f"{_listed(wanted)}; use the same fields"
                    )


def _rendered(template: jinja2.Template, values: Mapping[str, Any], file: Path, line: int) -> str:
    """``line`` is where in the file the text of the template begins."""
    try:
        return template.render(values)
    except Exception as error:
        inner = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
        raise TemplateFailed(file, line + (inner[-1] or 1) - 1 if inner else line) from error


def _of_link(name: str, kind: MessageType) -> Iterator[str]:
    try:
        (kind.link or "").format_map({"place": "510904", **kind.sample})
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        yield f"message {name}: its link {kind.link!r} does not fit its sample ({error!r}); name fields of its data"


def _of_accounts(message_types: Iterable[MessageType], accounts: Sequence[Account]) -> Iterator[str]:
    """Kinds that an account cannot send, and accounts that were given too many."""
    types = list(message_types)
    for account in accounts:
        used = {kind.kind for kind in types if _serves(account, kind)}
        for missing in sorted(used - set(account.templates)):
            yield (
                f"wechat account {account.name!r}: no template id for the kind {missing!r}; "
                f"apply for the template on the platform's page and add `templates: {{{missing}: <id>}}`"
            )
        if account.kind == "oa" and len(set(account.templates.values())) > MOST_TEMPLATES:
            yield (
                f"wechat account {account.name!r}: {len(set(account.templates.values()))} templates, an official account "
                f"may have {MOST_TEMPLATES}; let messages share a kind"
            )


def _serves(account: Account, kind: MessageType) -> bool:
    return account.kind == "oa" or account.app == kind.app


def _wechat_channels(kind: MessageType, accounts: Sequence[Account]) -> tuple[Literal["oa", "mp"], ...]:
    """An official account serves every message, a mini program those of its app (操作台 has none)."""
    if not accounts:
        return ("oa",) if kind.app == "ops" else ("oa", "mp")
    served = {account.kind for account in accounts if _serves(account, kind)}
    return tuple(channel for channel in ("oa", "mp") if channel in served)


def _split(text: str) -> Iterator[tuple[int, str, str]]:
    """(line number, key, source) of each field line. Raises ``SetupError`` for a line that is none."""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        key, colon, source = line.partition(":")
        if not colon or not source.strip():
            raise SetupError(f"{number}: no field; write `key: text`, such as `thing1: {{{{ project }}}}`")
        yield number, key.strip(), source.strip()


def _stamp(file: Path) -> _Stamp:
    """Costs two microseconds; the system has it in memory."""
    found = file.stat()
    return (found.st_mtime_ns, found.st_size)


def _values(data: Mapping[str, Any], count: int = 1, first: Any = None) -> dict[str, Any]:
    return {"count": count, "first": data if first is None else first, **data}


def _line_of(source: str, name: str) -> int:
    """On which line of the source (from 0) a name first stands."""
    return next((number for number, line in enumerate(source.splitlines()) if name in line), 0)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def _moment(value: datetime | str) -> str:
    """A moment as people read it: 2026年11月23日 15:01, in Shanghai."""
    return in_chinese(_read(datetime.fromisoformat, value))


def _day(value: date | str) -> str:
    """A day as people read it: 2026年11月3日, in Shanghai."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    return day_in_chinese(value)


def _read(parse: Callable[[str], datetime], value: datetime | str) -> datetime:
    return parse(value) if isinstance(value, str) else value
