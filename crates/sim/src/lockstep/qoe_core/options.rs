//! What is configured, and the profiles: each defect of the original is an option with a name.

use media::Ladder;
use spec::{Entry, Opt, Options as SpecOptions, Spec, opt};
use units::Seconds;

use crate::SimError;

/// Which rule chooses the bitrate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abr {
    /// Always 1000 kbit/s, or the highest rung below it.
    Fixed,
    BufferBased,
    /// By the mean of the last throughputs.
    ThroughputBased {
        /// How many of them.
        window: usize,
    },
}

impl Abr {
    /// The rule of a code, as the original's C interface numbers them: 1 buffer, 2 throughput, any other fixed.
    pub fn from_code(code: u32, window: u32) -> Abr {
        match code {
            1 => Abr::BufferBased,
            2 => Abr::ThroughputBased { window: window as usize },
            _ => Abr::Fixed,
        }
    }

    /// Its name as the original prints it.
    pub fn name(self) -> &'static str {
        match self {
            Abr::Fixed => "Fixed",
            Abr::BufferBased => "BufferBased",
            Abr::ThroughputBased { .. } => "ThroughputBased",
        }
    }
}

/// A session: the rule, the buffer, the ladder, and how the system behaves. The default is the original's configuration with
/// nobody's defects.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub abr: Abr,
    pub buffer_max: Seconds,
    pub segment: Seconds,
    /// Playback starts and resumes at this level. With [`Stall::Low`] a step below it is stalled.
    pub stall_threshold: Seconds,
    /// The bitrates, unless the rules bring [their own](Options::own_tiers).
    pub ladder: Ladder,
    /// How the system behaves.
    pub options: Options,
}

/// The bitrates of the original's three rules together, in kbit/s.
pub const LADDER_KBPS: [f64; 5] = [500.0, 750.0, 1000.0, 1500.0, 2000.0];

impl Config {
    /// The original's configuration: a buffer of 10 s, segments of 1 s, a threshold of 0.5 s.
    pub fn new(abr: Abr, options: Options) -> Config {
        Config {
            abr,
            buffer_max: Seconds::new(10.0),
            segment: Seconds::new(1.0),
            stall_threshold: Seconds::new(0.5),
            // These five are ascending and positive.
            ladder: Ladder::from_kbps(&LADDER_KBPS).unwrap_or_else(|_| unreachable!()),
            options,
        }
    }

    pub(super) fn check(&self) -> Result<(), SimError> {
        let wrong = |option: &str, value: Seconds, expected: &str| {
            let value = value.get().to_string();
            let (name, key, expected) = ("qoe-core".into(), option.into(), expected.into());
            Err(SimError::Spec(spec::SpecError::Value { name, key, value, expected }))
        };
        let (segment, most, threshold) = (self.segment, self.buffer_max, self.stall_threshold);
        if self.options.stall == Stall::Low {
            return match [segment, most, threshold].iter().find(|s| s.get().is_nan()) {
                Some(odd) => wrong("segment, buffer-max or stall-threshold", *odd, "numbers"),
                None => Ok(()),
            };
        }
        if !(segment >= Seconds::from_millis(1.0) && segment <= Seconds::new(3600.0)) {
            return wrong("segment", segment, "0.001 to 3600 s");
        }
        if !(most >= segment && most <= Seconds::new(1e6)) {
            return wrong("buffer-max", most, "a number of seconds from one segment on");
        }
        if !(threshold >= Seconds::ZERO && threshold <= most) {
            return wrong("stall-threshold", threshold, "a number of seconds between 0 and buffer-max");
        }
        Ok(())
    }
}

/// When playback stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stall {
    /// While the buffer is empty, until it has reached the threshold again. Stalls last.
    Dry,
    /// In a step that begins below the threshold; the step then adds a segment for nothing, however long the download took.
    Low,
}

/// What the score counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scoring {
    /// Bitrate, time in stalls, switches and the buffer: [`qoe::models::qoe_core::corrected`].
    Durations,
    /// Bitrate and the shares of stalled and switched steps: [`qoe::models::qoe_core::report`].
    Steps,
}

/// How the system behaves: the defects of the original one by one. The default has none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Every number is rounded to single precision.
    pub single: bool,
    /// Every rule has bitrates of its own, instead of the ladder.
    pub own_tiers: bool,
    /// The throughput rule sees the rate of the download that it is about to begin, instead of those that it has measured.
    pub foresight: bool,
    /// Step k meets the rate of the k-th period of the trace, however long the steps and the periods are, instead of the link
    /// at its time.
    pub sampled: bool,
    /// A download carries one second of media, however long the segment is.
    pub second: bool,
    /// When playback stands still.
    pub stall: Stall,
    /// Waiting for the first frame is a stall.
    pub startup_stalls: bool,
    pub first_switch: bool,
    pub scoring: Scoring,
}

impl Options {
    /// Nobody's defects.
    pub const CORRECTED: Options = Options {
        single: false,
        own_tiers: false,
        foresight: false,
        sampled: false,
        second: false,
        stall: Stall::Dry,
        startup_stalls: false,
        first_switch: false,
        scoring: Scoring::Durations,
    };

    /// mrjaywilson/QOE-Core at commit 035f2eb.
    pub const ORIGINAL: Options = Options {
        single: true,
        own_tiers: true,
        foresight: true,
        sampled: true,
        second: true,
        stall: Stall::Low,
        startup_stalls: true,
        first_switch: true,
        scoring: Scoring::Steps,
    };

    /// The options of a profile such as `qoe-core` or `qoe-core:first-switch=off`.
    ///
    /// # Errors
    /// [`SimError::Spec`] for an unknown profile or option, or a value that it does not take.
    pub fn of(profile: &str) -> Result<Options, SimError> {
        let (entry, o) = Spec::parse(profile)?.find("profile of qoe-core", &PROFILES)?;
        let base = if entry.name == "qoe-core" { Options::ORIGINAL } else { Options::CORRECTED };
        let is = |key: &str, words: [&str; 2], first: bool| pick(&o, key, words, first);
        Ok(Options {
            single: is("precision", ["single", "double"], base.single)?,
            own_tiers: is("tiers", ["own", "ladder"], base.own_tiers)?,
            foresight: is("sees", ["next", "past"], base.foresight)?,
            sampled: is("clock", ["samples", "time"], base.sampled)?,
            second: is("download", ["second", "segment"], base.second)?,
            stall: match is("stall", ["low", "dry"], base.stall == Stall::Low)? {
                true => Stall::Low,
                false => Stall::Dry,
            },
            startup_stalls: is("startup", ["stall", "apart"], base.startup_stalls)?,
            first_switch: is("first-switch", ["on", "off"], base.first_switch)?,
            scoring: match is("score", ["steps", "durations"], base.scoring == Scoring::Steps)? {
                true => Scoring::Steps,
                false => Scoring::Durations,
            },
        })
    }
}

impl Default for Options {
    fn default() -> Options {
        Options::CORRECTED
    }
}

/// Whether an option is the first of its two words; `auto` is what the profile says.
fn pick(o: &SpecOptions, key: &str, words: [&str; 2], auto: bool) -> Result<bool, SimError> {
    if o.text(key) == "auto" {
        return Ok(auto);
    }
    Ok(o.choice(key, &[(words[0], true), (words[1], false)])?)
}

const OPTIONS: &[Opt] = &[
    opt("precision", "auto", "single or double"),
    opt("tiers", "auto", "own: every rule has bitrates of its own; ladder: all choose from one"),
    opt(
        "sees",
        "auto",
        "next: the throughput rule sees the rate of the next download; past: what it measured",
    ),
    opt("clock", "auto", "samples: step k meets the k-th period of the trace; time: the link at its time"),
    opt("download", "auto", "second: a download carries one second of media; segment: a segment"),
    opt("stall", "auto", "low: a step that begins below the threshold; dry: while the buffer is empty"),
    opt("startup", "auto", "stall: waiting for the first frame is a stall; apart"),
    opt("first-switch", "auto", "on: the first step is a switch; off"),
    opt(
        "score",
        "auto",
        "steps: shares of stalled and switched steps; durations: time in stalls, and the buffer",
    ),
];

/// Every profile.
pub static PROFILES: [Entry; 2] = [
    Entry { name: "default", about: "stalls last, startup is apart, a score of 0 to 100", options: OPTIONS },
    Entry {
        name: "qoe-core",
        about: "mrjaywilson/QOE-Core at 035f2eb, in single precision, with its defects",
        options: OPTIONS,
    },
];
