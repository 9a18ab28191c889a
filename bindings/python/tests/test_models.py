"""QoE models give what the published formulas give: golden/qoe/simple_models.json."""

import pytest
from conftest import close, golden

import segue

CASES = golden("qoe/simple_models.json")["cases"]

# Expected block -> the model, and the parts whose sign differs there.
ADDITIVE = {
    "yin_balanced": "yin",
    "yin_avoid_instability": "yin:preset=avoid-instability",
    "yin_avoid_rebuffering": "yin:preset=avoid-rebuffering",
    "pensieve_lin": "pensieve-lin",
    "pensieve_log": "pensieve-log",
    "pensieve_hd": "pensieve-hd",
    "pensieve_lin_nostartup": "pensieve-lin:startup=apart",
    "fugu_ssim": "fugu",
    "fugu_ssim_code_mu20": "fugu:mu=20",
}
TOTALS = {
    "mm2019_live": ("mm19-live", "total"),
    "comyco_vmaf": ("comyco", "total"),
    "c3": ("c3", "score"),
    "ftw": ("ftw", "mos"),
    "mok": ("mok", "mos_levels123"),
    "nqoe_paper_mu1": ("nqoe:mu=1", "total"),
    "nqoe_lolplus": ("lolplus", "total"),
}


def score(model, of):
    return segue.Model(model).score_segments(
        kbps=of["kbps"],
        stall_s=of["stall_s"],
        segment_s=of["seg_s"],
        startup_s=of["startup_s"],
        ladder_kbps=[of["min_kbps"], of["max_kbps"]],
        ssim=of.get("ssim") or None,
        vmaf=of.get("vmaf") or None,
        latency_s=of.get("latency_s") or None,
        speed=of.get("speed") or None,
        skipped_s=of.get("skip_s") or None,
    )


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_every_model_gives_the_recorded_score(case):
    checked = 0
    for name, want in case["expected"].items():
        if name in ADDITIVE:
            got = score(ADDITIVE[name], case["input"])
            assert got.value == close(want["total"]), name
            assert got.parts["quality"] == close(want["quality"]), name
            assert -got.parts["switching"] == close(want["smooth_penalty"]), name
            assert -got.parts["stall"] == close(want["stall_penalty"]), name
            checked += 4
        elif name in TOTALS:
            model, key = TOTALS[name]
            assert score(model, case["input"]).value == close(want[key]), name
            checked += 1
    assert checked > 0


def test_a_model_says_what_it_lacks():
    with pytest.raises(ValueError, match="SSIM"):
        segue.Model("fugu").score_segments(kbps=[1000.0, 2000.0])
    with pytest.raises(ValueError, match="did you mean 'pensieve-lin'"):
        segue.Model("pensive-lin")
    with pytest.raises(ValueError, match="stall_s: 1 values, expected 2"):
        segue.Model("yin").score_segments(kbps=[1.0, 2.0], stall_s=[0.0])
