//! Traces out of traces: cut, scaled, resampled, joined; and sets of them, chosen and divided.
//!
//! ```
//! use netmodel::{Trace, edit};
//! use units::{BitRate, Seconds};
//!
//! let trace = Trace::steps("t", &[(10.0, 1.0), (10.0, 4.0)], Seconds::ZERO)?;
//! let middle = edit::cut(&trace, Seconds::new(5.0), Seconds::new(15.0))?;
//! assert_eq!(middle.duration(), Seconds::new(10.0));
//! assert_eq!(edit::resample(&middle, Seconds::new(10.0))?.period(0).rate, BitRate::from_mbps(2.5));
//! # Ok::<(), netmodel::NetworkError>(())
//! ```
//!
//! Nothing here keeps Pensieve's longer first period ([`Trace::with_wrap_extra`]): it belongs to a whole file.

use std::collections::BTreeMap;

use spec::nearest;
use units::{Bits, Seconds, SimRng};

use crate::formats::MAX_RATE_MBPS;
use crate::stats::TraceStats;
use crate::{NetworkError, Period, Trace};

/// The most periods that [`resample`] makes.
pub const MAX_RESAMPLED: f64 = 1e7;

/// The part of a trace between two instants of its first pass. Periods that lie in it stay as they are, to the last bit.
///
/// # Errors
/// [`NetworkError::Option`] when nothing of the trace lies between them.
pub fn cut(trace: &Trace, from: Seconds, to: Seconds) -> Result<Trace, NetworkError> {
    let wrong =
        |option, time: Seconds, expected| NetworkError::Option { option, value: time.get(), expected };
    if !(from >= Seconds::ZERO && from < trace.duration()) {
        return Err(wrong("the start of the cut", from, "a time within the trace, in s"));
    }
    if to.get().is_nan() || to <= from {
        return Err(wrong("the end of the cut", to, "a time after its start, in s"));
    }
    let mut periods = Vec::new();
    for (i, p) in trace.periods().iter().enumerate().skip(trace.period_at(from)) {
        let (start, end) = (trace.start_of(i), trace.start_of(i + 1));
        if start >= to {
            break;
        }
        let whole = start >= from && end <= to;
        let duration = if whole { p.duration } else { end.min(to) - start.max(from) };
        if duration > Seconds::ZERO {
            periods.push(Period { duration, ..p });
        }
    }
    Trace::new(trace.name(), periods)
}

/// The same trace with all rates times `factor`.
///
/// # Errors
/// [`NetworkError::Option`] for a factor that is not positive, or makes a rate larger than a reader accepts
/// ([`MAX_RATE_MBPS`]).
pub fn scale(trace: &Trace, factor: f64) -> Result<Trace, NetworkError> {
    let highest = trace.periods().iter().map(|p| p.rate.mbps() * factor).fold(0.0, f64::max);
    if !(factor > 0.0 && highest <= MAX_RATE_MBPS) {
        let expected = "a number above 0 that makes no rate larger than 1e9 Mbit/s";
        return Err(NetworkError::Option { option: "scale", value: factor, expected });
    }
    let scaled = |p: Period| Period { rate: p.rate * factor, ..p };
    Trace::new(trace.name(), trace.periods().iter().map(scaled).collect())
}

/// Means over steps of one length, the last of which may be shorter: what the trace carries in each stays the same. The
/// latency of a step is its mean over the time, too.
///
/// # Errors
/// [`NetworkError::Option`] for a step that is not positive, or makes more than [`MAX_RESAMPLED`] periods.
pub fn resample(trace: &Trace, step: Seconds) -> Result<Trace, NetworkError> {
    if !(step > Seconds::ZERO && step.is_finite() && trace.duration() / step <= MAX_RESAMPLED) {
        let expected = "seconds above 0, for at most ten million periods";
        return Err(NetworkError::Option { option: "resample", value: step.get(), expected });
    }
    let mut periods = Vec::with_capacity((trace.duration() / step).ceil() as usize);
    let mut mean = Mean::default();
    // The end of a step is a multiple, not a sum, so that the millionth stands where it belongs.
    let end_of = |count: usize| (step * (count + 1) as f64).min(trace.duration());
    for (i, p) in trace.periods().iter().enumerate() {
        let (mut now, end) = (trace.start_of(i), trace.start_of(i + 1));
        while now < end {
            let until = end_of(periods.len()).min(end);
            mean.add(p, until - now);
            now = until;
            if now >= end_of(periods.len()) {
                periods.extend(std::mem::take(&mut mean).period());
            }
        }
    }
    periods.extend(mean.period());
    Trace::new(trace.name(), periods)
}

/// The means of a stretch of time.
#[derive(Default)]
struct Mean {
    time: Seconds,
    bits: Bits,
    /// Latency times time, in square milliseconds.
    latency: f64,
}

impl Mean {
    fn add(&mut self, p: Period, time: Seconds) {
        self.time += time;
        self.bits += p.rate * time;
        self.latency += p.latency.millis() * time.millis();
    }

    fn period(self) -> Option<Period> {
        let latency = Seconds::from_millis(self.latency / self.time.millis());
        (self.time > Seconds::ZERO).then(|| Period {
            duration: self.time,
            rate: self.bits / self.time,
            latency,
        })
    }
}

/// One trace after the other.
///
/// # Errors
/// [`NetworkError::Empty`] without traces.
pub fn concat(name: impl Into<String>, traces: &[Trace]) -> Result<Trace, NetworkError> {
    Trace::new(name, traces.iter().flat_map(|t| t.periods().iter()).collect())
}

/// Divides traces into a training and a test set so that no source is in both: true is training.
///
/// `sources[i]` is where trace i comes from: a drive, a household, a measurement unit. Windows that were cut from one log
/// resemble each other, and a rule that saw one of them in training has seen the test. Sources are taken in an order that
/// depends on `seed` alone, until the training set has at least the share `share` of the traces; of two or more sources,
/// each side gets one.
pub fn split(sources: &[String], share: f64, seed: u64) -> Vec<bool> {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for source in sources {
        *sizes.entry(source).or_default() += 1;
    }
    let mut order: Vec<&str> = sizes.keys().copied().collect();
    let mut rng = SimRng::new(seed, SPLIT_STREAM);
    for i in (1..order.len()).rev() {
        order.swap(i, ((rng.uniform() * (i + 1) as f64) as usize).min(i));
    }
    let wanted = share.clamp(0.0, 1.0) * sources.len() as f64;
    let (mut training, mut taken) = (BTreeMap::new(), 0);
    for (i, source) in order.iter().enumerate() {
        let (first, last) = (i == 0, i + 1 == order.len());
        let train = first || !last && (taken as f64) < wanted;
        training.insert(*source, train);
        taken += if train { sizes.get(source).copied().unwrap_or(0) } else { 0 };
    }
    sources.iter().map(|s| training.get(s.as_str()).copied().unwrap_or(false)).collect()
}

const SPLIT_STREAM: u64 = 0x7370_6c69_7400; // "split"

/// A condition on the numbers of a trace, such as `mean_mbps<6`.
///
/// ```
/// use netmodel::{Trace, edit::Condition, stats};
/// let trace = Trace::steps("t", &[(10.0, 1.0), (10.0, 4.0)], units::Seconds::ZERO)?;
/// let stats = stats::of_trace(&trace);
/// assert!("mean_mbps<6".parse::<Condition>()?.holds(&stats)?);
/// assert!(!"outage_share > 0.5".parse::<Condition>()?.holds(&stats)?);
/// # Ok::<(), netmodel::NetworkError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    key: String,
    op: Op,
    value: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Op {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl std::str::FromStr for Condition {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Condition, NetworkError> {
        let grammar = "NAME<NUMBER, with <, <=, > or >=, such as mean_mbps<6";
        let wrong = || NetworkError::input(0, "the condition", format!("`{text}`"), grammar);
        let at = text.find(['<', '>']).ok_or_else(wrong)?;
        let (key, rest) = text.split_at(at);
        let (op, value) = match (rest.strip_prefix("<="), rest.strip_prefix(">=")) {
            (Some(value), _) => (Op::LessEqual, value),
            (_, Some(value)) => (Op::GreaterEqual, value),
            _ if rest.starts_with('<') => (Op::Less, &rest[1..]),
            _ => (Op::Greater, &rest[1..]),
        };
        let value: f64 = value.trim().parse().map_err(|_| wrong())?;
        let key = key.trim().to_string();
        if key.is_empty() || !value.is_finite() {
            return Err(wrong());
        }
        Ok(Condition { key, op, value })
    }
}

impl Condition {
    /// Whether it holds; a number that the trace does not have fulfils nothing.
    ///
    /// # Errors
    /// [`NetworkError::Input`] for a name that is not among the numbers of the trace.
    pub fn holds(&self, stats: &TraceStats) -> Result<bool, NetworkError> {
        let all = serde_json::to_value(stats).unwrap_or_default();
        let Some(value) = all.get(&self.key) else {
            let names = all.as_object().into_iter().flatten();
            let numbers: Vec<&str> =
                names.filter(|(_, v)| v.is_number() || v.is_null()).map(|(k, _)| k.as_str()).collect();
            let hint = nearest(&self.key, numbers.iter().copied());
            let expected = match hint {
                Some(near) => format!("the name of a number of the trace, did you mean `{near}`?"),
                None => format!("the name of a number of the trace: {}", numbers.join(", ")),
            };
            return Err(NetworkError::input(0, "the condition's name", format!("`{}`", self.key), expected));
        };
        let Some(x) = value.as_f64() else { return Ok(false) };
        Ok(match self.op {
            Op::Less => x < self.value,
            Op::LessEqual => x <= self.value,
            Op::Greater => x > self.value,
            Op::GreaterEqual => x >= self.value,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(names: &[&str]) -> Vec<String> {
        names.iter().map(|s| (*s).to_string()).collect()
    }

    #[test]
    fn a_source_is_on_one_side_only() {
        let names: Vec<String> = (0..200).map(|i| format!("unit{}", i % 23)).collect();
        for seed in 0..50 {
            let train = split(&names, 0.8, seed);
            for (a, x) in names.iter().zip(&train) {
                assert!(names.iter().zip(&train).all(|(b, y)| a != b || x == y));
            }
            let share = train.iter().filter(|t| **t).count() as f64 / 200.0;
            assert!((0.8..0.86).contains(&share), "{share}"); // a unit has 8 or 9 traces
            assert_eq!(train, split(&names, 0.8, seed));
        }
        assert_ne!(split(&names, 0.8, 1), split(&names, 0.8, 2));
    }

    #[test]
    fn each_side_gets_a_source_if_there_are_two() {
        for share in [0.0, 0.5, 1.0] {
            let train = split(&sources(&["a", "b"]), share, 3);
            assert_ne!(train[0], train[1], "{share}");
        }
        assert_eq!(split(&sources(&["a", "a"]), 0.5, 3), [true, true]);
        assert!(split(&[], 0.5, 3).is_empty());
    }

    #[test]
    fn conditions() {
        let trace = Trace::steps("t", &[(10.0, 1.0), (10.0, 4.0)], Seconds::ZERO).expect("valid");
        let stats = crate::stats::of_trace(&trace);
        let holds = |text: &str| text.parse::<Condition>().and_then(|c| c.holds(&stats));
        for (text, is) in [
            ("mean_mbps>=2.5", true),
            ("mean_mbps > 2.5", false),
            ("duration_s<=20", true),
            ("min_mbps<1", false),
        ] {
            assert_eq!(holds(text), Ok(is), "{text}");
        }
        for (text, says) in [
            ("mean<6", "mean_mbps"),
            ("mean_mbps", "NAME<NUMBER"),
            ("<6", "NAME<NUMBER"),
            ("a<b", "NAME<NUMBER"),
        ] {
            assert!(holds(text).expect_err(text).to_string().contains(says), "{text}");
        }
    }
}
