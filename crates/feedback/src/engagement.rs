//! An engagement score: how much of the interest of a viewer a session keeps, 0 to 100.
//!
//! ```text
//! score = 100 * 0.942 ^ max(0, startup_s - 2) * 0.95 ^ (100 stall_ratio) * 0.98 ^ stalls per 10 min * (1 - 0.3 negative)
//! ```
//!
//! | factor | from |
//! |---|---|
//! | startup | Krishnan and Sitaraman, *Video Stream Quality Impacts Viewer Behavior*, IMC 2012: from 2 s on each second makes 5.8 % more give up |
//! | stalled share | the same: a stall of 1 % of the video's length costs about 5 % of the minutes that are watched |
//! | number of stalls, complaints | this project: many short stalls are worse than their time; who complains is half-way out |
//!
//! Limits: the first two are effects on populations of 2012, on demand, on fixed lines; they are not known to multiply. The score ranks
//! sessions and falls with stalls, startup and complaints. It is not a forecast of minutes.

use serde::{Deserialize, Serialize};

/// What the score is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Experience {
    /// From the request to the first frame, s.
    pub startup_s: f64,
    /// Stalled time over watched time.
    pub stall_ratio: f64,
    /// Stalls per ten minutes.
    pub stalls_per_10_min: f64,
    /// Share of the minutes in which the viewer complained, 0 to 1.
    pub negative: f64,
}

impl Experience {
    /// The score, 0 to 100.
    ///
    /// ```
    /// use feedback::Experience;
    ///
    /// assert_eq!(Experience::default().engagement(), 100.0);
    /// let stalled = Experience { stall_ratio: 0.01, stalls_per_10_min: 1.0, ..Experience::default() };
    /// assert!((stalled.engagement() - 93.1).abs() < 1e-9);
    /// ```
    pub fn engagement(&self) -> f64 {
        let at_least_0 = |x: f64| if x.is_nan() { 0.0 } else { x.max(0.0) };
        let share = at_least_0(self.negative).min(1.0);
        100.0
            * libm::pow(0.942, at_least_0(self.startup_s - 2.0))
            * libm::pow(0.95, 100.0 * at_least_0(self.stall_ratio))
            * libm::pow(0.98, at_least_0(self.stalls_per_10_min))
            * (1.0 - 0.3 * share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn falls_with_everything_that_is_bad(
            a in 0.0..60.0f64, b in 0.0..1.0f64, c in 0.0..50.0f64, d in 0.0..1.0f64, more in 0.001..1.0f64
        ) {
            let e = Experience { startup_s: a, stall_ratio: b, stalls_per_10_min: c, negative: d };
            let score = e.engagement();
            proptest::prop_assert!((0.0..=100.0).contains(&score));
            let worse = |e: Experience| e.engagement();
            let startup = worse(Experience { startup_s: a + more, ..e });
            let longer = worse(Experience { stall_ratio: b + more, ..e });
            let oftener = worse(Experience { stalls_per_10_min: c + more, ..e });
            let angrier = worse(Experience { negative: d + more, ..e });
            proptest::prop_assert!(startup <= score && angrier <= score);
            proptest::prop_assert!(longer < score && oftener < score);
        }
    }
}
