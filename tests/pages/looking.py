"""What is measured of a page in the browser."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page

from tests.pages.gallery import AXE

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]

# What stands beyond the page's edge, or beyond the box that it was given. Chips may scroll; what only readers hear has no size.
OUTSIDE = """
() => {
  const free = ".chips, .only-read, .skip, .viewer, svg, .dots";
  // What is longer than a control scrolls in it.
  const inside = "input";
  const name = e => e.tagName.toLowerCase() + "." + e.className + " " + e.textContent.trim().slice(0, 20);
  const found = [];
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page scrolls sideways: " + document.documentElement.scrollWidth);
  for (const e of document.querySelectorAll(".page *, .sheet, .sheet *")) {
    if (e.closest(free) || e.matches(inside) || e.closest("details:not([open]) > :not(summary)")) continue;
    const box = e.getBoundingClientRect();
    if (box.width <= 1 || !box.height) continue;
    if (box.left < -0.5 || box.right > innerWidth + 0.5) found.push("beyond the edge: " + name(e));
    if (getComputedStyle(e).display !== "inline" && e.scrollWidth > e.clientWidth + 1) found.push("beyond its box: " + name(e));
  }
  for (const e of document.querySelectorAll(".dots > span")) {
    if (e.getBoundingClientRect().right > innerWidth + 0.5) found.push("beyond the edge: " + name(e));
  }
  return found;
}
"""

# What can be tapped and is smaller than it should be. The control of a choice lies over the whole of its label.
SMALL = """
() => {
  const least = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--tap"));
  const found = [];
  for (const e of document.querySelectorAll("a[href], button, summary, input:not([type=hidden]), select, textarea")) {
    const box = e.getBoundingClientRect();
    if (!box.width || e.closest(".skip, .shade, details:not([open]) > :not(summary)")) continue;
    if (box.height < least - 0.5 || box.width < 44) found.push(e.outerHTML.slice(0, 120) + " " + box.width + "×" + box.height);
  }
  return found;
}
"""

# Sentences of 怎么用 that stand on the page as well: whoever unfolds it has read them, and is none the wiser.
SAID_TWICE = """
() => {
  const main = document.querySelector("main").cloneNode(true);
  const helps = [...main.querySelectorAll("details.help")];
  helps.forEach(help => help.remove());
  const sentences = helps.flatMap(help => help.querySelector("p").textContent.split("。")).filter(Boolean);
  return sentences.filter(sentence => main.textContent.includes(sentence)).map(sentence => "said twice: " + sentence);
}
"""


async def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.1 AA, by rule and element, and whether there is one heading of the page."""
    # Past the content policy, which a script element would meet.
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = await page.evaluate(
        "rules => axe.run({ runOnly: rules, resultTypes: ['violations'] })", RULES
    )
    headings = await page.locator("h1").count()
    return ["there should be one h1"] * (headings != 1) + [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


# Rows of a table that have more or fewer cells than it has heads: title, facts and state.
RAGGED = """
() => [...document.querySelectorAll(".columns")].flatMap(list => [...list.querySelectorAll(".row:not(.next)")]
  .filter(row => row.querySelectorAll(".dots > span").length + 2 !== list.querySelector(".heads").children.length)
  .map(row => "ragged: " + row.textContent.trim()))
"""
