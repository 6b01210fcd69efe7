"""What becomes of a form's fields before and after somebody types into them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import msgspec
import pytest

from hub.api import Asked
from hub.web.pages.fields import fields_of, joined, lines_of, needed, only, zoned


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    at: Annotated[datetime, Asked("时间")]
    day: Annotated[date | None, Asked("日期")] = None
    opinion: Annotated[str, Asked("意见", look="phrases")] = ""
    points: Annotated[tuple[str, ...], Asked("要点", look="lines")] = ()


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("2026-11-23T09:05", "2026-11-23T09:05:00+08:00"),
        ("2026-11-23T09:05:00Z", "2026-11-23T09:05:00Z"),
        ("明天", "明天"),
        ("", ""),
    ],
)
def test_a_moment_of_a_phone_is_one_of_shanghai(typed, sent):
    """What says its zone, or is none, stays as it is: the decoder speaks of it."""
    assert zoned(Visit, {"at": [typed]}) == {"at": [sent]}


def test_what_is_no_moment_is_not_zoned():
    """Also where it looks like one."""
    assert zoned(Visit, {"opinion": ["2026-11-23T09:05"], "day": ["2026-11-23"]}) == {
        "opinion": ["2026-11-23T09:05"],
        "day": ["2026-11-23"],
    }


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        (["一\r\n二"], ["一", "二"]),
        (["  一  \n\n \n二"], ["一", "二"]),
        (["一", "二\n三"], ["一", "二", "三"]),
        ([""], []),
        ([], []),
    ],
)
def test_an_area_is_as_many_as_it_has_lines(typed, lines):
    """However a browser breaks them; empty ones are none."""
    assert lines_of(typed) == lines


def test_words_that_were_picked_and_written_are_one_text():
    """Lines stay apart, and so does everything else."""
    sent = {"opinion": ["情况属实，", "同意。"], "points": ["一\n二"], "other": ["1", "2"]}

    assert joined(Visit, sent) == {"opinion": ["情况属实，同意。"], "points": ["一", "二"], "other": ["1", "2"]}


def test_a_page_asks_for_more_than_the_record_needs():
    """What the record needs is needed all the same."""
    fields = needed(fields_of(Visit, {}), ("day",))

    assert {field.name: field.required for field in fields} == {
        "at": True,
        "day": True,
        "opinion": False,
        "points": False,
    }


def test_what_is_not_asked_for_travels_along_unseen():
    """If it has a value."""
    fields = only(fields_of(Visit, {"day": ["2026-11-23"], "opinion": ["同意"]}), ("opinion",))

    assert [(field.name, field.look) for field in fields] == [("day", "hidden"), ("opinion", "phrases")]
