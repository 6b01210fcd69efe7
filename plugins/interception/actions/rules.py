"""The rules R01 to R13 as data, and how one person's stake is held against them: no query, no write."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from hub.api import Context, Secret, clean, days, idnumbers, money, same_name, shanghai
from plugins.declaration.events import KnownRules
from plugins.interception.config import AREA_PLACES, InterceptionConfig, Policy
from plugins.interception.documents import Fact, Mark, Person, Proof, Severity, Stake

NAME, CARD, AREA, UNTIL = "姓名", "社保卡号", "承包面积（亩）", "服刑止"
# As rosters and forms write it: 1,250.5亩, 3头. What is no number is not compared.
QUANTITY = re.compile("[0-9.,，．]+")
NO_POLICY = Policy()


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule looks at: the stake, the ``facts`` of its kind, everything else of the person, settings, the day in Shanghai."""

    stake: Stake
    person: Person
    facts: Sequence[Fact]
    config: InterceptionConfig
    today: date


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """``kind``: the check list it reads; None for one that compares what the hub knows itself. ``find`` gives the evidence,
    nothing when all is well. ``words`` tell staff what to look at. ``full_survey``: somebody goes and looks at the household.
    """

    code: str
    label: str
    severity: Severity
    find: Callable[[Look], list[Proof]]
    words: str
    kind: str | None = None
    full_survey: bool = False


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule found. ``print`` is the same for the same evidence, whoever brings it and when."""

    rule: Rule
    severity: Severity
    proofs: list[Proof]
    print: str


# --- what a rule can look for ----------------------------------------------------------------------------------------


def listed(look: Look) -> list[Proof]:
    """On the list at all."""
    return [proof_of(fact) for fact in look.facts]


def several(look: Look) -> list[Proof]:
    """On it at least twice."""
    return listed(look) if len(look.facts) > 1 else []


def at_present(look: Look) -> list[Proof]:
    """On it with a time that is not over."""
    return [proof for proof in listed(look) if not is_over(proof.says.get(UNTIL, ""), look.today)]


def is_over(until: str, today: date) -> bool:
    """Whether an ISO day has passed. One that cannot be meant, which older versions took from lists, has not."""
    return days.EARLIEST.isoformat() <= until < today.isoformat()


def differs(look: Look) -> list[Proof]:
    """No entry of record has this name; or there are cards of record, and this one is not among them. A card that was not
    given yet is no other card.
    """
    if not look.facts:
        return []
    records = [cells_of(fact) for fact in look.facts]
    name, card = look.stake.identity.name.reveal(), look.stake.identity.card
    cards = {record[CARD] for record in records if record.get(CARD)}
    wrong = not any(same_name(record.get(NAME, ""), name) for record in records)
    other = card is not None and bool(cards) and card.reveal() not in cards
    if not wrong and not other:
        return []
    said = {"申报姓名": name} | ({"申报卡号": card.reveal()} if card and other else {})
    return [*listed(look), own("申报信息", look, said)]


def over_area(look: Look) -> list[Proof]:
    """More land than contracted; who has no contract of record is not compared."""
    asked = quantity_of(look.stake.quantity) if look.stake.quantity.endswith("亩") else None
    if asked is None or not look.facts:
        return []
    contracted = sum((Decimal(cells_of(fact)[AREA]) for fact in look.facts), Decimal())
    if asked <= contracted:
        return []
    return [*listed(look), own("申报面积", look, {"申报": f"{asked}亩", "承包合计": f"{contracted}亩"})]


def against_policy(look: Look) -> list[Proof]:
    """Too young, too old, or too much, by the project's policy."""
    policy = look.config.policy.get(look.stake.project, NO_POLICY)
    age, asked = age_of(look.stake, look.today), quantity_of(look.stake.quantity)
    said = {}
    if policy.age_min is not None and age < policy.age_min:
        said["年龄下限"] = f"{policy.age_min}周岁"
    if policy.age_max is not None and age > policy.age_max:
        said["年龄上限"] = f"{policy.age_max}周岁"
    if policy.most is not None and asked is not None and asked > money.decimal(policy.most, AREA_PLACES):
        said["数量上限"] = f"{policy.most}，申报{asked}"
    return [own("项目政策", look, said)] if said else []


def elsewhere(look: Look) -> list[Proof]:
    """Enjoys or has declared, earlier, the same project or one that excludes it."""
    return [
        Proof(list="已有享受或申报", source=other.bureau, as_of=day(other), says={"项目": other.short})
        for other in look.person.stakes
        if is_twice(look, other) or is_excluded(look, other)
    ]


def is_twice(look: Look, other: Stake) -> bool:
    """A declaration of somebody who has the benefit already, by another way. Some projects are declared anew each year."""
    mine = look.stake
    if other.project != mine.project or other.benefit is None or mine.benefit is not None:
        return False
    return mine.project not in look.config.renewable and (mine.case is None or other.case != mine.case)


def is_excluded(look: Look, other: Stake) -> bool:
    mine = look.stake
    if other.project == mine.project or other.since > mine.since:
        return False
    return any({mine.project, other.project} <= set(group) for group in look.config.exclusive)


# Labels and severities are the domain's; a county may change severities and switch rules off.
RULES: tuple[Rule, ...] = (
    Rule(code="R01", label="已死亡仍领取", severity="block", kind="death", find=listed, words="与死亡人员名单一致"),
    Rule(
        code="R02",
        label="财政供养人员享受低保类",
        severity="block",
        kind="payroll",
        find=listed,
        words="与财政供养名单一致",
    ),
    Rule(
        code="R03",
        label="村干部、经办人员或其亲属",
        severity="warn",
        kind="cadres",
        find=listed,
        words="须全面入户核查",
        full_survey=True,
    ),
    Rule(code="R04", label="名下有车辆", severity="warn", kind="vehicles", find=listed, words="核实车辆用途和价值"),
    Rule(code="R05", label="名下有多套房", severity="warn", kind="houses", find=several, words="核实房屋用途"),
    Rule(code="R06", label="有工商登记", severity="warn", kind="companies", find=listed, words="核实经营情况"),
    Rule(code="R07", label="重复享受或互斥项目", severity="block", find=elsewhere, words="只能享受其中一项"),
    Rule(code="R08", label="服刑人员", severity="block", kind="prisoners", find=at_present, words="与服刑人员名单一致"),
    Rule(code="R09", label="户籍已迁出", severity="warn", kind="moved_out", find=listed, words="核实户籍"),
    Rule(code="R10", label="年龄或数量不合政策", severity="block", find=against_policy, words="对照项目政策核实"),
    Rule(code="R11", label="申报面积超过承包面积", severity="warn", kind="land", find=over_area, words="核实承包合同"),
    Rule(
        code="R12",
        label="姓名、证号、卡号不符",
        severity="block",
        kind="identities",
        find=differs,
        words="核对身份和卡号",
    ),
    Rule(code="R13", label="有未申报赡养人", severity="warn", kind="supporters", find=listed, words="核实赡养情况"),
)
BY_CODE: Mapping[str, Rule] = {rule.code: rule for rule in RULES}


# --- looking ---------------------------------------------------------------------------------------------------------


def rules_for(config: InterceptionConfig, project: str, given: Sequence[str] = ()) -> tuple[str, ...]:
    """The rules that a project names in the catalogue, else those of the county's settings; names that nobody knows are none."""
    return tuple(given) if BY_CODE.keys() & given else config.rules.get(project, config.usual_rules)


async def known_rules(ctx: Context, asked: KnownRules) -> frozenset[str]:
    """Those that a project may name."""
    return frozenset(BY_CODE)


def severity_of(config: InterceptionConfig, rule: Rule) -> Severity:
    return config.severity.get(rule.code, rule.severity)


def findings(ctx: Context, person: Person, stake: Stake) -> list[Finding]:
    """What the rules of a stake find of its person."""
    today = shanghai(ctx.now()).date()
    found = []
    for rule in running(ctx.settings(InterceptionConfig), stake.rules):
        facts = of_kind(person, rule.kind)
        if rule.kind is not None and not facts:
            continue
        look = Look(stake=stake, person=person, facts=facts, config=ctx.settings(InterceptionConfig), today=today)
        if proofs := rule.find(look):
            severity = severity_of(ctx.settings(InterceptionConfig), rule)
            found.append(Finding(rule=rule, severity=severity, proofs=proofs, print=print_of(ctx, rule, proofs)))
    return found


def running(config: InterceptionConfig, codes: Iterable[str]) -> list[Rule]:
    """The rules that run here, of those named; a catalogue may name one that is not known yet."""
    return [BY_CODE[code] for code in codes if code in BY_CODE and code not in config.off]


def blocks(person: Person, stake: Stake, found: Sequence[Finding]) -> bool:
    """Whether the stake may not go on: something blocking is unresolved, or was confirmed and still stands."""
    standing = {finding.rule.code: finding for finding in found if finding.severity == "block"}
    marks = {mark.rule: mark for mark in person.marks if mark.project == stake.project}
    return any(mark_blocks(mark, standing) for mark in marks.values()) or any(
        code not in marks or renewed(marks[code], finding) for code, finding in standing.items()
    )


def mark_blocks(mark: Mark, standing: Mapping[str, Finding]) -> bool:
    """Confirmed and archived, it blocks as long as its evidence is there: a list may have ended since."""
    if mark.severity != "block":
        return False
    return mark.state == "open" or (mark.state == "confirmed" and (not mark.final or mark.rule in standing))


def renewed(mark: Mark, finding: Finding) -> bool:
    """There is other evidence than that of the hit that was decided."""
    return mark.state != "open" and mark.print != finding.print


# --- small words -----------------------------------------------------------------------------------------------------


def of_kind(person: Person, kind: str | None) -> Sequence[Fact]:
    if kind is None or kind not in person.kinds:
        return ()
    return [fact for fact in person.facts if fact.kind == kind]


def cells_of(fact: Fact) -> dict[str, str]:
    return msgspec.json.decode(fact.says.reveal(), type=dict[str, str])


def proof_of(fact: Fact) -> Proof:
    return Proof(list=fact.kind, source=fact.source, as_of=fact.as_of.isoformat(), says=cells_of(fact))


def own(label: str, look: Look, says: dict[str, str]) -> Proof:
    """Evidence that the hub has itself."""
    return Proof(list=label, source=look.stake.bureau, as_of="", says=says)


def day(stake: Stake) -> str:
    return shanghai(stake.since).date().isoformat()


def print_of(ctx: Context, rule: Rule, proofs: Sequence[Proof]) -> str:
    said: list[Any] = sorted([proof.list, *sorted(proof.says.items())] for proof in proofs)
    return ctx.store.blind(Secret(msgspec.json.encode([rule.code, said]).decode()))


def quantity_of(text: str) -> Decimal | None:
    found = QUANTITY.match(clean(text))
    try:
        return money.cell(found.group(), AREA_PLACES) if found else None
    except money.BadAmount:
        return None


def age_of(stake: Stake, today: date) -> int:
    number = stake.identity.id_number.reveal()
    return idnumbers.age(date(int(number[6:10]), int(number[10:12]), int(number[12:14])), today)
