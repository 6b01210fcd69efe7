"""How a complaint stands for its complainant: what comes next, by when, and whom to phone; at the head of the home, what waits for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from hub.api import Context, News, Standing, day_in_chinese, shanghai, unit_of
from plugins.complaints.config import ComplaintsConfig
from plugins.complaints.documents import Complaint, complaints_of

# What comes next, by its state; nothing once it is over.
WAITS = {
    **dict.fromkeys(("filed", "assigned", "returned"), "等待受理"),
    "accepted": "正在办理",
    "investigating": "正在调查",
    "reopened": "正在再次处理",
    "replied": "等您评价",
}
# Nobody has more replies to judge.
MOST = 20
HOTLINE = "政务服务便民热线"


def waits_until(complaint: Complaint) -> datetime | None:
    """By when the next step is done: one's own, the office's, or the end of the whole."""
    if complaint.state == "replied":
        return complaint.next_at
    if not complaint.open:
        return None
    return complaint.due_at if complaint.accepted_at else complaint.task_due


def asked_at(ctx: Context, complaint: Complaint) -> Mapping[str, str]:
    """Who is asked about it, and where: its bureau, or the city's hotline."""
    settings = ctx.settings(ComplaintsConfig)
    phone = settings.phones.get(complaint.bureau, "")
    office = unit_of(ctx, complaint.seat, complaint.bureau) if phone else HOTLINE
    return {"office": office, "phone": phone or settings.hotline}


async def own_news(ctx: Context) -> News:
    """That a reply waits to be judged. What it is about its page says: others may hold the phone."""
    wanted = {"complainant": ctx.actor.person, "state": "replied"}
    waiting = [
        (each.next_at, each.id, each) for each in await complaints_of(ctx).find(wanted, limit=MOST) if each.next_at
    ]
    if not waiting:
        return News()
    # The one that lapses first: silence counts as content.
    lapses, _, replied = min(waiting)
    until = day_in_chinese(shanghai(lapses).date())
    standing = Standing(
        label="您的投诉有回复了",
        says=f"请看看回复，{until}前评价满意不满意。",
        path=f"/mine/{replied.id}",
        place=replied.county or "",
        pill="等您评价",
        tone="wait",
    )
    return News(standing=standing)
