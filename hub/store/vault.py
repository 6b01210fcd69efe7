"""Files that only their keeper can open: written and read as a stream, in bounded memory.

A line that says what it is, a header in clear (what kind, how it is locked), then chunks of AES-256-GCM. A chunk's nonce is its
number and whether it is the last: chunks cannot be moved, left out or cut off without being seen. The key is of this file
alone: by argon2id from a passphrase and a random salt, or by X25519 for a recipient, whose private key need not be on the
machine that writes.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import hmac
import os
import secrets
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypeAlias

import msgspec
from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.words.errors import SetupError

FIRST_LINE = b"hub backup 1\n"
CHUNK = 1 << 20
# No header is longer; what claims so is another kind of file.
LONGEST_HEADER = 4096
TAG_BYTES, KEY_BYTES = 16, 32
# argon2id as RFC 9106 recommends where memory is scarce: 64 MiB, three passes. A guess costs a tenth of a second.
PASSES, MEMORY_KIB, LANES = 3, 64 * 1024, 4
SHORTEST_PASSPHRASE = 12
BEGINNING = "the file is damaged at its beginning: take another backup"


class Damaged(SetupError):
    """The file is not what was written: changed, cut short, or opened with something else."""


class ByPassphrase(msgspec.Struct, frozen=True, tag="passphrase"):
    salt: bytes
    passes: int = PASSES
    memory: int = MEMORY_KIB
    lanes: int = LANES


class ForRecipient(msgspec.Struct, frozen=True, tag="recipient"):
    """``recipient`` is the public key that it was locked for."""

    recipient: bytes
    ephemeral: bytes


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """``check`` tells a wrong passphrase from a damaged file."""

    kind: str
    made_at: datetime
    lock: ByPassphrase | ForRecipient
    check: bytes


class Passphrase(msgspec.Struct, frozen=True):
    """Locks and opens."""

    text: str

    def __repr__(self) -> str:
        return "Passphrase(***)"


class Recipient(msgspec.Struct, frozen=True):
    """Locks only: the public key."""

    public: bytes


class PrivateKey(msgspec.Struct, frozen=True):
    """Opens what was locked for its public key."""

    private: bytes

    def __repr__(self) -> str:
        return "Identity(***)"

    @property
    def recipient(self) -> Recipient:
        return Recipient(X25519PrivateKey.from_private_bytes(self.private).public_key().public_bytes_raw())


class FileKey(msgspec.Struct, frozen=True):
    """Opens the one file that has just been written, to read it back."""

    key: bytes

    def __repr__(self) -> str:
        return "FileKey(***)"


Locker: TypeAlias = Passphrase | Recipient
Opener: TypeAlias = Passphrase | PrivateKey | FileKey


def new_private_key() -> PrivateKey:
    return PrivateKey(X25519PrivateKey.generate().private_bytes_raw())


def as_text(key: bytes) -> str:
    """A key as it stands in a file."""
    return base64.b64encode(key).decode() + "\n"


def key_in(path: Path) -> bytes:
    """The key in a file that :func:`as_text` has written. Raises ``SetupError``."""
    try:
        key = base64.b64decode(path.read_text("ascii").strip(), validate=True)
    except (OSError, ValueError) as problem:
        raise SetupError(
            f"{path} holds no key ({type(problem).__name__}): make one with hub backup recipient"
        ) from None
    if len(key) != KEY_BYTES:
        raise SetupError(f"{path} holds no key of {KEY_BYTES} bytes: make one with hub backup recipient")
    return key


class Writer:
    """Compresses, locks and writes. :meth:`close` writes the last chunk; without it the file counts as cut short."""

    def __init__(self, file: BinaryIO, locker: Locker, *, kind: str, made_at: datetime) -> None:
        lock, key = _locked(locker)
        header = msgspec.json.encode(Header(kind=kind, made_at=made_at, lock=lock, check=_check_of(key)))
        self._file = file
        self._chunks = _Chunks(key, header)
        self._pressed = zlib.compressobj(1)
        self._waiting = bytearray()
        self.opener = FileKey(key)
        file.write(FIRST_LINE + len(header).to_bytes(4) + header)

    def write(self, data: bytes) -> None:
        self._waiting += self._pressed.compress(data)
        while len(self._waiting) > CHUNK:
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def close(self) -> None:
        self._waiting += self._pressed.flush()
        while len(self._waiting) > CHUNK:
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        self._put(bytes(self._waiting), last=True)

    def _put(self, data: bytes, *, last: bool) -> None:
        body = self._chunks.seal(data, last=last)
        self._file.write(len(body).to_bytes(4) + body)


class Reader:
    """Reads, opens and unpacks; every byte that it gives out is one that was written."""

    def __init__(self, file: BinaryIO, opener: Opener, *, kind: str) -> None:
        header = _read_header(file)
        self.header = msgspec.json.decode(header, type=Header)
        if self.header.kind != kind:
            raise SetupError(f"this file holds {self.header.kind}, and {kind} are asked for: name the other file")
        try:
            key = _opened(opener, self.header.lock)
        except (HashingError, ValueError, OverflowError):
            # A salt, a bound or a public key that is none: nothing says that the header is what was written before it opens.
            raise Damaged(BEGINNING) from None
        if not hmac.compare_digest(_check_of(key), self.header.check):
            raise SetupError("the file does not open with this passphrase or key: give the one that it was made with")
        self._file = file
        self._chunks = _Chunks(key, header)
        self._waiting = bytearray()
        self._pieces = self._unpacked()

    def read(self, size: int) -> bytes:
        """Exactly ``size`` bytes; fewer only at the end."""
        while len(self._waiting) < size and (piece := next(self._pieces, None)) is not None:
            self._waiting += piece
        data = bytes(self._waiting[:size])
        del self._waiting[:size]
        return data

    def _unpacked(self) -> Iterator[bytes]:
        packed = zlib.decompressobj()
        for chunk in self._chunks_of_the_file():
            left = chunk
            # In pieces: what is repetitive unpacks to a thousand times its size.
            while left:
                yield packed.decompress(left, 4 * CHUNK)
                left = packed.unconsumed_tail
        yield packed.flush()

    def _chunks_of_the_file(self) -> Iterator[bytes]:
        size = self._file.read(4)
        while size:
            body = self._file.read(min(int.from_bytes(size), CHUNK + TAG_BYTES))
            following = self._file.read(4)
            yield self._chunks.open(body, last=not following)
            size = following


class _Chunks:
    """Numbers, seals and opens the chunks of one file, in their order."""

    def __init__(self, key: bytes, header: bytes) -> None:
        self._cipher = AESGCM(key)
        self._about = hashlib.sha256(header).digest()
        self._number = 0

    def seal(self, data: bytes, *, last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(last), data, self._about)

    def open(self, body: bytes, *, last: bool) -> bytes:
        try:
            return self._cipher.decrypt(self._nonce(last), body, self._about)
        except InvalidTag:
            raise Damaged("the file is damaged or cut short: take another backup") from None

    def _nonce(self, last: bool) -> bytes:
        number, self._number = self._number, self._number + 1
        return number.to_bytes(11) + bytes([last])


def _read_header(file: BinaryIO) -> bytes:
    if file.read(len(FIRST_LINE)) != FIRST_LINE:
        raise SetupError("this is no file of hub backup")
    size = int.from_bytes(file.read(4))
    header = file.read(min(size, LONGEST_HEADER))
    try:
        msgspec.json.decode(header, type=Header)
    except (msgspec.DecodeError, RecursionError):
        raise Damaged(BEGINNING) from None
    return header


def _locked(locker: Locker) -> tuple[ByPassphrase | ForRecipient, bytes]:
    if isinstance(locker, Passphrase):
        by = ByPassphrase(secrets.token_bytes(16))
        return by, _stretched(locker, by)
    ephemeral = X25519PrivateKey.generate()
    to = ForRecipient(locker.public, ephemeral.public_key().public_bytes_raw())
    return to, _agreed(ephemeral, X25519PublicKey.from_public_bytes(locker.public), to)


def _opened(opener: Opener, lock: ByPassphrase | ForRecipient) -> bytes:
    if isinstance(opener, Passphrase) and isinstance(lock, ByPassphrase):
        return _stretched(opener, lock)
    if isinstance(opener, PrivateKey) and isinstance(lock, ForRecipient):
        mine = X25519PrivateKey.from_private_bytes(opener.private)
        return _agreed(mine, X25519PublicKey.from_public_bytes(lock.ephemeral), lock)
    if isinstance(opener, FileKey):
        return opener.key
    wanted = "a passphrase" if isinstance(lock, ByPassphrase) else "the private key of its recipient (--identity)"
    raise SetupError(f"this file opens with {wanted}")


def _stretched(passphrase: Passphrase, by: ByPassphrase) -> bytes:
    # A header that was tampered with must not cost gigabytes before it is found out.
    passes, memory, lanes = min(by.passes, 16), min(by.memory, 1 << 20), min(by.lanes, 16)
    secret = passphrase.text.encode()
    return hash_secret_raw(secret, by.salt, passes, memory, lanes, KEY_BYTES, Type.ID)


def _agreed(mine: X25519PrivateKey, theirs: X25519PublicKey, to: ForRecipient) -> bytes:
    derive = HKDF(SHA256(), KEY_BYTES, salt=to.ephemeral + to.recipient, info=b"hub backup")
    return derive.derive(mine.exchange(theirs))


def _check_of(key: bytes) -> bytes:
    return hmac.new(key, b"hub backup check", hashlib.sha256).digest()[:16]


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file, readable by its owner alone, that gets its name only when the block ends well.

    Raises ``SetupError`` where there is one already, or where none can be: no folder, no rights, no room.
    """
    draft = path.with_name(path.name + ".part")
    try:
        if path.exists():
            raise FileExistsError(errno.EEXIST, "it is there already; name another file")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file, _ended(draft, file):
            yield file
            file.flush()
            os.fsync(file.fileno())
            if not _is_still(draft, file):
                raise FileExistsError(errno.EEXIST, "another command writes the same file")
            draft.rename(path)
    except OSError as problem:
        raise SetupError(f"{path} cannot be written: {problem.strerror}") from None


@contextmanager
def _ended(draft: Path, file: BinaryIO) -> Iterator[None]:
    """Nothing half written stays; but what another command has begun under the same name is its own."""
    try:
        yield
    finally:
        if _is_still(draft, file):
            draft.unlink(missing_ok=True)


def _is_still(draft: Path, file: BinaryIO) -> bool:
    with suppress(OSError):
        return os.path.samestat(os.fstat(file.fileno()), draft.stat(follow_symlinks=False))
    return False
