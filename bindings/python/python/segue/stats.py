"""Statistics over many sessions: what may be claimed, and how surely.

Simulations pair: the same traces and seeds for every scheme.

>>> from segue import stats
>>> stats.paired([2.0, 3.0, 4.5], [1.0, 2.5, 3.0])["mean"]
1.0
"""

from ._segue import (
    benjamini_hochberg,
    bonferroni,
    bootstrap_mean,
    compare_schemes,
    describe,
    holm,
    kendall_tau_b,
    mean_interval,
    paired,
    pareto_front,
    pearson,
    quantile_interval,
    rmse,
    spearman,
    unpaired,
    wilcoxon,
)

__all__ = [
    "benjamini_hochberg",
    "bonferroni",
    "bootstrap_mean",
    "compare_schemes",
    "describe",
    "holm",
    "kendall_tau_b",
    "mean_interval",
    "paired",
    "pareto_front",
    "pearson",
    "quantile_interval",
    "rmse",
    "spearman",
    "unpaired",
    "wilcoxon",
]
