"""What somebody with two positions may see: the rule in a second hand, and every operation that lists, counts or exports.

The rule stands here in its own words, from docs/decisions/0017-duties.md and the READMEs of the plugins, not from the code it judges.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import openpyxl

from hub.api import Office
from tests.web.papers import CIVIL, ELDER, FARMING, Paper, name_of
from tests.web.scope import Pair, Staff, number_of
from tests.world import ANJU, CITY, DONGCHAN, JUXIAN, SHEHONG, VILLAGE

READERS = ("handler", "leader", "discipline")
PAIRS: Mapping[str, Pair] = {
    name: Pair(name, first, second)
    for name, first, second in (
        ("one bureau in two counties", Staff("handler", ANJU, CIVIL), Staff("handler", SHEHONG, CIVIL)),
        ("watches here, handles there", Staff("discipline", ANJU), Staff("handler", SHEHONG, FARMING)),
        ("two roles of one town", Staff("handler", JUXIAN, CIVIL), Staff("leader", JUXIAN, FARMING)),
        ("handles and watches", Staff("handler", ANJU, FARMING), Staff("discipline", ANJU)),
        ("two bureaus of one county", Staff("handler", ANJU, CIVIL), Staff("handler", ANJU, FARMING)),
        ("village and town", Staff("handler", VILLAGE, node="survey"), Staff("handler", JUXIAN, CIVIL, "review_town")),
        ("leads the county, surveys a village", Staff("leader", ANJU), Staff("handler", VILLAGE, node="survey")),
        ("two towns", Staff("window", JUXIAN, node="accept"), Staff("handler", DONGCHAN, FARMING, "approve_county")),
        ("city and town", Staff("handler", CITY, CIVIL), Staff("handler", JUXIAN, FARMING)),
        ("one project here, all there", Staff("handler", ANJU, project="30001"), Staff("handler", DONGCHAN, CIVIL)),
        ("intercepts and leads", Staff("handler", ANJU, CIVIL, "interception"), Staff("leader", ANJU, FARMING)),
    )
}
# Every other pair is one that a paper names by person; the others it names by number.
BY_PERSON = tuple(pair.person for pair in list(PAIRS.values())[::2])
BY_NUMBER = tuple(pair.person for pair in list(PAIRS.values())[1::2])


# --- the rule -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Own:
    """Positions whose own work it is: who read about persons of sensitive projects."""

    role: str
    nodes: tuple[str, ...] | None = None


def fits(position: Staff, paper: Paper, *bound: str, path: tuple[str, ...] | None = None) -> bool:
    """Whether a position reaches a paper: it stands at or above its place, and what it is bound to agrees."""
    agrees = all(getattr(position, name) in (None, getattr(paper, name)) for name in bound)
    return position.region in (path or paper.path) and agrees


def is_own(position: Staff, own: Own) -> bool:
    return position.role == own.role and (own.nodes is None or position.node in (None, *own.nodes))


Way: TypeAlias = Literal["person", "number", "office"]
WHO_IS_NAMED: tuple[Way, ...] = ("person", "number")


def keeps_away(pair: Pair, paper: Paper, ways: tuple[Way, ...]) -> bool:
    """By person, since it is about them, or since one of the positions is of an accused office."""
    accused = any(_sits_in(position, office) for position in pair.positions for office in paper.avoid_offices)
    kept = {
        "person": pair.person in paper.avoid,
        "number": paper.about == number_of(pair.person),
        "office": accused,
    }
    return any(kept[way] for way in ways)


def _sits_in(position: Staff, office: Office) -> bool:
    return position.region == office.region and office.bureau in (None, position.bureau)


@dataclass(frozen=True, kw_only=True)
class Look:
    """One operation. ``of`` is what it shows, to whom of ``roles``, by which of what a position is ``bound`` to; ``at_county``:
    that lies at the county. ``own``: whose own work it is; of sensitive projects others get ``sensitive``: nothing, no names, all.
    ``node``: the papers are at this node. ``recusal``: the ways in which one must not see it. ``only`` is what else is asked for.
    ``todo``: what waits for one position as a whole. ``inside``: it shows what stands in the first such document of a county, by
    ``whole`` all of it. ``read`` takes the names out of an answer, which are ``named`` by it.
    """

    of: str
    roles: tuple[str, ...]
    read: Callable[[Any], Any]
    bound: tuple[str, ...] = ("bureau", "project")
    node: str = ""
    at_county: bool = False
    own: tuple[Own, ...] = ()
    sensitive: Literal["hidden", "nameless", "all"] = "all"
    recusal: tuple[Way, ...] = ()
    only: Callable[[Paper], bool] = lambda paper: True
    todo: Callable[[Staff, Paper], bool] | None = None
    query: str = ""
    json: Any = None
    inside: Look | None = None
    whole: bool = False
    named: Callable[[str, Paper], str] = name_of

    def path_of(self, paper: Paper) -> tuple[str, ...]:
        return paper.path[:2] if self.at_county else paper.path

    def shows(self, pair: Pair, place: str, paper: Paper) -> bool:
        return (
            place in self.path_of(paper)
            and self.only(paper)
            and (self.whole or any(self._reaches(position, paper) for position in pair.positions))
            and (self.todo is None or any(self.todo(position, paper) for position in pair.positions))
            and not keeps_away(pair, paper, self.recusal)
            and (self.sensitive != "hidden" or self.names(pair, paper))
        )

    def _reaches(self, position: Staff, paper: Paper) -> bool:
        here = not self.node or position.node in (None, self.node)
        return position.role in self.roles and here and fits(position, paper, *self.bound, path=self.path_of(paper))

    def names(self, pair: Pair, paper: Paper) -> bool:
        """Whether persons are shown."""
        return not paper.sensitive or any(
            is_own(position, own) and fits(position, paper, "bureau", "project", path=self.path_of(paper))
            for position in pair.positions
            for own in self.own
        )

    def sees_all(self, pair: Pair) -> bool:
        """Whether numbers tell this reader nothing new: all that each position reaches is, for one of them, its own work."""
        return all(
            any(self._covers(other, position) for other in pair.positions)
            for position in pair.positions
            if position.role in self.roles
        )

    def _covers(self, own: Staff, other: Staff) -> bool:
        return (
            any(is_own(own, each) for each in self.own)
            and own.region in ABOVE[other.region]
            and own.bureau in (None, other.bureau)
            and own.project in (None, other.project)
        )


ABOVE: Mapping[str, tuple[str, ...]] = {
    CITY: (CITY,),
    ANJU: (CITY, ANJU),
    SHEHONG: (CITY, SHEHONG),
    JUXIAN: (CITY, ANJU, JUXIAN),
    DONGCHAN: (CITY, ANJU, DONGCHAN),
    VILLAGE: (CITY, ANJU, JUXIAN, VILLAGE),
}


def offered(position: Staff, paper: Paper) -> bool:
    """Whether a task is offered to what this position is, at its place or above."""
    same = position.role == paper.role and position.node in (None, "approve_county")
    return same and fits(position, paper, "bureau", "project")


def has_task(position: Staff, paper: Paper) -> bool:
    """Whether it is on the position's own list."""
    return offered(position, paper) and position.region == paper.at


def may_survey(position: Staff, paper: Paper) -> bool:
    return is_own(position, Own(role="handler", nodes=("survey",))) and fits(position, paper, "bureau", "project")


def goes_there(position: Staff, paper: Paper) -> bool:
    return may_survey(position, paper) and position.region == paper.place


# --- what stands in an answer ---------------------------------------------------------------------------------------------


def items(answer: Any) -> dict[str, str]:
    """What a list says of each, by its id."""
    page = answer.json
    assert page["next"] is None, "a list that goes on"
    return {item.get("notice", item)["id"]: json.dumps(item, ensure_ascii=False) for item in page["items"]}


def lines(answer: Any) -> dict[str, str]:
    """What a table says of each, by its number."""
    book = openpyxl.load_workbook(io.BytesIO(answer.body))
    rows = [[str(cell) for cell in row] for row in book.active.iter_rows(min_row=2, values_only=True)]
    return {row[0]: " ".join(row) for row in rows}


# --- the operations -------------------------------------------------------------------------------------------------------

COMPLAINT = {
    "of": "complaints.complaints",
    "roles": READERS,
    "bound": ("bureau", "project"),
    "node": "complaints",
    "own": (Own(role="handler", nodes=("complaints",)), Own(role="discipline")),
    "recusal": ("person", "number", "office"),
}
MESSAGE = {
    "of": "message_board.messages",
    "roles": READERS,
    "bound": ("bureau", "project"),
    "node": "message_board",
    "recusal": ("person", "office"),
}
SURVEY = {
    "of": "survey.surveys",
    "roles": READERS,
    "own": (
        Own(role="handler", nodes=("survey", "survey_followup", "review_village", "review_town", "approve_county")),
        Own(role="discipline"),
    ),
    "recusal": ("person", "number", "office"),
}
TODO = {**SURVEY, "roles": ("handler",), "only": lambda paper: paper.serial % 5 != 4}
HIT = {
    "of": "interception.hits",
    "roles": READERS,
    "own": (Own(role="handler", nodes=("interception",)), Own(role="discipline")),
    "recusal": WHO_IS_NAMED,
}
TASK = {"of": "worklist.tasks", "roles": ("window", "handler", "leader"), "recusal": ("person", "number", "office")}
LATE = {
    "of": "overdue.watches",
    "roles": ("leader", "discipline"),
    "own": (Own(role="discipline"),),
    "sensitive": "hidden",
    "recusal": ("person", "number", "office"),
}
PAID = {
    "roles": READERS,
    "own": (
        Own(
            role="handler",
            nodes=(
                "disburse", "pay", "payments_review", "payments_disburse", "payments_pay", "payments_correct",
                "approve_county",
            ),
        ),
        Own(role="discipline"),
    ),
    "recusal": WHO_IS_NAMED,
}  # fmt: skip
PUBLISHED = {
    "roles": READERS,
    "own": (
        Own(role="handler", nodes=("publicity_village", "publicity_town", "publicity_county")),
        Own(role="discipline"),
    ),
}
ALL = "?limit=200"
# Of each place, bureau, project one; and one that its reader must keep away from, and may read.
SOUGHT = (0, 5, 10, 23, 26, 33)
WHY = {"reason": "汇总"}
FOUND = {"id_number": ELDER, "limit": 200}


def is_found(paper: Paper) -> bool:
    return paper.about == ELDER


BATCHES = Look(**{**PAID, "recusal": ()}, of="payments.batches", read=items, query=ALL, at_county=True)
BOARD = Look(**PUBLISHED, of="publicity.publicities", read=items, query=ALL, node="publicity_town")
P = "/api/v1/{place}"
LOOKS: Mapping[str, Look] = {
    f"GET {P}/complaints": Look(**COMPLAINT, read=items, query=ALL, sensitive="nameless"),
    f"GET {P}/message_board": Look(**MESSAGE, read=items, query=ALL),
    f"POST {P}/complaints/export": Look(**COMPLAINT, read=lines, json=WHY, sensitive="nameless"),
    f"GET {P}/survey/surveys": Look(**SURVEY, read=items, query=ALL, sensitive="nameless"),
    f"GET {P}/survey/surveys, by result": Look(**SURVEY, read=items, query=f"{ALL}&result=changed", sensitive="hidden"),
    f"POST {P}/survey/surveys/search": Look(**SURVEY, read=items, json=FOUND, only=is_found, sensitive="hidden"),
    f"POST {P}/survey/export": Look(**SURVEY, read=lines, json=WHY, sensitive="nameless"),
    f"POST {P}/survey/export, by result": Look(
        **SURVEY, read=lines, json={**WHY, "result": "changed"}, sensitive="hidden"
    ),
    f"GET {P}/survey/todo": Look(**TODO, read=items, query=ALL, todo=goes_there),
    f"GET {P}/survey/todo, standing in": Look(**TODO, read=items, query=f"{ALL}&stand_in=true", todo=may_survey),
    f"GET {P}/interception/hits": Look(**HIT, read=items, query=ALL, sensitive="hidden"),
    f"POST {P}/interception/hits/search": Look(**HIT, read=items, json=FOUND, only=is_found, sensitive="hidden"),
    f"GET {P}/interception/entries": Look(**HIT, read=items, query=ALL, sensitive="hidden"),
    f"POST {P}/interception/entries/search": Look(**HIT, read=items, json=FOUND, only=is_found, sensitive="hidden"),
    f"POST {P}/interception/export": Look(**HIT, read=lines, json=WHY, sensitive="hidden"),
    f"GET {P}/interception/recoveries": Look(
        **{**HIT, "of": "interception.recoveries"}, read=items, query=ALL, sensitive="hidden"
    ),
    f"GET {P}/interception/lists": Look(
        of="interception.lists", roles=("handler", "discipline"), read=items, query=ALL, bound=(), at_county=True
    ),
    f"GET {P}/overdue/cases": Look(**LATE, read=items, query=ALL),
    f"GET {P}/overdue/orders": Look(
        of="overdue.orders",
        roles=("leader", "discipline"),
        recusal=("person", "office"),
        read=items,
        query=ALL,
        sensitive="nameless",
    ),
    f"GET {P}/worklist/tasks": Look(**TASK, read=items, query=ALL, todo=has_task),
    f"GET {P}/worklist/tasks, standing in": Look(**TASK, read=items, query=f"{ALL}&stand_in=true", todo=offered),
    f"GET {P}/payments/benefits": Look(**PAID, of="payments.benefits", read=items, query=ALL, sensitive="nameless"),
    f"POST {P}/payments/benefits/search": Look(
        **PAID, of="payments.benefits", read=items, json=FOUND, only=is_found, sensitive="hidden"
    ),
    f"GET {P}/payments/batches": BATCHES,
    f"GET {P}/payments/batches/{{id}}/rows": Look(
        **PAID, of="payments.rows", read=items, query=ALL, sensitive="nameless", inside=BATCHES
    ),
    f"POST {P}/payments/batches/{{id}}/export": Look(
        **PAID, of="payments.rows", read=lines, sensitive="nameless", inside=BATCHES
    ),
    f"GET {P}/payments/intakes": Look(of="payments.intakes", roles=("handler",), read=items, query=ALL, at_county=True),
    f"GET {P}/declaration/review": Look(
        of="declaration.cases",
        roles=("window", *READERS),
        read=items,
        query="?number={number}",
        only=lambda paper: paper.serial in SOUGHT,
    ),
    f"GET {P}/publicity/board": BOARD,
    f"GET {P}/publicity/board/{{id}}/rows": Look(
        **PUBLISHED, of="publicity.rows", read=items, query=ALL, sensitive="nameless", inside=BOARD, whole=True
    ),
    f"POST {P}/publicity/board/{{id}}/export": Look(
        **PUBLISHED,
        of="publicity.rows",
        read=lines,
        json=WHY,
        sensitive="nameless",
        inside=BOARD,
        whole=True,
        named=lambda collection, paper: str(paper.serial),
    ),
}


# --- numbers --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Count:
    """An operation that tells numbers: how many of what ``of`` shows, under each word of ``words``. ``small``: those below five
    are withheld from who may not see the persons behind them."""

    of: Look
    words: Callable[[Paper], Iterable[str]]
    read: Callable[[Any], Mapping[str, int | None]]
    small: bool = False


def late(paper: Paper) -> bool:
    return paper.serial % 2 == 1


def bars(*names: str) -> Callable[[Any], Mapping[str, int | None]]:
    return lambda told: {f"{name} {bar['key']}": bar["count"] for name in names for bar in told[name]}


def counts(*names: str) -> Callable[[Any], Mapping[str, int | None]]:
    return lambda told: {name: told[name] for name in names if told[name]}


TASKS = LOOKS[f"GET {P}/worklist/tasks"]
COUNTS: Mapping[str, Count] = {
    f"GET {P}/worklist/tasks/count": Count(
        of=TASKS,
        words=lambda paper: (
            "todo", *(["overdue"] if late(paper) else []), *(["standing_in"] if paper.at != paper.place else [])
        ),
        read=counts("todo", "overdue", "standing_in", "claimed_by_me"),
    ),
    f"GET {P}/worklist/tasks/groups": Count(
        of=TASKS,
        words=lambda paper: (paper.project,),
        read=lambda told: {line["project"]: line["count"] for line in told["lines"]},
    ),
    f"GET {P}/survey/todo/count": Count(
        of=LOOKS[f"GET {P}/survey/todo"],
        words=lambda paper: ("todo", *(["overdue"] if late(paper) else [])),
        read=counts("todo", "overdue", "drafts"),
    ),
    f"GET {P}/complaints/overview": Count(
        of=LOOKS[f"GET {P}/complaints"],
        words=lambda paper: ("states accepted", f"bureaus {paper.bureau}", "types other"),
        read=bars("states", "bureaus", "types"),
        small=True,
    ),
    f"GET {P}/message_board/overview": Count(
        of=LOOKS[f"GET {P}/message_board"],
        words=lambda paper: ("states handling", f"bureaus {paper.bureau}"),
        read=bars("states", "bureaus"),
    ),
    f"GET {P}/interception/statistics": Count(
        of=replace(LOOKS[f"GET {P}/interception/hits"], sensitive="all"),
        words=lambda paper: (
            "rule R01", "severity block", "state confirmed", f"bureau {paper.bureau}", f"project {paper.project}",
        ),
        read=bars("rule", "severity", "state", "bureau", "project"),
        small=True,
    ),
}  # fmt: skip
# Lists that show to whoever asks what is their own, or to all the same; what else is looked at elsewhere.
ELSEWHERE: Mapping[str, str] = {
    f"GET {P}/branches": "public, without persons",
    f"GET {P}/declaration/projects": "申报须知 is public by law",
    f"GET {P}/complaints/published": "public, without persons",
    f"GET {P}/notices/desk": "notices of a place, without persons: tests/notices",
    f"GET {P}/notices/desk/{{id}}/receipts": "masked, of one notice: tests/notices",
    f"GET {P}/notices/inbox": "one's own",
    f"GET {P}/policy/files": "public, without persons",
    f"GET {P}/policy/desk": "files of a bureau, without persons: tests/policy",
    f"GET {P}/policy/subscriptions": "one's own",
    f"GET {P}/village/follows": "one's own",
    f"GET {P}/village/projects/{{project}}": "numbers, and rows as publicity shows them: tests/village",
    f"GET {P}/village/readings": "what villages read aloud, without persons: tests/village",
    f"GET {P}/publicity/notices": "public",
    f"GET {P}/publicity/notices/{{id}}/rows": "public, masked, while it runs",
    f"GET {P}/interception/rules": "the same for every county",
    f"GET {P}/interception/kinds": "the same for every county",
    f"GET {P}/declaration/catalogue": "the catalogue names no residents; of a place as a whole",
    f"GET {P}/declaration/drafts": "one's own",
    f"GET {P}/declaration/cases": "one's own",
    f"GET {P}/declaration/people/{{id}}": "one's own",
    f"GET {P}/declaration/window/projects": "申报须知, which is public by law",
    f"GET {P}/declaration/window/drafts": "one's own",
    f"GET {P}/declaration/window/cases": "of one window: tests/plugins/test_window.py",
    f"GET {P}/complaints/mine": "one's own",
    f"GET {P}/message_board/mine": "one's own",
    f"GET {P}/follow": "one's own, of which what one may not see is left out: tests/follow",
    f"GET {P}/overdue/orders/mine": "one's own",
    f"GET {P}/overdue/orders/issued": "one's own",
    f"GET {P}/payments/mine": "one's own",
    f"POST {P}/payments/mine/search": "one's own",
    f"GET {P}/survey/drafts": "one's own",
    f"GET {P}/worklist/done": "one's own",
    f"GET {P}/worklist/history": "one's own",
    f"GET {P}/interception/lists/{{id}}/rejects": "lines without persons, of a list that is looked at here",
    f"GET {P}/payments/intakes/{{id}}/rejects": "lines without persons, of a table that is looked at here",
    f"POST {P}/payments/batches/{{id}}/bank-file": "all of a batch, for one bureau: tests/payments",
    f"GET {P}/proofs/disputes": "of one node at the county: tests/identity",
    f"GET {P}/deliveries": "operations staff, who hold no second position",
    f"GET {P}/ops/imports": "at the city, without persons",
    f"POST {P}/ops/imports/{{id}}/report": "row numbers and reasons, without persons",
    f"POST {P}/ops/imports/{{id}}/missing": "members of staff, for those who give all of the city its rights",
    f"GET {P}/staff/positions": "operations staff, who hold no second position",
    f"POST {P}/staff/search": "operations staff, who hold no second position",
    "GET /api/v1/withdrawals": "operations staff, who hold no second position",
}
