"""Accounts and positions that come in as a file: in the console's 数据导入 by whoever gives rights, and by ``hub users import``.

A YAML file has one item for a person. A table has one row for a position, so that several rows of one account are one person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from hub.identity import roster
from hub.identity.accounts import Account, Accounts, plain_username
from hub.identity.deskpages import MANAGE, in_words
from hub.identity.enrolment import Enrolment, Entry, ImportReport
from hub.identity.people import People, Person
from hub.identity.permissions import OPS_ROLES, ROLES
from hub.identity.positions import Holding
from hub.identity.staff import NewStaff, PositionWanted, wanted_of
from hub.reading.sheets import Column, SheetRow
from hub.rules.context import Context, unit_of
from hub.words.contributions import Import, Imported, Missing, Progress, Roll
from hub.words.errors import Invalid
from hub.words.personal import Secret
from hub.words.regions import RegionTree
from hub.words.text import compatible, same_name

AFTER = "新账号建好后，请在“人员与岗位”逐个重置密码，当面交给本人。"
HELP = f"一个YAML文件，staff下面一人一项。已有的账号只补上没有的岗位和身份证号，不改别的。{AFTER}"
SAMPLE = """staff:
  - username: zhoumin
    name: 周敏
    id_number: "510904198803129943"
    phone: "19900000008"
    positions:
      - {role: window, region: "510904114"}
      - {role: handler, region: "510904", bureau: 民政局}
"""

ACCOUNT = "账号"
COLUMNS = (
    Column(
        label=ACCOUNT,
        hint="登录用的账号，2至64位字母或数字。同一个人的几行写同一个账号",
        sample="zhoumin",
        also=("用户名",),
    ),
    Column(label="姓名", hint="与身份证一致", sample="周敏"),
    Column(
        label="身份证号", required=False, hint="存成文本。已登记的不改", sample="510904198803129943", also=("身份证",)
    ),
    Column(label="手机号", required=False, hint="存成文本", sample="19900000008", also=("手机", "电话")),
    Column(
        label="角色",
        hint="、".join(role.label for role in ROLES if role.name not in OPS_ROLES),
        sample="经办人员",
        also=("岗位",),
    ),
    Column(label="地区代码", required=False, hint="6、9或12位，存成文本。不知道的留空，写地区名称", sample="510904114"),
    Column(
        label="地区名称", required=False, hint="写到能分清，如聚贤镇万古桥村", sample="安居区聚贤镇", also=("地区",)
    ),
    Column(label="部门", required=False, hint="只管一个局的写局名，不限的留空", sample="民政局", also=("单位",)),
    Column(label="项目", required=False, hint="只管一个项目的写项目编号，不限的留空", sample=""),
    Column(label="岗位环节", required=False, hint="只办一个环节的写环节名称，不限的留空", sample="", also=("环节",)),
)
TABLE_HELP = (
    "一行一个岗位，同一个人有几个岗位就写几行。已有的账号只补上没有的岗位和身份证号，不改别的，也不收回岗位。"
    f"上次的表里有、这次没有的，会列出来，由您逐个办理。{AFTER}"
)
# What must be the same in all rows of an account: the column, and the field that it fills.
PARTICULARS: Mapping[str, str] = {"姓名": "name", "身份证号": "id_number", "手机号": "phone"}


# --- the YAML file ------------------------------------------------------------------------------------------------------------


def _rows(content: Any) -> list[Any]:
    """The rows of a people file; ``Invalid`` for anything else."""
    rows = content.get("staff") if isinstance(content, dict) else None
    if not isinstance(rows, list):
        raise Invalid("文件里应有staff，下面一人一项。请对照示例。")
    return rows


def _places(content: Any, regions: RegionTree) -> Sequence[str]:
    """The city, whose administrators alone reach everybody."""
    _rows(content)
    return _city(content, regions)


def _city(content: Any, regions: RegionTree) -> Sequence[str]:
    return [city.code for city in regions.children(None)[:1]]


def file_import(enrolment: Enrolment) -> Import:
    """The import of the YAML file."""

    async def call(ctx: Context, content: Any, progress: Progress) -> Imported:
        rows = _rows(content)
        report = await enrolment.import_rows(ctx, rows, lambda done, so_far: progress(done, len(rows), so_far))
        return _told(ctx, report)

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


def _told(ctx: Context, report: ImportReport) -> Imported:
    """With who gets which post: whoever confirms it sees also what somebody has ended and an old table gives again."""
    handed = {each.username: Secret(each.password) for each in report.created if each.password}
    changes = tuple(f"{username}：{_post_in_words(ctx, wanted)}" for username, wanted in report.given)
    return msgspec.structs.replace(report.imported(), handed=handed, changes=changes)


def _post_in_words(ctx: Context, wanted: PositionWanted) -> str:
    return "，".join(filter(None, (in_words(ctx, wanted), wanted.bureau, wanted.project)))


# --- the table ----------------------------------------------------------------------------------------------------------------


def table_import(enrolment: Enrolment, people: People, accounts: Accounts) -> Import:
    """The import of the table: however long, since it comes in parts."""

    async def call(ctx: Context, rows: Sequence[SheetRow], progress: Progress) -> Imported:
        entries, problems = read(rows, Words(ctx))
        report = await enrolment.take_on(
            ctx, entries, lambda done, so_far: progress(done, len(entries), _with(so_far, problems))
        )
        return _with(_told(ctx, report), problems)

    return Import(
        name="staff_table",
        label="人员和岗位表",
        places=_city,
        call=call,
        access=MANAGE,
        columns=COLUMNS,
        together=ACCOUNT,
        roll=Roll(names=names, show=partial(show, people, accounts), counted=("人", "个岗位")),
        help=TABLE_HELP,
    )


def _with(done: Imported, problems: Mapping[str, str]) -> Imported:
    in_order = sorted({**done.problems, **problems}.items(), key=lambda each: int(each[0]))
    return msgspec.structs.replace(done, problems=dict(in_order))


def read(rows: Iterable[SheetRow], words: Words) -> tuple[list[Entry], dict[str, str]]:
    """Whom the rows name, and what is wrong with which row: that row is left out, the account's others are not."""
    problems: dict[str, str] = {}
    of_account: dict[str, list[SheetRow]] = {}
    for row in rows:
        name = plain_username(row.cells[ACCOUNT])
        if why := row.problem or ("" if name else "账号没有填写"):
            problems[str(row.number)] = why
        else:
            of_account.setdefault(name, []).append(row)
    entries = []
    for those in of_account.values():
        entry, bad = _entry(those, words)
        problems |= bad
        entries += entry
    return entries, problems


def _entry(rows: Sequence[SheetRow], words: Words) -> tuple[list[Entry], dict[str, str]]:
    problems: dict[str, str] = {}
    lines: list[int] = []
    positions: dict[PositionWanted, None] = {}
    said: dict[str, tuple[str, int]] = {}
    for row in rows:
        try:
            wanted = words.position(row.cells)
            _check_same(row, said)
        except Invalid as problem:
            problems[str(row.number)] = problem.text
            continue
        lines.append(row.number)
        positions[wanted] = None
        for column in PARTICULARS:
            if row.cells.get(column):
                said.setdefault(column, (row.cells[column], row.number))
    if not lines:
        return [], problems
    particulars = {field: said[column][0] for column, field in PARTICULARS.items() if column in said}
    new = NewStaff(username=rows[0].cells[ACCOUNT], positions=tuple(positions), **{"name": "", **particulars})
    return [Entry(tuple(lines), new)], problems


def _check_same(row: SheetRow, said: Mapping[str, tuple[str, int]]) -> None:
    """``Invalid`` for a row that says another name or number than one before of the same account."""
    for column, (text, line) in said.items():
        given = row.cells.get(column, "")
        same = same_name(given, text) if column == "姓名" else compatible(given).upper() == compatible(text).upper()
        if given and not same:
            raise Invalid(f"{column}与第{line}行同一账号的不一样")


# --- what the last table had --------------------------------------------------------------------------------------------------


def names(ctx: Context, rows: Sequence[SheetRow]) -> Iterator[tuple[str, str]]:
    """Accounts with their positions, in the way of codes; of a row whose position cannot be read, the account alone."""
    words = Words(ctx)
    for row in rows:
        if not (name := plain_username(row.cells[ACCOUNT])):
            continue
        try:
            yield name, msgspec.json.encode(words.position(row.cells)).decode()
        except Invalid:
            yield name, ""


async def show(people: People, accounts: Accounts, ctx: Context, lost: Sequence[tuple[str, str]]) -> Sequence[Missing]:
    """As they stand today, with the way to each person. Three queries."""
    of_name = await accounts.all_named(name for name, _ in lost)
    persons = [each.person for each in of_name.values()]
    named = await people.many(persons)
    held = await roster.ever_held(unit_of(ctx).database, persons)
    return [_missing(ctx, name, key, of_name.get(name), named, held) for name, key in lost]


def _missing(
    ctx: Context,
    username: str,
    key: str,
    account: Account | None,
    named: Mapping[str, Person],
    held: Mapping[str, Sequence[Holding]],
) -> Missing:
    wanted = msgspec.json.decode(key, type=PositionWanted) if key else None
    what = " ".join(filter(None, (in_words(ctx, wanted), wanted.bureau))) if wanted else "岗位没有看清"
    if account is None:
        return Missing(title=username, what=what, state="没有这个账号")
    person = named.get(account.person)
    still = roster.not_ended(held.get(account.person, ()), ctx.now())
    there = any(wanted_of(each) == wanted for each in still) if wanted else bool(still)
    return Missing(
        title=f"{person.name}（{username}）" if person and person.name else username,
        what=what,
        state="仍有岗位" if there else "已结束",
        href=f"/ops/{ctx.place.code}/staff/accounts/{account.id}" if there else "",
    )


# --- words --------------------------------------------------------------------------------------------------------------------


class Words:
    """Turns what people write into a position: roles, nodes and places by what they are called, or by their codes."""

    def __init__(self, ctx: Context) -> None:
        plugins = unit_of(ctx).units.host.plugins.values()
        self._regions = ctx.regions
        self._roles = _by_word((role.label, role.name) for plugin in plugins for role in plugin.roles)
        self._nodes = _by_word((node.label, node.name) for plugin in plugins for node in plugin.nodes)
        self._places: Mapping[str, frozenset[str]] | None = None

    def position(self, cells: Mapping[str, str]) -> PositionWanted:
        """What a row names; ``Invalid`` says in words what it does not."""
        node = cells.get("岗位环节", "")
        return PositionWanted(
            role=_only(self._roles, cells["角色"], "角色"),
            region=self._region(cells.get("地区代码", ""), cells.get("地区名称", "")),
            bureau=cells.get("部门") or None,
            project=cells.get("项目") or None,
            node=_only(self._nodes, node, "岗位环节") if node else None,
        )

    def _region(self, code: str, name: str) -> str:
        if not code and not name:
            raise Invalid("地区代码和地区名称都没有填写")
        if not code:
            return _only(self._named(), name, "地区名称")
        if code not in self._regions:
            raise Invalid("没有这个地区代码")
        if name and code not in self._named().get(_plain(name), ()):
            raise Invalid("地区代码和地区名称不是同一个地方")
        return code

    def _named(self) -> Mapping[str, frozenset[str]]:
        """Places by each of their names, as far up as somebody may write it: 万古桥村, 聚贤镇万古桥村, 安居区聚贤镇万古桥村."""
        if self._places is None:
            self._places = _by_word(
                (name, region.code)
                for region in self._regions
                if region.status == "active"
                for name in _names(self._regions, region.path)
            )
        return self._places


def _names(regions: RegionTree, path: Sequence[str]) -> Iterator[str]:
    said = ""
    for code in reversed(path):
        said = regions[code].name + said
        yield said


def _by_word(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """What each word may mean; a code always means itself."""
    found: dict[str, set[str]] = {}
    codes = set()
    for word, code in pairs:
        found.setdefault(_plain(word), set()).add(code)
        codes.add(code)
    return {word: frozenset(meant) for word, meant in found.items()} | {
        _plain(each): frozenset({each}) for each in codes
    }


def _only(known: Mapping[str, frozenset[str]], word: str, column: str) -> str:
    if not word:
        raise Invalid(f"{column}没有填写")
    meant = known.get(_plain(word), frozenset())
    if len(meant) > 1:
        raise Invalid(f"{column}有{len(meant)}个同名的，请写得更全，或填写代码")
    if not meant:
        raise Invalid(f"没有这个{column}，请照空表里的说明填写")
    [only] = meant
    return only


def _plain(text: str) -> str:
    return "".join(compatible(text).split()).lower()
