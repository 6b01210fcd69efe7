"""The watch over the phones notices what is missing, wrong, too much, or says too much."""

from __future__ import annotations

import pytest

from hub.demo.watch import Expected, Landed, Unmet, Watch

TODO = Expected("P01", "zhoumin", "live", ("高龄津贴", "受理"))


def landed(person: str = "zhoumin", code: str = "P01", title: str = "待办到达：高龄津贴（受理）") -> Landed:
    return Landed(person, "live", code, "", title, "请在期限前认领")


def watch(*secret: str) -> tuple[Watch, list[Landed]]:
    seen: list[Landed] = []
    return Watch(lambda expected, landed: seen.append(landed), secret, within=0.01), seen


async def problems_of(watch: Watch, *expected: Expected) -> list[str]:
    with pytest.raises(Unmet) as unmet:
        await watch.expect(*expected)
    return list(unmet.value.problems)


async def test_what_lands_as_expected_is_settled() -> None:
    over_phones, seen = watch()
    over_phones.land(landed())

    await over_phones.expect(TODO)

    assert seen == [landed()]


async def test_two_of_a_kind_may_come_in_any_order() -> None:
    """Each is settled by its own words."""
    over_phones, seen = watch()
    other = Expected("P01", "zhoumin", "live", ("地力保护",))
    over_phones.land(landed(title="待办到达：地力保护（受理）"))
    over_phones.land(landed())

    await over_phones.expect(TODO, other)

    assert len(seen) == 2


async def test_a_missing_push_is_named() -> None:
    over_phones, _ = watch()

    problems = await problems_of(over_phones, TODO)

    assert problems == ["没有按时收到：P01 实时消息 → zhoumin（高龄津贴、受理）"]


async def test_wrong_words_are_named() -> None:
    over_phones, seen = watch()
    over_phones.land(landed(title="待办到达：高龄津贴（乡镇审核）"))

    problems = await problems_of(over_phones, TODO)

    assert len(problems) == 1 and "内容缺少 受理" in problems[0]
    assert seen == []


@pytest.mark.parametrize(
    "stray", [landed(person="shilei"), landed(code="P02"), landed()], ids=["person", "code", "twice"]
)
async def test_what_nobody_expected_is_named(stray: Landed) -> None:
    over_phones, _ = watch()
    over_phones.land(landed())
    over_phones.land(stray)

    problems = await problems_of(over_phones, TODO)

    assert problems == [f"不应收到：{stray.code} {stray}"]


async def test_a_full_name_in_a_push_is_named() -> None:
    over_phones, _ = watch("李桂兰")
    over_phones.land(landed(title="高龄津贴 李桂兰（受理）"))

    problems = await problems_of(over_phones, TODO)

    assert problems == [f"{TODO}: 推送中有个人信息"]
