//! Traces out of nothing but a few numbers: simple shapes, and models fitted to measured families.
//!
//! ```
//! use units::{BitRate, Seconds};
//!
//! let square = netmodel::generators::generate("square,low=1,high=5,period=10,duration=30", 0)?;
//! assert_eq!(square.periods().len(), 6);
//! assert_eq!(square.mean_rate(), BitRate::from_mbps(3.0));
//!
//! let walk = netmodel::generators::generate("3g,duration=60,seed=7", 0)?;
//! assert_eq!(walk.duration(), Seconds::new(60.0));
//! assert_eq!(walk, netmodel::generators::generate("preset:3g,duration=60,seed=7", 1)?);
//! # Ok::<(), netmodel::NetworkError>(())
//! ```
//!
//! One file per model; [`all`] is the registry. Everything is a function of the text and the seed, on every platform.

mod causalsim;
mod cell;
mod challenge;
pub mod congestion;
mod devices;
mod families;
mod genet;
mod markov;
mod ou;
mod pensieve;
mod process;
mod radio;
mod semi_markov;
mod shapes;

use std::ops::RangeInclusive;

use spec::{Entry, Options, Spec, SpecError};
use units::{BitRate, Seconds, SimRng};

pub use markov::{FitOptions, Fitted, State, fit};

use crate::formats::Measurement;
use crate::{NetworkError, Trace};

/// The registry: the presets of every model. A new model is a file in this folder and a line here.
static MODELS: [&[Preset]; 12] = [
    &families::PRESETS,
    &pensieve::PRESETS,
    &genet::PRESETS,
    &causalsim::PRESETS,
    &congestion::PRESETS,
    &cell::PRESETS,
    &ou::PRESETS,
    &semi_markov::PRESETS,
    &shapes::PRESETS,
    &devices::PRESETS,
    &radio::PRESETS,
    &challenge::PRESETS,
];

/// A preset: what it is called, and how it is made.
pub(crate) struct Preset {
    entry: Entry,
    /// What its rates are: as those of what it is made after.
    measures: Measurement,
    make: Make,
}

impl Preset {
    /// Whether it draws from the seed.
    fn draws(&self) -> bool {
        !self.entry.options.contains(&keys::NO_SEED)
    }
}

/// The periods of a preset with these options and this seed.
type Make = fn(&Options, u64) -> Result<Vec<crate::Period>, NetworkError>;

fn presets() -> impl Iterator<Item = &'static Preset> {
    MODELS.into_iter().flatten()
}

/// All presets: name, one line, options with defaults.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    presets().map(|p| &p.entry)
}

/// What the rates of a preset are, by the same text as [`generate`]: `oboe` is made after what video sessions observed, which
/// is no capacity. What is no preset counts as a capacity.
///
/// ```
/// use netmodel::{formats::Measurement, generators};
///
/// assert_eq!(generators::measures("preset:oboe,seed=3"), Measurement::Observed);
/// assert_eq!(generators::measures("4g"), Measurement::Capacity);
/// ```
pub fn measures(spec: &str) -> Measurement {
    let text = spec.trim();
    let found = Spec::parse(text.strip_prefix("preset:").unwrap_or(text))
        .and_then(|s| s.find_by("network preset", presets(), |p| &p.entry));
    found.map_or(Measurement::Capacity, |(preset, _)| preset.measures)
}

/// The trace of a preset: `name` or `name,key=value,...`, with or without `preset:` before it. `seed` counts unless the
/// text has a `seed` of its own.
///
/// The trace is named after the text, with the seed if it depends on it, so that its name is enough to make it again.
///
/// # Errors
/// [`NetworkError::Spec`] for a preset, option or value that does not exist, naming the nearest that does.
pub fn generate(spec: &str, seed: u64) -> Result<Trace, NetworkError> {
    let text = spec.trim();
    let text = text.strip_prefix("preset:").unwrap_or(text);
    let (preset, options) = Spec::parse(text)?.find_by("network preset", presets(), |p| &p.entry)?;
    let (name, seed) = named(text, &options, preset.draws(), seed)?;
    Trace::new(name, (preset.make)(&options, seed)?)
}

/// Options of several presets.
mod keys {
    use spec::{Opt, opt};

    pub(super) const DURATION: Opt = opt("duration", "600", "length in s; the trace loops");
    pub(super) const LATENCY: Opt = opt("latency", "0.02", "latency of every request in s");
    pub(super) const SEED: Opt = opt("seed", "auto", "whole number; auto: the caller's");
    pub(super) const NO_SEED: Opt = opt("seed", "auto", "ignored: nothing is drawn");
}

/// A number that is the option's, or where that is `auto`, the preset's own.
fn given(options: &Options, key: &str, range: RangeInclusive<f64>, own: f64) -> Result<f64, SpecError> {
    match options.text(key) {
        "auto" => Ok(own),
        _ => options.number(key, range),
    }
}

/// A number that is the option's, or where that is `auto`, drawn. It is drawn in any case, so that an option leaves the other
/// draws as they are.
fn drawn(
    options: &Options,
    key: &str,
    range: RangeInclusive<f64>,
    from: [f64; 2],
    rng: &mut SimRng,
) -> Result<f64, SpecError> {
    given(options, key, range, rng.range(from[0], from[1]))
}

/// The name of a trace that is enough to make it again, and the seed: the text's own, else the caller's.
fn named(text: &str, options: &Options, draws: bool, seed: u64) -> Result<(String, u64), SpecError> {
    match options.text("seed") {
        "auto" if draws => Ok((format!("{text},seed={seed}"), seed)),
        "auto" => Ok((text.to_string(), seed)),
        given => match given.parse() {
            Ok(own) => Ok((text.to_string(), own)),
            Err(_) => Err(options.wrong("seed", "a whole number from 0 to 2^64-1")),
        },
    }
}

/// The most periods a preset makes.
const MAX_PERIODS: f64 = 1e6;

/// An option that is a time in seconds.
fn seconds(options: &Options, key: &str, low: f64, high: f64) -> Result<Seconds, NetworkError> {
    Ok(Seconds::new(options.number(key, low..=high)?))
}

/// An option that is a rate in Mbit/s.
fn rate(options: &Options, key: &str) -> Result<BitRate, NetworkError> {
    Ok(BitRate::from_mbps(options.number(key, 0.0..=1e6)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_with_a_hint() {
        let text = |spec: &str| generate(spec, 0).expect_err(spec).to_string();
        assert!(text("consant").contains("did you mean 'constant'"), "{}", text("consant"));
        assert!(text("constant,rte=3").contains("did you mean 'rate'"));
        for bad in [
            "",
            "3g,duration=0",
            "3g,duration=nan",
            "3g,seed=x",
            "square,period=1e-9,duration=1e6",
            "constant,rate",
        ] {
            assert!(!text(bad).is_empty());
        }
    }

    #[test]
    fn every_preset_works_with_its_defaults() {
        for entry in all() {
            let trace = generate(entry.name, 5).expect(entry.name);
            assert_eq!(trace, generate(entry.name, 5).expect(entry.name));
            assert_eq!(trace, generate(trace.name(), 6).expect("its own name"), "{}", entry.name);
            assert!(trace.total() > units::Bits::ZERO);
        }
    }
}
