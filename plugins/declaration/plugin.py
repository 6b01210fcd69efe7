"""Declaration 阳光申报: from the list of projects to the county's approval."""

from hub.api import Answer, Anyone, Belongings, Describe, Import, MenuEntry, Permission, Reaction
from plugins.declaration import (
    cataloguepages,
    cataloguing,
    documents,
    handlers,
    overviewpages,
    pages,
    people,
    projects,
    publishingpages,
    windows,
)
from plugins.declaration.actions.cards import describe_case
from plugins.declaration.actions.catalogue import describe, listed
from plugins.declaration.actions.chain import take_step
from plugins.declaration.actions.holds import end_case, hold_case, lift_hold
from plugins.declaration.actions.importing import HELP, SAMPLE, import_file, places_of_catalogue
from plugins.declaration.actions.nodes import NODES
from plugins.declaration.actions.passing import forget, hand_over, known, pass_on, unfinished
from plugins.declaration.actions.rivals import find_rivals
from plugins.declaration.actions.surveys import no_longer_wanted
from plugins.declaration.actions.window import ENTER, KEEPERS, keeps_window
from plugins.declaration.asking import CATALOGUE
from plugins.declaration.config import DeclarationConfig
from plugins.declaration.documents import MIGRATIONS
from plugins.declaration.events import (
    EVENTS,
    EndCase,
    HoldCase,
    LiftHold,
    ListedProjects,
    ProjectOf,
    RivalsOf,
    TakeStep,
)
from plugins.declaration.jobs import JOBS, OPEN_WORK
from plugins.declaration.triggers import MESSAGE_TYPES, TRIGGERS
from plugins.survey.events import NoLongerWanted

USES = ("survey",)

CONFIG = DeclarationConfig
COLLECTIONS = (*documents.COLLECTIONS, *projects.COLLECTIONS)

PERMISSIONS = (
    Permission("declaration.review", "查看申报", ("window", "handler", "leader", "discipline")),
    Permission("declaration.end", "终止申报", ("handler",)),
    Permission(CATALOGUE, "维护项目目录", ("ops_system",), whole=True),
    Permission(ENTER, "代录申报", KEEPERS),
)

MENU_ENTRIES = (
    MenuEntry(
        app="ykt", label="阳光申报", path="/projects", access=Anyone.PUBLIC, order=10, icon="clipboard-text", tab=True
    ),
    MenuEntry(
        app="ykt",
        label="申报进度",
        path="/cases",
        access=Anyone.CLAIMED,
        order=20,
        icon="progress-check",
        news=pages.own_news,
    ),
    MenuEntry(
        app="ykt",
        label="我代办的人",
        path="/people",
        access=Anyone.CLAIMED,
        icon="users",
        mine=True,
        line="我为他人申报的，办到哪一步",
    ),
    MenuEntry(app="ydsh", label="申报查询", path="/review", access="declaration.review", order=30, icon="file-search"),
    MenuEntry(
        app="ydsh",
        label="代录",
        path="/window/cases",
        access=ENTER,
        order=35,
        icon="pencil",
        fits=keeps_window,
    ),
    MenuEntry(
        app="ydjd",
        label="申报概况",
        path="/overview",
        access="declaration.review",
        order=28,
        icon="chart-bar",
        news=overviewpages.numbers,
    ),
    MenuEntry(app="ydjd", label="申报查询", path="/review", access="declaration.review", order=30, icon="file-search"),
    MenuEntry(app="ops", label="项目目录", path="/catalogue", access=CATALOGUE, order=20, icon="list-details"),
)

ROUTES = (*handlers.ROUTES, *people.ROUTES, *windows.ROUTES, *cataloguing.ROUTES)
PAGES = (
    *pages.PAGES,
    *overviewpages.PAGES,
    *people.PAGES,
    *windows.PAGES,
    *cataloguepages.PAGES,
    *publishingpages.PAGES,
)

REACTIONS = (
    Reaction(event=TakeStep, call=take_step),
    Reaction(event=HoldCase, call=hold_case),
    Reaction(event=LiftHold, call=lift_hold),
    Reaction(event=EndCase, call=end_case),
)

ANSWERS = (
    Answer(question=Describe, call=describe_case, reach="asker"),
    Answer(question=ProjectOf, call=describe, reach="asker"),
    Answer(question=ListedProjects, call=listed, reach="asker"),
    Answer(question=RivalsOf, call=find_rivals, reach="county"),
    Answer(question=NoLongerWanted, call=no_longer_wanted, reach="asker"),
)

BELONGINGS = (Belongings(known=known, pass_on=pass_on, forget=forget, unfinished=unfinished, hand_over=hand_over),)

IMPORTS = (
    Import(
        name="projects",
        label="项目目录",
        call=import_file,
        places=places_of_catalogue,
        reads="yaml",
        help=HELP,
        sample=SAMPLE,
        whole_place=True,
        counted="个项目",
    ),
)
