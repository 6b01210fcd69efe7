"""The demo: sample data that let a new clone be tried at once, and the stage they are played on.

`DATA` holds real places, real kinds of subsidy with sample amounts, and invented people; each file says at its top what
is in it.
"""

from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"
REGIONS = DATA / "regions.csv"
SAMPLES = DATA / "samples"
# For whoever has the hub without a clone, and no config.yaml yet.
CONFIG = Path(__file__).parent / "config.yaml"


def read(name: str) -> Any:
    """The content of `data/<name>.yaml`: counties, people or projects."""
    return yaml.load((DATA / f"{name}.yaml").read_bytes(), yaml.CSafeLoader)
