"""Sessions, comparisons and traces as matplotlib figures.

Every function takes ``ax`` (made where it is None) and returns ``fig, ax``. Axes are those of the field: bitrate as steps over
the link's rate, buffer below with stalls shaded, distributions as steps.

Segue's own charts, drawn in Rust, are ``session.svg()``, ``session.png()``, ``comparison.png(name)`` and ``trace.png()``.
"""

import numpy as np

__all__ = ["ecdf", "scatter", "session", "trace"]

# Okabe and Ito, colour-blind safe.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STALL = "#D55E00"


def _axes(ax, **options):
    import matplotlib.pyplot as plt

    if ax is None:
        return plt.subplots(layout="constrained", **options)
    return np.ravel(ax)[0].figure, ax


def session(session, ax=None):
    """Bitrate and link above, buffer below, stalls shaded. ``ax`` is a pair of axes.

    >>> fig, (top, bottom) = segue.plot.session(segue.run("preset:3g", "preset:cbr,duration=60", "bola"))
    >>> bottom.get_xlabel()
    'time in s'
    """
    fig, axes = _axes(ax, nrows=2, sharex=True, figsize=(9, 5))
    top, bottom = axes
    end = session.summary["wall_s"]
    link = session.link
    link_end = np.append(link["time_s"], end)
    top.stairs(link["rate_mbps"], link_end, baseline=None, color="#999999", linewidth=1, label="link")
    done = np.array([outcome != "abandoned" for outcome in session["outcome"]])
    if done.any():
        request, rate = session["request_s"][done], session["bitrate_kbps"][done] / 1000
        top.step(np.append(request, end), np.append(rate, rate[-1]), where="post", color=COLOURS[0], label=session.abr)
    top.set_ylabel("Mbit/s")
    top.set_ylim(bottom=0)
    # A fast link would press the ladder to the ground.
    if done.any() and link["rate_mbps"].max() > 4 * rate.max():
        top.set_ylim(top=2.5 * rate.max())
    buffer = session.buffer
    bottom.plot(buffer["time_s"], buffer["level_s"], color=COLOURS[2], label="buffer")
    bottom.set_ylabel("buffer in s")
    bottom.set_ylim(bottom=0)
    bottom.set_xlabel("time in s")
    stalls = session.stalls
    for i, (start, length) in enumerate(zip(stalls["start_s"], stalls["duration_s"])):
        for axis in axes:
            axis.axvspan(start, start + length, color=STALL, alpha=0.25, linewidth=0, label="stall" if i == 0 else None)
    top.set_xlim(0, end)
    top.set_title(f"{session.abr} on {session.trace}", loc="left")
    _legend(top)
    return fig, axes


def _legend(ax):
    """Above the axes on the right, where it covers nothing."""
    ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False, fontsize="small", borderaxespad=0.2)


def ecdf(comparison, measure=None, ax=None):
    """The distribution over all sessions of a column, by default the score of the first model, one line per rule."""
    fig, ax = _axes(ax, figsize=(6, 4))
    measure = measure or f"qoe_{comparison.models[0]}"
    values, rules = np.asarray(comparison[measure]), np.array(comparison["abr"])
    for i, rule in enumerate(comparison.abr):
        of = np.sort(values[rules == rule])
        share = np.arange(1, len(of) + 1) / len(of)
        ax.step(np.append(of[:1], of), np.append(0.0, share), where="post", color=COLOURS[i % 7], label=rule)
    ax.set_xlabel(measure)
    ax.set_ylabel("share of sessions")
    ax.set_ylim(0, 1)
    ax.legend(frameon=False)
    return fig, ax


def scatter(comparison, ax=None):
    """Stalled time against mean bitrate, one point per rule: up and right is better, stalls fall to the right."""
    fig, ax = _axes(ax, figsize=(6, 4))
    rules = np.array(comparison["abr"])
    for i, rule in enumerate(comparison.abr):
        of = rules == rule
        stalled = 100 * comparison["stall_s"][of].sum() / (comparison["stall_s"][of] + comparison["played_s"][of]).sum()
        bitrate = comparison["mean_bitrate_kbps"][of].mean() / 1000
        ax.plot(stalled, bitrate, "o", color=COLOURS[i % 7], label=rule)
        ax.annotate(rule, (stalled, bitrate), xytext=(6, 4), textcoords="offset points", fontsize="small")
    ax.invert_xaxis()
    ax.margins(0.15)
    ax.set_xlabel("stalled time in %")
    ax.set_ylabel("mean bitrate in Mbit/s")
    return fig, ax


def trace(trace, ax=None):
    """The rate of a trace over time."""
    fig, ax = _axes(ax, figsize=(9, 3))
    columns = trace.columns
    ax.stairs(columns["rate_mbps"], np.append(columns["start_s"], trace.duration_s), color=COLOURS[0], baseline=None)
    ax.set_xlim(0, trace.duration_s)
    ax.set_ylim(bottom=0)
    ax.set_xlabel("time in s")
    ax.set_ylabel("Mbit/s")
    ax.set_title(trace.name, loc="left")
    return fig, ax
