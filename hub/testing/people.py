"""Invented people."""

from __future__ import annotations

import zlib

from stdnum.iso7064 import mod_11_2

from hub.testing.places import ANJU


def number_of(person: str) -> str:
    """An ID number that nobody has, of a grown-up, the same each time for the same name."""
    chance = zlib.crc32(person.encode())
    born = f"{1960 + chance % 40}{1 + chance // 40 % 12:02d}{1 + chance // 480 % 28:02d}"
    digits = f"{ANJU}{born}{chance // 13440 % 1000:03d}"
    return digits + str(mod_11_2.calc_check_digit(digits))
