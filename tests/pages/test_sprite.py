"""The sprite: every icon that is named somewhere, and a name that Tabler does not know is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.web.pages import sprite
from hub.words.errors import SetupError

TEMPLATE = """{{ ui.icon("bell", "small") }}{{ _icon("x") }}{{ mark("user", tone) }}{{ ui.row("词", icon="home-check") }}
{% macro tile(label, icon="file-text", count=0) %}{{ icon("phone" if one else "phone-call") }}<link rel="icon" href="data:,">"""


def test_names_are_found_in_templates_and_modules(tmp_path: Path) -> None:
    """In calls and in values, and a size is none."""
    page, module = tmp_path / "page.html", tmp_path / "plugin.py"
    page.write_text(TEMPLATE)
    module.write_text(
        'MenuEntry(label="x", icon="wallet")\nROW = {"icon": "sun", "color": "bad"}\nicon: str = "id"\nmark("confirmed")\n'
    )

    found = sprite.used([page, module])

    assert set(found) == {"bell", "x", "user", "home-check", "file-text", "phone", "phone-call", "wallet", "sun", "id"}
    assert found["wallet"] == module


def test_it_holds_what_was_asked_for_and_no_more() -> None:
    """Without what the class of an icon says anyway."""
    known = {"a": '<g fill="none" stroke="currentColor" stroke-width="2"><path d="M1 1"/></g>', "b": "<path/>"}

    made = sprite.sprite(["a", "a"], known)

    assert made == (
        '<svg xmlns="http://www.w3.org/2000/svg"><symbol id="a" viewBox="0 0 24 24"><g><path d="M1 1"/></g></symbol></svg>\n'
    )


def test_all_that_the_hub_and_its_plugins_use_is_made(tmp_path: Path) -> None:
    """With htmx beside it, from the packages that are installed."""
    sprite.make(tmp_path)

    made = (tmp_path / "icons.svg").read_text("utf-8")
    assert all(f'id="{name}"' in made for name in {*sprite.used(sprite.sources()), *sprite.COMMON})
    assert (tmp_path / "htmx.min.js").stat().st_size > 10_000


def test_a_name_that_there_is_not_stops_the_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says in which file it stands."""
    wrong = tmp_path / "page.html"
    wrong.write_text('{{ ui.icon("no-such-thing") }}')
    monkeypatch.setattr(sprite, "sources", lambda: [wrong])

    with pytest.raises(SetupError, match=r"page\.html: no icon of Tabler is named 'no-such-thing'"):
        sprite.make(tmp_path)
