"""What a complaint has still to do by itself, each in a transaction of its own."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from hub.api import Step


class MeetMoment(Step, frozen=True, kw_only=True):
    """Something about a complaint happens by itself now: a limit, or the end of the time for an answer."""

    subject_field: ClassVar[str] = "complaint"
    formerly: ClassVar[tuple[str, ...]] = ("MomentCame",)

    complaint: str


class ShareAnswer(Step, frozen=True, kw_only=True):
    """The complaints that were merged into this one get its reply of this number. ``place`` is the county."""

    subject_field: ClassVar[str] = "complaint"
    formerly: ClassVar[tuple[str, ...]] = ("AnswerShared",)

    complaint: str
    reply: int


class NoteSurvey(Step, frozen=True, kw_only=True):
    """A survey that a complaint asked for has come back; ``place`` is the county, where the complaint is kept."""

    subject_field: ClassVar[str] = "complaint"
    formerly: ClassVar[tuple[str, ...]] = ("SurveyFound",)

    complaint: str
    round: int
    survey: str
    record: str
    result: str
    summary: str
    shown: str
    at: datetime
