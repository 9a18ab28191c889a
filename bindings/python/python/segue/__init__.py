"""Segue, an adaptive-streaming laboratory: what viewers see and feel if player, ladder or network change.

Everything is computed by Segue's Rust core; the names are those of the command line.

>>> import segue
>>> session = segue.run("preset:constant,rate=3", "preset:cbr,duration=60", "bola")
>>> session.summary["stall_count"]
0

Units are in the names: ``_s`` seconds, ``_kbps`` kbit/s, ``_mbps`` Mbit/s, ``_bits`` bit.
What can be asked for by name: ``segue.names("abr")``, ``"qoe"``, ``"profiles"``, ``"impairments"``, ``"traces"``, ``"videos"``.
"""

from importlib import import_module as _import_module

from . import stats
from ._qoe_core import SimConfig, visualize
from ._segue import (
    Comparison,
    Event,
    Flight,
    Model,
    Optimum,
    Score,
    Session,
    Trace,
    Video,
    View,
    compare,
    generate,
    indicators,
    optimum,
    read_trace,
    read_traces,
    read_video,
    registry as names,
    run,
)

__version__ = "0.1.0"

__all__ = [
    "Comparison",
    "Event",
    "Flight",
    "Model",
    "Optimum",
    "Score",
    "Session",
    "SimConfig",
    "Trace",
    "Video",
    "View",
    "compare",
    "generate",
    "gym",
    "indicators",
    "names",
    "optimum",
    "plot",
    "read_trace",
    "read_traces",
    "read_video",
    "run",
    "stats",
    "visualize",
]


def __getattr__(name):
    """What needs more than NumPy is imported when it is first asked for."""
    if name in ("gym", "plot"):
        return _import_module(f".{name}", __name__)
    raise AttributeError(f"module 'segue' has no attribute '{name}'")


def __dir__():
    return sorted({*globals(), *__all__})
