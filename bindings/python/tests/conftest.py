"""Where the golden files are, and how numbers are compared with them."""

import json
import os
import pathlib

import matplotlib
import pytest

matplotlib.use("Agg")

ROOT = pathlib.Path(__file__).parents[3]


def golden(name):
    """A golden file, in $SEGUE_GOLDEN or among the fixtures."""
    folder = pathlib.Path(os.environ.get("SEGUE_GOLDEN", ROOT / "fixtures" / "golden"))
    return json.loads((folder / name).read_text())


def close(value):
    """Equal to a recorded number: 1e-9 relative, and to 1 where both are smaller."""
    return pytest.approx(value, rel=1e-9, abs=1e-9)
