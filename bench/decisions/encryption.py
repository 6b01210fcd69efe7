"""Sealing a personal value: AES-GCM with an HMAC blind index against the driver's explicit encryption.

    scripts/bench decisions.encryption

Prints a Markdown table, microseconds per value and ratios, medians of rounds in turns.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pymongo
from bson.codec_options import CodecOptions
from pymongo.encryption import Algorithm, ClientEncryption

from hub.store import embedded
from hub.store.cipher import FieldCipher, new_key_file
from hub.words.personal import IdNumberText

ROUNDS, VALUES = 7, 2000
VALUE = IdNumberText("510904194403150023")


def per_value(work: Callable[[], Any]) -> float:
    before = time.perf_counter()
    for _ in range(VALUES):
        work()
    return (time.perf_counter() - before) / VALUES * 1e6


def measure(encryption: ClientEncryption, cipher: FieldCipher) -> None:
    key = encryption.create_data_key("local")
    fixed, mixed = (
        Algorithm.AEAD_AES_256_CBC_HMAC_SHA_512_Deterministic,
        Algorithm.AEAD_AES_256_CBC_HMAC_SHA_512_Random,
    )
    text = VALUE.reveal()
    theirs, ours = encryption.encrypt(text, mixed, key_id=key), cipher.seal(VALUE)
    pairs: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
        "seal, searchable": (
            # Random for keeping and deterministic for searching: what the blind index does in one call of ours.
            lambda: (
                encryption.encrypt(text, mixed, key_id=key),
                encryption.encrypt(text, fixed, key_id=key),
            ),
            lambda: cipher.seal(VALUE),
        ),
        "open": (
            lambda: encryption.decrypt(theirs),
            lambda: cipher.open(IdNumberText, ours),
        ),
    }
    print("| work | driver, µs | ours, µs | ratio |\n|---|---|---|---|")
    for name, (first, second) in pairs.items():
        rounds = [(per_value(first), per_value(second)) for _ in range(ROUNDS)]
        driver, own = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"| {name} | {driver:.1f} | {own:.1f} | {driver / own:.1f} |")


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with await embedded.start(embedded.EmbeddedSettings(Path(folder), port=0)) as server:
            client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(server.uri)
            encryption = ClientEncryption({"local": {"key": os.urandom(96)}}, "keys.vault", client, CodecOptions())
            measure(encryption, FieldCipher(new_key_file()))
            encryption.close()
            client.close()


if __name__ == "__main__":
    import asyncio

    asyncio.run(main())
