"""What two structs say alike is taken over; what only sounds alike is not."""

from __future__ import annotations

from typing import Literal

import msgspec
import pytest

from hub.api import Document, Secret, shared, taken


class Source(msgspec.Struct, kw_only=True):
    id: str
    state: Literal["open", "closed"]
    name: Secret
    amount: str | None
    due: str
    more: int = 0


class View(msgspec.Struct, kw_only=True):
    id: str
    state: str
    due: str | None
    label: str = ""


class Named(msgspec.Struct, kw_only=True):
    id: str
    name: str


class Paid(msgspec.Struct, kw_only=True):
    amount: str


class Kept(Document, frozen=True, kw_only=True):
    state: str


SOURCE = Source(id="1", state="open", name=Secret("王建国"), amount=None, due="today")


def test_fields_of_one_name_and_type_are_taken_over():
    """Also where the view allows for more."""
    assert View(label="x", **shared(View, SOURCE)) == View(id="1", state="open", due="today", label="x")


def test_but_for_those_that_are_said_otherwise():
    assert shared(View, SOURCE, but=("due", "label")) == {"id": "1", "state": "open"}


@pytest.mark.parametrize("kind", [Named, Paid])
def test_what_is_sealed_or_may_be_missing_gets_in_by_no_name(kind):
    with pytest.raises(TypeError, match=r"Source mean different things by (name|amount)"):
        shared(kind, SOURCE)
    assert "name" not in shared(kind, SOURCE, but=("name", "amount"))


def test_a_document_is_not_begun_with_anothers_state():
    with pytest.raises(TypeError, match="Kept is a document"):
        shared(Kept, SOURCE)
    assert taken(SOURCE, "state") == {"state": "open"}
