"""Traces, videos and the offline optimum."""

import numpy as np
import pytest
from conftest import ROOT, close

import segue


def test_a_trace_carries_what_its_rates_say():
    trace = segue.Trace("two steps", [10.0, 10.0], [1.0, 4.0], latency_s=0.05)
    assert (trace.duration_s, trace.mean_mbps, len(trace)) == (20.0, 2.5, 2)
    assert trace.bits_between(5.0, 15.0) == 25e6
    assert trace.columns["start_s"].tolist() == [0.0, 10.0]
    assert trace.columns["latency_s"].tolist() == [0.05, 0.05]
    assert trace.statistics()["mean_mbps"] == 2.5


def test_files_paths_and_specifications_give_the_same_trace():
    path = ROOT / "fixtures" / "traces" / "3g.json"
    by_path, by_text = segue.read_trace(path), segue.read_trace(str(path))
    assert by_path.columns["rate_mbps"].tolist() == by_text.columns["rate_mbps"].tolist()
    assert [t.name for t in segue.read_traces(path)] == [by_path.name]
    by_object = segue.run(by_path, "preset:cbr,duration=60", "bola")
    assert by_object["finish_s"].tolist() == segue.run(path, "preset:cbr,duration=60", "bola")["finish_s"].tolist()


def test_generated_traces_are_those_of_their_specification():
    made = segue.generate("3g", seed=7, duration=60)
    assert made.name == "3g,duration=60,seed=7"
    again = segue.read_trace("preset:3g,duration=60,seed=7")
    assert np.array_equal(made.columns["rate_mbps"], again.columns["rate_mbps"])


def test_a_video_has_the_sizes_that_were_given():
    video = segue.Video("v", [300, 1200], segment_s=2.0, sizes_bits=[[1e5, 4e5], [2e5, 9e5], [3e5, 8e5]])
    assert (video.segments, video.duration_s) == (3, 6.0)
    assert video.sizes_bits.tolist() == [[1e5, 4e5], [2e5, 9e5], [3e5, 8e5]]
    assert video.size_bits(1, 1) == 9e5
    with pytest.raises(IndexError):
        video.size_bits(3, 0)
    with pytest.raises(ValueError, match="not both"):
        segue.Video("v", [300])


def test_columns_are_arrays_without_copies():
    session = segue.run("preset:3g", "preset:cbr,duration=60", "bola")
    level = session["level"]
    assert level is session["level"] and level is session.columns["level"]
    # The numbers that Rust computed, not a copy: the array does not own them.
    assert not level.flags.owndata and level.flags.c_contiguous


def test_an_optimum_is_above_every_rule_and_below_its_bound():
    trace = segue.generate("3g", seed=2)
    video = segue.read_video("preset:cbr,duration=60")
    best = segue.optimum(trace, video, "pensieve-lin")
    assert best.value <= best.bound and best.proven
    for rule in ["fixed", "bola", "bba", "robust-mpc"]:
        assert segue.run(trace, video, rule, qoe="pensieve-lin").qoe["pensieve-lin"] <= best.bound
    comparison = segue.compare(trace, video, ["bola", "bba"], qoe="pensieve-lin", optimum=True)
    assert comparison["optimum"][0] == close(best.value)
    assert np.all(comparison["regret"] == comparison["optimum"] - comparison["qoe_pensieve-lin"])


def test_one_segment_is_planned_as_by_hand():
    # 1 Mbit/s without latency: a segment of 4 s on 300 or 900 kbit/s comes after 1.2 or 3.6 s, which are all startup.
    trace = segue.Trace("flat", [100.0], [1.0])
    video = segue.Video("one", [300, 900], segment_s=4.0, duration_s=4.0)
    best = segue.optimum(trace, video, "pensieve-lin")
    assert best.value == close(max(0.3 - 4.3 * 1.2, 0.9 - 4.3 * 3.6))


def test_what_there_is_can_be_listed():
    rules = dict(segue.names("abr"))
    assert "bola" in rules and "pensieve-lin" in dict(segue.names("qoe"))
    assert {"default", "sabre-09b03bb"} <= set(dict(segue.names("profiles")))
    with pytest.raises(ValueError, match="no registry"):
        segue.names("colours")
