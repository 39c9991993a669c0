"""The figures of a long run that are kept for the site: a file beside the script that writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch


def write_figures(folder: Path, programs: int, seed: int, counts: Mapping[str, int]) -> None:
    """Keep what a run over generated programs has counted."""
    kept = {"torch": torch.__version__.partition("+")[0], "seed": seed, "programs": programs, **counts}
    (folder / "figures.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="ascii")
