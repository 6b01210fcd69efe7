"""What happens to policy files."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from hub.api import Event, Step, WorkFact


class FilePublished(WorkFact, frozen=True, kw_only=True):
    """A file can be read from now on, once more with another ``edition``; its bureau's handlers hear of it but for its ``maker``."""

    bureau: str
    edition: int
    maker: str


class FileWithdrawn(WorkFact, frozen=True, kw_only=True):
    """It is read no more, or another has come in its place: nobody need hear of this ``edition``."""

    edition: int


class FileAnnounced(Event, frozen=True, kw_only=True):
    """Some of those who wanted to hear of such a file (≤ 200 persons)."""

    subject: str
    title: str
    number: str
    edition: int
    at: datetime
    persons: tuple[str, ...]


class TellSubscribers(Step, frozen=True, kw_only=True):
    """The next of those who want to hear of the file: of its project ``at`` this position, behind the person ``after``."""

    subject_field: ClassVar[str] = "file"

    file: str
    edition: int
    at: int = 0
    after: str = ""


class KeepWords(Step, frozen=True, kw_only=True):
    """The next of the passages by which this ``edition`` of the file is found, from the one ``at`` this position; those of others go."""

    subject_field: ClassVar[str] = "file"

    file: str
    edition: int
    at: int = 0


EVENTS = (FilePublished, FileWithdrawn, FileAnnounced)
