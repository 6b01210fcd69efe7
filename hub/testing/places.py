"""Where tests play: real places of the city, with invented people, on a Monday morning."""

from __future__ import annotations

from datetime import UTC, datetime

from hub import demo

REGIONS = demo.REGIONS.read_text("utf-8")
MONDAY_MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 09:00 in the city

CITY, ANJU, SHEHONG = "510900", "510904", "510981"
JUXIAN, DONGCHAN = "510904114", "510904101"  # two towns of 安居区
VILLAGE, NEXT_VILLAGE = "510904114204", "510904114205"  # 万古桥村 of 聚贤镇, and another one
