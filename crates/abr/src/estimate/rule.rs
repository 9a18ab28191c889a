//! Rules that stand on an estimate, joined with the estimator that makes it.

use units::Seconds;

use super::{Sample, ThroughputEstimator};
use crate::{AbrStrategy, Attention, Decision, Ending, Estimate, PlayerEvent, PlayerView, Progress, Verdict};

/// A rule that is asked only once there is an estimate. See [`AbrStrategy`] for the calls.
pub trait EstimatedRule {
    /// Before the first request of a session.
    fn begin(&mut self, view: &PlayerView<'_>);
    /// The level of the next request, and how long to hold it back.
    fn decide(&mut self, view: &PlayerView<'_>, estimate: Estimate) -> (usize, Seconds);
    /// How closely it follows requests in flight.
    fn attention(&self, level: usize) -> Attention {
        let _ = level;
        Attention::Looks
    }
    /// Looks at a request in flight.
    fn progress(&mut self, view: &PlayerView<'_>, progress: &Progress, estimate: Estimate) -> Verdict {
        let _ = (view, progress, estimate);
        Verdict::Continue
    }
    /// Learns what happened.
    fn event(&mut self, view: &PlayerView<'_>, event: &PlayerEvent) {
        let _ = (view, event);
    }
}

/// A rule with its estimator: a complete [`AbrStrategy`]. The first request, of which nothing is known, takes the
/// lowest rung.
#[derive(Clone, Debug)]
pub struct WithEstimator<R, E> {
    pub rule: R,
    pub estimator: E,
}

impl<R, E> WithEstimator<R, E> {
    /// The two joined.
    pub fn new(rule: R, estimator: E) -> WithEstimator<R, E> {
        WithEstimator { rule, estimator }
    }
}

impl<R: EstimatedRule, E: ThroughputEstimator> AbrStrategy for WithEstimator<R, E> {
    fn begin(&mut self, view: &PlayerView<'_>) {
        self.estimator.begin(view);
        self.rule.begin(view);
    }

    fn decide(&mut self, view: &PlayerView<'_>) -> Decision {
        let Some(estimate) = self.estimator.estimate() else { return Decision::fetch(0) };
        let (level, after) = self.rule.decide(view, estimate);
        Decision::Fetch { level, after }
    }

    fn attention(&self, level: usize) -> Attention {
        match self.estimator.estimate() {
            Some(_) => self.rule.attention(level),
            None => Attention::Ending,
        }
    }

    fn progress(&mut self, view: &PlayerView<'_>, progress: &Progress) -> Verdict {
        match self.estimator.estimate() {
            Some(estimate) => self.rule.progress(view, progress, estimate),
            None => Verdict::Continue,
        }
    }

    /// The rule learns first: it judges the download by what was believed when it was made.
    fn event(&mut self, view: &PlayerView<'_>, event: &PlayerEvent) {
        self.rule.event(view, event);
        if let PlayerEvent::Ended { received, elapsed, latency, ending, .. } = event
            && matches!(ending, Ending::Appended | Ending::Replaced)
        {
            let time = *elapsed - *latency;
            // A download that took no time at all says nothing.
            if time > Seconds::ZERO {
                let throughput = *received / time;
                self.estimator.push(&Sample { time, throughput, latency: *latency });
            }
        }
    }

    fn estimate(&self) -> Option<Estimate> {
        self.estimator.estimate()
    }
}
