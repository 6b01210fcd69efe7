"""Templates are checked before the hub listens, each problem with its place and fix; values always fit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.push.alerts import AlertsPlugin
from hub.reading.templates import Templates
from hub.wechat.accounts import WeChatAccount
from hub.words.actors import App
from hub.words.contributions import MessageType
from hub.words.wechatfields import check

SAMPLE = {"project": "高龄津贴", "at": "2026-11-23T09:00:00+08:00"}
GOOD = {"inbox": "{{ project }}\n{{ at | moment }}\n", "oa": "thing1: {{ project }}\n", "mp": "thing1: {{ project }}\n"}


def kind(name: str = "note", app: App = "ykt", **more: Any) -> MessageType:
    return MessageType(name=name, code="P14", kind="todo", app=app, label=name, sample=SAMPLE, **more)


def account(which: str = "oa", app: App | None = None, **templates: str) -> WeChatAccount:
    return WeChatAccount(
        name=which,
        kind=which,
        appid=which,
        secret="s",
        callback_token="t",
        aes_key="a" * 43,
        app=app,
        templates=templates,
    )


def problems(
    folder: Path, files: Mapping[str, str], *accounts: WeChatAccount, kinds: Mapping[str, MessageType] | None = None
) -> list[str]:
    """The check's answer without the folder's name."""
    (folder / "parcels").mkdir()
    for name, text in files.items():
        (folder / "parcels" / name).write_text(text, encoding="utf-8")
    given_accounts = accounts or (account(todo="t1"), account("mp", "ykt", todo="t2"))
    found = Templates(folder).problems(kinds or {"parcels.note": kind()}, given_accounts)
    return [problem.removeprefix(f"{folder}/parcels/") for problem in found]


def with_files(**changed: str) -> dict[str, str]:
    return {f"note.{channel}": text for channel, text in {**GOOD, **changed}.items()}


def test_good_templates_have_no_problem(tmp_path: Path) -> None:
    assert problems(tmp_path, with_files()) == []


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"oa": "thing1: {{ projekt }}\n"}, "note.oa:1: 'projekt' is not in the message's data"),
        ({"inbox": "标题\n正文\n{{ who }}\n"}, "note.inbox:3: 'who' is not in the message's data"),
        ({"oa": "# c\n\nthing1: {{ project\n"}, "note.oa:3: "),
        ({"oa": "thing1: {{ project.name }}\n"}, "note.oa:1: fails with the sample data"),
        ({"oa": "thing1: 这一行文字写得实在是太长了微信最多只许二十个字\n"}, "note.oa:1: thing1: "),
        ({"oa": "thing1: {{ project }}\nthink2: x\n"}, "note.oa:2: think2: no such field type"),
        ({"oa": "phrase1: abc\n"}, "note.oa:1: phrase1: "),
        ({"oa": "thing1: {{ '' }}\n"}, "note.oa:1: thing1 is empty with the sample data"),
        ({"oa": "just words\n"}, "note.oa:1: no field"),
        ({"oa": "\n# nothing\n"}, "note.oa:1: no field"),
        ({"oa": "thing1: a\nthing1: b\n"}, "note.oa:2: thing1 stands here twice"),
        ({"inbox": "\n正文\n"}, "note.inbox:1: the first line is the title"),
        ({"oa": "first: 您好\n"}, "note.oa:1: first: WeChat drops this field"),
    ],
)
def test_each_mistake_is_told_with_its_line(tmp_path: Path, files: dict[str, str], problem: str) -> None:
    """File, line, what is wrong."""
    found = problems(tmp_path, with_files(**files))

    assert any(line.startswith(problem) for line in found), found


def test_missing_files_are_told(tmp_path: Path) -> None:
    """A mini program needs none of its own."""
    found = problems(tmp_path, {"note.inbox": GOOD["inbox"]})

    assert [line.split(":")[0] for line in found] == ["note.oa"]


def test_a_mini_program_may_say_something_else(tmp_path: Path) -> None:
    """Where it has a file of its own, that is used; what is wrong with it is told of it alone."""
    found = problems(tmp_path, with_files() | {"note.mp": "thing1: {{ nobody }}"})

    assert [line.split(":")[0] for line in found] == ["note.mp"] * len(found) and found


def test_an_account_must_know_the_kind(tmp_path: Path) -> None:
    found = problems(tmp_path, with_files(), account(), account("mp", "ykt", todo="t"))

    wanted = "apply for the template on the platform's page and add `templates: {todo: <id>}`"
    assert found == [f"wechat account 'oa': no template id for the kind 'todo'; {wanted}"]


def test_a_mini_program_serves_its_own_app_only(tmp_path: Path) -> None:
    """A message of another app needs no file and no template id there."""
    files = {name: text for name, text in with_files().items() if not name.endswith("mp")}

    assert problems(tmp_path, files, account(todo="t"), account("mp", "ydsh")) == []


def test_twenty_five_templates_are_the_most(tmp_path: Path) -> None:
    many = {f"kind{n}": f"t{n}" for n in range(25)}
    files = {name: text for name, text in with_files().items() if not name.endswith("mp")}

    found = problems(tmp_path, files, account(todo="t", **many))

    assert found == ["wechat account 'oa': 26 templates, an official account may have 25; let messages share a kind"]


def test_messages_of_one_kind_fill_the_same_fields(tmp_path: Path) -> None:
    """They share one template at WeChat, which refuses a message with a field missing."""
    files = {**with_files(), "other.inbox": GOOD["inbox"], "other.oa": "thing2: x\n", "other.mp": GOOD["mp"]}
    kinds = {"parcels.note": kind(), "parcels.other": kind("other")}

    [found] = problems(tmp_path, files, kinds=kinds)

    assert "fills thing2" in found and "fills thing1" in found


def test_a_link_names_fields_of_the_data(tmp_path: Path) -> None:
    found = problems(tmp_path, with_files(), kinds={"parcels.note": kind(link="/cases/{case}")})

    assert found[0].startswith("message parcels.note: its link '/cases/{case}' does not fit its sample")


def test_the_alerts_own_templates_are_right() -> None:
    """As they are delivered."""
    kinds = {f"alerts.{each.name}": each for each in AlertsPlugin().message_types()}

    assert Templates(Path("none")).problems(kinds, [account(alert="t")]) == []


def test_an_operators_words_go_before_the_plugins_own(tmp_path: Path) -> None:
    """From the next message on, also while the hub runs; taken away, the plugin's own are there again."""
    operators, brought = tmp_path / "templates", tmp_path / "package/templates"
    for folder, words in ((brought, "The plugin's"), (operators / "parcels", "The operator's")):
        folder.mkdir(parents=True)
        (folder / "note.inbox").write_text(f"{words} title\nbody\n", encoding="utf-8")
    templates = Templates(operators, {"parcels": brought})

    first = templates.text("parcels.note", SAMPLE).title
    (operators / "parcels/note.inbox").unlink()
    then = templates.text("parcels.note", SAMPLE).title

    assert (first, then) == ("The operator's title", "The plugin's title")


def test_a_missing_template_is_named_where_the_plugin_should_have_it(tmp_path: Path) -> None:
    """In its package; of one that is no package, in the operator's folder."""
    brought = tmp_path / "package/templates"

    packaged = Templates(tmp_path / "own", {"parcels": brought}).path("parcels.note", "oa")
    single = Templates(tmp_path / "own").path("parcels.note", "oa")

    assert (packaged, single) == (brought / "note.oa", tmp_path / "own/parcels/note.oa")


@given(project=st.text(max_size=200), count=st.integers(1, 10**9))
def test_whatever_the_data_the_fields_fit(tmp_path_factory: pytest.TempPathFactory, project: str, count: int) -> None:
    """Long names, rare characters, emoji, nothing at all: WeChat would take every value."""
    folder = tmp_path_factory.mktemp("templates")
    (folder / "parcels").mkdir()
    lines = [
        "thing1: {{ project }}",
        "phrase2: {{ project }}",
        "name3: {{ project }}",
        "number4: {{ count }}",
        "time5: {{ at | moment }}",
    ]
    (folder / "parcels" / "note.oa").write_text("\n".join(lines), encoding="utf-8")

    fields = Templates(folder).fields("parcels.note", "oa", {**SAMPLE, "project": project}, count)

    assert [check(key, value) for key, value in fields.items()] == [None] * 5
