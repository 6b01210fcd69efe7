"""Who a fact is about, for plugins that must find the same person again: sealed wherever it is kept."""

from __future__ import annotations

import msgspec

from hub.words import masking
from hub.words.personal import CardText, IdNumberText, PhoneText, Secret


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """A person as a declaration, a roster or a survey names them. ``region`` is the 户籍; ``minor`` under 14.

    Events may carry it: the outbox seals every personal value, as documents do.
    """

    name: Secret
    id_number: IdNumberText
    phone: PhoneText | None = None
    card: CardText | None = None
    region: str
    minor: bool = False

    def __repr__(self) -> str:
        return "Identity(***)"

    @property
    def masked(self) -> str:
        """The name as it stands in lists and pushes."""
        return masking.name(self.name.reveal(), minor=self.minor)
