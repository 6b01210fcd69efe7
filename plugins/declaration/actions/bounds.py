"""What bounds an answer, as it is kept: numbers as numbers, whether a page or a file has written them as text."""

from __future__ import annotations

from msgspec.structs import replace

from hub.api import money
from plugins.declaration.projects import Question

Bound = int | float | str | None


def tidied(question: Question) -> Question:
    """With ``1,000`` as 1000; what is no number stays as it is, for the checks to refuse."""
    if question.type not in ("integer", "decimal"):
        return question
    return replace(question, min=_number(question.min), max=_number(question.max))


def _number(bound: Bound) -> Bound:
    try:
        number = money.decimal(str(bound))
    except money.BadAmount:
        return bound
    return int(number) if number == int(number) else float(number)
