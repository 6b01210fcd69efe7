"""What a table that offices exchange is made of: its columns and its rows. :mod:`hub.reading.sheets` reads and writes them."""

from __future__ import annotations

import msgspec


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column by its heading. ``hint`` and ``sample`` stand in the template file; ``also`` are other headings in use."""

    label: str
    required: bool = True
    hint: str = ""
    sample: str = ""
    also: tuple[str, ...] = ()


class SheetRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """``number`` as the spreadsheet shows it (the header is 1); ``cells`` by heading, trimmed, "" for empty.

    ``problem`` says that a cell cannot be read, for the person; ``twin`` is an earlier row of the same key
    (:class:`hub.reading.sheets.Twins`). A row with either belongs among the rejects.
    """

    number: int
    cells: dict[str, str]
    problem: str = ""
    twin: int | None = None

    def __repr__(self) -> str:
        # Cells hold names and numbers of people.
        return f"SheetRow({self.number})"
