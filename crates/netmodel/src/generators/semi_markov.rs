//! A few rates by turns, each for a lognormal time: a semi-Markov process.
//!
//! | | |
//! |---|---|
//! | states | the `rates` |
//! | dwell time | lognormal with the mean `dwell` (one for all, or one for each rate), `spread` = standard deviation of its logarithm |
//! | next state | `jump=any`: each other one alike; `jump=neighbour`: the next higher or lower in the list, alike |
//! | start | stationary: states by their share of the time, the first dwell time what is left of one that is running |
//!
//! The share of time of a state is its dwell time times its frequency in the jump chain (alike for `any`; half for the ends with
//! `neighbour`). Real links keep a rate for times that are far more unequal than the geometric ones of a Markov chain; a spread of
//! 1 makes a coefficient of variation of 1.3. Times are whole milliseconds. The defaults are examples, not measurements; `segue trace fit` fits dwell times.

use spec::{Entry, Options, opt};
use units::{BitRate, Seconds, SimRng};

use super::process::{lognormal, weighted, whole_ms};
use super::{MAX_PERIODS, Preset, keys, seconds};
use crate::{NetworkError, Period};

pub(super) static PRESETS: [Preset; 1] = [Preset {
    entry: Entry {
        name: "semi-markov",
        about: "a few rates by turns, each for a lognormal time",
        options: &[
            opt("rates", "1/3/8", "rates in Mbit/s, from two to 64"),
            opt("dwell", "20", "mean time at a rate in s, or one for each of the rates"),
            opt("spread", "1", "standard deviation of ln(time)"),
            opt("jump", "any", "next rate: any, or neighbour in the list"),
            keys::DURATION,
            keys::LATENCY,
            keys::SEED,
        ],
    },
    measures: super::Measurement::Capacity,
    make,
}];

const STREAM: u64 = 0x0064_7765_6c6c; // "dwell"

fn make(options: &Options, seed: u64) -> Result<Vec<Period>, NetworkError> {
    let duration = seconds(options, "duration", 1e-3, 1e9)?;
    let latency = seconds(options, "latency", 0.0, 3600.0)?;
    let spread = options.number("spread", 0.0..=4.0)?;
    let rates = options.numbers("rates", 0.0..=1e6)?;
    if !(2..=64).contains(&rates.len()) {
        return Err(options.wrong("rates", "2 to 64 numbers separated by '/'").into());
    }
    let mut dwell = options.numbers("dwell", 1e-3..=1e9)?;
    if dwell.len() == 1 {
        dwell = vec![dwell[0]; rates.len()];
    }
    if dwell.len() != rates.len() {
        return Err(options.wrong("dwell", format!("one number, or {} as rates has", rates.len())).into());
    }
    let neighbours = options.choice("jump", &[("any", false), ("neighbour", true)])?;
    let last = rates.len() - 1;
    let frequency = |i: usize| if neighbours && (i == 0 || i == last) { 1.0 } else { 2.0 };
    let time: Vec<f64> = (0..=last).map(|i| frequency(i) * dwell[i]).collect();

    let mut rng = SimRng::new(seed, STREAM);
    let mut state = weighted(&time, &mut rng);
    // A moment falls into a dwell time in proportion to its length: of the same spread, longer by exp(spread^2).
    let running = lognormal(dwell[state] * libm::exp(spread * spread), spread, &mut rng);
    let mut length = running * (1.0 - rng.uniform());
    let mut periods = Vec::new();
    let (mut now, mut stays) = (Seconds::ZERO, 0.0);
    while now < duration {
        let period = whole_ms(length).min(duration - now);
        if period > Seconds::ZERO {
            periods.push(Period { duration: period, rate: BitRate::from_mbps(rates[state]), latency });
        }
        stays += 1.0;
        if stays > MAX_PERIODS {
            return Err(options
                .wrong("duration", format!("at most {MAX_PERIODS:e} changes of the rate"))
                .into());
        }
        now += period;
        state = match neighbours {
            true if state == 0 => 1,
            true if state == last => last - 1,
            true => state + 2 * rng.below(2) - 1,
            false => (state + 1 + rng.below(last)) % (last + 1),
        };
        length = lognormal(dwell[state], spread, &mut rng);
    }
    Ok(periods)
}
