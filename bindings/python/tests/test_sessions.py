"""Sessions through Python are those of Sabre, of Pensieve, and of the command."""

import csv
import json
import subprocess
import sys

import numpy as np
import pytest
from conftest import close, golden

import segue

SIMULATORS = "simulators/"
SABRE = [f"{rule}_{part:02}" for rule, parts in [("bola", 3), ("bolae", 3), ("dynamic", 3), ("dynamicdash", 2), ("throughput", 2)] for part in range(parts)]
# Sabre's unrounded totals, by the names that it prints.
FINAL = {
    "played_utility": ("total played utility", 1),
    "played_bitrate": ("total played bitrate", 1),
    "total_play_time": ("total play time", 1000),
    "rebuffer_time": ("total rebuffer", 1000),
    "total_bitrate_change": ("total bitrate change", 1),
    "total_log_bitrate_change": ("total log bitrate change", 1),
}


def sabre_specs(argv):
    """Sabre's flags as a rule and a profile."""
    given, key = {}, None
    for arg in argv:
        if arg.startswith("-"):
            key = arg
            given[key] = []
        else:
            given[key].append(arg)
    one = lambda key, default: given[key][0] if key in given else default
    many = lambda key, default: "/".join(given[key]) if key in given else default
    flag = lambda key, there="true", absent="false": there if key in given else absent
    ibr = flag("-noibr", "false", "true")
    estimator = "ewma" if one("-ma", "ewma") == "ewma" else "sliding"
    common = f"estimator={estimator},half-lives={many('-hl', '3/8')},windows={many('-ws', '3')}"
    gp, exact, basic = one("-gp", "5"), flag("-ao"), flag("-ab")
    rule = {
        "bola": f"bola:gp={gp},basic={basic},exact-cap={exact},{common}",
        "bolae": f"bola-e:gp={gp},ibr={ibr},exact-cap={exact},{common}",
        "throughput": f"throughput:ibr={ibr},{common}",
        "dynamic": f"dynamic:gp={gp},basic={basic},exact-cap={exact},ibr={ibr},tell-seeks=false,{common}",
        "dynamicdash": f"dynamic-dash:gp={gp},exact-cap={exact},ibr={ibr},tell-seeks=false,{common}",
    }[one("-a", "bolae")]
    profile = f"sabre-09b03bb:capacity={one('-b', '25')},rate={one('-nm', '1')},abandonment={flag('-noa', 'false', 'true')}"
    if "-s" in given:
        profile += f",seek={'/'.join(given['-s'])}"
    if "-r" in given:
        profile += f",replacement={given['-r'][0]}"
    if "-rmp" in given:
        profile += f",ramp={given['-rmp'][0]}"
    if "-ml" in given:
        profile += f",length={given['-ml'][0]}"
    return rule, profile


@pytest.fixture(scope="module")
def sabre(tmp_path_factory):
    """Traces and movies, read from files in Sabre's own formats."""
    folder = tmp_path_factory.mktemp("sabre")
    read = {}
    for kind, reader in [("traces", segue.read_trace), ("movies", segue.read_video)]:
        for name, content in golden(f"{SIMULATORS}sabre_inputs_{kind}.json")[kind].items():
            path = folder / f"{kind}-{name}.json"
            path.write_text(json.dumps(content))
            read[name] = reader(path)
    return read


@pytest.mark.parametrize("name", SABRE)
def test_every_attempt_and_total_is_that_of_sabre(name, sabre):
    file = golden(f"{SIMULATORS}sabre_{name}.json")
    seg, q, size, time, wait = (file["meta"]["columns"].index(c) for c in ["seg", "q", "size_bits", "time_ms", "wait_full_ms"])
    for case in file["cases"]:
        rule, profile = sabre_specs(case["argv"])
        session = segue.run(sabre[case["trace"]], sabre[case["movie"]], rule, profile=profile)
        for key, (printed, factor) in FINAL.items():
            assert session.sabre[printed] * factor == close(case["final"][key]), (case["id"], key)
        if "decisions" in (case["fragile"] or []):
            continue
        rows = case["rows"]
        assert session["index"].tolist() == [row[seg] for row in rows], case["id"]
        assert session["level"].tolist() == [row[q] for row in rows], case["id"]
        assert session["size_bits"] == close(np.array([row[size] for row in rows])), case["id"]
        took = (session["finish_s"] - session["request_s"]) * 1000
        assert took == pytest.approx([row[time] for row in rows], rel=1e-9, abs=1e-6), case["id"]


@pytest.fixture(scope="module")
def pensieve(tmp_path_factory):
    """Traces and videos, read from files in Pensieve's own formats."""
    folder = tmp_path_factory.mktemp("pensieve")
    inputs = golden(f"{SIMULATORS}pensieve_inputs.json")
    read = {}
    for name, trace in inputs["traces"].items():
        path = folder / f"{name}.cooked"
        path.write_text("".join(f"{t!r}\t{r!r}\n" for t, r in zip(trace["time_s"], trace["mbps"])))
        read[name] = segue.read_trace(path, format="cooked:wrap_from_zero=true")
    for name, rungs in inputs["videos"].items():
        sizes = 8.0 * np.array(rungs).T
        read[name] = segue.Video(name, [300, 750, 1200, 1850, 2850, 4300], segment_s=4.0, sizes_bits=sizes.tolist())
    return read


PENSIEVE = [case for file in ["pensieve_bb", "pensieve_mpc"] for case in golden(f"{SIMULATORS}{file}.json")["cases"]]
PENSIEVE += [
    case
    for part in range(2)
    for case in golden(f"{SIMULATORS}pensieve_policies_{part:02}.json")["cases"]
    if case["algo"] == "rb"
]
RULES = {
    "bb": "buffer:first=1",
    "rb": "rate:first=1",
    "mpc": "mpc:first=1,late-index=true",
    "robust_mpc": "robust-mpc:first=1,late-index=true",
    "robust_mpc_idxfix": "robust-mpc:first=1",
}
PENSIEVE = [case for case in PENSIEVE if case.get("algo", "bb") in RULES and isinstance(case.get("trace"), str)]


@pytest.mark.parametrize("case", PENSIEVE, ids=[case["id"] for case in PENSIEVE])
def test_every_chunk_is_that_of_pensieve(case, pensieve):
    rule = RULES[case.get("algo", "bb")]
    session = segue.run(pensieve[case["trace"]], pensieve[case["video"]], rule, profile="pensieve-1120bb1")
    rows = np.array([row[:7] for row in case["rows"]])
    assert session["level"].tolist() == rows[:, 0].tolist()
    assert (session["finish_s"] - session["request_s"]) * 1000 == pytest.approx(rows[:, 1], rel=1e-9, abs=1e-6)
    assert session["size_bits"] / 8 == close(rows[:, 5])
    # Pensieve charges startup as a stall of the first chunk, and reports the buffer after the sleep.
    assert session["stall_s"][1:] == pytest.approx(rows[1:, 4], rel=1e-9, abs=1e-9)
    assert session.summary["startup_delay_s"] == close(rows[0, 4])
    slept = session["wait_s"][1:]
    assert session["buffer_after_s"][:-1] - slept == pytest.approx(rows[:-1, 3], rel=1e-9, abs=1e-9)


INPUTS = ["--trace", "preset:3g,seed=3", "--video", "preset:vbr,duration=120", "--abr", "bola-e"]


def command(*args):
    done = subprocess.run([sys.executable, "-m", "segue", *args], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_session_is_that_of_the_command(tmp_path):
    log, record = tmp_path / "log.csv", tmp_path / "record.json"
    said = command("run", *INPUTS, "--log", str(log), "--json")
    command("run", *INPUTS, "--log", str(record))
    session = segue.run("preset:3g,seed=3", "preset:vbr,duration=120", "bola-e")
    assert json.loads(session.to_json()) == json.loads(said)
    assert json.loads(session.record()) == json.loads(record.read_text())
    rows = list(csv.DictReader(log.open()))
    frame = session.to_pandas()
    assert list(frame.columns) == list(rows[0])
    for name in frame.columns:
        written = [row[name] if name == "outcome" else float(row[name]) for row in rows]
        assert frame[name].tolist() == written, name


def test_a_comparison_is_that_of_the_command(tmp_path):
    traces = ["preset:3g,seed=1", "preset:3g,seed=2", "preset:4g"]
    rules = ["bola", "bba", "robust-mpc"]
    args = [arg for trace in traces for arg in ("--trace", trace)] + [arg for rule in rules for arg in ("--abr", rule)]
    said = command("compare", *args, "--video", "preset:cbr,duration=120", "--baseline", "bba", "--json", "-o", str(tmp_path))
    comparison = segue.compare(traces, "preset:cbr,duration=120", rules, baseline="bba")
    summary = json.loads(said)
    # Who calls a function has no command line.
    assert summary.pop("command").startswith("segue compare --trace preset:3g,seed=1 ")
    assert json.loads(comparison.to_json()) == summary
    rows = list(csv.DictReader((tmp_path / "sessions.csv").open()))
    for name, column in comparison.columns.items():
        written = [row[name] if name in ("trace", "abr") else float(row[name]) for row in rows]
        assert list(column) == written, name
    assert comparison.baseline == "bba" and len(comparison.findings) == 2


def test_impairments_and_seeds_are_passed_on():
    def of(seed):
        return segue.run("preset:4g,seed=1", "preset:cbr", "bola", impair=["latency:preset=4g,jitter=0.01"], seed=seed)

    assert of(1)["finish_s"].tolist() == of(1)["finish_s"].tolist() != of(2)["finish_s"].tolist()
    slow = segue.run("preset:4g,seed=1", "preset:cbr", "bola", impair="latency:preset=4g")
    assert slow.profile == "default + latency:preset=4g"
    with pytest.raises(ValueError, match="impairment"):
        segue.run("preset:4g", "preset:cbr", "bola", impair="slowstart")


def test_what_is_wrong_is_said_as_the_command_says_it():
    with pytest.raises(ValueError, match="did you mean 'bola'"):
        segue.run("preset:3g", "preset:cbr", "bola2")
    with pytest.raises(ValueError, match="no such file"):
        segue.read_trace("no/such/trace.csv")
    with pytest.raises(TypeError, match="expected a Trace, a path or preset:NAME, found int"):
        segue.run(3, "preset:cbr", "bola")
    with pytest.raises(ValueError, match="as many of each"):
        segue.Trace("t", [1.0, 2.0], [3.0])
    with pytest.raises(ValueError, match="did you mean 'default'"):
        segue.run("preset:3g", "preset:cbr", "bola", profile="defalt")
    with pytest.raises(KeyError, match="no column"):
        segue.run("preset:3g", "preset:cbr,duration=60", "bola")["speed"]
