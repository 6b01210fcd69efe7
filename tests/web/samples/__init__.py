"""One sample per route that is not open to all, a file per feature: ``SAMPLES``, and ``OPEN`` for what is open on purpose.

A new feature adds a file here; nobody else's is touched.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from tests.web.scope import Sample

_FILES = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]

SAMPLES: Mapping[str, Sample] = {name: sample for file in _FILES for name, sample in file.SAMPLES.items()}
OPEN: Mapping[str, str] = {name: why for file in _FILES for name, why in getattr(file, "OPEN", {}).items()}
