"""The tests that a change concerns, for ``scripts/test --quick``: ``python -m tests.concerned`` prints their paths.

By three rules, in this order, for each file that differs from the merge base with main:

1. A test runs itself; what only tests use (a conftest, an office) runs its folder, and the same for whatever imports it.
2. A module runs every test that imports it by name.
3. ``FOLDERS`` says what else a file or its folder runs: the longest beginning of its path counts. Of a plugin that it does not name,
   tests/plugins/test_<name>.py.

``SLOW`` folders run for minutes: only their own files bring them in. What nobody finds, and what tests/conftest.py gives to all,
is for the whole run.
"""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
SLOW = (
    "tests/bench",
    "tests/chain",
    "tests/cli/test_wheel.py",
    "tests/demo",
    "tests/pages",
    "tests/resilience",
    "tests/rows",
    "tests/security",
    "tests/subsets",
)
# What plugins leave to the kit, and whether anybody hears what they tell.
HELD = ("tests/docs/test_by_hand.py", "tests/docs/test_heard.py")
DOCUMENTS = ("tests/docs/test_names.py", "tests/docs/test_reference.py")
FOLDERS: Mapping[str, tuple[str, ...]] = {
    "CHANGELOG.md": DOCUMENTS,
    "CONTRIBUTING.md": DOCUMENTS,
    "README": (*DOCUMENTS, "tests/docs/test_readme.py"),
    "bench/": (),
    "config.yaml": ("tests/cli/test_setup.py",),
    "docs/": DOCUMENTS,
    "docs/prometheus/": ("tests/docs/test_alert_rules.py",),
    "docs/threats.md": (*DOCUMENTS, "tests/docs/test_threats.py"),
    "hub/": ("tests/core", "tests/words"),
    "hub/reading/": ("tests/core", "tests/words"),
    "hub/rules/": ("tests/core",),
    "hub/words/": ("tests/core", "tests/words"),
    "hub/business/": ("tests/business", "tests/core", "tests/survey", "tests/web/test_contents.py"),
    "hub/console/": ("tests/console",),
    "hub/cli/": ("tests/cli/test_setup.py", "tests/cli/test_filling.py"),
    "hub/cli/skeleton/": ("tests/cli/test_new_plugin.py",),
    "hub/demo/": ("tests/words/test_demo_data.py",),
    "hub/identity/": ("tests/identity",),
    "hub/jobs/": ("tests/jobs",),
    "hub/words/pdfs.py": ("tests/test_pdfs.py",),
    "hub/words/pictures.py": ("tests/test_pictures.py",),
    "hub/push/": ("tests/push",),
    "hub/realtime/": ("tests/realtime",),
    "hub/reading/sheets.py": ("tests/test_sheets.py",),
    "hub/fixtures.py": ("tests/core/test_testing.py",),
    "hub/store/": ("tests/core", "tests/store"),
    "hub/reading/officefiles.py": ("tests/test_officefiles.py",),
    "hub/reading/tables.py": ("tests/test_tables.py",),
    "hub/testing/": ("tests/core", "tests/payments", "tests/plugins"),
    "hub/web/": ("tests/web",),
    "hub/wechat/": ("tests/wechat",),
    "hub/worklist/": ("tests/plugins", "tests/push/test_every_template.py"),
    "plugins/": ("tests/push/test_every_template.py", "tests/core/test_host.py", *HELD),
    "plugins/branches/": ("tests/branches", *HELD),
    "plugins/complaints/": ("tests/complaints", *HELD),
    "plugins/declaration/": ("tests/plugins", *HELD),
    "plugins/follow/": ("tests/follow", *HELD),
    "plugins/interception/": ("tests/interception", *HELD),
    "plugins/message_board/": ("tests/message_board", *HELD),
    "plugins/notices/": ("tests/notices", *HELD),
    "plugins/payments/": ("tests/payments", *HELD),
    "plugins/policy/": ("tests/policy", *HELD),
    "plugins/publicity/": ("tests/publicity", *HELD),
    "plugins/survey/": ("tests/survey", *HELD),
    "plugins/village/": ("tests/village", *HELD),
    "scripts/": ("tests/cli/test_terminals.py", *DOCUMENTS),
    "hub/static/": ("tests/realtime/test_browser.py", "tests/realtime/test_client.py"),
    "hub/templates/": ("tests/push/test_templates.py", "tests/web/test_surfaces.py", "tests/demo"),
    "templates/": ("tests/push/test_every_template.py", "tests/push/test_templates.py"),
}


def concerned(changed: Iterable[str]) -> list[str]:
    """Test files and folders, sorted; ``changed`` are paths from the project's folder."""
    found = {path for file in changed for path in _by_one(file) if (ROOT / path).exists()}
    return sorted(path for path in found if not any(path.startswith(f"{other}/") for other in found))


def _by_one(file: str) -> Iterator[str]:
    if file.startswith("tests/"):
        yield from _by_a_test(file)
        return
    # One table may say nothing, and a module be imported all the same.
    beginnings = [beginning for beginning in FOLDERS if file.startswith(beginning)]
    others = FOLDERS[max(beginnings, key=len)] if beginnings else ()
    yield from (path for path in (*others, *_tests_of_plugin(file), *_importers(file)) if not path.startswith(SLOW))


def _tests_of_plugin(file: str) -> Iterator[str]:
    """Where ``hub plugins new`` puts them."""
    top, _, rest = file.partition("/")
    if top == "plugins" and "/" in rest:
        yield f"tests/plugins/test_{rest.partition('/')[0]}.py"


def _by_a_test(file: str) -> Iterator[str]:
    """Itself, or the folders and tests that build on it, whether straight or by way of another."""
    waiting, seen = [file], {file}
    while waiting:
        path = Path(waiting.pop())
        if path.name.startswith("test_"):
            found = str(path)
        else:
            found = "" if path.parent == Path("tests") else str(path.parent)
            new = set(_importers(str(path), "*.py")) - seen
            seen |= new
            waiting += new
        if found and (str(path) == file or not found.startswith(SLOW)):
            yield found


def _importers(file: str, among: str = "test_*.py") -> Iterator[str]:
    """The tests that name a module, or something in it."""
    if not file.endswith(".py"):
        return
    module = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    for test in (ROOT / "tests").rglob(among):
        if module in _imported(test):
            yield str(test.relative_to(ROOT))


@cache
def _imported(test: Path) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(test.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    return frozenset(names)


def changed_files() -> set[str]:
    """What differs from the merge base with main, committed or not; new files too."""
    main = "main" if _git("branch", "--list", "main") else "origin/main"
    base = _git("merge-base", "HEAD", main)[0]
    return {*_git("diff", "--name-only", base), *_git("ls-files", "--others", "--exclude-standard")}


def _git(*arguments: str) -> list[str]:
    ended = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return ended.stdout.splitlines()


if __name__ == "__main__":
    print("\n".join(concerned(changed_files())))
