"""Where surveys meet others: the chain's node, what is heard of cases and tasks, and what is guarded."""

from __future__ import annotations

from hub.api import Guard, Node, Reaction, TaskArrived, TaskChanged
from plugins.declaration.events import (
    CaseFinished,
    CaseRecalled,
    CaseRefused,
    CaseReturned,
    CaseSuperseded,
    CaseTerminated,
    CaseWithdrawn,
    NodeEntered,
)
from plugins.survey.actions import records, surveys
from plugins.survey.actions.positions import FOLLOWUP, NODE
from plugins.survey.events import CallOffSurvey, MakeSurvey

# Nothing is decided in the worklist: the result is that of the record handed in.
NODES = (
    Node(
        name=NODE,
        label="入户调查",
        level="village",
        role="handler",
        any_bureau=True,
        # Of a case the task is declaration's, and names the case.
        link="/{place}/survey/surveys/{subject}",
    ),
    Node(name=FOLLOWUP, label="落实调查处理", level="county", role="handler"),
)

REACTIONS = (
    Reaction(event=NodeEntered, call=surveys.take_case),
    Reaction(event=TaskArrived, call=surveys.take_task, formerly=("take_task:TaskWanted", "take_task:TaskResumed")),
    Reaction(event=TaskChanged, call=surveys.take_task),
    Reaction(event=CaseReturned, call=surveys.leave_stay),
    Reaction(event=CaseRecalled, call=surveys.leave_stay),
    *(
        Reaction(event=ended, call=surveys.close_case)
        for ended in (CaseFinished, CaseRefused, CaseWithdrawn, CaseTerminated, CaseSuperseded)
    ),
    Reaction(event=MakeSurvey, call=surveys.take_wanted),
    Reaction(event=CallOffSurvey, call=surveys.call_off),
)

GUARDS = (
    Guard(action="declaration.recall", call=records.keep_stay),
    Guard(action="declaration.advance", call=records.keep_order),
)
