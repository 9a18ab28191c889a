//! The synthetic traces of CausalSim: noise around a state that jumps between two limits.
//!
//! | | |
//! |---|---|
//! | source | Alomar et al.: *CausalSim: A Causal Framework for Unbiased Trace-Driven Simulation*, NSDI 2023; `abr-synthetic/env/trace_loader.py` at 1b7fd9d |
//! | limits | `low` and `high`: two uniform numbers from 0.5 to 4.5 Mbit/s, drawn until `(high - low) / (high + low) >= 0.3` |
//! | state | at first uniform between the limits; before the next chunk it jumps with the probability `1/stay`, where `stay` is a whole number drawn from 30 to 99 |
//! | jump | to a double exponential around the state: density `l exp(-l d)` in the distance d on either side, with the l for which `1 = exp(-l (high - s)) + exp(-l (s - low))`, so that it ends at the limits |
//! | rate | per chunk N(state, `noise` * state), cut at the limits; `noise` from 0.05 to 0.3 |
//! | RTT | uniform from 10 to 500 ms |
//!
//! In the original a number is the rate of one chunk, however long its download takes. A trace is a matter of time, so a
//! number holds for `step` seconds, by default the 4 s that a chunk plays. Deviations: whole kbit/s. The original looks for l
//! by Newton's method from 0.5; here it is bisected.

use spec::{Entry, Options, opt};
use units::{Seconds, SimRng};

use super::process::{steps, whole_kbps};
use super::{MAX_PERIODS, Preset, drawn, given, keys, seconds};
use crate::{NetworkError, Period};

pub(super) static PRESETS: [Preset; 1] = [Preset {
    entry: Entry {
        name: "causalsim",
        about: "CausalSim's synthetic traces: noise around a jumping state",
        options: &[
            opt("low", "auto", "lowest rate in Mbit/s; auto: drawn, from 0.5 to 4.5"),
            opt("high", "auto", "highest rate in Mbit/s; auto: drawn with low"),
            opt("stay", "auto", "mean number of steps between jumps; auto: drawn from 30 to 99"),
            opt("noise", "auto", "sd of the noise, as a share of the state; auto: drawn from 0.05 to 0.3"),
            opt("step", "4", "length of a step in s: what a chunk plays"),
            opt("latency", "auto", "latency of every request in s; auto: drawn from 0.01 to 0.5"),
            keys::DURATION,
            keys::SEED,
        ],
    },
    measures: super::Measurement::Capacity,
    make,
}];

const STREAM: u64 = 0x6361_7573; // "caus"

const LIMITS_MBPS: [f64; 2] = [0.5, 4.5];
/// The least of `(high - low) / (high + low)`.
const CONTRAST: f64 = 0.3;

fn make(options: &Options, seed: u64) -> Result<Vec<Period>, NetworkError> {
    let mut rng = SimRng::new(seed, STREAM);
    let stay = given(options, "stay", 1.0..=1e9, (30 + rng.below(70)) as f64)?;
    let noise = drawn(options, "noise", 0.0..=10.0, [0.05, 0.3], &mut rng)?;
    let latency = Seconds::new(drawn(options, "latency", 0.0..=3600.0, [0.01, 0.5], &mut rng)?);
    let own = limits(&mut rng);
    let (low, high) =
        (given(options, "low", 1e-3..=1e6, own[0])?, given(options, "high", 1e-3..=1e6, own[1])?);
    if low >= high {
        return Err(options.wrong("high", format!("a number above low, which is {low}")).into());
    }
    let step = options.number("step", 1e-3..=3600.0)?;
    let mut state = rng.range(low, high);
    steps(options, seconds(options, "duration", 1e-3, MAX_PERIODS * step)?, Seconds::new(step), |_| {
        let mbps = (state + noise * state * rng.normal()).clamp(low, high);
        if rng.uniform() < 1.0 / stay {
            state = jump(state, low, high, &mut rng);
        }
        (whole_kbps(mbps), latency)
    })
}

/// Two limits that are far enough apart; more than half of all pairs are.
fn limits(rng: &mut SimRng) -> [f64; 2] {
    loop {
        let [a, b] = [(); 2].map(|()| rng.range(LIMITS_MBPS[0], LIMITS_MBPS[1]));
        if (a - b).abs() / (a + b) >= CONTRAST {
            return [a.min(b), a.max(b)];
        }
    }
}

/// A state from the double exponential around `state` between the limits.
fn jump(state: f64, low: f64, high: f64, rng: &mut SimRng) -> f64 {
    let (up, down) = (high - state, state - low);
    let rest = |l: f64| 1.0 - libm::exp(-l * up) - libm::exp(-l * down);
    // Negative at 0 and growing; the larger distance alone makes it positive at some multiple of its inverse, unless the
    // state is at a limit: then the jump is as good as none.
    let (mut least, mut most) = (0.0, 1e9 / up.max(down));
    for _ in 0..200 {
        let middle = (least + most) / 2.0;
        *(if rest(middle) < 0.0 { &mut least } else { &mut most }) = middle;
    }
    let u = rng.uniform();
    let to = match u < 1.0 - libm::exp(-least * up) {
        true => state - libm::log1p(-u) / least,
        false => state + libm::log(u) / least,
    };
    to.clamp(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_apart_and_within_theirs() {
        let mut rng = SimRng::new(5, 0);
        for _ in 0..1000 {
            let [low, high] = limits(&mut rng);
            assert!(low >= 0.5 && high < 4.5 && (high - low) / (high + low) >= 0.3);
        }
    }

    #[test]
    fn jumps_are_double_exponential() {
        // In the middle l = 2 ln 2 / (high - low): the distance is exponential, cut at its median, on either side alike.
        let (low, high) = (1.0, 3.0);
        let l = 2.0_f64.ln();
        let mut rng = SimRng::new(6, 0);
        let n = 100_000;
        let to: Vec<f64> = (0..n).map(|_| jump(2.0, low, high, &mut rng)).collect();
        assert!(to.iter().all(|x| (low..=high).contains(x)));
        let up = to.iter().filter(|x| **x > 2.0).count() as f64 / n as f64;
        assert!((up - 0.5).abs() < 0.007, "{up}");
        for d in [0.25, 0.5, 0.75] {
            let got = to.iter().filter(|x| (**x - 2.0).abs() <= d).count() as f64 / n as f64;
            let want = 2.0 * (1.0 - (-l * d).exp());
            assert!((got - want).abs() < 0.007, "{d}: {got} instead of {want}");
        }
        // Elsewhere: the probability of going up is what is left of the whole below.
        let (up, down) = (0.5, 1.5);
        let share = (0..n).filter(|_| jump(2.5, low, high, &mut rng) > 2.5).count() as f64 / n as f64;
        // With p = exp(-l up) for the exponents of 1 : 3, p + p^3 = 1.
        let p = 0.682_327_803_828_019_3_f64;
        assert!((p + p.powf(down / up) - 1.0).abs() < 1e-12);
        assert!((share - (1.0 - p)).abs() < 0.007, "{share}");
        assert!((low..=high).contains(&jump(high, low, high, &mut rng)));
    }
}
