"""Files that operators bring in by command."""

from __future__ import annotations

from pathlib import Path

from hub.reading.sheets import decoded
from hub.words.errors import Invalid, SetupError


def read_text(file: Path) -> str:
    """The text of a file in UTF-8 or, as spreadsheets on Chinese systems save it, in GB18030 (GBK)."""
    try:
        return decoded(file.read_bytes())
    except Invalid:
        raise SetupError(f"{file} is no text in UTF-8 or GB18030: save it in one of them, as CSV or YAML") from None
