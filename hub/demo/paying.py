"""The second part of the story: survey, publicity, a complaint, approval, batch and bank, with a month of time put forward."""

from __future__ import annotations

from hub.demo.telling import Step

STEPS: tuple[Step, ...] = ()
