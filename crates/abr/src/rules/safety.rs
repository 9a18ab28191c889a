//! What the rules of dash.js and Sabre share: the sustainable rung, and the insufficient-buffer rule.

use units::{BitRate, Seconds};

use crate::{Estimate, PlayerView};

/// The highest rung, stepping up from the lowest, whose nominal segment arrives within its own duration, request
/// latency included.
pub(super) fn sustained(view: &PlayerView<'_>, latency: Seconds, throughput: BitRate) -> usize {
    let (segment, rates) = (view.video.duration(0), view.video.ladder().bitrates());
    let mut q = 0;
    while q + 1 < rates.len() && latency + segment * rates[q + 1] / throughput <= segment {
        q += 1;
    }
    q
}

/// The insufficient-buffer rule: no rung whose segment would take longer than the buffer lasts, with a margin that
/// shrinks from 0.9 to 0.5 in the first requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct InsufficientBuffer {
    safety: f64,
}

impl InsufficientBuffer {
    pub(super) const FRESH: InsufficientBuffer = InsufficientBuffer { safety: 0.9 };

    /// The rung to fall to, if `q` is too high for the buffer.
    pub(super) fn lower(&mut self, view: &PlayerView<'_>, e: Estimate, q: usize) -> Option<usize> {
        let safe = self.safety * (view.buffer - e.latency) * e.throughput;
        self.safety = (0.9 * self.safety).max(0.5);
        let (segment, rates) = (view.video.duration(0), view.video.ladder().bitrates());
        (0..q).find(|k| rates[k + 1] * segment > safe)
    }
}
