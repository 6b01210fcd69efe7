"""Passwords are hashed hundreds of times here, and once by each hub that starts: at a thousandth of the price that production pays."""

from __future__ import annotations

from argon2 import PasswordHasher

from hub.identity import passwords

AS_SHIPPED = passwords.HASHER
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def hash_cheaply() -> None:
    """The same algorithm in this process, from now on."""
    passwords.HASHER = CHEAP
