"""Chance, for pauses that must not come together: the system's own, which forked workers do not share and no seed repeats."""

from __future__ import annotations

import random

CHANCE = random.SystemRandom()
