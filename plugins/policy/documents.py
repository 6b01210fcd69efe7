"""What is stored: policy files and what may become of them, their texts, and who wants to hear of new ones."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from hub.api import BY_STATE, NEWEST_FIRST, Collection, Document, Index, Machine, Move, Work, stored

POLICY = Machine(
    states={
        "draft": "草稿",
        "published": "已发布",
        "withdrawn": "已下架",
        "superseded": "被替代",
        "deleted": "已删除",
    },
    moves={
        "publish": Move("发布", ("draft", "withdrawn"), "published"),
        "supersede": Move("用新文件替代", ("published",), "superseded"),
        # Also of one that was followed: by what was withdrawn since, or by mistake.
        "withdraw": Move("下架", ("published", "superseded"), "withdrawn"),
        "delete": Move("删除", ("draft", "withdrawn", "superseded"), "deleted"),
    },
)
# Whoever has a link to it reads it still: it says what has come in its place.
READABLE = ("published", "superseded")


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """A page as a picture: a stored file, and its sides in pixels."""

    file: str
    width: int
    height: int


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project that a file is about, with its name as it was then."""

    code: str
    name: str


class PolicyFile(Work, frozen=True, kw_only=True):
    """``reference`` is 文号, ``issuer`` 发文单位. ``about`` are its projects, whose codes are ``projects``. ``edition`` counts how often it
    was published. ``leaves`` are pictures of its first ``pages``, of which ``unread`` have no text. ``private`` are the pages (in Word
    paragraphs, 0 for what stands beside them) with an ID or card number, ``mobiles`` those with a mobile phone's. A new one in its place
    is ``superseded_by``."""

    title: str
    reference: str = ""
    issuer: str = ""
    issued_on: date | None = None
    bureau: str
    about: tuple[Project, ...] = ()
    projects: tuple[str, ...] = ()
    file: str
    media_type: str
    size: int
    sha256: str
    pages: int
    leaves: tuple[Leaf, ...] = ()
    unread: int = 0
    private: tuple[int, ...] = ()
    mobiles: tuple[int, ...] = ()
    edition: int = 0
    published_at: datetime | None = None
    superseded_by: str | None = None


class Text(Document, frozen=True, kw_only=True):
    """What the file of the same id says, as it was read once."""

    paragraphs: tuple[str, ...]


class Passage(Document, frozen=True, kw_only=True):
    """A part of a published file's text, as it is looked for; of which ``edition`` of the file, and what that is looked for by besides."""

    file: str
    edition: int
    bureau: str
    projects: tuple[str, ...] = ()
    words: tuple[str, ...]


class Subscription(Document, frozen=True, kw_only=True):
    """A resident who hears of new files about a project; ``place`` is where they asked. Its id (:func:`subscription_id`) is made of
    what it says, so that two who ask at once make one."""

    person: str
    project: str
    name: str


def subscription_id(county: str, project: str, person: str) -> str:
    return f"{county}:{project}:{person}"


LATEST = (("published_at", -1), ("_id", -1))
COLLECTIONS = (
    Collection(
        name="policy.files",
        document=PolicyFile,
        scope="published_down",
        indexes=(
            NEWEST_FIRST,
            BY_STATE,
            Index((("bureau", 1), *NEWEST_FIRST.keys), name="newest_of_bureau"),
            Index((("state", 1), *LATEST), name="latest"),
            Index((("state", 1), ("bureau", 1), *LATEST), name="latest_of_bureau"),
            Index((("state", 1), ("projects", 1), *LATEST), name="latest_of_project"),
        ),
    ),
    Collection(name="policy.texts", document=Text, scope="published_down"),
    Collection(
        name="policy.passages",
        document=Passage,
        scope="published_down",
        indexes=(Index((("words", 1),), name="words"), Index((("file", 1),), name="file")),
    ),
    Collection(
        name="policy.subscriptions",
        document=Subscription,
        scope="person",
        indexes=(
            Index((("created_at", -1), ("_id", -1)), name="newest"),
            Index((("project", 1),), name="project"),
            # The hub asks for those of a project, person by person. Of this project and person there is one by its id; "unique" has
            # the index stand as it is written, without the owner in front.
            Index((("county", 1), ("project", 1), ("person", 1), ("_id", 1)), unique=True, name="of_project"),
        ),
    ),
)
files_of = stored("policy.files", PolicyFile)
texts_of = stored("policy.texts", Text)
passages_of = stored("policy.passages", Passage)
subscriptions_of = stored("policy.subscriptions", Subscription)
