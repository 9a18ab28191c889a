//! What the random generators are made of: wandering, states by turns, and steps of one length.

use spec::Options;
use units::{BitRate, Seconds, SimRng};

use super::MAX_PERIODS;
use crate::{NetworkError, Period};

/// Steps of one length from time 0 to `duration`, the last one cut; `sample` gives the rate and latency of each.
pub(super) fn steps(
    options: &Options,
    duration: Seconds,
    step: Seconds,
    mut sample: impl FnMut(usize) -> (BitRate, Seconds),
) -> Result<Vec<Period>, NetworkError> {
    let count = (duration / step).ceil();
    if count > MAX_PERIODS {
        return Err(options.wrong("duration", format!("at most {MAX_PERIODS:e} steps")).into());
    }
    let period = |k: usize| {
        let (rate, latency) = sample(k);
        Period { duration: step.min(duration - step * k as f64), rate, latency }
    };
    Ok((0..count as usize).map(period).filter(|p| p.duration > Seconds::ZERO).collect())
}

pub(super) fn whole_kbps(mbps: f64) -> BitRate {
    BitRate::from_kbps(libm::round(mbps * 1e3))
}

/// A time in whole milliseconds, as files have them.
pub(super) fn whole_ms(seconds: f64) -> Seconds {
    Seconds::from_millis(libm::round(seconds * 1e3))
}

/// A position with the probability that its weight has among all; 0 if none is above 0.
pub(super) fn weighted(weights: &[f64], rng: &mut SimRng) -> usize {
    let mut at = rng.uniform() * weights.iter().sum::<f64>();
    let found = weights.iter().position(|w| {
        at -= w;
        at < 0.0
    });
    // Rounding may leave a rest beyond the last.
    found.or_else(|| weights.iter().rposition(|w| *w > 0.0)).unwrap_or(0)
}

/// A lognormal variable of the given mean, whose logarithm has the standard deviation `sd`.
pub(super) fn lognormal(mean: f64, sd: f64, rng: &mut SimRng) -> f64 {
    mean * libm::exp(sd * rng.normal() - sd * sd / 2.0)
}

/// A stationary first-order autoregression of unit variance: the Ornstein-Uhlenbeck process of time constant `tau`, seen
/// every `step`. Its autocorrelation at a lag of k steps is `exp(-k step / tau)`.
pub(super) struct Wander {
    now: f64,
    keep: f64,
    rng: SimRng,
}

impl Wander {
    pub(super) fn new(tau: f64, step: f64, mut rng: SimRng) -> Wander {
        Wander { now: rng.normal(), keep: libm::exp(-step / tau), rng }
    }

    pub(super) fn next(&mut self) -> f64 {
        let now = self.now;
        self.now = self.keep * now + libm::sqrt(1.0 - self.keep * self.keep) * self.rng.normal();
        now
    }
}

/// A random number of whole steps, at least one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Length {
    /// Its mean, at least 1; infinite: it never ends.
    pub(super) mean: f64,
    /// 0: geometric, what an exponential time rounded up is. Else: one step and a lognormal time rounded to a whole number
    /// at random, so that the mean is kept; this is the standard deviation of its logarithm.
    pub(super) spread: f64,
}

impl Length {
    pub(super) fn draw(self, rng: &mut SimRng) -> f64 {
        if self.mean == f64::INFINITY {
            return self.mean;
        }
        if self.spread > 0.0 {
            return 1.0 + (lognormal(self.mean - 1.0, self.spread, rng) + rng.uniform()).floor();
        }
        // Rounded up it is geometric, with the mean 1 / (1 - exp(-1/e)) for an exponential of mean e.
        let exponential = -1.0 / libm::log1p(-1.0 / self.mean);
        rng.exponential(exponential).ceil().max(1.0)
    }

    /// What is left of the length that is running at an arbitrary moment.
    pub(super) fn rest(self, rng: &mut SimRng) -> f64 {
        if self.spread == 0.0 || self.mean == f64::INFINITY {
            return self.draw(rng); // a geometric length has no memory
        }
        // A moment falls into a length in proportion to it. Weighed by 1 + y, a lognormal y is with the probability 1/mean
        // itself, else itself weighed by y: of the same spread, and larger by exp(spread^2).
        let weighed =
            if rng.uniform() < 1.0 / self.mean { 1.0 } else { libm::exp(self.spread * self.spread) };
        let y = lognormal((self.mean - 1.0) * weighed, self.spread, rng);
        let length = 1.0 + (y + rng.uniform()).floor();
        (length * (1.0 - rng.uniform())).ceil()
    }
}

/// Two states by turns, in equilibrium from the start.
pub(super) struct Alternation {
    now: bool,
    left: f64,
    /// How long it is off, and how long it is on.
    lengths: [Length; 2],
    rng: SimRng,
}

impl Alternation {
    /// On in the share `share` of the time, for `on` at a time; `spread_off` is the spread of the times between.
    pub(super) fn new(share: f64, on: Length, spread_off: f64, mut rng: SimRng) -> Alternation {
        // The mean time between that gives the share; a time can be no shorter than a step.
        let mean = if share > 0.0 { (on.mean * (1.0 - share) / share).max(1.0) } else { f64::INFINITY };
        let lengths = [Length { mean, spread: spread_off }, on];
        let now = rng.uniform() < share;
        let left = lengths[usize::from(now)].rest(&mut rng);
        Alternation { now, left, lengths, rng }
    }

    pub(super) fn next(&mut self) -> bool {
        if self.left <= 0.0 {
            self.now = !self.now;
            self.left = self.lengths[usize::from(self.now)].draw(&mut self.rng);
        }
        self.left -= 1.0;
        self.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: usize = 400_000;

    #[test]
    fn positions_have_their_weights() {
        let mut rng = SimRng::new(2, 0);
        let mut counts = [0.0; 4];
        (0..N).for_each(|_| counts[weighted(&[1.0, 0.0, 3.0, 0.0], &mut rng)] += 1.0 / N as f64);
        assert!((counts[0] - 0.25).abs() < 0.003 && counts[1] == 0.0 && counts[3] == 0.0, "{counts:?}");
        assert_eq!((weighted(&[0.0; 3], &mut rng), weighted(&[], &mut rng)), (0, 0));
    }

    #[test]
    fn lengths_have_their_mean_and_their_rest_is_that_of_a_renewal_process() {
        for length in [
            Length { mean: 2.3, spread: 0.0 },
            Length { mean: 11.6, spread: 1.2 },
            Length { mean: 44.0, spread: 0.5 },
        ] {
            let mut rng = SimRng::new(1, 0);
            let drawn: Vec<f64> = (0..N).map(|_| length.draw(&mut rng)).collect();
            let mean = drawn.iter().sum::<f64>() / N as f64;
            let square = drawn.iter().map(|x| x * x).sum::<f64>() / N as f64;
            let error = (square - mean * mean).sqrt() / (N as f64).sqrt();
            assert!((mean - length.mean).abs() < 5.0 * error, "{length:?}: {mean}");
            assert!(drawn.iter().all(|x| *x >= 1.0 && x.fract() == 0.0));
            // Renewal theory: the mean rest, the present step included, is (E[L^2] / E[L] + 1) / 2.
            let rest = (0..N).map(|_| length.rest(&mut rng)).sum::<f64>() / N as f64;
            let want = (square / mean + 1.0) / 2.0;
            assert!((rest / want - 1.0).abs() < 0.03, "{length:?}: {rest} instead of {want}");
        }
    }

    #[test]
    fn an_autoregression_forgets_exponentially() {
        let mut wander = Wander::new(8.0, 2.0, SimRng::new(3, 0));
        let x: Vec<f64> = (0..N).map(|_| wander.next()).collect();
        let mean = x.iter().sum::<f64>() / N as f64;
        // The standard error of the mean is sqrt((1 + r) / (1 - r) / N) with r = exp(-1/4): 0.0045.
        assert!(mean.abs() < 0.02, "{mean}");
        assert!((x.iter().map(|v| v * v).sum::<f64>() / N as f64 - 1.0).abs() < 0.03);
        for k in [1, 4, 10] {
            let got = crate::stats::acf(&x, k).expect("values");
            let want = (-(k as f64) / 4.0).exp();
            assert!((got - want).abs() < 0.02, "lag {k}: {got} instead of {want}");
        }
    }
}
