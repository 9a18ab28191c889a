//! Rate-based: the highest rung at most the harmonic mean of what the last requests measured.
//!
//! Source: the rate-based baseline of Pensieve (SIGCOMM 2017, section 5.1), which exists in its patched dash.js only. Two readings of it
//! are on record: a plain harmonic mean of size over time since the request, and the code's, which weights by that time
//! and floors it at 0.1 s.
//!
//! | option | default | meaning |
//! |---|---|---|
//! | window | 5 | how many requests count |
//! | weighted | false | weight by time, as the JavaScript does |
//! | first | 0 | rung of the first request (Pensieve: 1) |

use std::collections::VecDeque;

use units::{BitRate, Bits, Seconds};

use crate::{AbrStrategy, Decision, Ending, PlayerEvent, PlayerView};

/// See the module page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateOptions {
    /// How many requests count; at least 1.
    pub window: usize,
    pub weighted: bool,
    /// The rung of the first request.
    pub first: usize,
}

impl Default for RateOptions {
    fn default() -> RateOptions {
        RateOptions { window: 5, weighted: false, first: 0 }
    }
}

/// See the module page.
#[derive(Clone, Debug, Default)]
pub struct Rate {
    options: RateOptions,
    past: VecDeque<(Seconds, BitRate)>,
}

impl Rate {
    /// With the given options.
    pub fn new(options: RateOptions) -> Rate {
        Rate { options, past: VecDeque::with_capacity(options.window + 1) }
    }

    fn learn(&mut self, received: Bits, elapsed: Seconds) {
        let time = if self.options.weighted { elapsed.max(Seconds::new(0.1)) } else { elapsed };
        self.past.push_back((time, received / time));
        if self.past.len() > self.options.window.max(1) {
            self.past.pop_front();
        }
    }

    fn estimate(&self) -> Option<BitRate> {
        if self.past.is_empty() {
            return None;
        }
        let weight = |time: Seconds| if self.options.weighted { time.millis() } else { 1.0 };
        let sum: f64 = self.past.iter().map(|(t, _)| weight(*t)).sum();
        let slow: f64 = self.past.iter().map(|(t, rate)| weight(*t) / rate.kbps()).sum();
        Some(BitRate::from_kbps(sum / slow))
    }
}

impl AbrStrategy for Rate {
    fn begin(&mut self, _: &PlayerView<'_>) {
        self.past.clear();
    }

    fn decide(&mut self, view: &PlayerView<'_>) -> Decision {
        let ladder = view.video.ladder();
        Decision::fetch(match self.estimate() {
            Some(rate) => ladder.highest_at_most(rate),
            None => self.options.first.min(ladder.top()),
        })
    }

    fn event(&mut self, _: &PlayerView<'_>, event: &PlayerEvent) {
        if let PlayerEvent::Ended { received, elapsed, ending: Ending::Appended | Ending::Replaced, .. } =
            event
            && *elapsed > Seconds::ZERO
        {
            self.learn(*received, *elapsed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_readings_of_the_mean() {
        let learn = |weighted| {
            let mut rule = Rate::new(RateOptions { weighted, ..RateOptions::default() });
            rule.learn(Bits::new(1e6), Seconds::new(1.0));
            rule.learn(Bits::new(9e6), Seconds::new(3.0));
            rule.estimate().expect("two samples").kbps()
        };
        assert!((learn(false) - 1500.0).abs() < 1e-9); // 2 / (1/1000 + 1/3000)
        assert!((learn(true) - 2000.0).abs() < 1e-9); // 4 s / (1 s/1000 + 3 s/3000)
    }
}
