"""What msgspec finds wrong with a value, as people read it."""

from __future__ import annotations

import re

import msgspec

# What msgspec says → what a person reads. Values are never repeated: they may be personal.
_SAYINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), saying)
    for pattern, saying in (
        (r"missing required field", "必填。"),
        (r"unknown field", "没有这个字段。"),
        (r"Expected `.*`, got `null`", "不能为空。"),
        # A code that was written as a number: YAML and JSON tell them apart by the quotes.
        (r"Expected `str.*, got `(?:int|float)`", "应为文字，请加英文引号。"),
        (r"Expected `str` of length >= 1$", "不能为空。"),
        (r"Expected `str` of length >= (\d+)", r"至少填写\1个字。"),
        (r"Expected `str` of length <= (\d+)", r"不能超过\1个字。"),
        (r"Expected `array` of length >= (\d+)", r"至少选择\1项。"),
        (r"Expected `array` of length <= (\d+)", r"不能超过\1项。"),
        (r"Expected `(?:int|float|decimal)` >= (\S+)", r"不能小于\1。"),
        (r"Expected `(?:int|float|decimal)` <= (\S+)", r"不能大于\1。"),
        (r"Expected `(?:int|float|decimal)` > (\S+)", r"应大于\1。"),
        (r"Expected `(?:int|float|decimal)` < (\S+)", r"应小于\1。"),
        (r"matching regex", "格式不正确。"),
        (r"(?:Invalid|Expected) (?:RFC3339|ISO8601).*`?date(?:time)?|Expected `datetime", "日期或时间不正确。"),
        (r"Expected `date", "日期不正确，应如2026-11-23。"),
        (r"Invalid (?:enum )?value", "不在可选范围内。"),
        (r"Expected `int", "应为整数。"),
        (r"Expected `(?:float|decimal)|Invalid decimal|out of range", "应为数字。"),
        (r"Expected `bool", "应为是或否。"),
        (r"Expected `str", "应为文字。"),
        (r"Expected `array", "应为列表。"),
        (r"Expected `object", "应为对象。"),
    )
)
_AT = re.compile(r" - at `(?:key` in `)?\$\.?(?P<path>[^`]*)`$")
_NAMED = re.compile(r"field `(?P<name>[^`]+)`")
_CHINESE = re.compile("[\u4e00-\u9fff]")


def said(problem: str, path: str) -> tuple[str, str]:
    """Where the problem is and what to say about it, from one of msgspec's messages."""
    at = _AT.search(problem)
    named = _NAMED.search(problem)
    where = path + ("." + at["path"] if at else "") + ("." + named["name"] if named else "")
    text = problem[: at.start()] if at else problem
    if _CHINESE.search(text):
        # Said by a rule of ours: a personal field, or a record that looks at several fields.
        return where.lstrip("."), text
    saying = next(
        (match.expand(saying) for pattern, saying in _SAYINGS if (match := pattern.search(text))), "填写有误。"
    )
    return where.lstrip("."), saying


def problem_in_words(problem: msgspec.ValidationError) -> str:
    """Both in one: ``positions.0.role：必填。``"""
    where, words = said(str(problem), "")
    return f"{where}：{words}" if where else words
