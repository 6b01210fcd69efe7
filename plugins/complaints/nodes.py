"""Where complaints meet others: the task in the worklist, surveys that come back, and work of their own in parts."""

from __future__ import annotations

from hub.api import Guard, Node, PersonProved, Reaction
from plugins.complaints.actions import holding, moments, surveys
from plugins.complaints.business import LABEL
from plugins.complaints.documents import NODE
from plugins.complaints.events import AnswerShared, MomentCame, SurveyFound
from plugins.survey.events import SurveySubmitted

# What is decided, is decided on the complaint's own page: the worklist shows the task and offers no moves.
NODES = (Node(name=NODE, label=LABEL, level="county", role="handler"),)

REACTIONS = (
    Reaction(event=MomentCame, call=moments.come),
    Reaction(event=AnswerShared, call=moments.share),
    Reaction(event=SurveySubmitted, call=surveys.hear),
    Reaction(event=SurveyFound, call=surveys.note),
    Reaction(event=PersonProved, call=holding.hold_of_proved),
)

GUARDS = (Guard(action="survey.still_wanted", call=surveys.still_want),)
