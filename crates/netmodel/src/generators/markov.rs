//! Markov chains fitted from traces, and the files that keep them.
//!
//! # The model
//!
//! The seconds of the traces are sorted into states: one for outages (below 0.1 Mbit/s), the others by the logarithm of the
//! rate, in `levels` steps of one width between the lowest and the highest; where there are no more than `levels` different
//! rates, each has a state of its own. What is empty is left out. A state's rate is the mean of its seconds, so that the
//! mean rate is kept. The chain has the counted transitions from each second to the next of its trace; a state that is never
//! left (it came last) is followed by any state according to its share of the time.
//!
//! A Markov chain stays in a state for a geometric number of seconds. With dwell times (semi-Markov), it stays for one second and a lognormal time,
//! with the mean and variance of the stretches in the traces, and then moves as the chain does when it moves.
//!
//! A generated trace starts with a state by its share of the time. What is lost: rates within a state differ, here they do not;
//! traces of one family differ in their level, the chain has one stationary distribution; and a chain forgets faster than
//! a link whose state has causes that last.
//!
//! # The file
//!
//! JSON, schema `segue.markov/1`:
//!
//! ```json
//! {
//!   "schema": "segue.markov/1",
//!   "traces": 2,
//!   "latency_s": 0.05,
//!   "states": [{"rate_mbps": 0.02, "seconds": 30}, {"rate_mbps": 3.1, "seconds": 90}],
//!   "transitions": [[20, 8], [9, 80]],
//!   "dwell": [{"mean_s": 3.3, "spread": 0.9}, {"mean_s": 10.0, "spread": 0.4}]
//! }
//! ```
//!
//! | field | meaning |
//! |---|---|
//! | `traces` | how many traces it was fitted from |
//! | `latency_s` | latency of every request: the traces' mean |
//! | `states` | 1 to 257: rate, and seconds seen in it |
//! | `transitions` | row by row, how often a second of the state was followed by one of each state |
//! | `dwell` | only with dwell times: mean number of seconds in a row, and the standard deviation of the logarithm of what exceeds one; a spread of 0 is a geometric number |

use std::io::{Read, Write};

use serde::{Deserialize, Serialize};
use spec::{Entry, Options, opt};
use units::{BitRate, Seconds, SimRng};

use super::process::{Length, steps, weighted};
use super::{MAX_PERIODS, given, keys, named, seconds};
use crate::{NetworkError, Trace, stats};

/// The schema that is written, and read.
const SCHEMA: &str = "segue.markov/1";
/// Below this rate a second is an outage, as in [`crate::stats`].
const FLOOR_MBPS: f64 = 0.1;
/// The most levels that can be asked for.
const MAX_LEVELS: usize = 256;
/// The largest file that is read, in bytes; one of [`MAX_LEVELS`] states is a tenth of it.
const MAX_FILE_BYTES: u64 = 1 << 24;

/// What a fitted preset takes.
static ENTRY: Entry = Entry {
    name: "fitted",
    about: "a Markov chain from a file",
    options: &[
        keys::DURATION,
        opt("latency", "auto", "latency of every request in s; auto: the fitted traces'"),
        keys::SEED,
    ],
};

const STREAM: u64 = 0x6d61_726b; // "mark"

/// How to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FitOptions {
    /// How many levels the logarithm of the rate has, 1 to 256; 8 to 16 are usual. Outages come on top.
    pub levels: usize,
    /// Whether to fit dwell times (semi-Markov).
    pub dwell: bool,
}

impl Default for FitOptions {
    fn default() -> FitOptions {
        FitOptions { levels: 12, dwell: false }
    }
}

/// A Markov chain fitted from traces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fitted {
    schema: String,
    traces: usize,
    latency_s: f64,
    states: Vec<State>,
    transitions: Vec<Vec<u64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dwell: Option<Vec<Dwell>>,
}

/// A state of a [`Fitted`] chain.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct State {
    pub rate_mbps: f64,
    /// How many seconds of the traces were in it.
    pub seconds: u64,
}

/// How long a state lasts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dwell {
    mean_s: f64,
    spread: f64,
}

/// Fits a Markov chain to the full seconds of traces.
///
/// ```
/// use netmodel::generators::{FitOptions, fit, generate};
///
/// let drives = [generate("4g", 1)?, generate("4g", 2)?];
/// let fitted = fit(&drives, &FitOptions::default())?;
/// let another = fitted.generate("drives,duration=300", 7)?;
/// assert_eq!(another.name(), "drives,duration=300,seed=7");
/// # Ok::<(), netmodel::NetworkError>(())
/// ```
///
/// # Errors
/// [`NetworkError::Input`] for a number of levels out of its range, where the traces have no two full seconds in a row, or where
/// one is longer than 57 days ([`stats::MAX_BINNED_S`]).
pub fn fit<'a>(
    traces: impl IntoIterator<Item = &'a Trace>,
    options: &FitOptions,
) -> Result<Fitted, NetworkError> {
    if !(1..=MAX_LEVELS).contains(&options.levels) {
        let (found, most) = (options.levels.to_string(), format!("a whole number from 1 to {MAX_LEVELS}"));
        return Err(NetworkError::input(0, "the number of levels", found, most));
    }
    let (mut rates, mut latency, mut time) = (Vec::new(), Seconds::ZERO, Seconds::ZERO);
    for trace in traces {
        rates.push(full_seconds(trace)?);
        for p in trace.periods().iter() {
            latency += p.latency * p.duration.get();
            time += p.duration;
        }
    }
    if !rates.iter().any(|t| t.len() > 1) {
        return Err(NetworkError::input(
            0,
            "the traces",
            "too short",
            "two full seconds in a row of one of them",
        ));
    }
    let levels = Levels::of(&rates, options.levels);
    let paths: Vec<Vec<usize>> = rates.iter().map(|t| t.iter().map(|r| levels.state(*r)).collect()).collect();

    let mut states = vec![State { rate_mbps: 0.0, seconds: 0 }; levels.count()];
    let mut transitions = vec![vec![0; levels.count()]; levels.count()];
    let mut stretches = vec![Vec::new(); levels.count()];
    for (path, rates) in paths.iter().zip(&rates) {
        for (state, rate) in path.iter().zip(rates) {
            states[*state].seconds += 1;
            states[*state].rate_mbps += rate;
        }
        path.windows(2).for_each(|w| transitions[w[0]][w[1]] += 1);
        path.chunk_by(|a, b| a == b).for_each(|stretch| stretches[stretch[0]].push(stretch.len() as f64));
    }
    let seen: Vec<usize> = (0..states.len()).filter(|i| states[*i].seconds > 0).collect();
    let dwell = seen.iter().map(|i| Dwell::of(&stretches[*i])).collect();
    // Whole bit/s, and whole nanoseconds.
    let rounded = |x: f64, digits: f64| libm::round(x * digits) / digits;
    let mean_rate = |s: &State| State { rate_mbps: rounded(s.rate_mbps / s.seconds as f64, 1e6), ..*s };
    Ok(Fitted {
        schema: SCHEMA.to_string(),
        traces: rates.len(),
        latency_s: rounded(latency.get() / time.get(), 1e9),
        states: seen.iter().map(|i| mean_rate(&states[*i])).collect(),
        transitions: seen.iter().map(|i| seen.iter().map(|j| transitions[*i][*j]).collect()).collect(),
        dwell: options.dwell.then_some(dwell),
    })
}

/// The rate in Mbit/s of every full second of a trace.
fn full_seconds(trace: &Trace) -> Result<Vec<f64>, NetworkError> {
    let count = trace.duration().get().floor();
    if count > stats::MAX_BINNED_S as f64 {
        let (found, most) = (format!("{count} s long"), format!("at most {} s", stats::MAX_BINNED_S));
        return Err(NetworkError::input(0, format!("the trace '{}'", trace.name()), found, most));
    }
    let second = |k: usize| {
        let [from, to] = [k, k + 1].map(|s| Seconds::new(s as f64));
        // Whole bits: what equal rates are is not to hang on the rounding of sums.
        libm::round(trace.bits_between(from, to).get()) / 1e6
    };
    Ok((0..count as usize).map(second).collect())
}

/// What separates the states: an ascending list of rates; a state holds what lies from one of them to below the next.
struct Levels {
    lower: Vec<f64>,
}

impl Levels {
    fn of(traces: &[Vec<f64>], levels: usize) -> Levels {
        let mut on: Vec<f64> = traces.iter().flatten().copied().filter(|r| *r >= FLOOR_MBPS).collect();
        on.sort_by(f64::total_cmp);
        on.dedup();
        let (Some(low), Some(high)) = (on.first().copied(), on.last().copied()) else {
            return Levels { lower: vec![0.0] };
        };
        let width = libm::log(high / low) / levels as f64;
        let edge = |k: usize| if k == 0 { low } else { low * libm::exp(width * k as f64) };
        let steps = if on.len() <= levels { on } else { (0..levels).map(edge).collect() };
        Levels { lower: std::iter::once(0.0).chain(steps).collect() }
    }

    fn count(&self) -> usize {
        self.lower.len()
    }

    fn state(&self, rate: f64) -> usize {
        match rate < FLOOR_MBPS {
            true => 0,
            false => self.lower.partition_point(|l| *l <= rate).max(1) - 1,
        }
    }
}

impl Dwell {
    /// By the mean and variance of the stretches: of one second and a lognormal time.
    fn of(stretches: &[f64]) -> Dwell {
        let n = stretches.len().max(1) as f64;
        let mean = stretches.iter().sum::<f64>() / n;
        let variance = stretches.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>() / n;
        let beyond = mean - 1.0;
        // Equal stretches are no geometric ones, which a spread of 0 would make of them.
        let spread = match beyond > 0.0 {
            true => libm::sqrt(libm::log1p(variance / (beyond * beyond))).max(1e-3),
            false => 0.0,
        };
        Dwell { mean_s: mean.max(1.0), spread }
    }
}

impl Fitted {
    /// Reads what [`write`](Fitted::write) wrote.
    ///
    /// # Errors
    /// [`NetworkError::Io`]; [`NetworkError::Input`] for what is no such file, with line or field.
    pub fn read(input: impl Read) -> Result<Fitted, NetworkError> {
        let mut bytes = Vec::new();
        input.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(NetworkError::input(
                0,
                "the file",
                "too large",
                format!("at most {MAX_FILE_BYTES} bytes"),
            ));
        }
        let fitted: Fitted = serde_json::from_slice(&bytes).map_err(|e| {
            let expected = format!("a fitted preset of schema {SCHEMA}, as segue trace fit writes it");
            let found = format!("no such JSON ({})", spec::json_problem(&e));
            NetworkError::input(e.line(), "", found, expected)
        })?;
        fitted.check()?;
        Ok(fitted)
    }

    fn check(&self) -> Result<(), NetworkError> {
        let wrong =
            |field: String, found: String, expected: &str| NetworkError::input(0, field, found, expected);
        let n = self.states.len();
        let amount = |field: String, value: f64, low: f64, high: f64| match (low..=high).contains(&value) {
            true => Ok(()),
            false => Err(wrong(field, value.to_string(), &format!("a number from {low} to {high:e}"))),
        };
        if self.schema != SCHEMA {
            return Err(wrong("schema".into(), format!("'{}'", spec::excerpt(&self.schema)), SCHEMA));
        }
        if !(1..=MAX_LEVELS + 1).contains(&n) {
            return Err(wrong("states".into(), format!("a list of {n}"), "1 to 257 states"));
        }
        amount("latency_s".into(), self.latency_s, 0.0, 86_400.0)?;
        for (i, state) in self.states.iter().enumerate() {
            amount(format!("states[{i}].rate_mbps"), state.rate_mbps, 0.0, 1e9)?;
            amount(format!("states[{i}].seconds"), state.seconds as f64, 0.0, 1e15)?;
        }
        if self.states.iter().all(|s| s.seconds == 0) {
            return Err(wrong("states".into(), "without seconds".into(), "a state with seconds above 0"));
        }
        if self.transitions.len() != n || self.transitions.iter().any(|row| row.len() != n) {
            return Err(wrong(
                "transitions".into(),
                "of another size".into(),
                &format!("{n} rows of {n} numbers"),
            ));
        }
        for (i, row) in self.transitions.iter().enumerate() {
            row.iter()
                .enumerate()
                .try_for_each(|(j, c)| amount(format!("transitions[{i}][{j}]"), *c as f64, 0.0, 1e15))?;
        }
        let dwell = self.dwell.as_deref().unwrap_or_default();
        if self.dwell.is_some() && dwell.len() != n {
            return Err(wrong("dwell".into(), format!("a list of {}", dwell.len()), &format!("{n} of them")));
        }
        for (i, d) in dwell.iter().enumerate() {
            amount(format!("dwell[{i}].mean_s"), d.mean_s, 1.0, 1e9)?;
            amount(format!("dwell[{i}].spread"), d.spread, 0.0, 10.0)?;
        }
        Ok(())
    }

    /// Writes it as a file of schema `segue.markov/1`: JSON, a line for each state.
    ///
    /// # Errors
    /// [`NetworkError::Io`].
    pub fn write(&self, mut output: impl Write) -> Result<(), NetworkError> {
        let failed =
            |e: std::io::Error| NetworkError::Io { path: std::path::PathBuf::new(), message: e.to_string() };
        let mut lists = vec![list("states", &self.states)?, list("transitions", &self.transitions)?];
        if let Some(dwell) = &self.dwell {
            lists.push(list("dwell", dwell)?);
        }
        let (traces, latency, lists) = (self.traces, self.latency_s, lists.join(",\n"));
        let head =
            format!("  \"schema\": \"{SCHEMA}\",\n  \"traces\": {traces},\n  \"latency_s\": {latency}");
        let text = format!("{{\n{head},\n{lists}\n}}\n");
        output.write_all(text.as_bytes()).map_err(failed)
    }

    /// The states, outages first if there are any, then by ascending rate.
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// How many traces it was fitted from.
    pub fn traces(&self) -> usize {
        self.traces
    }

    /// Whether it has dwell times.
    pub fn has_dwell(&self) -> bool {
        self.dwell.is_some()
    }

    /// The probabilities of the next second's state, a row per state.
    pub fn transition_matrix(&self) -> Vec<Vec<f64>> {
        (0..self.states.len()).map(|i| self.shares(|j| self.transitions[i][j] as f64)).collect()
    }

    /// Numbers as shares of their sum; where that is 0, the states' shares of the time.
    fn shares(&self, number: impl Fn(usize) -> f64) -> Vec<f64> {
        let all = |number: &dyn Fn(usize) -> f64| (0..self.states.len()).map(number).collect::<Vec<f64>>();
        let own = all(&number);
        let weights =
            if own.iter().sum::<f64>() > 0.0 { own } else { all(&|j| self.states[j].seconds as f64) };
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|w| w / sum).collect()
    }

    /// A trace of this chain: `NAME` or `NAME,key=value,...`, where the name is the caller's, and the options are `duration`,
    /// `latency` and `seed`. `seed` counts unless the text has one. The trace is named after the text, as in
    /// [`generate`](super::generate).
    ///
    /// # Errors
    /// [`NetworkError::Spec`] for an option or value that does not exist.
    pub fn generate(&self, spec: &str, seed: u64) -> Result<Trace, NetworkError> {
        let text = spec.trim();
        let rest = text.find([':', ',']).map_or("", |at| &text[at..]);
        let (_, options) = spec::Spec::parse(&format!("{}{rest}", ENTRY.name))?.find("preset", [&ENTRY])?;
        let (name, seed) = named(text, &options, true, seed)?;
        Trace::new(name, self.periods(&options, seed)?)
    }

    fn periods(&self, options: &Options, seed: u64) -> Result<Vec<crate::Period>, NetworkError> {
        let latency = Seconds::new(given(options, "latency", 0.0..=3600.0, self.latency_s)?);
        let mut rng = SimRng::new(seed, STREAM);
        let mut walk = Walk::new(self, &mut rng);
        steps(options, seconds(options, "duration", 1e-3, MAX_PERIODS)?, Seconds::new(1.0), |_| {
            let state = walk.next(&mut rng);
            (BitRate::from_mbps(self.states[state].rate_mbps), latency)
        })
    }
}

/// A field of the file that is a list, a line for each item.
fn list<T: Serialize>(name: &str, items: &[T]) -> Result<String, NetworkError> {
    let lines: Result<Vec<String>, _> = items.iter().map(serde_json::to_string).collect();
    let lines = lines.map_err(|e| failed(e.into()))?;
    Ok(format!("  \"{name}\": [\n    {}\n  ]", lines.join(",\n    ")))
}

/// What the system said of a stream without a name.
fn failed(e: std::io::Error) -> NetworkError {
    NetworkError::Io { path: std::path::PathBuf::new(), message: e.to_string() }
}

/// A walk over the states of a chain.
struct Walk {
    /// The probabilities of the next state, a row per state.
    next: Vec<Vec<f64>>,
    /// Semi-Markov: how long each state lasts, and of the state that is, what is left.
    lengths: Option<Vec<Length>>,
    left: f64,
    state: usize,
}

impl Walk {
    fn new(fitted: &Fitted, rng: &mut SimRng) -> Walk {
        let state = weighted(&fitted.shares(|j| fitted.states[j].seconds as f64), rng);
        let n = fitted.states.len();
        let lengths: Option<Vec<Length>> = fitted.dwell.as_ref().map(|dwell| {
            // A chain of one state never moves.
            let length =
                |d: &Dwell| Length { mean: if n == 1 { f64::INFINITY } else { d.mean_s }, spread: d.spread };
            dwell.iter().map(length).collect()
        });
        let left = lengths.as_ref().map_or(0.0, |l| l[state].rest(rng));
        let moves = lengths.is_some() && n > 1;
        let row = |i: usize| {
            // A move leads to another state; how long this one lasts is the dwell time's matter.
            let stays = |j: usize| moves && i == j;
            let shares = fitted.shares(|j| if stays(j) { 0.0 } else { fitted.transitions[i][j] as f64 });
            shares.into_iter().enumerate().map(|(j, s)| if stays(j) { 0.0 } else { s }).collect()
        };
        Walk { next: (0..n).map(row).collect(), lengths, left, state }
    }

    /// The state of the next second.
    fn next(&mut self, rng: &mut SimRng) -> usize {
        let now = self.state;
        match &self.lengths {
            None => self.state = weighted(&self.next[now], rng),
            Some(lengths) => {
                self.left -= 1.0;
                if self.left <= 0.0 {
                    self.state = weighted(&self.next[now], rng);
                    self.left = lengths[self.state].draw(rng);
                }
            }
        }
        now
    }
}
