"""What a project must be like to be published, read by read: no database."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from plugins.declaration.actions.checks import flaws_of
from plugins.declaration.actions.importing import read_catalogue
from plugins.declaration.documents import NODE_LABELS
from plugins.declaration.groups import GROUPS, ChainStep
from plugins.declaration.projects import Adviser, Category, Form, Material, Project, Question, Window
from tests.plugins.conftest import CATALOGUE
from tests.world import ANJU, CITY


def said(project: Project) -> list[tuple[str, str]]:
    """Which group, and what is wrong."""
    return [(flaw.group, flaw.text) for flaw in flaws_of(project, [*NODE_LABELS, "board"])]


@pytest.fixture
def project() -> Project:
    """As the demo has it."""
    [first, *_], _ = read_catalogue(CATALOGUE, CITY, lambda each: [], common=True)
    return first


@pytest.mark.parametrize(("place", "common"), [(CITY, True), (ANJU, False)])
def test_the_demos_catalogue_has_no_flaw(place, common):
    """At the city and where a county has terms of its own."""
    projects, _ = read_catalogue(CATALOGUE, place, lambda each: [], common=common)

    assert [said(each) for each in projects] == [[]] * len(projects)


@pytest.mark.parametrize(
    ("chain", "flaws"),
    [
        ((), ["至少要有一个环节。"]),
        (("accept", "pay"), ["要有县级审批。"]),
        (("review_town", "approve_county"), ["第一个环节应是受理。"]),
        (("board", "accept", "approve_county"), ["第一个环节应是受理。"]),
        (("accept", "disburse", "approve_county"), ["顺序应是：受理、县级审批、拨付。"]),
        (("accept", "approve_county", "pay", "disburse"), ["顺序应是：受理、县级审批、拨付、发放。"]),
        (("accept", "board", "approve_county"), []),
    ],
)
def test_a_chain(project, chain, flaws):
    """From 受理 over 县级审批 to the money, in the order of the domain; what a plugin adds may stand between."""
    changed = replace(project, chain=chain, limits={})

    assert said(changed) == [("chain", text) for text in flaws]


PHONE = "有疑问找张三，138 0000 0001"
PHOTO, QUESTION = Material(key="a", label="照片"), Question(key="b", label="情况", type="choice", of=("有", "无"))


@pytest.mark.parametrize(
    ("terms", "where"),
    [
        ({"process": PHONE}, [("about", "process")]),
        ({"conditions": ("本县户籍", PHONE)}, [("about", "conditions")]),
        ({"windows": (Window(opens="03-01", closes="04-01", offline=True, where=PHONE),)}, [("windows", "where")]),
        ({"advisers": (Adviser(name=PHONE, phone="0825-5432110"),)}, [("advisers", "name")]),
        ({"form": Form(materials=(replace(PHOTO, hint=PHONE),))}, [("materials", "hint")]),
        ({"form": Form(questions=(replace(QUESTION, of=("有", PHONE)),))}, [("questions", "of")]),
        ({"process": "按川农发〔2023〕112号，每亩100元。"}, []),
        ({"advisers": (Adviser(name="龙春燕", phone="0825-5432110"),)}, []),
    ],
)
def test_what_everybody_reads_tells_of_nobody(project, terms, where):
    """No number that leads to a person; the phone of an office has its own field."""
    changed = replace(project, **terms)

    assert [(flaw.group, flaw.field) for flaw in flaws_of(changed, [*NODE_LABELS])] == where


LONG = tuple(Question(key=f"q{n}", label="情况", type="text", max_length=2000) for n in range(8))
PICTURES = tuple(Material(key=f"m{n}", label="照片", max_files=20) for n in range(3))
ONE_EACH = tuple(Material(key=f"m{n}", label="照片", max_files=20, categories=(f"c{n}",)) for n in range(3))
KINDS = tuple(Category(key=f"c{n}", label=f"第{n}类") for n in range(3))


@pytest.mark.parametrize(
    ("form", "flaws"),
    [
        (Form(questions=LONG), [("questions", "各题的最多字数加起来是16000，不能超过15000。")]),
        (Form(questions=LONG[:7]), []),
        (Form(materials=PICTURES), [("materials", "一次申报最多36张，现在各项材料加起来最多60张。")]),
        (Form(materials=PICTURES[:2]), [("materials", "一次申报最多36张，现在各项材料加起来最多40张。")]),
        (Form(materials=(PICTURES[0], replace(PICTURES[1], max_files=16))), []),
        (Form(materials=ONE_EACH, categories=KINDS), []),
    ],
)
def test_what_one_declaration_can_hold(project, form, flaws):
    """All answers together, and all pictures of one 人员类别: else nobody could hand in what is asked."""
    changed = replace(project, form=form)

    assert said(changed) == flaws


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (ChainStep(node="accept"), "10个工作日内"),
        (ChainStep(node="accept", days=7, unit="calendar"), "7天内"),
    ],
)
def test_the_time_of_a_node(step, words):
    """One without days has the usual time: no case stays for ever."""
    said = GROUPS["chain"].says(step)

    assert said == (words,)
