//! QOE-Core: a segment per step, three rules, a score of 0 to 100.
//!
//! ```
//! use sim::lockstep::qoe_core::{self, Abr, Config, Network, Options};
//!
//! let config = Config::new(Abr::ThroughputBased { window: 3 }, Options::ORIGINAL);
//! let session = qoe_core::session(&config, &Network::stock())?;
//! assert_eq!(session.report.final_score, 19.0);
//! assert_eq!(session.to_csv().lines().nth(1), Some("0,1000,1.00,true,true"));
//! # Ok::<(), sim::SimError>(())
//! ```
//!
//! Source: mrjaywilson/QOE-Core at 035f2eb (`src/play`, `src/abr`, `src/metrics`) and its command mrjaywilson/QoE-CLI-Runner at
//! 8aad3fb. [`Options::ORIGINAL`] (the profile `qoe-core`) is the original to the last bit of its single precision; each of its
//! defects is an option, and the default has none:
//!
//! | original | option | default |
//! |---|---|---|
//! | a download carries one second of media, so segments of 4 s come four times too fast | `download=second` | the segment |
//! | the rule sees the rate of the download that it is about to begin | `sees=next` | the throughputs that it has measured |
//! | step k meets the k-th sample, whatever the time is | `clock=samples` | the link at its time |
//! | a step that begins below the threshold is stalled, and adds a segment for nothing; no stall lasts | `stall=low` | the buffer is empty, until the threshold is reached again |
//! | the first step is a stall and a switch | `startup=stall`, `first-switch=on` | startup is apart |
//! | three rules, three ladders | `tiers=own` | one ladder, any |
//! | the score counts steps, ignores the buffer, exceeds 100 and may be no number | `score=steps` | 0 to 100, by time |
//! | single precision | `precision=single` | double |
//!
//! What the original promises and does not do (stalls and buffer health in the score) the default does.

mod export;
mod options;
mod rules;

use std::sync::Arc;

use netmodel::{Link, LinkOptions, NetworkModel, Trace};
use playbuf::{BufferOptions, PlaybackBuffer, State};
use qoe::models::qoe_core as score;
use units::{BitRate, Seconds};

pub use export::{csv, json, lines};
pub use options::{Abr, Config, LADDER_KBPS, Options, PROFILES, Scoring, Stall};
pub use qoe::models::qoe_core::Report;

use super::System;
use crate::SimError;
use rules::{Rule, round};

/// The rates of the original's only trace, in kbit/s; each holds for a second.
pub const STOCK_KBPS: [f32; 10] =
    [1000.0, 1200.0, 800.0, 1500.0, 500.0, 2000.0, 900.0, 700.0, 1100.0, 1300.0];

/// No session has more steps.
const MOST_STEPS: f64 = 1e6;

/// What happened in a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The number of the step, from 0 on.
    pub timestamp: u32,
    pub bitrate_kbps: u32,
    pub buffer_level_secs: f32,
    /// Whether playback stood still in it.
    pub stalled: bool,
    /// Whether the bitrate changed.
    pub switch: bool,
}

/// Where the bits come from.
#[derive(Clone, Debug)]
pub enum Network {
    /// Rates in kbit/s, a step each: whatever the original would take, zero and what is no number included.
    Samples(Vec<f32>),
    /// A trace, which loops.
    Trace(Arc<Trace>),
}

impl Network {
    /// The original's only trace.
    pub fn stock() -> Network {
        Network::Samples(STOCK_KBPS.to_vec())
    }
}

/// A session: every step, and what is said of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    pub abr: Abr,
    pub steps: Vec<Step>,
    /// The original's record; its score is that of the profile.
    pub report: Report,
    /// Time before the first frame. Zero with [`Stall::Low`], which has no notion of it.
    pub startup: Seconds,
    /// Time in stalls. Zero with [`Stall::Low`].
    pub stalled: Seconds,
    /// The mean level of the buffer by time, with [`Stall::Low`] by steps.
    pub mean_buffer: Seconds,
}

/// Runs a session: with [`Options::sampled`] a step per sample, otherwise a step per segment of the trace's duration.
///
/// # Errors
/// [`SimError`] for a configuration that no session can have, or a trace that never carries anything.
pub fn session(config: &Config, network: &Network) -> Result<Session, SimError> {
    config.check()?;
    let mut player = Player::new(config, network)?;
    let mut steps = Vec::new();
    let count = player.source.steps(config.segment);
    super::run(&mut player, count, |step| steps.push(step));
    Ok(player.finish(steps))
}

/// The original's record of steps, with its score.
pub fn evaluate(steps: &[Step]) -> Report {
    score::report(steps.iter().map(|s| (s.bitrate_kbps, s.stalled, s.switch)))
}

/// Where the next download comes from.
enum Source {
    Samples(Vec<f64>),
    Link(Box<Link>),
}

impl Source {
    fn new(network: &Network, sampled: bool) -> Result<Source, SimError> {
        let link = |trace: Arc<Trace>| Ok(Source::Link(Box::new(Link::new(trace, LinkOptions::default())?)));
        match (network, sampled) {
            (Network::Samples(kbps), true) => {
                Ok(Source::Samples(kbps.iter().map(|k| f64::from(*k)).collect()))
            }
            (Network::Trace(trace), true) => {
                Ok(Source::Samples(trace.periods().iter().map(|p| p.rate.kbps()).collect()))
            }
            (Network::Trace(trace), false) => link(trace.clone()),
            (Network::Samples(kbps), false) => {
                let steps: Vec<(f64, f64)> = kbps.iter().map(|k| (1.0, f64::from(*k) / 1000.0)).collect();
                link(Trace::steps("samples", &steps, Seconds::ZERO)?.into())
            }
        }
    }

    fn steps(&self, segment: Seconds) -> usize {
        match self {
            Source::Samples(kbps) => kbps.len(),
            Source::Link(link) => (link.trace().duration() / segment).round().clamp(1.0, MOST_STEPS) as usize,
        }
    }
}

enum Buffer {
    /// The level as the original counts it.
    Counted(f64),
    Playing(Box<PlaybackBuffer<()>>),
}

struct Player<'a> {
    config: &'a Config,
    source: Source,
    rule: Rule,
    buffer: Buffer,
    last_kbps: Option<u32>,
    /// Of the levels after each step.
    level_sum: f64,
}

impl<'a> Player<'a> {
    fn new(config: &'a Config, network: &Network) -> Result<Player<'a>, SimError> {
        let o = &config.options;
        let ladder = (!o.own_tiers).then_some(&config.ladder);
        let threshold = config.stall_threshold;
        let buffer = match o.stall {
            Stall::Low => Buffer::Counted(0.0),
            Stall::Dry => Buffer::Playing(Box::new(PlaybackBuffer::new(BufferOptions {
                start: threshold,
                resume: threshold,
                ..BufferOptions::default()
            }))),
        };
        Ok(Player {
            config,
            source: Source::new(network, o.sampled)?,
            rule: Rule::new(config.abr, ladder, o.single),
            buffer,
            last_kbps: None,
            level_sum: 0.0,
        })
    }

    fn level(&self) -> f64 {
        match &self.buffer {
            Buffer::Counted(level) => *level,
            Buffer::Playing(buffer) => buffer.level().get(),
        }
    }

    /// How long the download of a segment takes, in s; not finite where it never ends.
    fn download(&mut self, number: usize, kbps: u32) -> Option<f64> {
        let (o, segment) = (&self.config.options, self.config.segment);
        let media = if o.second { 1.0 } else { segment.get() };
        match &mut self.source {
            Source::Samples(samples) => {
                let rate = round(*samples.get(number)?, o.single);
                let size = if o.second { f64::from(kbps) } else { round(f64::from(kbps) * media, o.single) };
                Some(round(size / rate, o.single))
            }
            Source::Link(link) => {
                let size = BitRate::from_kbps(f64::from(kbps)) * Seconds::new(media);
                Some(link.transfer(size).total().get())
            }
        }
    }

    /// The rate of the next download, where it is known in advance.
    fn next_kbps(&self, number: usize) -> Option<f64> {
        match &self.source {
            Source::Samples(samples) => samples.get(number).map(|s| round(*s, self.config.options.single)),
            Source::Link(link) => Some(link.rate().kbps()),
        }
    }

    /// Waits until a segment fits: the level, in s.
    fn make_room(&mut self) -> f64 {
        let (segment, most) = (self.config.segment, self.config.buffer_max);
        let level = self.level();
        let Buffer::Playing(buffer) = &mut self.buffer else { return level };
        let over = buffer.level() + segment - most;
        if over <= Seconds::ZERO {
            return level;
        }
        buffer.play_what_is_there(&mut ());
        buffer.advance(over, &mut ());
        if let Source::Link(link) = &mut self.source {
            link.idle(over);
        }
        // What the buffer says may miss this by a rounding, and a rule that asks for just this level would go up and down with it.
        (most - segment).get()
    }

    /// A download of so many seconds arrives: whether playback stood still. `None` where it never does.
    fn arrive(&mut self, seconds: f64, number: usize) -> Option<bool> {
        let c = self.config;
        let (o, segment) = (&c.options, c.segment.get());
        match &mut self.buffer {
            Buffer::Counted(level) => {
                let r = |x: f64| round(x, o.single);
                let segment = r(segment);
                let stalled = *level < r(c.stall_threshold.get());
                *level = match stalled {
                    true => r(*level + segment),
                    // What is no number is neither, as in the original; below zero is nothing only here, as there.
                    false => match r(*level + r(segment - seconds)) {
                        level if level < 0.0 => 0.0,
                        level => level,
                    },
                };
                if *level > r(c.buffer_max.get()) {
                    *level = r(c.buffer_max.get());
                }
                Some(stalled && (o.startup_stalls || number > 0))
            }
            Buffer::Playing(buffer) => {
                if !seconds.is_finite() || seconds < 0.0 {
                    return None;
                }
                let (startup, before) = (buffer.state() == State::Startup, buffer.stalled());
                buffer.advance(Seconds::new(seconds), &mut ());
                buffer.append(c.segment, (), &mut ());
                Some(buffer.stalled() > before || startup && o.startup_stalls)
            }
        }
    }

    fn finish(mut self, steps: Vec<Step>) -> Session {
        let mut report = evaluate(&steps);
        let (mut startup, mut stalled) = (Seconds::ZERO, Seconds::ZERO);
        let mut mean_buffer =
            Seconds::new(if steps.is_empty() { 0.0 } else { self.level_sum / steps.len() as f64 });
        if let Buffer::Playing(buffer) = &mut self.buffer {
            buffer.complete(&mut ());
            buffer.play_out(&mut ());
            (startup, stalled) = (buffer.startup(), buffer.stalled());
            if buffer.clock() > Seconds::ZERO {
                mean_buffer = Seconds::new(buffer.level_integral() / buffer.clock().get());
            }
            if self.config.options.startup_stalls {
                stalled += startup;
            }
        }
        if self.config.options.scoring == Scoring::Durations {
            let ladder = self.config.ladder.bitrates();
            let top = ladder.iter().map(|r| r.kbps()).fold(0.0, f64::max);
            let top = if self.config.options.own_tiers { 2000.0 } else { top };
            let played = self.config.segment * steps.len() as f64;
            report.final_score = score::corrected(&score::Totals {
                bitrate: f64::from(report.average_bitrate_kbps) / top,
                stalled: match self.config.options.stall {
                    Stall::Dry => stalled / (played + stalled),
                    Stall::Low => f64::from(report.stall_ratio),
                },
                switched: f64::from(report.switch_count) / steps.len().saturating_sub(1).max(1) as f64,
                buffer: mean_buffer / self.config.buffer_max,
            }) as f32;
        }
        Session { abr: self.config.abr, steps, report, startup, stalled, mean_buffer }
    }
}

impl System for Player<'_> {
    type Row = Step;

    fn step(&mut self, number: usize) -> Option<Step> {
        let o = self.config.options;
        let level = self.make_room();
        if o.foresight
            && let Some(kbps) = self.next_kbps(number)
        {
            self.rule.learn(kbps);
        }
        let kbps = self.rule.choose(level);
        let seconds = self.download(number, kbps)?;
        let stalled = self.arrive(seconds, number)?;
        if !o.foresight && seconds > 0.0 && seconds.is_finite() {
            let media = if o.second { 1.0 } else { self.config.segment.get() };
            self.rule.learn(f64::from(kbps) * media / seconds);
        }
        let switch = self.last_kbps.map_or(o.first_switch, |last| last != kbps);
        self.last_kbps = Some(kbps);
        let level = self.level();
        self.level_sum += level;
        let timestamp = u32::try_from(number).ok()?;
        Some(Step { timestamp, bitrate_kbps: kbps, buffer_level_secs: level as f32, stalled, switch })
    }
}
