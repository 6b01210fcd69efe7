"""A test that never ends says where it stands and ends its process: else the whole run would be waited for and nothing learnt."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# Many times the longest test on the slowest machine, what the session puts away after the last one included.
LONGEST = 20 * 60.0


class Alarm:
    """Made while nothing is captured, so that what it says is read."""

    def __init__(self, longest: float = LONGEST) -> None:
        self._longest = longest
        self._said = os.fdopen(os.dup(sys.stderr.fileno()), "w")
        self.loop: asyncio.AbstractEventLoop | None = None

    @contextmanager
    def around(self, test: str) -> Iterator[None]:
        timer = self.start(test)
        try:
            yield
        finally:
            timer.cancel()

    def start(self, what: str) -> threading.Timer:
        """Goes off after the longest time, unless it is cancelled or the process has ended."""
        timer = threading.Timer(self._longest, self._end, [what])
        timer.daemon = True
        timer.start()
        return timer

    def _end(self, what: str) -> None:
        print(f"\n{what}: has not ended after {self._longest:.0f} s. Its tasks and threads:", file=self._said)
        for task in asyncio.all_tasks(self.loop) if self.loop else ():
            task.print_stack(file=self._said)
        self._said.flush()
        faulthandler.dump_traceback(self._said)
        os._exit(1)
