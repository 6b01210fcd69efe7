"""An icon that there is none of is shown as a plain one; hub check says so, since nobody would look for it."""

from __future__ import annotations

from types import SimpleNamespace

from hub.api import Anyone, MenuEntry
from hub.rules.faults import unknown_icons
from hub.rules.gathering import gather
from hub.rules.host import Host


def test_an_icon_that_is_not_there_is_named() -> None:
    entries = [MenuEntry(app="ykt", label=icon, path="", access=Anyone.PUBLIC, icon=icon) for icon in ("bus", "buss")]
    host = Host(gather([("stops", SimpleNamespace(MENU_ENTRIES=entries))]))

    [note] = unknown_icons(host, {"bus", "bell"})

    assert "plugin 'stops': " in note and "there is no icon 'buss'" in note and "Did you mean 'bus'?" in note


def test_before_set_up_nothing_is_known_of_icons() -> None:
    entries = [MenuEntry(app="ykt", label="车", path="", access=Anyone.PUBLIC, icon="buss")]
    host = Host(gather([("stops", SimpleNamespace(MENU_ENTRIES=entries))]))

    assert unknown_icons(host, ()) == []
