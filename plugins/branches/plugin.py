"""Branches 银行网点: where the banks of a county are that pay subsidies out, found by area, by name, or near the phone."""

from hub.api import Anyone, Import, MenuEntry, RelatedLink
from plugins.branches.documents import COLLECTIONS
from plugins.branches.handlers import ROUTES
from plugins.branches.importing import COLUMNS, HELP, import_branches, places_of
from plugins.branches.pages import PAGES

__all__ = ["COLLECTIONS", "IMPORTS", "MENU_ENTRIES", "PAGES", "RELATED_LINKS", "ROUTES"]

MENU_ENTRIES = (MenuEntry(app="ykt", label="银行网点", path="", access=Anyone.PUBLIC, order=85, icon="building-bank"),)

RELATED_LINKS = tuple(
    RelatedLink(app="ykt", beside=beside, label="查看银行网点和电话", path="", access=Anyone.PUBLIC)
    for beside in ("payments/mine/{id}", "policy/files")
)

IMPORTS = (
    Import(name="branches", label="银行网点", call=import_branches, places=places_of, columns=COLUMNS, help=HELP),
)
