"""What ``scripts/test --quick`` runs for a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.concerned import FOLDERS, ROOT, SLOW, concerned


@pytest.mark.parametrize(
    ("changed", "runs"),
    [
        ("bench/fanout.py", []),
        ("plugins/survey/README.md", ["tests/docs/test_by_hand.py", "tests/docs/test_heard.py", "tests/survey"]),
        ("tests/chain/test_seams.py", ["tests/chain/test_seams.py"]),
        ("tests/words/test_days.py", ["tests/words/test_days.py"]),
        ("tests/words/test_that_is_gone.py", []),
    ],
)
def test_a_file_runs_what_it_concerns(changed: str, runs: list[str]) -> None:
    assert concerned([changed]) == runs


def test_a_module_runs_its_folder_and_the_tests_that_import_it() -> None:
    assert concerned(["hub/push/settings.py"]) == ["tests/push"]
    assert {"tests/test_sheets.py", "tests/payments/test_imports.py"} <= set(concerned(["hub/reading/sheets.py"]))


def test_what_tests_share_runs_all_who_build_on_it() -> None:
    """Also those who reach it by way of another."""
    assert {"tests/payments", "tests/plugins", "tests/realtime"} <= set(concerned(["tests/world.py"]))


def test_slow_folders_run_only_for_themselves() -> None:
    """However many modules they import."""
    every = [str(file.relative_to(ROOT)) for top in ("hub", "plugins") for file in (ROOT / top).rglob("*.py")]

    assert [path for path in concerned(every) if path.startswith(SLOW)] == []


@pytest.mark.parametrize("top", ["hub", "plugins"])
def test_each_folder_of_the_code_has_its_tests(top: str) -> None:
    """A plugin has them in the table, or where ``hub plugins new`` puts them."""
    names = [each.name for each in (ROOT / top).iterdir() if (each / "__init__.py").exists()]

    without = [name for name in names if f"{top}/{name}/" not in FOLDERS and not concerned([f"{top}/{name}/plugin.py"])]

    assert without == [], "name them in FOLDERS of tests/concerned.py, or write tests/plugins/test_<name>.py"


def test_what_the_table_names_is_there() -> None:
    assert [path for paths in FOLDERS.values() for path in paths if not (ROOT / path).exists()] == []
    assert [begin for begin in FOLDERS if not list(ROOT.glob(f"{begin.rstrip('/')}*"))] == []
    assert [folder for folder in SLOW if not Path(ROOT / folder).exists()] == []
