"""What becomes of a form's fields before and after somebody types into them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import msgspec
import pytest

from hub.api import Asked, Choice, Invalid
from hub.web.decoding import Decoder
from hub.web.pages.fields import fields_of, joined, lines_of, needed, only, settled, zoned
from hub.words.clock import MovingClock
from tests.world import MONDAY_MORNING


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    at: Annotated[datetime, Asked("时间")]
    day: Annotated[date | None, Asked("日期")] = None
    opinion: Annotated[str, Asked("意见", look="phrases")] = ""
    points: Annotated[tuple[str, ...], Asked("要点", look="lines")] = ()


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    answers: Annotated[dict[str, str | None], Asked("回答")] = {}
    papers: Annotated[dict[str, tuple[str, ...]], Asked("材料", look="pictures")] = {}


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    form: Filled


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


def test_what_stands_under_keys_is_asked_as_the_page_says():
    """Of a record within the record too; under a key that is not asked there is nothing, however it was typed."""
    keyed = {
        "form.answers.area": Annotated[Decimal | None, Asked("面积", "亩")],
        "form.papers.card": Annotated[tuple[str, ...], Asked("身份证", look="pictures")],
    }

    fields = fields_of(Draft, {"form.papers.card": ("f1",), "form.answers.x": ("1",)}, keyed=keyed)

    assert [(each.name, each.label, each.look, each.values, each.required) for each in fields] == [
        ("form.answers.area", "面积", "number", (), False),
        ("form.papers.card", "身份证", "pictures", ("f1",), True),
    ]


def test_what_was_typed_under_keys_is_a_dictionary():
    """What was emptied says so; files are several."""
    typed = {"form.answers.area": [" 3.5 "], "form.answers.note": [""], "form.papers.card": ["f1", "", "f2"]}

    read = Decoder(MovingClock(MONDAY_MORNING)).form(typed, Draft)

    assert read == Draft(form=Filled(answers={"area": "3.5", "note": ""}, papers={"card": ("f1", "f2")}))


def test_one_answer_is_not_two():
    with pytest.raises(Invalid) as refused:
        Decoder(MovingClock(MONDAY_MORNING)).form({"form.answers.area": ["1", "2"]}, Draft)

    assert list(refused.value.fields) == ["answers.area"]


def test_a_selection_of_one_is_made() -> None:
    """Where it must be made, and there are not two."""

    class Move(msgspec.Struct, frozen=True, kw_only=True):
        town: Annotated[str, Asked("乡镇", look="select")]
        village: Annotated[str, Asked("村", look="select")] = ""

    towns, villages = [Choice("510904114", "聚贤镇")], [Choice("510904114206", "万古桥村")]

    one = settled(fields_of(Move, {}, choices={"town": towns, "village": villages}))
    two = settled(fields_of(Move, {}, choices={"town": [*towns, *villages]}))

    assert [field.values for field in (*one, two[0])] == [("510904114",), (), ()]
