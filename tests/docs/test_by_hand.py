"""Plugins leave to the kit what the kit does: worklist facts, history lines, audit lines of moves, who keeps away, which county
and version; and what two of them need stands in the hub."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.by_hand import found_in

ROOT = Path(__file__).parents[2]
# What is still done by hand, and why. What is done no more has to leave this table: it only shrinks.
ALLOWED: Mapping[str, Mapping[str, str]] = {
    "fact": {
        "plugins/payments/actions/benefits.py:task_of": "declaration's task, of a case: whoever a stay waits for tells so there",
    },
    "line": {
        "plugins/overdue/issuing.py:begin": "of whoever issues, for the orders that steps write, in which nobody acts",
    },
    "audit": {
        "plugins/payments/actions/life.py:noted": "reading: every query of one's own is written down, also a refused one",
    },
    "recusal": {
        "plugins/interception/actions/reading.py:count": "numbers count sensitive projects too, which sees leaves out",
        "plugins/payments/documents.py:keep_away": "a migration: what was stored before gets what every write fills in",
        "plugins/publicity/business.py:about": "one's own row stays seen and counted; that it is objected to is not told",
        "plugins/overdue/orders.py:sees": "what Business.sees is: this, and of orders one's own and those of one's places",
        "plugins/overdue/board.py:numbers": "numbers are kept as such: what is hidden from whoever asks is taken off",
        "plugins/overdue/morning.py:count_tasks": "a watch is no business; nobody asks: whoever is told keeps away",
        "plugins/overdue/late.py:late_of": "a watch is no business; its task's own rule of who keeps away",
        "plugins/overdue/late.py:sees": "the same, of what may be read",
        "plugins/interception/business.py:sees": "what Business.sees is: this, and of sensitive projects one's own",
    },
    "check": {
        "plugins/complaints/actions/notices.py:publish": "a text and no business: its next version is another document",
        "plugins/declaration/actions/drafts.py:save_draft": "a draft and no business: who says no version writes over it",
        "plugins/declaration/actions/parts.py:submit_draft": "a draft, which one hands in as it was looked at",
        "plugins/declaration/actions/revisions.py:_check_seen": "a project and its draft, which are no business",
        "plugins/declaration/papers.py:decision": "a paper and no button of a face: its words of law are its county's own",
        "plugins/survey/actions/records.py:_handed_in": "the revision of a draft, which one hands in as it was looked at",
        "plugins/survey/actions/records.py:correct": "a correction names the record that it replaces",
    },
}

A_PLUGIN = 'TABLE = Machine(states={}, moves={"submit": Move("提交", ("new",), "done")})\nBUTTON = Button(name="hurry", call=hurry)\n'
BY_HAND = {
    "fact": [
        "ctx.emit(OpenTask(place=place))",
        "ctx.emit(api.SettleTask(place=place))",
        "tell = (CloseTask(), PauseTask(), ResumeTask())",
        "ctx.emit(RecordActivity(place=place))",
    ],
    "line": [
        'line = HistoryLine(at=ctx.now(), move="submit", label="提交")',
        'line = line_of(ctx, "submit", "提交")',
        "acts = with_line(survey.acts, line)",
        "after = replace(survey, acts=(*survey.acts, line))",
    ],
    "audit": [
        'ctx.audit("survey.submit", survey.id)',
        'unit.audit("survey.hurry", survey.id)',
        'ctx.audit(f"survey.{move}", survey.id)',
        "ctx.audit(what, survey.id)",
    ],
    "recusal": [
        'wanted = {"avoid": {"$ne": ctx.actor.person}}',
        'wanted = {"$nor": [{"avoid_keys": key}, {"avoid_offices": office}]}',
        "wanted = {**wanted, **not_avoided(ctx.actor)}",
        'wanted = {"$nor": recusal.avoided(ctx.actor)}',
        "mine = ctx.actor.person not in survey.avoid",
    ],
    "check": [
        "check_here(ctx, survey)",
        "raise Stale(state={})",
        "late = form.version != survey.version",
    ],
}
NEAR = "total = sum(row.amount for row in rows if row.state == 'paid' and row.place in places and row.amount > least)"
SAME = [
    "found = []",
    "for row in rows:",
    "    found.append(row.name)",
    "if not found:",
    "    raise NotFound",
    "return found",
]


def function(*body: str, name: str = "share", given: str = "ctx, rows") -> str:
    return "\n".join((f"async def {name}({given}):", *(f"    {line}" for line in body)))


def kinds_in(*texts: str) -> set[str]:
    """What is found in these modules, each of another plugin."""
    plugins = ("survey", "payments", "complaints")
    return {
        found.kind
        for found in found_in({f"plugins/{name}/a.py": text for name, text in zip(plugins, texts, strict=False)})
    }


def test_plugins_do_by_hand_only_what_has_a_reason() -> None:
    sources = {str(file.relative_to(ROOT)): file.read_text("utf-8") for file in (ROOT / "plugins").rglob("*.py")}

    found = {(each.kind, each.where) for each in found_in(sources)}

    allowed = {(kind, where) for kind, reasons in ALLOWED.items() for where in reasons}
    assert sorted(found - allowed) == [], "use hub/business, or say here why not"
    assert sorted(allowed - found) == [], "done no more: take it out of the table"


@pytest.mark.parametrize(("kind", "line"), [(kind, line) for kind, lines in BY_HAND.items() for line in lines])
def test_it_is_found(kind: str, line: str) -> None:
    text = A_PLUGIN + function(line)

    found = found_in({"plugins/survey/actions/own.py": text})

    assert [(each.kind, each.where) for each in found] == [(kind, "plugins/survey/actions/own.py:share")]


@pytest.mark.parametrize(
    "line",
    [
        'await SURVEYS.move(ctx, survey, "submit", tell=(told(Submitted),))',
        'line = SURVEYS.line(ctx, survey, "submit", "提交", why)',
        "copy = Milestones(id=survey.id, acts=survey.acts)",
        'ctx.audit("survey.export", place)',
        'ctx.audit(f"survey.import_{kind}", place)',
        "wanted = {**wanted, **SURVEYS.sees(ctx.actor)}",
        "fact = Asked(avoid=survey.avoid, avoid_keys=survey.avoid_keys)",
        "ROW = Face(may=(check_here,), here=check_here)",
        "view = View(version=survey.version)",
    ],
)
def test_use_of_the_kit_is_not_found(line: str) -> None:
    text = A_PLUGIN + function(line)

    found = found_in({"plugins/survey/actions/own.py": text})

    assert found == set()


def test_copies_are_found() -> None:
    """One body under other names, and with other words; and nearly the same under one name."""
    renamed = [line.replace("found", "names").replace("rows", "lines") for line in ('"""Names."""', *SAME)]

    same = kinds_in(function(*SAME), function(*renamed, name="names_of", given="unit: Context, lines: list[Row]"))
    near = kinds_in(function(NEAR, "return total"), function(NEAR.replace("amount", "area"), "return total"))

    assert (same, near) == ({"copy"}, {"copy"})


def test_what_is_no_copy() -> None:
    """Within one plugin; too short to be one; of other names and only alike."""
    short = kinds_in(function(*SAME[:1]), function(*SAME[:1]))
    other = kinds_in(
        function(*SAME), function(*SAME[:3], "if not found:", "    raise Conflict(rows)", "return 1", name="all")
    )
    within = found_in({f"plugins/survey/{name}.py": function(*SAME) for name in ("views", "handlers")})

    assert (short, other, within) == (set(), set(), set())
