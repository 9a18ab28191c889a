"""Statistics give what independent packages give: golden/qoe/statistics.json."""

import pytest
from conftest import golden

from segue import stats

# Differences of numbers near 1 are only known to their rounding.
ROUNDING = 1e-15


def paired(key):
    def of(x):
        found = stats.paired(x["a"], x["b"])
        if key.startswith("wilcoxon."):
            return (found["wilcoxon"] or {}).get(key.removeprefix("wilcoxon."))
        return found[key]

    return of


def interval(of):
    return [of["low"], of["high"]] if of else []


KNOWN = {
    "t": paired("t"),
    "t_p": paired("t_p"),
    "mean_diff": paired("mean"),
    "ci95": lambda x: interval(stats.paired(x["a"], x["b"])["ci95"]),
    "cohen_dz": paired("dz"),
    "wilcoxon_W": paired("wilcoxon.w"),
    "wilcoxon_p_normal_approx": paired("wilcoxon.p_normal"),
    "wilcoxon_p_exact": paired("wilcoxon.p_exact"),
    "sign_test_p": paired("sign_p"),
    "win_rate": paired("win_rate"),
    "plcc": lambda x: stats.pearson(x["x"], x["y"]),
    "srocc": lambda x: stats.spearman(x["x"], x["y"]),
    "kendall_tau_b": lambda x: stats.kendall_tau_b(x["x"], x["y"]),
    "rmse": lambda x: stats.rmse(x["x"], x["y"]),
    "mannwhitney_U": lambda x: stats.unpaired(x["a"], x["b"])["mann_whitney_u"],
    "mannwhitney_p": lambda x: stats.unpaired(x["a"], x["b"])["mann_whitney_p"],
    "ks_D": lambda x: stats.unpaired(x["a"], x["b"])["ks_d"],
    "welch_t": lambda x: stats.unpaired(x["a"], x["b"])["welch_t"],
    "welch_p": lambda x: stats.unpaired(x["a"], x["b"])["welch_p"],
    "cliffs_delta": lambda x: stats.unpaired(x["a"], x["b"])["cliffs_delta"],
    "mean": lambda x: stats.describe(x["x"])["mean"],
    "sd": lambda x: stats.describe(x["x"])["deviation"],
    "sem": lambda x: stats.describe(x["x"])["standard_error"],
    "t_ci95": lambda x: interval(stats.describe(x["x"])["mean_ci95"]),
    "holm": lambda x: stats.holm(x["p"]),
    "benjamini_hochberg": lambda x: stats.benjamini_hochberg(x["p"]),
    "bonferroni": lambda x: stats.bonferroni(x["p"]),
    "front": lambda x: stats.pareto_front(list(zip(x["stall_percent"], x["ssim_db"]))),
}
CASES = [
    pytest.param(name, case["input"], want, id=f"{case['id']}-{name}")
    for case in golden("qoe/statistics.json")["cases"]
    for name, want in case["expected"].items()
    if name in KNOWN and want is not None
]


@pytest.mark.parametrize("name, given, want", CASES)
def test_a_statistic_is_the_recorded_one(name, given, want):
    assert KNOWN[name](given) == pytest.approx(want, rel=1e-9, abs=ROUNDING)


def test_samples_that_a_statistic_cannot_work_with_are_refused():
    with pytest.raises(ValueError, match="at least two values"):
        stats.paired([1.0], [2.0])
    with pytest.raises(ValueError, match="finite"):
        stats.describe([1.0, float("nan")])
