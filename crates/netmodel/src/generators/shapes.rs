//! Deterministic shapes: `constant`, `step` and `square`.
//!
//! | preset | rate |
//! |---|---|
//! | `constant` | `rate` throughout |
//! | `step` | `from` until `at`, then `to` |
//! | `square` | `high` for the share `duty` of every `period`, then `low` for the rest; the last cycle may be cut |
//!
//! The latency of 20 ms is that of a fixed line or a good mobile one.

use spec::{Entry, Options, opt};
use units::Seconds;

use super::{MAX_PERIODS, Preset, keys, rate, seconds};
use crate::{NetworkError, Period};

pub(super) static PRESETS: [Preset; 3] = [CONSTANT, STEP, SQUARE];

const CONSTANT: Preset = Preset {
    entry: Entry {
        name: "constant",
        about: "one rate throughout",
        options: &[opt("rate", "3", "rate in Mbit/s"), keys::DURATION, keys::LATENCY, keys::NO_SEED],
    },
    measures: super::Measurement::Capacity,
    make: |options, _| {
        let duration = duration(options)?;
        Ok(vec![Period { duration, rate: rate(options, "rate")?, latency: latency(options)? }])
    },
};

const STEP: Preset = Preset {
    entry: Entry {
        name: "step",
        about: "one rate, then another",
        options: &[
            opt("from", "5", "rate before the step in Mbit/s"),
            opt("to", "1", "rate after the step in Mbit/s"),
            opt("at", "60", "time of the step in s"),
            keys::DURATION,
            keys::LATENCY,
            keys::NO_SEED,
        ],
    },
    measures: super::Measurement::Capacity,
    make: |options, _| {
        let (duration, latency) = (duration(options)?, latency(options)?);
        let at = seconds(options, "at", 0.0, 1e9)?;
        let before = Period { duration: at, rate: rate(options, "from")?, latency };
        let after = Period { duration: duration - at, rate: rate(options, "to")?, latency };
        if at <= Seconds::ZERO || at >= duration {
            return Err(options.wrong("at", "a time between 0 and the duration").into());
        }
        Ok(vec![before, after])
    },
};

const SQUARE: Preset = Preset {
    entry: Entry {
        name: "square",
        about: "two rates in turn",
        options: &[
            opt("low", "1", "the lower rate in Mbit/s"),
            opt("high", "5", "the higher rate in Mbit/s, which comes first"),
            opt("period", "20", "length of a cycle in s"),
            opt("duty", "0.5", "share of the cycle with the higher rate"),
            keys::DURATION,
            keys::LATENCY,
            keys::NO_SEED,
        ],
    },
    measures: super::Measurement::Capacity,
    make: square,
};

fn duration(options: &Options) -> Result<Seconds, NetworkError> {
    seconds(options, "duration", 1e-3, 1e9)
}

fn latency(options: &Options) -> Result<Seconds, NetworkError> {
    seconds(options, "latency", 0.0, 3600.0)
}

fn square(options: &Options, _: u64) -> Result<Vec<Period>, NetworkError> {
    let (duration, latency) = (duration(options)?, latency(options)?);
    let cycle = seconds(options, "period", 1e-3, 1e9)?;
    let duty = options.number("duty", 0.001..=0.999)?;
    let (low, high) = (rate(options, "low")?, rate(options, "high")?);
    if duration / cycle * 2.0 > MAX_PERIODS {
        return Err(options
            .wrong("period", format!("at most {MAX_PERIODS:e} changes of the rate in the duration"))
            .into());
    }
    let mut periods = Vec::new();
    // Edges are multiples of the cycle, not sums, so that the thousandth stands where it belongs.
    let (mut k, mut now) = (0.0, Seconds::ZERO);
    while now < duration {
        for (edge, rate) in [(cycle * (k + duty), high), (cycle * (k + 1.0), low)] {
            let end = edge.min(duration);
            if end > now {
                periods.push(Period { duration: end - now, rate, latency });
                now = end;
            }
        }
        k += 1.0;
    }
    Ok(periods)
}

#[cfg(test)]
mod tests {
    use crate::generators::generate;
    use units::{BitRate, Seconds};

    #[test]
    fn shapes_are_what_they_say() {
        let step = generate("step,from=2,to=8,at=10,duration=30,latency=0", 0).expect("valid");
        assert_eq!((step.periods().len(), step.mean_rate()), (2, BitRate::from_mbps(6.0)));
        assert_eq!(step.period(0).latency, Seconds::ZERO);
        let square = generate("square,low=0,high=4,period=10,duty=0.3,duration=25", 0).expect("valid");
        let lengths: Vec<f64> = square.periods().iter().map(|p| p.duration.get()).collect();
        assert_eq!(lengths, [3.0, 7.0, 3.0, 7.0, 3.0, 2.0]);
        assert!(generate("step,at=700", 0).is_err());
    }
}
