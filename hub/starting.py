"""What can go wrong while a hub is opened, in one sentence each: whoever starts it should read what to do, not a traceback."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from hub.store.addresses import in_words
from hub.store.mongo import PyMongoError
from hub.words.errors import SetupError

DISK: Mapping[int, str] = MappingProxyType(
    {
        errno.ENOSPC: "the disk is full: make room",
        errno.EDQUOT: "the disk quota is used up: make room",
        errno.EROFS: "the disk is read-only: mount it for writing, or name another folder (data_dir)",
        errno.EACCES: "not allowed: give the folder to the user who runs the hub, or name another (data_dir)",
        errno.EPERM: "not allowed: give the folder to the user who runs the hub, or name another (data_dir)",
        errno.EMFILE: "too many open files: raise LimitNOFILE of the service",
        errno.ENFILE: "too many open files on this machine",
    }
)


@contextlib.contextmanager
def told_in_words() -> Iterator[None]:
    """Around the opening: what the database and the disk raise becomes a ``SetupError``."""
    try:
        yield
    except PyMongoError as error:
        raise SetupError(in_words(error)) from None
    except OSError as error:
        raise SetupError(_disk_words(error)) from None


def _disk_words(error: OSError) -> str:
    place = f"{error.filename}: " if error.filename else ""
    return place + DISK.get(error.errno or 0, f"{error.strerror or type(error).__name__}: mend it and start again")
