"""What a handler sees of the business that a task stands for: asked of whoever keeps it, when the task's page is drawn."""

from __future__ import annotations

import msgspec

from hub.words.contributions import Question


class CardFile(msgspec.Struct, frozen=True, kw_only=True):
    """A picture or paper; ``path`` is that of its operation below the place."""

    label: str
    path: str


class CardStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step of its way: done, now or todo; who did it, and what they said."""

    label: str
    state: str
    when: str = ""
    by: str = ""
    said: str = ""


class CaseCard(msgspec.Struct, frozen=True, kw_only=True):
    """``who`` it is about and their ``facts``, masked as far as the reader's part in it demands; ``answers`` what was filled in; ``bars``
    what to know before deciding."""

    who: str
    facts: tuple[tuple[str, str], ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    files: tuple[CardFile, ...] = ()
    steps: tuple[CardStep, ...] = ()
    bars: tuple[str, ...] = ()


class Describe(Question[CaseCard], frozen=True, kw_only=True):
    """The card of this subject, for the one who acts; None from whoever does not keep it."""

    subject: str
