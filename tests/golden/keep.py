"""Keeps the data of today's version for the versions after it: plays the play, and backs its database up with its keys.

``scripts/keep-data`` runs it; tests/store/test_old_data.py reads what it has written. A folder that is there stays as it is.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from hub import __version__
from hub.store import embedded
from tests.golden.keeping import DATA, FOLDER, write
from tests.golden.play import stage
from tests.golden.scenes import perform


async def keep(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        settings = embedded.EmbeddedSettings(Path(scratch) / "mongodb", port=0)
        async with await embedded.start(settings) as server, stage(server.uri, Path(scratch) / "hub") as play:
            await perform(play)
            await write(play, folder)


def main() -> None:
    """Into the folder of this version."""
    folder = FOLDER / __version__
    if folder.exists():
        sys.exit(f"{folder} is there already: what a version has stored does not change")
    folder.mkdir(parents=True)
    asyncio.run(keep(folder))
    print(f"{folder}: {(folder / DATA).stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    main()
