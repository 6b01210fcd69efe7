"""What is stored of the catalogue: projects as a place publishes them, drafts of what they shall be, and the versions that were published.

What a page asks for a field stands beside its type; what a value must be like is said once, in ``actions/checks.py``.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from hub.api import Asked, Collection, Document, Index, Limit, stored

KEY = Asked("标识", "英文字母、数字或下划线，发布后不要改")
TYPES = {"text": "文字", "integer": "整数", "decimal": "小数", "choice": "单选", "date": "日期"}


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """人员类别. Ages are full years on the day of submitting, both included."""

    key: Annotated[str, KEY]
    label: Annotated[str, Asked("名称")]
    age_min: Annotated[int | None, Asked("最小年龄", "周岁，含本数")] = None
    age_max: Annotated[int | None, Asked("最大年龄", "周岁，含本数")] = None


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """When one can apply, every year anew: ``MM-DD`` to ``MM-DD``, both days included. ``offline``: in person at
    ``where``.
    """

    opens: Annotated[str, Asked("开始日期", "每年的月-日，如03-01")] = msgspec.field(name="from")
    closes: Annotated[str, Asked("截止日期", "每年的月-日，当天仍可申报")] = msgspec.field(name="to")
    offline: Annotated[bool, Asked("只到窗口办理")] = False
    where: Annotated[str | None, Asked("办理地点", "到窗口办理的填写")] = None


class Adviser(msgspec.Struct, frozen=True, kw_only=True):
    """政策解答员: an official whose name and office phone stand open."""

    name: Annotated[str, Asked("姓名", "对外公开")]
    phone: Annotated[str, Asked("办公电话", "对外公开", keyboard="tel")]


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """A paper to hand in. ``categories``: only for these; ``for_other``: only when declaring for somebody else."""

    key: Annotated[str, KEY]
    label: Annotated[str, Asked("材料名称")]
    required: Annotated[bool, Asked("必须提交")] = True
    hint: Annotated[str, Asked("拍照要求", "居民上传时看到", long=True)] = ""
    max_files: Annotated[int, Asked("最多几张")] = 1
    sample: Annotated[str | None, Asked("样图文件名")] = None
    categories: Annotated[tuple[str, ...], Asked("只有这些人员类别提交", "不选即所有人提交")] = ()
    for_other: Annotated[bool, Asked("只在为他人申报时提交")] = False


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One of the project's own fields. ``min`` and ``max`` of a date are ``YYYY-MM-DD`` or ``today``."""

    key: Annotated[str, KEY]
    label: Annotated[str, Asked("问题")]
    type: Annotated[Literal["text", "integer", "decimal", "choice", "date"], Asked("怎样回答", choices=TYPES)]
    required: Annotated[bool, Asked("必须回答")] = True
    hint: Annotated[str, Asked("填写说明", "居民填写时看到", long=True)] = ""
    min: Annotated[int | float | str | None, Asked("最小值", "数字；日期写2020-01-01，today是当天")] = None
    max: Annotated[int | float | str | None, Asked("最大值", "数字；日期写2020-01-01，today是当天")] = None
    max_length: Annotated[int, Asked("最多字数", "文字才用")] = 200
    of: Annotated[tuple[str, ...], Asked("选项", "单选才用，每行一个", look="lines")] = ()


class Eligibility(msgspec.Struct, frozen=True, kw_only=True):
    """Of the beneficiary, in full years."""

    age_min: int | None = None
    age_max: int | None = None


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What a project asks for. Copied into the case at submit: catalogue edits hit new cases only. ``card``: the number of
    the card that the money goes to must be given; elsewhere it may be.
    """

    questions: tuple[Question, ...] = ()
    materials: tuple[Material, ...] = ()
    categories: tuple[Category, ...] = ()
    eligibility: Eligibility = Eligibility()
    agent_only: bool = False
    card: bool = False


class Project(Document, frozen=True, kw_only=True):
    """A kind of subsidy as a place publishes it. A county that wants other terms publishes the same ``code`` itself:
    the nearest one above a reader counts. ``chain`` names the nodes in order, ``limits`` the time each has. ``cycle``: how often
    it is paid. ``edition`` is the number of its newest version; ``as_city``: the county has no terms of its own (any more), and
    of what stands here only ``withdrawn`` counts, laid over the city's."""

    code: str
    name: str
    short: str
    bureau: str
    object: Literal["person", "household", "organisation"] = "person"
    standard: str = ""
    audience: str = ""
    conditions: tuple[str, ...] = ()
    process: str = ""
    chain: tuple[str, ...]
    limits: dict[str, Limit] = msgspec.field(default_factory=dict)
    windows: tuple[Window, ...] = ()
    advisers: tuple[Adviser, ...] = ()
    form: Form = Form()
    rules: tuple[str, ...] = ()
    liveness: str = "none"
    sensitive: bool = False
    cycle: Literal["once", "year", "half", "quarter", "month"] | None = None
    withdrawn: bool = False
    edition: int = 0
    as_city: bool = False


class Revision(Document, frozen=True, kw_only=True):
    """What somebody makes of a project before this place publishes it: nothing of it takes effect. One of a project and place. ``on``
    is the mark (:func:`mark_of`) of what was published here when it was begun; ``mark`` is its own, for the next draft begins with
    version 1 again."""

    code: str
    terms: Project
    mark: str
    on: str
    by: str


class Edition(Document, frozen=True, kw_only=True):
    """A version of a project as a place has published it. ``what`` says in words what it changed; ``by`` is a name that stands open."""

    code: str
    number: int
    terms: Project
    what: tuple[str, ...]
    by: str
    why: str


# What this place and those above it have published.
projects_of = stored("declaration.projects", Project)
revisions_of = stored("declaration.revisions", Revision)
editions_of = stored("declaration.editions", Edition)


def id_of(place: str, code: str) -> str:
    """Of a project, and of what is being made of it, at a place."""
    return f"{place}:{code}"


def mark_of(project: Project | None) -> str:
    """Tells what was seen from what is published by now; "" where nothing is."""
    return f"{project.id}:{project.version}" if project is not None else ""


COLLECTIONS = (
    Collection(
        name="declaration.projects",
        document=Project,
        scope="published_down",
        indexes=(Index((("place", 1), ("code", 1)), unique=True, name="one_per_place"),),
    ),
    Collection(
        name="declaration.revisions",
        document=Revision,
        scope="published_down",
        indexes=(Index((("place", 1), ("code", 1)), unique=True, name="one_per_place"),),
    ),
    Collection(
        name="declaration.editions",
        document=Edition,
        scope="published_down",
        indexes=(Index((("place", 1), ("code", 1), ("number", -1)), unique=True, name="one_of_a_number"),),
    ),
)
