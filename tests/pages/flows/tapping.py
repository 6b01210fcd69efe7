"""A phone that counts what a task asks of its user: taps, characters to type, pages to wait for, and characters to read.

Seconds are an estimate by a keystroke-level model; nobody was watched. What somebody reads on a page are the words above what
they tap or look for, each once; a page that is drawn anew is read anew. Scrolling is not counted: it differs with the fonts.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Locator, Response

from tests.pages.flows.phone import Phone
from tests.rows.rows import Walk

RESULTS = Path(__file__).parents[3] / "bench/results/tasks.md"
HEADS = ("task", "taps", "typed", "pages", "read", "seconds")
# How many characters stand on the page above the element and in it, or down to the words that are looked for.
READ = """
([element, words]) => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let read = "";
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const after = element && element.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING;
    if ((after && !element.contains(text)) || (words && read.includes(words))) break;
    if (text.parentElement.checkVisibility()) read += text.data.replace(/\\s+/g, "");
  }
  return read.length;
}
"""


@dataclass(frozen=True)
class Pace:
    """Seconds for one tap, one typed character, one page to come; ``read`` is characters a second. Our assumption, measured on nobody."""

    tap: float
    typed: float
    page: float
    read: float


# 74 years old, in large type, with one finger; and somebody who works with a phone all day, in half of the time.
SLOW = Pace(tap=4, typed=1.5, page=1, read=12)
QUICK = Pace(tap=2, typed=0.75, page=1, read=24)


@dataclass
class Count:
    """What was asked of the user so far."""

    taps: int = 0
    typed: int = 0
    pages: int = 0
    read: int = 0

    def seconds(self, pace: Pace) -> int:
        spent = self.taps * pace.tap + self.typed * pace.typed + self.pages * pace.page + self.read / pace.read
        return round(spent)


@dataclass
class Tapping(Phone):
    """A :class:`Phone` whose every move is counted in ``count``; ``take`` gives it and begins anew."""

    count: Count = field(default_factory=Count)
    _read_here: int = 0  # characters of the page as it was drawn last

    @classmethod
    def of(cls, phone: Phone) -> Tapping:
        counting = cls(phone.page, phone.url, phone.complaints)
        phone.page.on("response", counting._came)
        return counting

    def take(self) -> Count:
        taken, self.count = self.count, Count()
        return taken

    def outside(self, taps: int, typed: int = 0) -> None:
        """What is done where this browser is not: in WeChat, on the phone's home screen, with a pen."""
        self.count.taps += taps
        self.count.typed += typed

    def turned(self) -> None:
        """A script has drawn the page anew without asking the hub."""
        self._read_here = 0

    async def reads(self, *words: str) -> None:
        await super().reads(*words)
        for each in words:
            await self._reads_to(words=each)

    async def tap(self, words: str) -> None:
        found = self.said(words)
        behind_more = not await found.is_visible() and await self.page.locator("details.menu").count()
        await self.touch(found, taps=2 if behind_more else 1)
        await super().tap(words)

    async def touch(self, found: Locator, taps: int = 1) -> None:
        """Counts taps on something that is looked for first; whoever calls does them."""
        await self._reads_to(found)
        self.count.taps += taps

    async def fill(self, label: str, text: str) -> None:
        await self._types(self.field(label), text)
        await super().fill(label, text)

    async def search(self, text: str) -> None:
        await self._types(self.page.get_by_role("searchbox"), text)
        await super().search(text)

    async def pick(self, label: str) -> None:
        await self.touch(self.page.get_by_label(label, exact=True))
        await super().pick(label)

    async def choose(self, label: str, option: str) -> None:
        await self.touch(self.field(label), taps=2)
        await super().choose(label, option)

    async def attach(self, name: str, data: bytes) -> None:
        """The button, the camera, its shutter, and that the picture is taken."""
        self.count.taps += 4
        await super().attach(name, data)

    async def _types(self, found: Locator, text: str) -> None:
        await self.touch(found)
        self.count.typed += len(text)

    async def _reads_to(self, found: Locator | None = None, words: str = "") -> None:
        element = await found.element_handle() if found else None
        read = await self.page.evaluate(READ, [element, re.sub(r"\s+", "", words)])
        self.count.read += max(0, read - self._read_here)
        self._read_here = max(read, self._read_here)

    def _came(self, answer: Response) -> None:
        # With script a page is put in by XMLHttpRequest; what fetches in the background nobody waits for.
        shown = answer.request.resource_type in ("document", "xhr") and not 300 <= answer.status < 400
        if shown and answer.headers.get("content-type", "").startswith("text/html"):
            self.count.pages += 1
            self._read_here = 0


Does = Callable[[Walk, Tapping], Awaitable[None]]


async def counted(walk: Walk, phone: Tapping, tasks: Mapping[str, Does]) -> Mapping[str, Count]:
    """One task after the other, as each finds what those before have left."""
    counts = {}
    for task, does in tasks.items():
        await does(walk, phone)
        counts[task] = phone.take()
    return counts


def table(counts: Mapping[str, Count], pace: Pace) -> str:
    """Of one user, a task a line."""
    rows = [(task, each.taps, each.typed, each.pages, each.read, each.seconds(pace)) for task, each in counts.items()]
    return "".join(f"| {' | '.join(map(str, row))} |\n" for row in (HEADS, ["---"] * len(HEADS), *rows))


def kept(user: str) -> str:
    """The table that the results have below their heading of this user."""
    found = _place(user).search(RESULTS.read_text("utf-8"))
    return found["table"] if found else ""


def rows_of(table: str) -> Mapping[str, Sequence[int]]:
    """Of each task its numbers, in the order of ``HEADS``."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return {task: tuple(map(int, numbers)) for task, *numbers in lines}


def keep(user: str, made: str) -> None:
    """Puts the table where it stands in the results; the heading must be there."""
    text = RESULTS.read_text("utf-8")
    RESULTS.write_text(_place(user).sub(lambda found: found["above"] + made, text, count=1), "utf-8")


def _place(user: str) -> re.Pattern[str]:
    return re.compile(rf"(?P<above>^## {re.escape(user)}\n[^|#]*)(?P<table>(?:\|.*\n)*)", re.MULTILINE)
