"""Accounts and positions that come in as a file: in the console's 数据导入 by whoever gives rights, and by ``hub users import``."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from hub.identity.deskpages import MANAGE
from hub.identity.staff import Staff
from hub.rules.context import Context
from hub.words.contributions import Import, Imported, Progress
from hub.words.errors import Invalid
from hub.words.personal import Secret
from hub.words.regions import RegionTree

HELP = (
    "一个YAML文件，staff下面一人一项。已有的账号只补上没有的岗位和身份证号，不改别的。"
    "新账号建好后，请在“人员与岗位”逐个重置密码，当面交给本人。"
)
SAMPLE = """staff:
  - username: zhoumin
    name: 周敏
    id_number: "510904198803129943"
    phone: "19900000008"
    positions:
      - {role: window, region: "510904114"}
      - {role: handler, region: "510904", bureau: 民政局}
"""


def _rows(content: Any) -> list[Any]:
    """The rows of a people file; ``Invalid`` for anything else."""
    rows = content.get("staff") if isinstance(content, dict) else None
    if not isinstance(rows, list):
        raise Invalid("文件里应有staff，下面一人一项。请对照示例。")
    return rows


def _places(content: Any, regions: RegionTree) -> Sequence[str]:
    """The city, whose administrators alone reach everybody."""
    _rows(content)
    return [city.code for city in regions.children(None)[:1]]


def import_of(staff: Staff) -> Import:
    """The import, by what administrators do with members of staff."""

    async def call(ctx: Context, content: Any, progress: Progress) -> Imported:
        rows, done = _rows(content), itertools.count(1)
        report = await staff.import_staff(ctx, rows, lambda so_far: progress(next(done), len(rows), so_far))
        return Imported(
            added=len(report.created),
            changed=report.changed,
            unchanged=report.known - report.changed,
            problems={str(number): reason for number, reason in report.problems.items()},
            handed={each.username: Secret(each.password) for each in report.created if each.password},
        )

    return Import(
        name="staff",
        label="人员账号和岗位",
        places=_places,
        call=call,
        access=MANAGE,
        reads="yaml",
        help=HELP,
        sample=SAMPLE,
        counted="人",
    )
