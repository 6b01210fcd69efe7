"""Where complaints meet others: the task in the worklist, surveys that come back, and work of their own in parts."""

from __future__ import annotations

from hub.api import Answer, Node, PersonProved, Reaction, StepHandler
from plugins.complaints.actions import deadlines, forwarded, holding, surveys
from plugins.complaints.business import COMPLAINTS, LABEL
from plugins.complaints.documents import NODE
from plugins.complaints.events import FileComplaint, TermsOfComplaint
from plugins.complaints.steps import MeetMoment, NoteSurvey, ShareAnswer
from plugins.survey.events import NoLongerWanted, SurveySubmitted

# What is decided, is decided on the complaint's own page: the worklist shows the task and offers no moves.
NODES = (Node(name=NODE, label=LABEL, level="county", role="handler"),)

REACTIONS = (
    Reaction(event=SurveySubmitted, call=surveys.hear),
    Reaction(event=PersonProved, call=holding.hold_of_proved),
)

STEPS = (
    StepHandler(step=MeetMoment, call=deadlines.come),
    StepHandler(step=ShareAnswer, call=deadlines.share),
    StepHandler(step=NoteSurvey, call=surveys.note),
)

ANSWERS = (
    Answer(question=NoLongerWanted, call=surveys.no_longer_wanted, reach="asker"),
    Answer(question=TermsOfComplaint, call=forwarded.terms, reach="asker"),
    Answer(question=FileComplaint, call=forwarded.file_forwarded, reach="asker"),
    *COMPLAINTS.answers,
)
