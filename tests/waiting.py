"""Waiting, as `hub.testing` has it."""

from hub.testing.waiting import LOOK_AGAIN, PATIENCE, patience, until

__all__ = ["LOOK_AGAIN", "PATIENCE", "patience", "until"]
