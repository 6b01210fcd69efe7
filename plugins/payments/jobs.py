"""What stands still while payments are off."""

from __future__ import annotations

from hub.api import OpenWork, counting
from plugins.payments.documents import batches_of

UNDER_WAY = ("roster", "applied", "publicity", "confirmed", "disbursed", "paying")

OPEN_WORK = (OpenWork(label="未办结的发放批次", count=counting(batches_of, {"state": {"$in": UNDER_WAY}})),)
