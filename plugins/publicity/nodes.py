"""Where publicity meets others: the chain's publicity nodes, batches, complaints, 撤销通过."""

from __future__ import annotations

from datetime import timedelta

from hub.api import Answer, Guard, Node, Reaction, StepHandler
from plugins.complaints.events import Ending, Filing, Holding
from plugins.declaration.events import NodeEntered
from plugins.publicity.actions import appearing, confirming, lists, objections, renewing, running
from plugins.publicity.business import LABELS, PAYMENT
from plugins.publicity.events import AddRows, PublishRows, WhatIsShown
from plugins.publicity.steps import AddCase, ConfirmPart, FreezePart, RenewPart, TakeOutCase

# A part of 200 rows takes well under a second here; a busy server is given time before it counts as hanging.
PART = timedelta(seconds=30)

# Nobody decides a case there by hand (role None): a publicity is of many, and its own tasks are opened here.
NODES = (
    Node(name="publicity_village", label=LABELS["publicity_village"], level="village", any_bureau=True),
    Node(name="publicity_town", label=LABELS["publicity_town"], level="town"),
    Node(name="publicity_county", label=LABELS["publicity_county"], level="county"),
    # No node of a chain: what positions for the 发放公示 are bound to.
    Node(name=PAYMENT, label=LABELS[PAYMENT], level="county"),
)

REACTIONS = (
    Reaction(event=NodeEntered, call=lists.hear_arrival),
    *(Reaction(event=kind, call=lists.hear_departure) for kind in lists.WHY_GONE),
    Reaction(event=PublishRows, call=lists.want_batch),
    Reaction(event=AddRows, call=lists.take_offered, budget=PART),
)

STEPS = (
    StepHandler(step=AddCase, call=lists.add_case),
    StepHandler(step=TakeOutCase, call=lists.take_out),
    StepHandler(step=FreezePart, call=running.freeze_part),
    StepHandler(step=ConfirmPart, call=confirming.confirm_part),
    StepHandler(step=RenewPart, call=renewing.renew_part),
)

# Who complains must see the row; neither they nor another bureau's handler see it when it is held later or let go.
ANSWERS = (
    Answer(question=appearing.AppearingHere, call=appearing.look_up, reach="county"),
    Answer(question=WhatIsShown, call=appearing.look_at_village, reach="county"),
    Answer(question=Filing, call=objections.take_objection, reach="asker"),
    Answer(question=Holding, call=objections.hold_objected, reach="county"),
    Answer(question=Ending, call=objections.end_objection, reach="county"),
)

GUARDS = (Guard(action="declaration.recall", call=lists.keep_started),)
