"""Survey 入户调查: somebody goes to the household, looks, and hands in what was found."""

from hub.api import Belongings, Context, MenuEntry, News, Permission
from plugins.survey.actions.passing import hand_over, unfinished
from plugins.survey.config import SurveyConfig
from plugins.survey.documents import COLLECTIONS
from plugins.survey.events import EVENTS
from plugins.survey.handlers import ROUTES, waiting
from plugins.survey.jobs import JOBS, OPEN_WORK
from plugins.survey.nodes import GUARDS, NODES, REACTIONS
from plugins.survey.pages import PAGES

NEEDS = ("declaration",)
USES = ("payments",)

CONFIG = SurveyConfig

PERMISSIONS = (
    Permission("survey.do", "入户调查", ("handler",)),
    Permission("survey.read", "查看入户调查", ("handler", "leader", "discipline")),
    Permission("survey.review", "审核入户调查", ("handler",)),
    Permission("survey.export", "导出入户调查", ("handler", "leader", "discipline")),
)


async def todo(ctx: Context) -> News:
    """How many surveys wait for my positions."""
    return News(count=await waiting(ctx))


MENU_ENTRIES = (
    MenuEntry(app="ydsh", label="入户调查", path="/todo", access="survey.do", order=30, icon="home-search", news=todo),
    MenuEntry(app="ydjd", label="入户调查", path="/surveys", access="survey.read", order=40, icon="home-search"),
)

BELONGINGS = (Belongings(unfinished=unfinished, hand_over=hand_over),)
