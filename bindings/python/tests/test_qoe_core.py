"""QOE-Core through Python gives its recorded answers: golden/seeds/qoe_core.json."""

import struct

import numpy as np
import pytest
from conftest import golden

import segue

CASES = golden("seeds/qoe_core.json")["stock_trace"]["cases"]


def single(x):
    return struct.unpack("f", struct.pack("f", float(x)))[0]


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_a_session_is_that_of_qoe_core(case):
    given, want = case["input"], case["output"]
    config = segue.SimConfig(
        given["abr_type_code"],
        given["abr_window_size"],
        float(given["buffer_size_max_secs"]),
        float(given["segment_duration_secs"]),
        float(given["stall_threshold_secs"]),
    )
    steps, score = config.run()
    for column in ["timestamp", "bitrate_kbps", "stalled", "switch"]:
        assert steps[column].tolist() == want[column], column
    levels = np.array([single(x) for x in want["buffer_level_secs"]])
    np.testing.assert_array_equal(steps["buffer_level_secs"], levels)
    for name, value in want["qoe"].items():
        np.testing.assert_equal(single(score[name]), single(value), err_msg=name)


def test_the_picture_has_two_panels_and_the_score(capsys):
    fig, (top, bottom) = segue.visualize(segue.SimConfig())
    assert capsys.readouterr().out == "QoE score: 19.0/100\n"
    assert top.get_title() == "Bitrate & Stalls Over Time (QoE: 19.0/100)"
    assert top.collections[0].get_offsets()[:, 0].tolist() == [0, 5, 8]
    assert bottom.lines[1].get_ydata() == [0.5, 0.5]
