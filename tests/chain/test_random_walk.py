"""Random people do random things over the whole chain, allowed and forbidden; what must hold holds, and something is paid."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from plugins.complaints.documents import COMPLAINT, FINAL
from plugins.publicity.documents import PUBLIC_ROWS, PUBLICITY
from tests.chain import acts
from tests.chain.cast import (
    ABOVE,
    ACCUSED,
    BUREAU,
    CHECKER,
    DECLARANT,
    DISCIPLINE,
    FARMING,
    FINANCE,
    LISTENER,
    NEIGHBOUR,
    OTHER,
    STRANGERS,
    TOWN,
    VILLAGER,
    City,
    Clerk,
    fitting,
    number_of,
)
from tests.chain.truth import check, check_accused, check_all
from tests.web.scope import Who
from tests.web.small import Answer
from tests.world import ANJU, CITY, JUXIAN, VILLAGE

Stored = Mapping[str, Any]
# A walk is as long as it takes to have asked this much, and to have been refused this much; chance decides how long.
MOVES, AT_MOST = 200, 800
GRANTED, REFUSED = 150, 20
LOOK_EVERY, LOOK_AT_ACCUSED_EVERY = 15, 60
# From here on people want to come to an end: nobody declares or complains any more, what waits is passed. Then it begins anew,
# for a walk in which nobody has complained in time.
CALM_FROM, ANEW = 110, 250
PEOPLE = 9
UNDONE = {"$in": ["open", "claimed"]}
SURVEYS = ("survey",)
# What is pressed at a publicity, and what the tables call it; the same for complaints where it differs.
PRESSED = {"start": "start", "confirm": "confirm", "extend": "extend", "end": "end", "republish": "renew"}
TABLE = {"survey": "investigate", "extend": "investigate"}
BOARDS = ("publicity_village", "publicity_town", "publicity_county", "publicity_payment")


class Walk:
    """``calm``: see above."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.chance = city.chance
        self.calm = False

    # --- choosing ------------------------------------------------------------------------------------------------------

    async def move(self) -> None:
        """One move. In the calm what waits is done; time passes when nothing waits."""
        acts_of = self._calm_acts() if self.calm else self._wild_acts()
        [act] = self.chance.choices(list(acts_of), weights=list(acts_of.values()))
        if await act() is None:
            await self.time_passes()
        await self.city.settled()

    def _wild_acts(self) -> Mapping[Callable[[], Awaitable[Answer | None]], int]:
        return {
            self.declare: 8 if self.city.declared < PEOPLE else 1,
            self.resident: 6,
            self.task: 34,
            self.board: 12,
            self.complain: 8,
            self.complaint: 14,
            self.money: 10,
            self.take_back: 5,
            self.trespass: 8,
            self.intercept: 4,
            self.time_passes: 7,
        }

    def _calm_acts(self) -> Mapping[Callable[[], Awaitable[Answer | None]], int]:
        return {
            self.task: 40,
            self.resident: 4,
            self.complaint: 16,
            self.money: 16,
            self.trespass: 2,
            self.intercept: 4,
            self.time_passes: 8,
        }

    async def some(self, collection: str, **where: Any) -> Stored | None:
        """Any document of these."""
        found = await self.city.all(collection, **where)
        return self.chance.choice(found) if found else None

    def somebody(self, usual: Who | Clerk) -> Who | Clerk:
        """Mostly who should, sometimes anybody."""
        if self.chance.random() < (0.02 if self.calm else 0.15):
            return self.chance.choice([*STRANGERS, *ACCUSED, DECLARANT, VILLAGER, TOWN, BUREAU, FINANCE])
        return usual

    def stale(self) -> bool:
        return not self.calm and self.chance.random() < 0.06

    # --- residents -----------------------------------------------------------------------------------------------------

    async def declare(self) -> Answer | None:
        """Somebody new, now and then somebody whom one has declared for already."""
        again = self.city.declared and self.chance.random() < 0.15
        serial = self.chance.randrange(self.city.declared) if again else self.city.declared
        answer = await acts.declare(self.city, serial)
        self.city.declared += answer.status == 201 and not again
        return answer

    async def resident(self) -> Answer | None:
        """补正, 撤回, 重新申报, the answer to a reply."""
        by = self.chance.choice([DECLARANT] * 9 + [OTHER])
        replied = await self.some("complaints.complaints", state="replied")
        if replied is not None and self.chance.random() < 0.6:
            return await self.answer(replied)
        correcting = await self.some("declaration.cases", state="correcting")
        if correcting is not None:
            return await acts.press_case(self.city, correcting, "mend", by, 1 if self.stale() else None)
        if self.calm or (case := await self.some("declaration.cases", state={"$ne": "void"})) is None:
            return None
        if self.chance.random() < 0.5:
            return await acts.declare_again(self.city, case, by)
        return await acts.press_case(self.city, case, "withdraw", by)

    async def answer(self, complaint: Stored) -> Answer:
        own = NEIGHBOUR if complaint["complainant"] == "resident-陈芳" else OTHER
        by = own if self.chance.random() < 0.9 else DECLARANT
        return await acts.answer_complaint(self.city, complaint, by, satisfied=self.chance.random() < 0.6)

    async def complain(self) -> Answer | None:
        """About somebody on a public list, or about the town's office."""
        by = self.chance.choice([NEIGHBOUR, OTHER])
        row = await self.some("publicity.rows", state={"$in": list(PUBLIC_ROWS)})
        if row is None or self.chance.random() < 0.2:
            about = {"against": "unit", "unit_region": JUXIAN, "unit_bureau": FARMING}
            return await acts.complain(self.city, by, **about)
        return await acts.complain(self.city, by, kind="publicity", row=row["_id"])

    # --- handlers ------------------------------------------------------------------------------------------------------

    async def task(self) -> Answer | None:
        """Something that waits for somebody; each kind is done where it is done."""
        elsewhere = ["complaints", *BOARDS, *SURVEYS]
        # Nobody passes 拨付 of a case by hand: it is passed with the money. Trying it is worth little.
        if self.chance.random() < 0.97:
            elsewhere.append("disburse")
        kinds = [
            (self.survey, await self.some("worklist.tasks", state=UNDONE, node="survey")),
            (self.publish, await self.some("worklist.tasks", state=UNDONE, node={"$in": list(BOARDS)})),
            (
                self.decide,
                await self.some(
                    "worklist.tasks", state=UNDONE, node={"$nin": elsewhere, "$not": {"$regex": "^interception"}}
                ),
            ),
        ]
        waiting = [(do, task) for do, task in kinds if task is not None]
        if not waiting:
            return None
        do, task = self.chance.choice(waiting)
        return await do(task)

    async def decide(self, task: Stored) -> Answer:
        usual = ["pass"] * (80 if self.calm else 20)
        move = self.chance.choice([*usual, "correct", "correct", "correct", "return", "return", "refuse", "recall"])
        return await acts.decide(self.city, task, self.somebody(fitting(task)), move, stale=self.stale())

    async def survey(self, task: Stored) -> Answer | None:
        found = await self.some("survey.surveys", subject=task["subject"], state={"$in": ["wanted", "draft"]})
        if found is None:
            return None
        result = "true" if self.calm or self.chance.random() < 0.9 else "untrue"
        return await acts.survey(self.city, found, self.somebody(VILLAGER), result)

    async def publish(self, task: Stored) -> Answer:
        """What the task asks for: 发起, 最终确认, 重新公示."""
        board = await self.city.one("publicity.publicities", _id=task["subject"])
        verb = {"preparing": "start", "ended": "republish"}.get(board["state"], "confirm")
        return await acts.press_board(self.city, board, verb, self.somebody(acts.publisher(board)), stale=self.stale())

    async def board(self) -> Answer | None:
        """Anything that is to be pressed at a publicity."""
        board = await self.some("publicity.publicities")
        if board is None:
            return None
        may = [verb for verb in PRESSED if PUBLICITY.allows(PRESSED[verb], board["state"])]
        verb = self.chance.choice(may if may and self.chance.random() < 0.7 else list(PRESSED))
        return await acts.press_board(self.city, board, verb, self.somebody(acts.publisher(board)), stale=self.stale())

    async def take_back(self) -> Answer | None:
        """撤销通过, of one's own pass or somebody else's."""
        done = await self.city.all("worklist.tasks", state="done", move="pass")
        if not done:
            return None
        newest = max(done, key=lambda task: task["done_at"])
        task = newest if self.chance.random() < 0.7 else self.chance.choice(done)
        return await acts.recall(self.city, task, self.somebody(fitting(task)))

    async def complaint(self) -> Answer | None:
        complaint = await self.some("complaints.complaints", state={"$nin": list(FINAL)})
        if complaint is None:
            return None
        if complaint["state"] == "replied" and self.chance.random() < 0.7:
            return await self.answer(complaint)
        who = self.somebody(ABOVE if complaint["seat"] == CITY else LISTENER)
        verb = self._verb(complaint)
        more: dict[str, Any] = {"upheld": self.chance.choice(["yes", "no", "no", "partly"])} if verb == "reply" else {}
        if verb == "transfer":
            more = {"region": self.chance.choice([ANJU, JUXIAN]), "bureau": FARMING}
        if verb == "merge":
            into = await self.some("complaints.complaints")
            more = {"into": into["_id"] if into else ""}
        return await acts.press_complaint(self.city, complaint, verb, who, stale=self.stale(), **more)

    def _verb(self, complaint: Stored) -> str:
        """Mostly what leads on."""
        on = [verb for verb in ("accept", "reply") if COMPLAINT.allows(verb, complaint["state"])]
        if on and self.chance.random() < (0.95 if self.calm else 0.6):
            return on[0]
        others = ["survey", "investigate", "extend", "return", "transfer", "merge", "refuse", "reply"]
        may = [verb for verb in others if COMPLAINT.allows(TABLE.get(verb, verb), complaint["state"])]
        return self.chance.choice(may if may and self.chance.random() < 0.7 else others)

    # --- money ---------------------------------------------------------------------------------------------------------

    async def money(self) -> Answer | None:
        """Amounts, batches, the bank; whatever is the next thing to do, or something else."""
        city, who = self.city, self.somebody(BUREAU)
        unset = await self.some("payments.benefits", amount=None, state="active")
        if unset is not None:
            return await acts.set_amount(city, unset, who, stale=self.stale())
        failed = await self.some("payments.rows", state="failed")
        if failed is not None:
            verb = "correct" if self.calm or self.chance.random() < 0.8 else "strike"
            return await acts.press_row(city, failed, verb, who)
        sent = await self.some("payments.rows", state="sent")
        if sent is not None:
            return await self.answer_of_the_bank(sent["batch"])
        roster = await self.some("payments.batches", state="roster", collected=True)
        if roster is not None:
            verb = "apply" if self.calm or self.chance.random() < 0.8 else self.chance.choice(["cancel", "collect"])
            return await acts.press_batch(city, roster, verb, who)
        if not self.calm and self.chance.random() < 0.2 and (row := await self.some("payments.rows")) is not None:
            return await acts.press_row(city, row, self.chance.choice(["strike", "correct"]), who)
        return await self.new_batch(who)

    async def new_batch(self, who: Who | Clerk) -> Answer | None:
        """Where there is somebody to be paid who is on no list of that year."""
        listed = {row["benefit"] for row in await self.city.all("payments.rows", live=True)}
        ready = [each for each in await self.city.all("payments.benefits", state="active") if each["amount"]]
        if all(each["_id"] in listed for each in ready):
            return None
        return await acts.make_batch(self.city, "2026", who)

    async def answer_of_the_bank(self, batch: str) -> Answer:
        """Now and then it fails, is late, or is brought twice."""
        rows = await self.city.all("payments.rows", batch=batch, state={"$in": ["sent", "paid", "failed", "corrected"]})
        answers = {acts.slip_of(row): self.chance.choice(["成功", "成功", "成功", "失败"]) for row in rows}
        return await acts.bank(self.city, {"_id": batch}, answers, self.somebody(FINANCE))

    # --- everything else -----------------------------------------------------------------------------------------------

    async def intercept(self) -> Answer | None:
        """A list says that somebody has died; the bureau and a second person look at it."""
        hit = await self.some("interception.hits", state={"$in": ["waiting", "proposed"]})
        if hit is None:
            if self.calm or not self.city.declared:
                return None
            number = number_of(self.chance.randrange(self.city.declared))
            path = f"/{ANJU}/interception/lists?kind=death"
            return await self.city.table(DISCIPLINE, path, ["姓名,身份证号", f"李桂兰,{number}"])
        verb = self.chance.choice(
            ["clear", "clear", "reject"] if hit["state"] == "proposed" else ["propose"] * 5 + ["confirm"]
        )
        who = self.somebody(CHECKER if hit["state"] == "waiting" else BUREAU)
        body = {
            "version": hit["version"],
            "reason": "本人到场",
            **({"evidence": "派出所证明"} if verb == "propose" else {}),
        }
        return await self.city.ask(who, "POST", f"/{ANJU}/interception/hits/{hit['_id']}/{verb}", body)

    async def trespass(self) -> Answer | None:
        """Somebody tries what is none of theirs: it is refused, whatever the reason, and changes nothing."""
        case = await self.some("declaration.cases")
        if case is None:
            return None
        stranger = self.chance.choice(STRANGERS)
        tries: list[tuple[Who | Clerk, str, str, Any]] = [
            (OTHER, "GET", f"/{ANJU}/declaration/cases/{case['_id']}", None),
            (OTHER, "POST", f"/{ANJU}/declaration/cases/{case['_id']}/withdraw", {"version": case["version"]}),
            (
                stranger,
                "POST",
                f"/{ANJU}/declaration/review/{case['_id']}/end",
                {"version": case["version"], "reason": "越权"},
            ),
            (NEIGHBOUR, "GET", f"/{VILLAGE}/survey/todo", None),
        ]
        for collection, path in (
            ("publicity.publicities", "publicity/board"),
            ("payments.batches", "payments/batches"),
        ):
            if (found := await self.some(collection)) is not None:
                tries.append((DECLARANT, "GET", f"/{ANJU}/{path}/{found['_id']}", None))
        who, method, path, body = self.chance.choice(tries)
        answer = await self.city.ask(who, method, path, body)
        assert answer.status in (403, 404), f"{who} {method} {path}: {answer.status}"
        assert (await self.city.one("declaration.cases", _id=case["_id"]))["version"] == case["version"]
        return answer

    async def time_passes(self) -> Answer | None:
        await self.city.pass_days(self.chance.choice([0.2, 1, 3, 8, 8]))
        return Answer(200, {}, b"")


async def reached(city: City) -> bool:
    """Somebody was paid, and a complaint has come to its end."""
    paid = await city.all("payments.rows", state="paid")
    return bool(paid and await city.all("complaints.complaints", state="closed"))


def asked(city: City) -> tuple[int, int]:
    """How much was granted and how much refused so far."""
    refused = sum(times for (_, status), times in city.answers.items() if status >= 400)
    return city.answers.total() - refused, refused


async def enough(city: City) -> bool:
    granted, refused = asked(city)
    return granted >= GRANTED and refused >= REFUSED and await reached(city)


async def test_whatever_anybody_does_over_the_whole_chain(walked: City) -> None:
    """About 200 moves, and as many more as it takes until money and a complaint have come to their end."""
    walk, count = Walk(walked), 0
    while count < MOVES or (count < AT_MOST and not await enough(walked)):
        walk.calm = count % ANEW >= CALM_FROM
        await walk.move()
        count += 1
        if count % LOOK_AT_ACCUSED_EVERY == 0:
            await check_accused(walked)
        if count % LOOK_EVERY == 0:
            await check(walked)
    await check_all(walked)

    granted, refused = asked(walked)
    print(f"{count} moves, {granted} granted, {refused} refused", *sorted(walked.answers.items()), sep="\n")
    assert await enough(walked), "the walk came to no end"
