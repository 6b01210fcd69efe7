"""Personal data as a type of its own, so that it cannot slip into a log line, an answer or a push by accident.

A value prints as ``IdNumberText(***)``; JSON encoding refuses it; only :meth:`Personal.reveal` gives the text, and each call
of it is easy to find in a review. The store encrypts it on the way down and keeps a keyed blind index for exact search.
"""

from __future__ import annotations

from typing import ClassVar


class Personal:
    """A text that says who somebody is."""

    kind: ClassVar[str]
    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The plain text: for masking, comparing, or the person's own eyes."""
        return self._text

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._text == self._text

    def __hash__(self) -> int:
        return hash((self.kind, self._text))


class IdNumberText(Personal):
    """An identity-card number, 18 characters, already checked."""

    kind = "id_number"
    __slots__ = ()


class CardText(Personal):
    """A bank or social-security card number."""

    kind = "card"
    __slots__ = ()


class PhoneText(Personal):
    """A telephone number."""

    kind = "phone"
    __slots__ = ()


class Secret(Personal):
    """Something that is encrypted and never searched: a session key, free text about a person."""

    kind = "secret"
    __slots__ = ()
