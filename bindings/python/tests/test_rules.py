"""Rules written in Python play as their twins in Rust, to the last bit."""

import numpy as np
import pytest

import segue


class Fixed:
    """fixed:level=2"""

    def decide(self, view):
        return 2


class Buffer:
    """buffer:first=1 (Pensieve's bb): rungs in equal steps between 5 and 15 s of buffer."""

    def decide(self, view):
        top = len(view.ladder_kbps) - 1
        if view.last_level is None:
            return 1
        if view.buffer_s < 5:
            return 0
        if view.buffer_s >= 15:
            return top
        return int(top * (view.buffer_s - 5) / 10)


class Rate:
    """rate: the highest rung below the harmonic mean of the last five throughputs."""

    def begin(self, view):
        self.past = []

    def decide(self, view):
        if not self.past:
            return 0
        mean = len(self.past) / sum(1 / kbps for kbps in self.past)
        return max(sum(kbps <= mean for kbps in view.ladder_kbps) - 1, 0)

    def event(self, view, event):
        if event.kind == "ended" and event.ending == "appended":
            self.past = [*self.past[-4:], event.received_bits / event.elapsed_s / 1000]


class Bba:
    """bba: a map from buffer to rate, with reservoir 0.375 and cushion 0.525 of the capacity, or less where the room for a
    segment is needed."""

    def decide(self, view):
        rates = view.ladder_kbps
        last = view.last_level
        if last is None:
            return 0
        most = (view.capacity_s - view.video.durations_s[view.segment]) * (1 - 1e-6)
        scale = min(most / (view.capacity_s * 0.9), 1) if most > 0 else 1
        reservoir, cushion = 0.375 * scale * view.capacity_s, 0.525 * scale * view.capacity_s
        if view.buffer_s <= reservoir:
            return 0
        if view.buffer_s >= reservoir + cushion:
            return len(rates) - 1
        share = (view.buffer_s - reservoir) / cushion
        rate = rates[0] + (rates[-1] - rates[0]) * share
        if last + 1 < len(rates) and rate >= rates[last + 1]:
            return max(sum(r < rate for r in rates), 1) - 1
        if last > 0 and rate <= rates[last - 1]:
            return min(sum(r <= rate for r in rates), len(rates) - 1)
        return last


TWINS = [(Fixed, "fixed:level=2"), (Buffer, "buffer:first=1"), (Rate, "rate"), (Bba, "bba")]
NETWORKS = ["preset:3g,seed=3", "preset:4g,seed=2", "preset:constant,rate=2.5"]


@pytest.mark.parametrize("profile", ["default", "pensieve-1120bb1", "sabre-09b03bb"])
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("rule, twin", TWINS, ids=[twin for _, twin in TWINS])
def test_a_rule_plays_as_its_twin(rule, twin, network, profile):
    video = segue.read_video("preset:vbr,duration=200")
    mine = segue.run(network, video, rule(), profile=profile)
    rust = segue.run(network, video, twin, profile=profile)
    for name, column in rust.columns.items():
        assert list(mine[name]) == list(column), name
    assert mine.summary == rust.summary and mine.qoe == rust.qoe
    assert mine.abr == rule.__name__


def test_a_comparison_takes_rules_in_python_and_gives_each_session_its_own():
    traces = [f"preset:3g,seed={seed}" for seed in range(4)]
    comparison = segue.compare(traces, "preset:cbr,duration=120", [Rate(), "rate", "bola"], qoe="pensieve-lin")
    scores = np.asarray(comparison["qoe_pensieve-lin"]).reshape(4, 3)
    assert scores[:, 0].tolist() == scores[:, 1].tolist() != scores[:, 2].tolist()
    assert comparison.baseline == "Rate"


def test_a_rule_may_wait_hold_back_and_have_no_opinion():
    class Patient:
        name = "patient"

        def __init__(self):
            self.waited = set()

        def decide(self, view):
            if view.segment == 3 and view.segment not in self.waited:
                self.waited.add(view.segment)
                return ("wait", 1.5)
            if view.segment == 5:
                return ("fetch", 1, 2.0)
            return None

    session = segue.run("preset:constant,rate=3", "preset:cbr,duration=40", Patient())
    assert session.abr == "patient"
    assert session["wait_s"][[3, 5]].tolist() == [1.5, 2.0]
    assert session["level"].tolist() == [0] * 5 + [1] * 5


def test_a_rule_may_give_up_a_request():
    class Careful:
        def decide(self, view):
            return 0 if view.buffer_s < 4 else 5

        def progress(self, view, flight):
            assert flight.received_bits <= flight.size_bits and flight.elapsed_s >= flight.latency_s
            return 0 if flight.level > 0 and flight.buffer_s < 2 else None

    session = segue.run("preset:step,from=9,to=0.5,at=20", "preset:cbr,duration=120", Careful())
    assert "abandoned" in session["outcome"]


def test_exceptions_surface_with_their_traceback():
    class Broken:
        def decide(self, view):
            return 1 // (3 - view.segment)

    with pytest.raises(ZeroDivisionError) as raised:
        segue.run("preset:constant,rate=3", "preset:cbr,duration=40", Broken())
    assert raised.traceback[-1].name == "decide"
    with pytest.raises(ZeroDivisionError):
        segue.compare(["preset:3g,seed=1", "preset:3g,seed=2"], "preset:cbr,duration=40", [Broken(), "bola"])


@pytest.mark.parametrize("answer", ["high", -1, 1.5, ("wait", -1), ("wait",), ("stay", 1), ("fetch", 1, float("nan"))])
def test_an_answer_that_is_none_is_refused(answer):
    class Odd:
        def decide(self, view):
            return answer

    with pytest.raises(ValueError, match="decide returned"):
        segue.run("preset:constant,rate=3", "preset:cbr,duration=40", Odd())


def test_what_is_no_rule_is_refused():
    with pytest.raises(TypeError, match="expected a rule's name or an object with decide"):
        segue.run("preset:constant,rate=3", "preset:cbr,duration=40", 3)
    # A level above the ladder is the top.
    class High:
        def decide(self, view):
            return 99

    assert set(segue.run("preset:constant,rate=3", "preset:cbr,duration=40", High())["level"]) == {5}


def test_a_rule_is_told_what_a_rule_in_rust_is_told():
    told = []

    class Scribe:
        def begin(self, view):
            told.append(("begin", view.segment, view.end, view.last_level, view.playing))

        def decide(self, view):
            told.append(("decide", view.segment, view.buffer_s, view.now_s, view.sizes_bits[0]))
            return 0

        def event(self, view, event):
            told.append((event.kind, event.segment, event.size_bits, event.elapsed_s, view.buffer_s))

        def estimate(self):
            return (1000.0, 0.05)

    session = segue.run("preset:constant,rate=3,latency=0", "preset:cbr,duration=12,ladder=300/600", Scribe(), profile="default:capacity=8")
    assert told[0] == ("begin", 0, 3, None, False)
    ended = [entry for entry in told if entry[0] == "ended"]
    took = (session["finish_s"] - session["request_s"]).tolist()
    assert [entry[3] for entry in ended] == pytest.approx(took)
    assert [entry[2] for entry in ended] == session["size_bits"].tolist()
    decided = [entry for entry in told if entry[0] == "decide"]
    assert [entry[1] for entry in decided] == [0, 1, 2]
    assert [entry[3] for entry in decided] == pytest.approx(session["request_s"].tolist())
    waited = [entry for entry in told if entry[0] == "waited-for-room"]
    assert len(waited) == 1


def brute_force(trace, video, qoe):
    """The best score of all plans, each played as a rule."""
    levels, segments = len(video.ladder_kbps), video.segments
    best = -np.inf
    for number in range(levels**segments):
        plan = [number // levels**k % levels for k in range(segments)]

        class Plan:
            def decide(self, view, plan=plan):
                return plan[view.segment]

        best = max(best, segue.run(trace, video, Plan(), qoe=qoe).qoe[qoe])
    return best


@pytest.mark.parametrize("qoe", ["pensieve-lin", "yin"])
def test_the_optimum_is_the_best_of_all_plans(qoe):
    trace = segue.Trace("dip", [6.0, 8.0, 20.0], [2.0, 0.4, 3.0], latency_s=0.02)
    video = segue.Video("short", [300, 1200], segment_s=4.0, duration_s=28.0)
    assert segue.optimum(trace, video, qoe).value == pytest.approx(brute_force(trace, video, qoe), rel=1e-9)
