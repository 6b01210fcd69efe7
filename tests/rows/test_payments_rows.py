"""C9 补贴发放信息查询: from the 名册 to the card, and what its owner reads of it afterwards."""

from __future__ import annotations

from datetime import timedelta

from tests.rows.rows import Walk, row
from tests.rows.test_complaints_rows import payment
from tests.web.scope import FARMING, RESIDENTS
from tests.world import ANJU

FINANCE = "财政局"
PAYMENTS, BOARD = f"/{ANJU}/payments", f"/{ANJU}/publicity/board"


@row(
    "C9",
    operations=(
        "POST /{place}/proofs",
        "POST /{place}/payments/rosters",
        "POST /{place}/payments/batches",
        "POST /{place}/payments/batches/{id}/apply",
        "POST /{place}/publicity/board/{id}/confirm",
        "POST /{place}/payments/batches/{id}/results",
        "GET /{place}/payments/mine",
        "POST /{place}/payments/mine/search",
        "GET /{place}/payments/mine/{id}",
    ),
    pushes=("P01", "P03", "P04", "P11", "P14"),
)
async def test_c9_a_proved_resident_reads_the_whole_life_of_their_payment(walk: Walk) -> None:
    """Every node with its time and 经办人员; nobody else's number opens anything."""
    mei, chen = await walk.resident("刘梅"), await walk.resident("陈芳")
    farmer, finance = await walk.staff("handler", ANJU, FARMING), await walk.staff("handler", ANJU, FINANCE)
    row = await payment(walk, mei, "刘梅")
    batch = (await farmer.get(f"{PAYMENTS}/batches/{row['batch']}"))["batch"]

    await farmer.post(f"{PAYMENTS}/batches/{batch['id']}/apply", {"version": batch["version"]})
    await farmer.decide(ANJU, batch["number"], "payments_review")
    [notice] = (await farmer.get(BOARD, kind="payment", state="running"))["items"]
    walk.hub.clock.advance(timedelta(days=8))
    await walk.job("publicity.watch", ANJU)
    seen = await farmer.get(f"{BOARD}/{notice['notice']['id']}")
    await farmer.post(f"{BOARD}/{notice['notice']['id']}/confirm", {"version": seen["board"]["version"]})
    await walk.settled()
    await finance.decide(ANJU, batch["number"], "payments_disburse")
    await finance.decide(ANJU, batch["number"], "payments_pay")
    results = f"流水号,发放结果\n{row['number']}-1,成功\n".encode()
    await finance.upload(f"{PAYMENTS}/batches/{batch['id']}/results", results, "results.csv")
    await walk.settled()
    [mine] = (await mei.get(f"{PAYMENTS}/mine"))["items"]
    life = await mei.get(f"{PAYMENTS}/mine/{mine['id']}")
    found = await mei.post(f"{PAYMENTS}/mine/search", {"name": "刘梅", "id_number": RESIDENTS["刘梅"]})
    others = await chen.refusal("POST", f"{PAYMENTS}/mine/search", {"name": "刘梅", "id_number": RESIDENTS["刘梅"]})

    assert (mine["state_label"], mine["amount"]) == ("发放成功", "350.00")
    assert [step["label"] for step in life["steps"]][-1] in ("发放成功", "办结")
    assert any(step["handler"] for step in life["steps"])
    assert [line["id"] for line in found["items"]] == [mine["id"]]
    assert others[0] == 403
