"""Survey 入户调查: somebody goes to the household, looks, and hands in what was found."""

from hub.api import MenuEntry, Permission
from plugins.survey.config import SurveyConfig
from plugins.survey.documents import COLLECTIONS
from plugins.survey.events import EVENTS
from plugins.survey.handlers import ROUTES
from plugins.survey.jobs import JOBS, OPEN_WORK
from plugins.survey.nodes import GUARDS, NODES, REACTIONS

NEEDS = ("declaration",)
USES = ("payments",)

CONFIG = SurveyConfig

PERMISSIONS = (
    Permission("survey.do", "入户调查", ("handler",)),
    Permission("survey.read", "查看入户调查", ("handler", "leader", "discipline")),
    Permission("survey.review", "审核入户调查", ("handler",)),
    Permission("survey.export", "导出入户调查", ("handler", "leader", "discipline")),
)

MENU_ENTRIES = (MenuEntry(app="ydsh", label="入户调查", path="/pages/surveys", access="survey.do", order=30),)
