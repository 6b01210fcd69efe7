"""What happens to household surveys, and how other plugins ask for one."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from hub.api import Event, Identity, Instruction, Question


class MakeSurvey(Instruction, frozen=True, kw_only=True):
    """Have somebody go and look. ``place`` is where the household is: its village, or the town.

    One survey comes of it per (``origin``, ``subject``, ``round``), however often this is asked. ``origin`` is the asking plugin,
    ``subject`` its own id, ``number`` what people call that business. ``reason`` is read by the surveyors: what to look at,
    without who complained. The same ``avoid…`` as in the worklist's ``OpenTask``. ``due_at`` None: the usual limit.
    ``only_known``: told again, of a survey that somebody has decided on before; where there is none, none comes of it.
    """

    formerly: ClassVar[tuple[str, ...]] = ("SurveyWanted",)

    subject: str
    origin: str
    round: int = 1
    number: str
    project: str
    short: str
    bureau: str
    identity: Identity
    reason: str
    sensitive: bool = False
    hidden: bool = False
    due_at: datetime | None = None
    only_known: bool = False
    avoid: tuple[str, ...] = ()
    avoid_keys: tuple[str, ...] = ()


class CallOffSurvey(Instruction, frozen=True, kw_only=True):
    """Nobody need go any more; what was submitted stays. ``place`` as in ``MakeSurvey``."""

    formerly: ClassVar[tuple[str, ...]] = ("SurveyCancelled",)

    subject: str
    origin: str
    round: int = 1


class PersonSurveyed(Event, frozen=True, kw_only=True):
    """A surveyor typed on site whom they visit, without a prior task: interception looks at it as at a form's person. ``rules``
    are the project's; ``place`` is the village.
    """

    subject_field: ClassVar[str] = "survey"

    survey: str
    project: str
    short: str
    bureau: str
    sensitive: bool
    rules: tuple[str, ...] = ()
    identity: Identity
    by: str
    at: datetime


class SurveySubmitted(Event, frozen=True, kw_only=True):
    """A record was handed in. ``subject``, ``origin`` and ``round`` are those it was wanted with; without a prior task
    ``subject`` is the survey's own id and ``origin`` survey. ``record`` is the version's id; a ``correction`` replaces an
    earlier one. ``result``: 属实, 不属实, 情况变化, 无法核实; ``handling``: 继续享受, 调整, 停发, 上报. ``summary`` says these
    two in Chinese; what was found is read in the survey itself. Told again, as a correction, after 更正 and after 退回重查.
    """

    survey: str
    record: str
    subject: str
    origin: str
    round: int
    number: str
    project: str
    short: str
    bureau: str
    result: Literal["true", "untrue", "changed", "unverifiable"]
    handling: Literal["continue", "adjust", "stop", "report"]
    correction: bool
    summary: str
    person: str
    shown: str
    at: datetime


class NoLongerWanted(Question[frozenset[tuple[str, int]]], frozen=True, kw_only=True):
    """Which of these need nobody to go any more: surveys ask whoever had asked for them (``origin``), since what was told while
    surveys were off was heard by nobody. ``stays`` are subject and round, ≤ 200. What the origin does not know, or an origin
    that is off, changes nothing.
    """

    origin: str
    stays: tuple[tuple[str, int], ...]


EVENTS: tuple[type[Event], ...] = (MakeSurvey, CallOffSurvey, PersonSurveyed, SurveySubmitted)
