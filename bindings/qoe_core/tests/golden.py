"""Every recorded answer of QOE-Core that its C interface can give, through ctypes.

usage: golden.py LIBRARY GOLDEN/seeds/qoe_core.json; prints `qoe_core.json: <cases> cases, <n> mismatches`.
"""

import ctypes
import json
import math
import os
import struct
import sys
import threading


class SimConfig(ctypes.Structure):
    _fields_ = [
        ("abr_type", ctypes.c_uint32),
        ("abr_window_size", ctypes.c_uint32),
        ("buffer_size_max", ctypes.c_float),
        ("segment_duration", ctypes.c_float),
        ("stall_threshold", ctypes.c_float),
    ]


def load(path):
    library = ctypes.CDLL(path)
    library.simulate_session.argtypes = []
    library.simulate_session.restype = None
    library.simulate_and_get_score.argtypes = []
    library.simulate_and_get_score.restype = ctypes.c_float
    for name in ["simulate_with_config", "simulate_with_config_and_get_score"]:
        getattr(library, name).argtypes = [SimConfig]
        getattr(library, name).restype = ctypes.c_float
    # Not c_char_p: ctypes would make bytes of it, and lose what is to be freed.
    library.simulate_and_get_json.argtypes = [SimConfig]
    library.simulate_and_get_json.restype = ctypes.c_void_p
    library.free_simulation_string.argtypes = [ctypes.c_void_p]
    library.free_simulation_string.restype = None
    return library


def steps(library, config):
    pointer = library.simulate_and_get_json(config)
    text = ctypes.cast(pointer, ctypes.c_char_p).value.decode()
    library.free_simulation_string(pointer)
    return text


def single(x):
    """Rounded to single precision; the files write what is no number as a word."""
    return struct.unpack("f", struct.pack("f", float(x)))[0]


def same(got, want):
    if got is None:
        return not math.isfinite(single(want))
    got, want = single(got), single(want)
    return got == want or (math.isnan(got) and math.isnan(want)) or abs(got - want) <= 1e-4


def check_case(library, case):
    given, want = case["input"], case["output"]
    keys = ["abr_type_code", "abr_window_size", "buffer_size_max_secs", "segment_duration_secs", "stall_threshold_secs"]
    config = SimConfig(*(given[key] if i < 2 else float(given[key]) for i, key in enumerate(keys)))
    text = steps(library, config)
    found = json.loads(text)
    problems = []
    if "json_text" in want and text != want["json_text"]:
        problems.append("json_text")
    for column in ["timestamp", "bitrate_kbps", "stalled", "switch"]:
        if [step[column] for step in found] != want[column]:
            problems.append(column)
    levels = [step["buffer_level_secs"] for step in found]
    if not all(same(a, b) for a, b in zip(levels, want["buffer_level_secs"])):
        problems.append("buffer_level_secs")
    for name in ["simulate_with_config", "simulate_with_config_and_get_score"]:
        if not same(getattr(library, name)(config), want["qoe"]["final_score"]):
            problems.append(name)
    return problems


def check_session(path, file):
    """simulate_session prints its ten lines and writes its file; the others print nothing."""
    library = load(path)
    default = SimConfig(2, 3, 10.0, 1.0, 0.5)
    reading, writing = os.pipe()
    kept = os.dup(1)
    os.dup2(writing, 1)
    try:
        library.simulate_and_get_score()
        library.simulate_with_config(default)
        steps(library, default)
        os.write(1, b"--\n")
        library.simulate_session()
    finally:
        os.dup2(kept, 1)
        os.close(writing)
    with os.fdopen(reading) as said:
        printed = said.read()
    want = [c for c in file["stock_trace"]["cases"] if "csv_text" in c["output"] and c["input"]["abr_type_code"] == 2]
    rows = json.loads(steps(library, default))
    lines = [
        f"Time: {r['timestamp']}s, Bitrate: {r['bitrate_kbps']} kbps, Buffer: {r['buffer_level_secs']:.2f} s, "
        f"Stalled: {str(r['stalled']).lower()}, Switch: {str(r['switch']).lower()}"
        for r in rows
    ]
    problems = [] if printed.splitlines() == ["--", *lines] else ["printed lines"]
    with open("data/session_log.csv") as log:
        text = log.read()
    if not want or text != want[0]["output"]["csv_text"]:
        problems.append("session_log.csv")
    return problems


def check_harmless(library):
    """Nonsense does no harm, from many threads at once."""
    odd = [float("nan"), float("inf"), -float("inf"), -1.0, 0.0, 1e-45, 3.4e38]
    for a in odd:
        for b in odd:
            for c in odd:
                for rule in [0, 1, 2, 3, 0xFFFFFFFF]:
                    config = SimConfig(rule, 0xFFFFFFFF, a, b, c)
                    library.simulate_with_config(config)
                    json.loads(steps(library, config))
    library.free_simulation_string(None)
    scores = []
    work = lambda: scores.extend(library.simulate_and_get_score() for _ in range(200))
    threads = [threading.Thread(target=work) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    return [] if set(scores) == {19.0} and len(scores) == 800 else ["threads"]


def main():
    path, golden = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    with open(golden) as file:
        file = json.load(file)
    library = load(path)
    found = [(f"stock {i}", check_case(library, c)) for i, c in enumerate(file["stock_trace"]["cases"])]
    for i, case in enumerate(file["ffi_score"]["cases"]):
        given, want = case["input"], case["output"]
        config = SimConfig(*given.values())
        got = [library.simulate_with_config(config), library.simulate_with_config_and_get_score(config)]
        found.append((f"ffi {i}", [] if got == [want["score"], want["score2"]] else [f"{got}"]))
    found.append(("simulate_and_get_score", [] if library.simulate_and_get_score() == 19.0 else ["score"]))
    found.append(("simulate_session", check_session(path, file)))
    found.append(("nonsense", check_harmless(library)))
    wrong = [(name, problems) for name, problems in found if problems]
    for name, problems in wrong:
        print(f"MISMATCH {name}: {', '.join(problems)}")
    print(f"qoe_core.json: {len(found)} cases, {len(wrong)} mismatches")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
