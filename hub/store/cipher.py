"""Encryption of personal fields, their blind index, and digests of tokens. The keys live in a file apart from the database.

AES-256-GCM with a random nonce per value and the kind of the value as associated data, so that a phone cannot be pasted
where a card belongs. The blind index is HMAC-SHA256 over kind and text with a key of its own: equal texts give equal
indexes, which is what exact search needs and all that a reader of the database learns. See docs/decisions for why not the
driver's explicit encryption.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.words.errors import SetupError
from hub.words.personal import CardText, IdNumberText, Personal, PhoneText, Secret

NONCE_BYTES, KEY_BYTES, ID_BYTES = 12, 32, 4
# Also a part of a field's path in the database.
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
KINDS: tuple[type[Personal], ...] = (IdNumberText, PhoneText, CardText, Secret)


class KeyFile(msgspec.Struct, frozen=True, kw_only=True):
    """``keys`` holds every key in use by its random id, ``current`` names the one that seals; ``blind`` and ``digest`` never rotate alone:
    changing them would mean writing every index anew, for which there is no command."""

    current: str
    keys: dict[str, str]
    blind: str
    digest: str


class Fingerprints(msgspec.Struct, frozen=True):
    """What tells keys apart and gives none of them away; ``keys`` by their ids."""

    blind: str
    digest: str
    keys: dict[str, str]


class FieldCipher:
    """Seals and opens personal values."""

    def __init__(self, keys: KeyFile) -> None:
        self.current = keys.current
        self.fingerprints = Fingerprints(
            _fingerprint(keys.blind),
            _fingerprint(keys.digest),
            {name: _fingerprint(key) for name, key in keys.keys.items()},
        )
        self._ciphers = {name: AESGCM(base64.b64decode(key)) for name, key in keys.keys.items()}
        self._blind = base64.b64decode(keys.blind)
        self._digest = base64.b64decode(keys.digest)

    def seal(self, value: Personal) -> dict[str, object]:
        """The stored form: ``c`` the ciphertext with its key's name in front, ``b`` the blind index."""
        name = self.current.encode()
        nonce = os.urandom(NONCE_BYTES)
        body = self._ciphers[self.current].encrypt(nonce, value.reveal().encode(), value.kind.encode())
        return {"c": bytes([len(name)]) + name + nonce + body, "b": self.blind(value)}

    def open(self, kind: type[Personal], stored: object) -> Personal:
        """The value of a stored form. Raises ``ValueError`` when it was tampered with or its key is gone."""
        if not isinstance(stored, dict) or not isinstance(stored.get("c"), bytes):
            raise ValueError("not a sealed value")  # noqa: TRY004 - the data is wrong, not the call
        name, nonce, body = _parts(stored["c"])
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise ValueError("sealed with a key that the key file does not hold")
        try:
            return kind(cipher.decrypt(nonce, body, kind.kind.encode()).decode())
        except InvalidTag:
            raise ValueError("a sealed value does not open: changed, or of another kind") from None

    def opens(self, stored: dict[str, object]) -> bool:
        """Whether a sealed value is of these keys: it opens, and its blind index is the one they give."""
        for kind in KINDS:
            with contextlib.suppress(ValueError):
                return self.blind(self.open(kind, stored)) == stored.get("b")
        return False

    def renewed(self, stored: dict[str, object]) -> bytes | None:
        """The ciphertext of the same value by the present key; None where that has sealed it already.

        Raises ``ValueError`` when it opens as no kind of value.
        """
        sealed = stored["c"]
        if isinstance(sealed, bytes) and _parts(sealed)[0] == self.current:
            return None
        for kind in KINDS:
            with contextlib.suppress(ValueError):
                renewed = self.seal(self.open(kind, stored))["c"]
                return renewed if isinstance(renewed, bytes) else None
        raise ValueError("a sealed value does not open: changed, or its key is gone")

    def blind(self, value: Personal) -> str:
        """The keyed index of a value, 32 hex digits (128 bits: no chance meeting among billions)."""
        return hmac.new(self._blind, f"{value.kind}:{value.reveal()}".encode(), hashlib.sha256).hexdigest()[:32]

    def digest(self, purpose: str, text: str) -> str:
        """A keyed digest of a token or an address, for finding or counting it without keeping it."""
        return hmac.new(self._digest, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()


def _parts(sealed: bytes) -> tuple[str, bytes, bytes]:
    """Name of the key, nonce, body."""
    end = 1 + sealed[0]
    return sealed[1:end].decode(), sealed[end : end + NONCE_BYTES], sealed[end + NONCE_BYTES :]


def _fingerprint(key: str) -> str:
    return hmac.new(base64.b64decode(key), b"hub key fingerprint", hashlib.sha256).hexdigest()[:32]


def new_key_file() -> KeyFile:
    """Fresh random keys."""
    return with_new_key(KeyFile(current="", keys={}, blind=_new_key(), digest=_new_key()), use=True)


def with_new_key(keys: KeyFile, *, use: bool) -> KeyFile:
    """These keys and one more, under a random id: two files never mean different keys by the same one. ``use``: seal with it."""
    id = f"k{secrets.token_hex(ID_BYTES)}"
    return msgspec.structs.replace(keys, current=id if use else keys.current, keys={**keys.keys, id: _new_key()})


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def load_keys(path: Path, *, make: bool) -> KeyFile:
    """Read the key file; ``make`` writes a new one when there is none (never where data may already be sealed).

    Raises ``SetupError`` when it is missing, unreadable or open to other users.
    """
    if not path.exists():
        if not make:
            raise SetupError(
                f"key file {path} is missing: restore it from its backup; without it personal data cannot be read"
            )
        with _draft(path, new_key_file()) as draft, contextlib.suppress(FileExistsError):
            # Two processes may start at once: the first name wins, both read that one.
            os.link(draft, path)
    if path.stat().st_mode & 0o077:
        raise SetupError(f"key file {path} can be read by other users: chmod 600 {path}")
    try:
        keys = msgspec.json.decode(path.read_bytes(), type=KeyFile)
    except msgspec.DecodeError as error:
        raise SetupError(f"key file {path} is damaged ({error}): restore it from its backup") from None
    if problem := _damage(keys):
        raise SetupError(f"key file {path} is damaged ({problem}): restore it from its backup")
    return keys


def replace_keys(path: Path, keys: KeyFile) -> None:
    """Write the key file anew, whole or not at all."""
    with _draft(path, keys) as draft:
        draft.replace(path)


@contextlib.contextmanager
def _draft(path: Path, keys: KeyFile) -> Iterator[Path]:
    """The file in full under another name: a crash must not leave half a key file."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(f".{os.getpid()}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(keys)))
        file.flush()
        os.fsync(file.fileno())
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _damage(keys: KeyFile) -> str | None:
    if keys.current not in keys.keys:
        return "current names no key of the file"
    if any(not _ID.fullmatch(name) for name in keys.keys):
        return "a key's id may have letters, digits, - and _"
    for name, key in {**keys.keys, "blind": keys.blind, "digest": keys.digest}.items():
        try:
            size = len(base64.b64decode(key, validate=True))
        except ValueError:
            size = 0
        if size != KEY_BYTES:
            return f"{name} is no key of {KEY_BYTES} bytes in base64"
    return None
