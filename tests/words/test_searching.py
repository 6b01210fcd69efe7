"""What is kept of a text and what is looked for in it: hub/words/searching.py."""

from __future__ import annotations

import pytest

from hub.words.searching import asked_words, kept_words

TITLE = "关于2026年高龄津贴发放的通知（遂民〔2026〕15号）PDF"


@pytest.mark.parametrize("asked", ["高龄津贴", "津", "２０２６", "发放 通知", "pdf", "遂民〔2026〕15号", "高龄，津贴"])
def test_a_text_holds_what_stands_in_it(asked):
    assert asked_words(asked) and set(asked_words(asked)) <= set(kept_words(TITLE))


@pytest.mark.parametrize("asked", ["低保", "贴津", "202", "高龄津贴 低保"])
def test_and_nothing_else(asked):
    assert not set(asked_words(asked)) <= set(kept_words(TITLE))


def test_signs_alone_look_for_nothing():
    assert asked_words("（）、") == () == kept_words("")
