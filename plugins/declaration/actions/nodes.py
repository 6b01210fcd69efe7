"""The nodes of a chain that this plugin handles, and what may be decided at each."""

from __future__ import annotations

from hub.api import Node
from plugins.declaration.actions import chain
from plugins.declaration.actions.recalls import recall

MOVES = {**chain.MOVES, "recall": recall}
# The first node has nothing before it to send a case back to.
AT_FIRST = {move: call for move, call in MOVES.items() if move != "return"}

NODES = (
    Node(name="accept", label="受理", level="town", role="window", any_bureau=True, moves=AT_FIRST),
    Node(name="review_village", label="村级初审", level="village", role="handler", any_bureau=True, moves=MOVES),
    Node(name="review_town", label="乡镇审核", level="town", role="handler", moves=MOVES),
    Node(name="approve_county", label="县级审批", level="county", role="handler", moves=MOVES),
)
