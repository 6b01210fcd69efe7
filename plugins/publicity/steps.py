"""What publicity has still to do by itself, in parts, each in a transaction of its own."""

from __future__ import annotations

from typing import ClassVar

from hub.api import Identity, Limit, Step


class _Part(Step, frozen=True, kw_only=True):
    subject: str
    part: int


class AddCase(Step, frozen=True, kw_only=True):
    """A case has come to a publicity node. ``place`` is the unit that publishes, ``village`` the beneficiary's."""

    subject_field: ClassVar[str] = "case"
    formerly: ClassVar[tuple[str, ...]] = ("CaseWaits",)

    case: str
    round: int
    number: str
    project: str
    short: str
    bureau: str
    node: str
    label: str
    village: str
    declarants: tuple[str, ...]
    avoid_keys: tuple[str, ...] = ()
    identity: Identity
    sensitive: bool
    standard: str
    area_mu: str
    limit: Limit | None


class TakeOutCase(Step, frozen=True, kw_only=True):
    """The case has left that stay without the publicity's result. ``place`` as in ``AddCase``."""

    subject_field: ClassVar[str] = "case"
    formerly: ClassVar[tuple[str, ...]] = ("CaseLeft",)

    case: str
    round: int
    why: str


class FreezePart(_Part, frozen=True, kw_only=True):
    """The next rows are to be frozen, masked and shown."""

    formerly: ClassVar[tuple[str, ...]] = ("FreezePartDue",)


class ConfirmPart(_Part, frozen=True, kw_only=True):
    """The next rows without objection are to be confirmed."""

    formerly: ClassVar[tuple[str, ...]] = ("ConfirmPartDue",)


class RenewPart(_Part, frozen=True, kw_only=True):
    """The next rows of an ended publicity are to wait for the new one."""

    formerly: ClassVar[tuple[str, ...]] = ("RenewPartDue",)
