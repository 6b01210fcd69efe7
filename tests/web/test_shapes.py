"""What was sent beside the shape that it should have."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from hub.web.decoding import Decoder
from hub.web.shapes import DEEPEST, MOST_TOLD
from hub.words.clock import SystemClock
from hub.words.errors import Invalid, Malformed, Refused


class Line(msgspec.Struct, frozen=True, kw_only=True):
    amount: str
    seen: date | None = None


class Form(msgspec.Struct, frozen=True, kw_only=True):
    name: str | None = None
    at: datetime | None = None
    lines: tuple[Line, ...] = ()
    by_key: dict[str, Line] = {}
    answers: dict[str, str | int | None] = {}


DECODER = Decoder(SystemClock())


def read(sent: Any) -> Form:
    return DECODER.json(msgspec.json.encode(sent), Form)


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ({"nmae": "x"}, "nmae"),
        ({"lines": [{"amount": "1"}, {"amount": "1", "sene": "2026-01-01"}]}, "lines[1].sene"),
        ({"by_key": {"a": {"amount": "1", "amuont": "2"}}}, "by_key.a.amuont"),
    ],
)
def test_an_unknown_key_is_told_by_its_path(sent: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(sent)

    assert list(refused.value.fields) == [path]
    assert "是否应为" in refused.value.fields[path]


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        read({"nmae": "x", "at": "yesterday", "lines": [{"amount": 1}, {}]})

    assert set(refused.value.fields) == {"nmae", "at", "lines[0].amount", "lines[1].amount"}


def test_keys_of_a_free_mapping_are_nobodys_business() -> None:
    assert read({"answers": {"whatever": 1}}).answers == {"whatever": 1}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T08:00:00", datetime(2026, 11, 23, 0, 0, tzinfo=UTC)),
        ("2026-11-23T08:00:00+08:00", datetime(2026, 11, 23, 0, 0, tzinfo=UTC)),
        ("2026-11-23T08:00:00Z", datetime(2026, 11, 23, 8, 0, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_of_shanghai(text: str, moment: datetime) -> None:
    assert read({"at": text}).at == moment


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1899-12-31T00:00:00Z"])
def test_a_year_that_cannot_be_shifted_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read({"at": text, "lines": [{"amount": "1", "seen": text[:10]}]})

    assert set(refused.value.fields) == {"at", "lines[0].seen"}


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"[" * DEEPEST + b"]" * DEEPEST, Invalid),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), Malformed),
        (b'{"answers":' * 400 + b"1" + b"}" * 400, Malformed),
        (b"[" * 200_000, Malformed),
        (b'{"answers":{"a":9223372036854775808}}', Invalid),
        (b'{"answers":{"a":1e999}}', Malformed),
    ],
)
def test_nesting_and_numbers_are_bounded(raw: bytes, kind: type[Refused]) -> None:
    with pytest.raises(kind):
        DECODER.json(raw, Form)


def test_what_is_told_of_keys_is_bounded() -> None:
    """A key may be anything, also a whole document."""
    with pytest.raises(Invalid) as refused:
        read({f"{number}{'x' * 1000}": 1 for number in range(1000)})

    assert len(refused.value.fields) == 20
    assert max(len(name) for name in refused.value.fields) == 40


@pytest.mark.parametrize("line", [1, {}, {"amuont": 1}, {"amount": "1", "seen": "?"}])
def test_what_is_told_of_lines_is_bounded(line: Any) -> None:
    """A body of 256 KB holds a hundred thousand wrong lines: telling of each took seconds."""
    with pytest.raises(Invalid) as refused:
        read({"lines": [line] * 1000})

    assert "lines[0]" in next(iter(refused.value.fields))
    assert len(refused.value.fields) <= 2 * MOST_TOLD
