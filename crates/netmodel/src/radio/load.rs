//! Who else is in the cell: the process that does most of the variance of a mobile rate.
//!
//! `n` other users are served beside the terminal, all with the same share `1 / (1 + n)`. `n` is a birth-death process with
//! immigration: users come at the rate `a + b n` (demand draws demand: a train arrives, a match begins) and each leaves at the
//! rate `d`. In the long run n has a negative binomial distribution (Poisson for b = 0), and its autocorrelation is
//! exponential, so three numbers with a meaning set it:
//!
//! | option | | rates |
//! |---|---|---|
//! | `mean` | mean of n | `a = mean / relaxation` |
//! | `dispersion` | variance of n over its mean, at least 1 | `d = dispersion / relaxation`, `b = d - 1 / relaxation` |
//! | `relaxation` | time constant of the autocorrelation | |
//!
//! # Sources
//!
//! Equal shares are processor sharing (proportionally fair scheduling of saturated users). The process is textbook (Kendall
//! 1949). The defaults are this project's, chosen so that the generated rates have about the spread within a trace and the
//! autocorrelation of the Irish 5G downloads (see `docs/radio.md`).

use units::{Seconds, SimRng};

use super::check;
use crate::NetworkError;

/// How many others there are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoadOptions {
    /// Mean number of other users in a cell, 0 to 100; 0 for an empty network.
    pub mean: f64,
    /// Variance of their number over its mean, 1 to 100.
    pub dispersion: f64,
    /// Time constant of the autocorrelation of their number.
    pub relaxation: Seconds,
}

impl Default for LoadOptions {
    fn default() -> LoadOptions {
        LoadOptions { mean: 20.0, dispersion: 25.0, relaxation: Seconds::new(8.0) }
    }
}

impl LoadOptions {
    /// Refuses what cannot be.
    pub(super) fn check(&self) -> Result<(), NetworkError> {
        check("mean", self.mean, (0.0..=100.0).contains(&self.mean), "0 to 100 users")?;
        check("dispersion", self.dispersion, (1.0..=100.0).contains(&self.dispersion), "1 to 100")?;
        let relaxation = self.relaxation.get();
        check("relaxation", relaxation, relaxation > 0.0, "a time above 0 s")
    }

    /// How many users come or go in a cell in a second, in the mean.
    pub(super) fn events_per_s(&self) -> f64 {
        2.0 * self.mean * self.dispersion / self.relaxation.get()
    }
}

/// The users of one cell, in time.
#[derive(Clone, Debug)]
pub struct Users {
    count: u32,
    /// Rates per second: coming from outside, drawn by each who is there, leaving of each.
    immigration: f64,
    birth: f64,
    death: f64,
    /// Until the next change, s.
    left: f64,
    rng: SimRng,
}

impl Users {
    /// A cell in its steady state.
    ///
    /// # Errors
    /// [`NetworkError::Option`] for what is out of range.
    pub fn new(options: &LoadOptions, mut rng: SimRng) -> Result<Users, NetworkError> {
        options.check()?;
        let relaxation = options.relaxation.get();
        let death = options.dispersion / relaxation;
        let count = steady(options.mean, options.dispersion, rng.uniform());
        let (immigration, birth) = (options.mean / relaxation, death - 1.0 / relaxation);
        let mut users = Users { count, immigration, birth, death, left: 0.0, rng };
        users.left = users.wait();
        Ok(users)
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// What is left of the cell for the terminal.
    pub fn share(&self) -> f64 {
        1.0 / (1.0 + f64::from(self.count))
    }

    /// Lets time pass, exactly: change by change.
    pub fn advance(&mut self, time: Seconds) {
        let mut rest = time.get();
        while rest >= self.left {
            rest -= self.left;
            let leaving = self.death * f64::from(self.count);
            let all = leaving + self.coming();
            if self.rng.uniform() * all < leaving {
                self.count -= 1;
            } else {
                self.count = self.count.saturating_add(1);
            }
            self.left = self.wait();
        }
        self.left -= rest;
    }

    fn coming(&self) -> f64 {
        self.immigration + self.birth * f64::from(self.count)
    }

    fn wait(&mut self) -> f64 {
        let rate = self.coming() + self.death * f64::from(self.count);
        if rate > 0.0 { self.rng.exponential(1.0 / rate) } else { f64::INFINITY }
    }
}

/// A draw of the steady state at the quantile `u`, by summing up the negative binomial distribution.
fn steady(mean: f64, dispersion: f64, u: f64) -> u32 {
    // In terms of c = 1 - 1/dispersion the distribution is p(n+1)/p(n) = (mean (1-c) + c n) / (n + 1).
    let c = 1.0 - 1.0 / dispersion;
    let start = mean * (1.0 - c);
    let log_p0 = if c > 0.0 { start / c * libm::log1p(-c) } else { -mean };
    let (mut p, mut n) = (libm::exp(log_p0), 0u32);
    let mut below = p;
    // Rounding may keep `below` from reaching u; the tail is exponential and ends.
    while u >= below && p > f64::MIN_POSITIVE {
        p *= (start + c * f64::from(n)) / (f64::from(n) + 1.0);
        n += 1;
        below += p;
    }
    n
}
