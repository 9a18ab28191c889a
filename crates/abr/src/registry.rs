//! All rules by name: one line each, from which the command line's list and the parser are made.

use spec::{Entry, Options, Spec, SpecError, opt};
use units::{BitRate, Seconds};

use crate::AbrStrategy;
use crate::estimate::{AnyEstimator, EstimatedRule, Ewma, Harmonic, Sliding, WithEstimator};
use crate::rules::dashjs::{DashJsRule, LowLatency};
use crate::rules::hlsjs::{HlsJsOptions, HlsJsRule};
use crate::rules::{
    Bba, Bola, BolaE, BolaEOptions, BolaOptions, Buffer, Dynamic, DynamicDash, DynamicOptions, Fixed, Mpc,
    MpcOptions, Rate, RateOptions, Throughput, ThroughputOptions,
};

/// A rule behind a pointer, as the command line uses it.
pub type BoxedRule = Box<dyn AbrStrategy + Send>;

type Built = Result<BoxedRule, SpecError>;
type Build = fn(&Options) -> Built;

const GP: spec::Opt = opt("gp", "5", "weight of avoiding stalls");
const BASIC: spec::Opt = opt("basic", "false", "plain BOLA: fixed target, no abandonment");
const EXACT_CAP: spec::Opt = opt("exact-cap", "false", "cap steps up at the sustainable rung, not one above");
const IBR: spec::Opt = opt("ibr", "true", "insufficient-buffer rule");
const TELL_SEEKS: spec::Opt = opt("tell-seeks", "true", "BOLA learns of seeks (Sabre: false)");
const ESTIMATOR: spec::Opt = opt("estimator", "ewma", "throughput estimator: ewma, sliding or harmonic");
const HALF_LIVES: spec::Opt = opt("half-lives", "3/8", "of ewma, seconds");
const WINDOWS: spec::Opt = opt("windows", "3", "of sliding, or window of harmonic, downloads");
const FIRST: spec::Opt = opt("first", "0", "rung of the first request");
const MPC_OPTIONS: [spec::Opt; 6] = [
    opt("horizon", "5", "segments to look ahead"),
    opt("stall-penalty", "4.3", "Mbit/s per stalled second"),
    opt("switch-penalty", "1", "Mbit/s per Mbit/s of a switch"),
    FIRST,
    opt("late-index", "false", "Pensieve's bug: sizes of one segment too late"),
    opt("carry-errors", "false", "Pensieve's bug: errors outlive a session"),
];

/// The registry: name, description, options, and how to build it.
static RULES: [(Entry, Build); 14] = [
    (
        Entry {
            name: "fixed",
            about: "always the same rung",
            options: &[opt("level", "0", "which rung, 0 the lowest")],
        },
        |o| Ok(Box::new(Fixed { level: o.whole("level", 0..=1_000)? })),
    ),
    (
        Entry {
            name: "throughput",
            about: "the rung that 0.9 of the estimated throughput sustains (dash.js, Sabre)",
            options: &[IBR, ESTIMATOR, HALF_LIVES, WINDOWS],
        },
        |o| estimated(o, Throughput::new(ThroughputOptions { insufficient_buffer: o.flag("ibr")? })),
    ),
    (
        Entry {
            name: "rate",
            about: "highest rung below the harmonic mean (Pensieve's rate-based)",
            options: &[
                opt("window", "5", "how many requests count"),
                opt("weighted", "false", "weight by time, as Pensieve's JavaScript"),
                FIRST,
            ],
        },
        |o| {
            let (window, weighted) = (o.whole("window", 1..=1_000)?, o.flag("weighted")?);
            Ok(Box::new(Rate::new(RateOptions { window, weighted, first: first(o)? })))
        },
    ),
    (
        Entry {
            name: "buffer",
            about: "rungs in equal steps between two buffer levels (Pensieve's bb)",
            options: &[
                opt("low", "5", "seconds below which the lowest rung is taken"),
                opt("high", "15", "seconds from which the top rung is taken"),
                FIRST,
            ],
        },
        |o| {
            let low = o.number("low", 0.0..=1e6)?;
            let high = o.number("high", 0.0..=1e6)?;
            if high <= low {
                return Err(o.wrong("high", format!("more than low ({low})")));
            }
            Ok(Box::new(Buffer { low: Seconds::new(low), high: Seconds::new(high), first: first(o)? }))
        },
    ),
    (
        Entry {
            name: "bba",
            about: "BBA-0: a linear map from buffer to rate (Huang 2014)",
            options: &[
                opt("reservoir", "auto", "seconds; auto is 0.375 of the capacity"),
                opt("cushion", "auto", "seconds; auto is 0.525 of the capacity"),
            ],
        },
        |o| {
            let auto = |key: &str| match o.text(key) {
                "auto" => Ok(None),
                _ => o.number(key, 0.001..=1e6).map(|s| Some(Seconds::new(s))),
            };
            Ok(Box::new(Bba { reservoir: auto("reservoir")?, cushion: auto("cushion")? }))
        },
    ),
    (
        Entry {
            name: "bola",
            about: "Lyapunov optimisation of utility and buffer (Spiteri 2016)",
            options: &[GP, BASIC, EXACT_CAP, ESTIMATOR, HALF_LIVES, WINDOWS],
        },
        |o| {
            let (gp, basic, exact_cap) = (gp(o)?, o.flag("basic")?, o.flag("exact-cap")?);
            estimated(o, Bola::new(BolaOptions { gp, basic, exact_cap }))
        },
    ),
    (
        Entry {
            name: "bola-e",
            about: "BOLA with placeholder buffer and insufficient-buffer rule (Spiteri 2018)",
            options: &[GP, EXACT_CAP, IBR, ESTIMATOR, HALF_LIVES, WINDOWS],
        },
        |o| {
            let (gp, insufficient_buffer, exact_cap) = (gp(o)?, o.flag("ibr")?, o.flag("exact-cap")?);
            estimated(o, BolaE::new(BolaEOptions { gp, insufficient_buffer, exact_cap }))
        },
    ),
    (
        Entry {
            name: "dynamic",
            about: "throughput rule on a low buffer, BOLA on a full one (Spiteri 2018)",
            options: &[GP, BASIC, EXACT_CAP, IBR, TELL_SEEKS, ESTIMATOR, HALF_LIVES, WINDOWS],
        },
        |o| estimated(o, Dynamic::new(DynamicOptions { basic: o.flag("basic")?, ..dynamic(o)? })),
    ),
    (
        Entry {
            name: "dynamic-dash",
            about: "throughput rule below 5-10 s of buffer, BOLA-E above (dash.js, Sabre)",
            options: &[GP, EXACT_CAP, IBR, TELL_SEEKS, ESTIMATOR, HALF_LIVES, WINDOWS],
        },
        |o| estimated(o, DynamicDash::new(dynamic(o)?)),
    ),
    (
        Entry {
            name: "mpc",
            about: "best sequence over the next 5 segments (Yin 2015)",
            options: &MPC_OPTIONS,
        },
        |o| Ok(Box::new(Mpc::new(mpc(o, false)?))),
    ),
    (
        Entry {
            name: "robust-mpc",
            about: "MPC whose prediction is divided by 1 + its worst recent error (Yin 2015)",
            options: &MPC_OPTIONS,
        },
        |o| Ok(Box::new(Mpc::new(mpc(o, true)?))),
    ),
    (
        Entry {
            name: "hlsjs",
            about: "the level controller of hls.js 1.7.4 (at home under the profile hlsjs-1.7.4)",
            options: &[
                opt("fast", "3", "half-life of the fast estimate, in seconds of transfer (abrEwmaFastVoD)"),
                opt("slow", "9", "half-life of the slow one (abrEwmaSlowVoD)"),
                opt("default", "500", "kbit/s believed before anything is known (abrEwmaDefaultEstimate)"),
                opt("keep", "0.95", "share of the estimate for the level of before (abrBandWidthFactor)"),
                opt("up", "0.7", "share for a higher one (abrBandWidthUpFactor)"),
                opt("starvation", "4", "seconds a fetch may last beyond the buffer (maxStarvationDelay)"),
            ],
        },
        |o| {
            let seconds = |key: &str, least: f64| o.number(key, least..=1e6).map(Seconds::new);
            let (fast, slow) = (seconds("fast", 0.001)?, seconds("slow", 0.001)?);
            Ok(Box::new(HlsJsRule::new(HlsJsOptions {
                fast_vod: fast,
                fast_live: fast,
                slow_vod: slow,
                slow_live: slow,
                default_estimate: BitRate::from_kbps(o.number("default", 0.001..=1e9)?),
                keep_factor: o.number("keep", 0.01..=10.0)?,
                up_factor: o.number("up", 0.01..=10.0)?,
                starvation: seconds("starvation", 0.0)?,
                ..HlsJsOptions::default()
            })))
        },
    ),
    (
        Entry {
            name: "l2a",
            about: "low latency: online learning of a distribution over the rungs (L2A, dash.js 5.2.1)",
            options: &[],
        },
        |_| Ok(Box::new(DashJsRule::new(LowLatency::L2a, 0))),
    ),
    (
        Entry {
            name: "lol-plus",
            about: "low latency: a self-organising map with a neuron per rung (LoL+, dash.js 5.2.1)",
            options: &[opt("seed", "0", "of the draws of its first weights")],
        },
        |o| {
            Ok(Box::new(DashJsRule::new(LowLatency::LolPlus, o.whole("seed", 0..=u32::MAX as usize)? as u64)))
        },
    ),
];

fn gp(o: &Options) -> Result<f64, SpecError> {
    o.number("gp", 0.001..=1e6)
}

fn first(o: &Options) -> Result<usize, SpecError> {
    o.whole("first", 0..=1_000)
}

fn dynamic(o: &Options) -> Result<DynamicOptions, SpecError> {
    Ok(DynamicOptions {
        gp: gp(o)?,
        basic: false,
        exact_cap: o.flag("exact-cap")?,
        insufficient_buffer: o.flag("ibr")?,
        tell_seeks: o.flag("tell-seeks")?,
    })
}

fn mpc(o: &Options, robust: bool) -> Result<MpcOptions, SpecError> {
    Ok(MpcOptions {
        horizon: o.whole("horizon", 1..=MpcOptions::MAX_HORIZON)?,
        robust,
        stall_penalty: o.number("stall-penalty", 0.0..=1e6)?,
        switch_penalty: o.number("switch-penalty", 0.0..=1e6)?,
        first: first(o)?,
        late_index: o.flag("late-index")?,
        carry_errors: o.flag("carry-errors")?,
    })
}

/// Makes an estimator from the options and the option `windows`.
type MakeEstimator = fn(&Options, &[usize]) -> Result<AnyEstimator, SpecError>;

const ESTIMATORS: [(&str, MakeEstimator); 3] = [
    ("ewma", |o, _| {
        let half_lives = o.numbers("half-lives", 0.001..=1e6)?;
        Ok(AnyEstimator::Ewma(Ewma::new(&half_lives.iter().map(|h| Seconds::new(*h)).collect::<Vec<_>>())))
    }),
    ("sliding", |_, windows| Ok(AnyEstimator::Sliding(Sliding::new(windows)))),
    ("harmonic", |_, windows| Ok(AnyEstimator::Harmonic(Harmonic::new(windows[0])))),
];

/// Joins a rule with the estimator that the options name.
fn estimated<R: EstimatedRule + Send + 'static>(o: &Options, rule: R) -> Built {
    let windows: Vec<usize> = o.numbers("windows", 1.0..=1e6)?.iter().map(|w| *w as usize).collect();
    let make = o.choice("estimator", &ESTIMATORS)?;
    Ok(Box::new(WithEstimator::new(rule, make(o, &windows)?)))
}

/// Whether a rule, with its defaults, plays the top rung on a link without limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ReachesTop {
    /// On every ladder, with segments of any length, in every buffer that can hold two of them.
    Always,
    /// In a buffer of at least so much, since its thresholds are absolute.
    FromCapacity(Seconds),
    Never(&'static str),
}

/// Whether the rule of this name reaches the top rung; what every rule but these does is [`ReachesTop::Always`].
pub fn reaches_top(name: &str) -> ReachesTop {
    match name {
        "fixed" => ReachesTop::Never("it plays the rung that its option names"),
        // The top is taken from 15 s on; a buffer of twice that which holds two segments has 15 s when it has room for one.
        "buffer" => ReachesTop::FromCapacity(Seconds::new(30.0)),
        _ => ReachesTop::Always,
    }
}

/// Every rule's name, description and options.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    RULES.iter().map(|(entry, _)| entry)
}

/// The rule of a specification such as `bola-e:ibr=false,half-lives=2/6`.
///
/// # Errors
/// [`SpecError`] for an unknown rule or option (naming the nearest known one), or a value out of range.
pub fn rule(text: &str) -> Result<BoxedRule, SpecError> {
    let ((_, build), options) = Spec::parse(text)?.find_by("rule", &RULES, |(entry, _)| entry)?;
    build(&options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_builds_from_its_name_and_from_all_its_defaults() {
        for entry in entries() {
            assert!(rule(entry.name).is_ok(), "{}", entry.name);
            let all: String = entry.options.iter().map(|o| format!(",{}={}", o.key, o.default)).collect();
            assert!(rule(&format!("{}{all}", entry.name)).is_ok(), "{}", entry.name);
        }
    }

    #[test]
    fn wrong_specifications_say_what_is_wrong() {
        let text = |t: &str| rule(t).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(text("bolla").starts_with("unknown rule 'bolla', did you mean 'bola'?"));
        assert!(text("bola:gq=3").contains("did you mean 'gp'?"));
        assert!(text("mpc:horizon=99").contains("expected a whole number in 1..=10"));
        assert!(text("buffer:low=9,high=3").contains("expected more than low (9)"));
    }
}
