"""What comes round by itself, and what stands still while payments are off."""

from __future__ import annotations

from hub.api import Job, OpenWork, counting
from plugins.payments.actions import expected
from plugins.payments.actions.intakes import sweep
from plugins.payments.documents import batches_of

UNDER_WAY = ("roster", "applied", "publicity", "confirmed", "disbursed", "paying")

JOBS = (
    Job(name="sweep", call=sweep, label="清理未完成的导入", cron="55 3 * * *", transaction=False),
    Job(name="unpaid", call=expected.look, label="查找应发未发的补贴", cron="40 8 * * *"),
)

OPEN_WORK = (OpenWork(label="未办结的发放批次", count=counting(batches_of, {"state": {"$in": UNDER_WAY}})),)
