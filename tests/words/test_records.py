"""Tables that operators bring in: every bad line told at once, nothing half read."""

from __future__ import annotations

from datetime import date

import pytest

from hub.rules import places, workdaytable
from hub.rules.workdaytable import Day
from hub.words.errors import SetupError
from hub.words.regions import Region, RegionTree
from tests.world import ANJU, CITY, JUXIAN, REGIONS, VILLAGE

KNOWN = RegionTree(places.read_csv(REGIONS))
TODAY = date(2026, 11, 23)
HEAD = "code,name,level,parent,status\n"


def problems(lines: str) -> list[str]:
    with pytest.raises(SetupError) as refused:
        places.checked(places.read_lines(HEAD + lines), KNOWN)
    return list(refused.value.problems)


def day_problems(lines: str) -> list[str]:
    with pytest.raises(SetupError) as refused:
        workdaytable.read_csv("day,kind,note\n" + lines, TODAY)
    return list(refused.value.problems)


@pytest.mark.parametrize("code", ["5.1E+11", "5.10904E+11", "5E11", "51090", "5109041142041", "510904.0", "", "-"])
def test_what_is_no_code_of_a_place_is_refused(code):
    [told] = problems(f"{code},甲村,village,{JUXIAN},active\n")

    assert told.startswith(f"line 2: '{code}' is no code")


def test_an_area_without_an_official_code_has_one_with_letters():
    lines = places.read_lines(f"{HEAD}5109K1,经开区,county,{CITY},active\njingkai-01,某镇,town,5109K1,active\n")

    assert [region.code for region in places.checked(lines, KNOWN)] == ["5109K1", "jingkai-01"]


def test_a_code_twice_is_told_with_both_lines():
    lines = f"510904114801,甲村,village,{JUXIAN},active\n\n510904114801,乙村,village,{JUXIAN},active\n"

    assert problems(lines) == ["line 4: 510904114801 stands in line 2 already"]


def test_a_place_is_below_one_that_is_in_the_file_or_known():
    lines = [
        f"510904801,甲镇,town,{ANJU},active",
        "510904801001,甲村,village,510904801,active",
        "510904802001,乙村,village,510904802,active",
        "510999,丙县,county,,active",
        f"510904803,丁镇,town,{VILLAGE},active",
        f"510904114805,\u200b,village,{JUXIAN},active",
    ]

    assert problems(lines[5]) == ["line 2: 510904114805 has no name"]
    assert problems("\n".join(lines[:5])) == [
        "line 4: the parent 510904802 of 510904802001 is neither in the file nor known",
        "line 5: the county 510999 needs a parent",
        f"line 6: the town 510904803 cannot lie in the village {VILLAGE}",
    ]


def test_one_village_stands_alone_only_with_its_parents():
    lines = places.read_lines(f"{HEAD}510904114801,甲村,village,{JUXIAN},active\n")

    assert not places.stand_alone(lines)
    assert places.stand_alone(places.read_lines(REGIONS))
    assert places.checked(lines, KNOWN) == [Region(code="510904114801", name="甲村", level="village", parent=JUXIAN)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the first line must be code,name,level,parent,status"),
        ("code,name\n", "the first line must be"),
        (HEAD + '510904114801,"甲村\n', "no CSV: its quotes"),
        (HEAD + "510904114801,甲村,village,510904114,active,x\n", "line 2: has 6 cells"),
        (HEAD + "510904114801,甲村,hamlet,510904114,active\n", "levels are city, county, town, village"),
    ],
)
def test_a_table_of_another_shape_is_refused(text, words):
    with pytest.raises(SetupError, match=words):
        places.read_lines(text)


def test_days_as_spreadsheets_write_them():
    text = "\ufeffday,kind,note,,\r\n2027/2/6,rest,春节,,\r\n,,,,\r\n2027-02-14,work,,,\r\n"

    assert workdaytable.read_csv(text, TODAY) == [
        Day(day=date(2027, 2, 6), kind="rest", note="春节"),
        Day(day=date(2027, 2, 14), kind="work"),
    ]


def test_days_that_contradict_each_other_are_told_with_both_lines():
    lines = "2027-01-01,rest,元旦\n2027/1/1,work,错\n27-01-02,rest,\n2027-01-03,sleep,\n"

    first, second, third = day_problems(lines)

    assert first == "line 3: 2027-01-01 stands in line 2 already"
    assert second.startswith("line 4: '27-01-02' is no day")
    assert third.startswith("line 5: Invalid enum value 'sleep'")
