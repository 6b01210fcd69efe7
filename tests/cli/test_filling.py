"""Filling a new hub from files: regions, projects, accounts. Again with the same file nothing changes."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import yaml

from hub import demo
from tests.cli.conftest import Hub


async def test_accounts_need_regions_first(empty: Hub) -> None:
    """A position is somewhere."""
    ended = await empty("users", "add", "wangfang", "--name", "王芳", "--role", "leader", "--region", "510904")

    assert ended.code == 2
    assert "run hub regions import first" in ended.err


async def test_regions_twice(empty: Hub) -> None:
    dry = await empty("regions", "import", str(demo.REGIONS), "--dry-run")
    first = await empty("regions", "import", str(demo.REGIONS))
    second = await empty("regions", "import", str(demo.REGIONS))

    assert "nothing was written" in dry.out
    assert (first.code, second.code) == (0, 0)
    assert " 0 as before" in first.out
    assert " 0 added or changed" in second.out


async def test_a_bad_regions_file_is_refused_line_by_line(filled: Hub, tmp_path: Path) -> None:
    bad = tmp_path / "regions.csv"
    bad.write_text("code,name,level,parent,status\n1,甲,planet,,active\n2,乙,city,,gone\n", "utf-8")

    ended = await filled("regions", "import", str(bad))

    assert ended.code == 2
    assert "line 2" in ended.err and "line 3" in ended.err


async def test_the_working_days_of_a_year_that_nobody_knows_yet(filled: Hub, tmp_path: Path) -> None:
    table = tmp_path / "2027.csv"
    table.write_text("day,kind,note\n2027-02-06,rest,春节\n2027-02-14,work,春节调休\n", "utf-8")

    first = await filled("workdays", "import", str(table))
    second = await filled("workdays", "import", str(table))
    listed = await filled("workdays", "list", "2027")

    assert (first.code, second.code) == (0, 0), first.err
    assert "2 added or changed" in first.out and "0 added or changed" in second.out
    assert listed.out.splitlines() == ["2027-02-06  rest  春节", "2027-02-14  work  春节调休"]


async def test_a_bad_day_is_named_by_its_line(filled: Hub, tmp_path: Path) -> None:
    table = tmp_path / "days.csv"
    table.write_text("day,kind,note\n2027-02-30,rest,x\n2027-02-14,holiday,x\n", "utf-8")

    ended = await filled("workdays", "import", str(table))

    assert ended.code == 2
    assert "line 2" in ended.err and "line 3" in ended.err


async def test_bad_lines_of_regions_are_listed_and_nothing_is_imported(filled: Hub, tmp_path: Path) -> None:
    """Codes as a spreadsheet saves a column of numbers, and all else that tests/words/test_records.py has."""
    file = tmp_path / "regions.csv"
    lines = [f"5.1E+11,村{n},village,510904114,active" for n in range(2)]
    good = "510904114802,好村,village,510904114,active"
    file.write_text("\n".join(["code,name,level,parent,status", *lines, good, good]), "utf-8-sig")

    ended = await filled("regions", "import", str(file))
    after = await filled("users", "add", "gaoyuan3", "--name", "高远", "--role", "handler", "--region", "510904114802")

    assert ended.code == 2
    assert "line 2: '5.1E+11' is no code" in ended.err and "line 3: '5.1E+11'" in ended.err
    assert "line 5: 510904114802 stands in line 4 already" in ended.err
    assert after.code == 1 and "没有这个区划" in after.err


async def test_one_village_below_a_town_that_is_known_already(filled: Hub, tmp_path: Path) -> None:
    """In GBK, with the empty columns that spreadsheets put behind."""
    file = tmp_path / "regions.csv"
    file.write_bytes("code,name,level,parent,status,,\n510904114899,新村,village,510904114,active,,\n".encode("gbk"))

    dry = await filled("regions", "import", str(file), "--dry-run")
    first = await filled("regions", "import", str(file))
    second = await filled("regions", "import", str(file))

    assert (dry.code, first.code, second.code) == (0, 0, 0), dry.err + first.err
    assert dry.out == "1 regions are well-formed; nothing was written\n"
    assert first.out == "1 regions read, 1 added or changed, 0 as before\n"
    assert second.out == "1 regions read, 0 added or changed, 1 as before\n"


async def test_every_import_reads_what_spreadsheets_on_chinese_systems_save(filled: Hub, tmp_path: Path) -> None:
    """GBK and GB18030, as uploads do."""
    days, people = tmp_path / "days.csv", tmp_path / "people.yaml"
    days.write_bytes("day,kind,note\r\n2029-01-01,rest,元旦\r\n".encode("gbk"))
    member = {**demo.read("people")["staff"][2], "username": "gbk"}
    people.write_bytes(yaml.safe_dump({"staff": [member]}, allow_unicode=True).encode("gb18030"))
    catalogue = tmp_path / "projects.yaml"
    catalogue.write_bytes((demo.DATA / "projects.yaml").read_text("utf-8").encode("gb18030"))

    ended = [
        await filled(*command, "import", str(file))
        for command, file in ((["workdays"], days), (["users"], people), (["projects"], catalogue))
    ]
    listed = await filled("workdays", "list", "2029")

    assert [each.code for each in ended] == [0, 0, 0], [each.err for each in ended]
    assert listed.out == "2029-01-01  rest  元旦\n"


async def test_what_is_no_text_is_told_in_words(filled: Hub, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"\xff\xfe\x00\x01")

    ended = [await filled(name, "import", str(file)) for name in ("regions", "users")]

    assert [each.code for each in ended] == [2, 2]
    assert all("is no text in UTF-8 or GB18030" in each.err and "Traceback" not in each.err for each in ended)


async def test_an_unknown_node_is_refused_with_the_known_ones(filled: Hub, tmp_path: Path) -> None:
    """By hand and in a file, where it leaves out its row."""
    position = {"role": "window", "region": "510904114", "node": "acept"}
    file = tmp_path / "people.yaml"
    file.write_text(
        yaml.safe_dump({"staff": [{"username": "node", "name": "高远", "positions": [position]}]}, allow_unicode=True),
        "utf-8",
    )

    imported = await filled("users", "import", str(file))
    by_hand = await filled(
        "users", "add", "node2", "--name", "高远", "--role", "window", "--region", "510904114", "--node", "acept"
    )

    assert (imported.code, by_hand.code) == (1, 1)
    assert "0 accounts made" in imported.out and "1 rows left out" in imported.out
    for told in (imported.out.replace("\n", ""), by_hand.err):
        assert "没有这个环节" in told and "accept" in told


async def test_projects_twice(filled: Hub) -> None:
    file = str(demo.DATA / "projects.yaml")

    first, second = await filled("projects", "import", file), await filled("projects", "import", file)

    assert (first.code, second.code) == (0, 0), first.err
    assert second.out.startswith("0 added, 0 changed, ") and " 0 as before" not in second.out


async def test_a_bad_project_is_left_out_and_named(filled: Hub, tmp_path: Path) -> None:
    catalogue = demo.read("projects")
    del catalogue["projects"][0]["short"]
    bad = tmp_path / "projects.yaml"
    bad.write_text(yaml.safe_dump(catalogue, allow_unicode=True), "utf-8")

    ended = await filled("projects", "import", str(bad))

    assert ended.code == 1
    assert "10001" in ended.out and "short" in ended.out


async def test_users_with_a_reject_report(filled: Hub, tmp_path: Path) -> None:
    """A bad row is left out and reported without its person's data; the others get accounts and first passwords."""
    good = demo.read("people")["staff"][:2]
    bad = {**good[0], "username": "nobody", "id_number": "510904198803129941"}
    file = tmp_path / "people.yaml"
    file.write_text(yaml.safe_dump({"staff": [*good, bad]}, allow_unicode=True), "utf-8")
    passwords, rejects = tmp_path / "passwords.csv", tmp_path / "rejects.csv"

    first = await filled("users", "import", str(file), "--passwords", str(passwords), "--rejects", str(rejects))
    second = await filled("users", "import", str(file))

    assert (first.code, second.code) == (1, 1)
    assert "2 accounts made, 0 completed" in first.out and "1 rows left out" in first.out
    assert "0 accounts made, 0 completed, 2 as before" in second.out
    assert [row["username"] for row in read(passwords)] == ["zhoumin", "hejun"]
    assert passwords.stat().st_mode & 0o077 == 0
    assert [row["row"] for row in read(rejects)] == ["3"]
    assert "510904198803129941" not in first.out + first.err + rejects.read_text("utf-8")


async def test_one_user_by_hand(filled: Hub) -> None:
    """The name is asked for when it is left out; the password is shown once."""
    arguments = ("users", "add", "gaoyuan2", "--role", "leader", "--region", "510904")

    made = await filled(*arguments, typed="高远\n")
    again = await filled(*arguments, typed="高远\n")

    assert made.code == 0, made.err
    assert "gaoyuan2: " in made.out
    assert again.code == 1 and "这个账号已存在" in again.err


async def test_one_account_and_its_position(filled: Hub) -> None:
    """Each command says what it has done; what they do is shown in tests/security and tests/identity."""
    await filled("users", "add", "linyue", "--name", "林悦", "--role", "handler", "--region", "510904")
    shown = await filled("users", "positions", "linyue")
    [position] = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", shown.out)

    reset = await filled("users", "reset", "linyue")
    away = await filled("users", "leave", position)
    unknown = await filled("users", "unlock", "nobody")

    assert (reset.code, away.code, unknown.code) == (0, 0, 1), reset.err + away.err
    assert "linyue: " in reset.out and "没有找到这个账号" in unknown.err


async def test_an_unknown_role_is_refused_with_the_known_ones(filled: Hub) -> None:
    ended = await filled("users", "add", "somebody", "--name", "高远", "--role", "king", "--region", "510904")

    assert ended.code == 1
    assert "没有这个角色" in ended.err and "leader" in ended.err


def read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as rows:
        return list(csv.DictReader(rows))
