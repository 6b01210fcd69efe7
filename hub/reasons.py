"""Why something was done, as people type it."""

from __future__ import annotations

from hub.errors import Invalid

LONGEST = 200


def read_reason(text: str) -> str:
    """Never empty, never a novel: trimmed, at most 200 characters; ``Invalid`` at the field ``reason`` else."""
    reason = text.strip()
    if not reason:
        raise Invalid(fields={"reason": "请填写理由。"})
    if len(reason) > LONGEST:
        raise Invalid(fields={"reason": f"理由不超过{LONGEST}字。"})
    return reason
