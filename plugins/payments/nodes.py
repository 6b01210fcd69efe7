"""Where payments meet others: the chain's last nodes, the steps of a batch, what is heard, guarded and answered."""

from __future__ import annotations

from hub.api import Answer, Guard, Node, PersonProved, Reaction, StepHandler
from plugins.complaints.events import Ending, Filing, Holding
from plugins.declaration.events import CaseFinished, CaseRecalled, CaseTerminated, NodeEntered
from plugins.payments.actions import batches, benefits, intakes, paying, rows
from plugins.payments.business import CORRECT, DISBURSE, LABELS, PAY, REVIEW
from plugins.payments.events import StopBenefits
from plugins.payments.steps import CollectPart, KnowReader, OfferPart, PayPart, ReadIntakePart, ReleasePart
from plugins.publicity.events import PublicityConfirmed, PublicityEnded, RowConfirmed, RowStruck

# At the chain's last nodes nobody passes a case by hand: it goes on when its money does, and that needs a final
# confirmation. Payments call the handlers themselves (role None), because the batch decides.
NODES = (
    Node(name="disburse", label="拨付", level="county", moves={"return": benefits.send_back}),
    Node(name="pay", label="发放", level="county"),
    Node(
        name=REVIEW,
        label=LABELS[REVIEW],
        level="county",
        role="handler",
        moves={"pass": batches.review_passed, "return": batches.review_returned},
    ),
    Node(
        name=DISBURSE,
        label=LABELS[DISBURSE],
        level="county",
        role="handler",
        moves={"pass": batches.disbursed, "refuse": batches.disbursement_refused},
    ),
    Node(name=PAY, label=LABELS[PAY], level="county", role="handler", moves={"pass": batches.pay}),
    Node(name=CORRECT, label=LABELS[CORRECT], level="county", role="handler", moves={"pass": batches.corrected}),
)

REACTIONS = (
    Reaction(event=NodeEntered, call=benefits.take_case),
    Reaction(event=CaseFinished, call=benefits.finish_case),
    Reaction(event=CaseRecalled, call=benefits.undo_case),
    Reaction(event=CaseTerminated, call=benefits.terminate_case),
    Reaction(event=StopBenefits, call=benefits.stop),
    Reaction(event=PersonProved, call=benefits.know_person),
    Reaction(event=RowConfirmed, call=batches.confirm_row),
    Reaction(event=RowStruck, call=rows.strike_objected),
    Reaction(event=PublicityConfirmed, call=batches.confirm),
    Reaction(event=PublicityEnded, call=batches.break_off),
)

STEPS = (
    StepHandler(step=KnowReader, call=benefits.know_person),
    StepHandler(step=ReadIntakePart, call=intakes.read_part),
    StepHandler(step=CollectPart, call=batches.collect_part),
    StepHandler(step=OfferPart, call=batches.offer_part),
    StepHandler(step=PayPart, call=paying.pay_part),
    StepHandler(step=ReleasePart, call=batches.release_part),
)

GUARDS = (Guard(action="declaration.recall", call=benefits.keep_case),)

# Who complains must see the row; neither they nor another bureau's handler see it when it is held later or let go.
ANSWERS = (
    Answer(question=Filing, call=rows.take_objection, reach="asker"),
    Answer(question=Holding, call=rows.hold_objected, reach="county"),
    Answer(question=Ending, call=rows.end_objection, reach="county"),
)
