"""QOE-Core's picture on Segue's engine."""

from dataclasses import dataclass

from ._segue import qoe_core


@dataclass(frozen=True)
class SimConfig:
    """A configuration of QOE-Core. Times in s; abr_type is 0 fixed, 1 by the buffer, 2 by throughput, any other is 0.

    >>> segue.SimConfig().score()
    19.0
    """

    abr_type: int = 2
    abr_window_size: int = 3
    buffer_size_max: float = 10.0
    segment_duration: float = 1.0
    stall_threshold: float = 0.5

    def run(self):
        """The steps as columns, and the score record, to the last bit of the original's single precision."""
        return qoe_core(
            self.abr_type, self.abr_window_size, self.buffer_size_max, self.segment_duration, self.stall_threshold
        )

    def score(self):
        """The score of 0 to 100, as the original gives it: not clamped above."""
        return self.run()[1]["final_score"]


def visualize(config=SimConfig(), ax=None):
    """Prints the score and draws bitrate with stalls above, buffer with the threshold below. Returns fig, ax.

    >>> fig, (top, bottom) = segue.visualize(segue.SimConfig(abr_type=1))
    QoE score: 17.0/100
    """
    from .plot import _axes

    steps, score = config.run()
    fig, axes = _axes(ax, nrows=2, sharex=True, figsize=(10, 6))
    top, bottom = axes
    at, stalled = steps["timestamp"], steps["stalled"]
    print(f"QoE score: {score['final_score']:.1f}/100")
    top.plot(at, steps["bitrate_kbps"], color="#0072B2", marker="o", markersize=3, label="bitrate (kbps)")
    top.scatter(at[stalled], steps["bitrate_kbps"][stalled], color="red", zorder=3, label="stalled")
    top.set_title(f"Bitrate & Stalls Over Time (QoE: {score['final_score']:.1f}/100)")
    top.set_ylabel("kbps")
    bottom.plot(at, steps["buffer_level_secs"], color="orange", label="buffer (s)")
    bottom.axhline(config.stall_threshold, color="red", linestyle="--", label="Stall Threshold")
    bottom.set_title("Buffer Level")
    bottom.set_ylabel("s")
    bottom.set_xlabel("step")
    for axis in axes:
        # Room for the legend above the line.
        axis.set_ylim(0, axis.get_ylim()[1] * 1.25)
        axis.legend(loc="upper right", ncols=2)
        axis.grid(alpha=0.3)
    return fig, axes
