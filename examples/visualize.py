"""QOE-Core's picture on Segue's engine: bitrate with stalls above, buffer below, and the score.

    cargo build --release -p qoe_core
    pip install -r examples/requirements.txt
    python examples/visualize.py                      # a window, or with -o qoe.png a file

The library is any with QOE-Core's symbols: ours, or the original's qoe_core.dll.
"""

import argparse
import ctypes
import json
import pathlib
import sys

NAMES = ["libqoe_core.so", "libqoe_core.dylib", "qoe_core.dll"]
ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDERS = [pathlib.Path.cwd(), ROOT / "target" / "release", ROOT / "target" / "debug"]
RULES = {"fixed": 0, "buffer": 1, "throughput": 2}


class SimConfig(ctypes.Structure):
    _fields_ = [
        ("abr_type", ctypes.c_uint32),
        ("abr_window_size", ctypes.c_uint32),
        ("buffer_size_max", ctypes.c_float),
        ("segment_duration", ctypes.c_float),
        ("stall_threshold", ctypes.c_float),
    ]


def find(given):
    """The library, or a message that says where it was looked for."""
    places = [pathlib.Path(given)] if given else [folder / name for folder in FOLDERS for name in NAMES]
    for place in places:
        if place.is_file():
            return place.resolve()
    looked = "\n  ".join(str(place) for place in places)
    print(f"no QOE-Core library; looked for\n  {looked}\nbuild it: cargo build --release -p qoe_core", file=sys.stderr)
    sys.exit(2)


def load(path):
    library = ctypes.CDLL(str(path))
    library.simulate_with_config_and_get_score.argtypes = [SimConfig]
    library.simulate_with_config_and_get_score.restype = ctypes.c_float
    library.simulate_and_get_json.argtypes = [SimConfig]
    library.simulate_and_get_json.restype = ctypes.c_void_p
    library.free_simulation_string.argtypes = [ctypes.c_void_p]
    library.free_simulation_string.restype = None
    return library


def simulate(library, config):
    """The steps and the score of a configuration."""
    pointer = library.simulate_and_get_json(config)
    try:
        steps = json.loads(ctypes.cast(pointer, ctypes.c_char_p).value)
    finally:
        library.free_simulation_string(pointer)
    return steps, library.simulate_with_config_and_get_score(config)


def draw(steps, score, threshold):
    import matplotlib.pyplot as plt

    at = [step["timestamp"] for step in steps]
    bitrate = [step["bitrate_kbps"] for step in steps]
    stalled = [step for step in steps if step["stalled"]]
    fig, (top, bottom) = plt.subplots(2, 1, sharex=True, figsize=(10, 6), layout="constrained")
    top.plot(at, bitrate, color="#0072B2", marker="o", markersize=3, label="bitrate (kbps)")
    top.scatter(
        [step["timestamp"] for step in stalled],
        [step["bitrate_kbps"] for step in stalled],
        color="red",
        zorder=3,
        label="stalled",
    )
    top.set_title(f"Bitrate & Stalls Over Time (QoE: {score:.1f}/100)")
    top.set_ylabel("kbps")
    bottom.plot(at, [step["buffer_level_secs"] for step in steps], color="orange", label="buffer (s)")
    bottom.axhline(threshold, color="red", linestyle="--", label="Stall Threshold")
    bottom.set_title("Buffer Level")
    bottom.set_ylabel("s")
    bottom.set_xlabel("step")
    for ax in (top, bottom):
        # Room for the legend above the line.
        ax.set_ylim(0, ax.get_ylim()[1] * 1.25)
        ax.legend(loc="upper right", ncols=2)
        ax.grid(alpha=0.3)
    return fig


def main():
    parser = argparse.ArgumentParser(description="QOE-Core's picture on Segue's engine")
    parser.add_argument("--abr", choices=RULES, default="throughput", help="rule (default: throughput)")
    parser.add_argument("--window", type=int, default=3, help="throughputs in the mean (default: 3)")
    parser.add_argument("--buffer-max", type=float, default=10.0, metavar="S", help="what the buffer takes (default: 10)")
    parser.add_argument("--segment", type=float, default=1.0, metavar="S", help="length of a segment (default: 1)")
    parser.add_argument("--stall-threshold", type=float, default=0.5, metavar="S", help="(default: 0.5)")
    parser.add_argument("--library", metavar="FILE", help="the library, where it is not found by itself")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the picture instead of showing it")
    args = parser.parse_args()

    library = load(find(args.library))
    config = SimConfig(RULES[args.abr], args.window, args.buffer_max, args.segment, args.stall_threshold)
    steps, score = simulate(library, config)
    print(f"QoE score: {score:.1f}/100")
    fig = draw(steps, score, args.stall_threshold)
    if args.output:
        fig.savefig(args.output, dpi=150)
        print(f"picture: {args.output}")
    else:
        import matplotlib.pyplot as plt

        plt.show()


if __name__ == "__main__":
    main()
