//! The synthetic traces that Pensieve was trained with.
//!
//! | | |
//! |---|---|
//! | source | Mao, Netravali, Alizadeh: *Neural Adaptive Video Streaming with Pensieve*, SIGCOMM 2017; `sim/synthetic_traces.py`, `sim/make_traces.py` at 1120bb1 |
//! | states | 10 rates, linear from 0.2 to 4.3 Mbit/s; the first is any of them |
//! | per second | stays with probability `1 - 1/t_l`, else jumps by k states, up or down alike where both exist |
//! | distance | k = 1 to 8 (at most to the farther end), in proportion to `x^-k`, where x = 1.996 makes all of them sum to 1 |
//! | noise | N(0, `cov` * state), drawn anew every `t_s` seconds and when the state changes; the sum is not below 0.1 Mbit/s |
//! | drawn per trace | `t_l` from 10 to 100, `t_s` from 1 to 5, `cov` from 0.05 to 0.5 |
//! | length | 320 s for testing (the default), 2000 s for training |
//!
//! The published code does two things that it does not mean, each an option:
//!
//! - `equal_weights=true`: its list of weights has the same number for every distance (a loop uses the variable of another);
//! - `jump_from_zero=true`: it takes the position in that list for the distance, which then begins at 0: a jump may stay where
//!   it is, and never goes by the largest.
//!
//! Deviations: whole kbit/s; second k is the time from k to k + 1 (the file's line k, which readers of cooked traces take for
//! the second before it, and the first for nothing). Its second variance level is equal to the first, so it is left out.
//! The latency is that of Pensieve's simulator, 80 ms.

use spec::{Entry, Options, SpecError, opt};
use units::{Seconds, SimRng};

use super::process::{steps, weighted, whole_kbps};
use super::{MAX_PERIODS, Preset, drawn, keys, seconds};
use crate::{NetworkError, Period};

pub(super) static PRESETS: [Preset; 1] = [Preset {
    entry: Entry {
        name: "pensieve",
        about: "Pensieve's synthetic traces: ten states, geometric jumps",
        options: &[
            opt("t_l", "auto", "mean time between jumps in s; auto: drawn from 10 to 100"),
            opt("t_s", "auto", "time between draws of the noise in s; auto: drawn from 1 to 5"),
            opt("cov", "auto", "sd of the noise, as a share of the state; auto: drawn from 0.05 to 0.5"),
            opt("equal_weights", "false", "as published: all distances are alike"),
            opt("jump_from_zero", "false", "as published: distances begin at 0"),
            opt("duration", "320", "length in s; the trace loops"),
            opt("latency", "0.08", "latency of every request in s"),
            keys::SEED,
        ],
    },
    measures: super::Measurement::Capacity,
    make,
}];

const STREAM: u64 = 0x7065_6e73; // "pens"

const STATES: usize = 10;
const LOWEST_MBPS: f64 = 0.2;
const HIGHEST_MBPS: f64 = 4.3;
const FLOOR_MBPS: f64 = 0.1;
const DISTANCES: usize = STATES - 2;
/// The root of `x^-1 + ... + x^-8 = 1`.
const GEOMETRIC: f64 = 1.996_031_179_735_415;

fn make(options: &Options, seed: u64) -> Result<Vec<Period>, NetworkError> {
    let mut rng = SimRng::new(seed, STREAM);
    let stay_s = drawn(options, "t_l", 1.0..=1e9, [10.0, 100.0], &mut rng)?;
    let noise_s = drawn(options, "t_s", 0.0..=1e9, [1.0, 5.0], &mut rng)?;
    let cov = drawn(options, "cov", 0.0..=10.0, [0.05, 0.5], &mut rng)?;
    let jumps = Jumps::new(options)?;
    let latency = seconds(options, "latency", 0.0, 3600.0)?;
    let mut state = rng.below(STATES);
    let (mut noise, mut left) = (0.0, 0.0);
    steps(options, seconds(options, "duration", 1e-3, MAX_PERIODS)?, Seconds::new(1.0), |_| {
        let mbps = LOWEST_MBPS + (HIGHEST_MBPS - LOWEST_MBPS) / (STATES - 1) as f64 * state as f64;
        if left <= 0.0 {
            (noise, left) = (cov * mbps * rng.normal(), noise_s);
        }
        left -= 1.0;
        if rng.uniform() < 1.0 / stay_s {
            let next = jumps.from(state, &mut rng);
            left = if next == state { left } else { 0.0 };
            state = next;
        }
        (whole_kbps((mbps + noise).max(FLOOR_MBPS)), latency)
    })
}

struct Jumps {
    weights: [f64; DISTANCES],
    /// The distance that the first weight is of.
    first: usize,
}

impl Jumps {
    fn new(options: &Options) -> Result<Jumps, SpecError> {
        let equal = options.flag("equal_weights")?;
        let weight = |k: usize| if equal { 1.0 } else { libm::pow(GEOMETRIC, -((k + 1) as f64)) };
        let first = if options.flag("jump_from_zero")? { 0 } else { 1 };
        Ok(Jumps { weights: std::array::from_fn(weight), first })
    }

    fn from(&self, state: usize, rng: &mut SimRng) -> usize {
        let above = STATES - 1 - state;
        let possible = &self.weights[..state.max(above).min(DISTANCES)];
        let distance = self.first + weighted(possible, rng);
        let up = match (distance <= state, distance <= above) {
            (true, true) => rng.uniform() < 0.5,
            (_, up) => up,
        };
        if up { state + distance } else { state - distance }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The transition matrix of jumps, by counting.
    fn jumps(equal: bool, from_zero: bool) -> [[f64; STATES]; STATES] {
        const N: usize = 40_000;
        let weights = std::array::from_fn(|k| if equal { 1.0 } else { GEOMETRIC.powi(-(k as i32) - 1) });
        let jumps = Jumps { weights, first: usize::from(!from_zero) };
        let mut rng = SimRng::new(1, 0);
        std::array::from_fn(|state| {
            let mut counts = [0.0; STATES];
            (0..N).for_each(|_| counts[jumps.from(state, &mut rng)] += 1.0 / N as f64);
            counts
        })
    }

    #[test]
    fn the_weights_of_all_distances_sum_to_one() {
        let sum: f64 = (1..=DISTANCES as i32).map(|k| GEOMETRIC.powi(-k)).sum();
        assert!((sum - 1.0).abs() < 1e-14, "{sum}");
    }

    #[test]
    fn jumps_go_as_far_as_their_weights_say() {
        // Four standard errors of a share of 40,000.
        let near = |got: f64, want: f64| assert!((got - want).abs() < 0.01, "{got} instead of {want}");
        let meant = jumps(false, false);
        for (state, to) in meant.iter().enumerate() {
            assert_eq!(to[state], 0.0, "a jump leaves its state");
        }
        // From the lowest state all eight distances are possible, upwards, with the weights themselves.
        (1..=8).for_each(|k| near(meant[0][k], GEOMETRIC.powi(-(k as i32))));
        assert_eq!(meant[0][9], 0.0);
        // From the fifth: one to five up, one to four down, alike where both are possible.
        let total: f64 = (1..=5).map(|k| GEOMETRIC.powi(-k)).sum();
        near(meant[4][5], GEOMETRIC.powi(-1) / total / 2.0);
        near(meant[4][9], GEOMETRIC.powi(-5) / total);

        let published = jumps(true, true);
        (0..8).for_each(|k| near(published[0][k], 1.0 / 8.0));
        near(published[4][4], 1.0 / 5.0);
        near(published[4][8], 1.0 / 10.0);
        assert_eq!(published[4][9], 0.0);
    }
}
