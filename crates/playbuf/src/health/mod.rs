//! The health of a buffer that is not ours: a monitor that is told levels and says how well playback does.
//!
//! [`HealthMonitor`] has no clock. Whoever watches a player tells it the time and the buffer level whenever they like, and asks
//! for [`Metrics`] (or their JSON) at any time. A level holds until the next one is told, so every average is weighted by time,
//! however irregular the updates are.
//!
//! ```
//! use playbuf::health::{Condition, HealthMonitor};
//! use units::Seconds;
//!
//! let s = Seconds::new;
//! let mut monitor = HealthMonitor::default();
//! monitor.update(s(0.0), s(4.0));
//! monitor.update(s(2.0), s(0.0)); // a stall begins
//! let metrics = monitor.metrics(s(2.5)); // and is still going on
//! assert_eq!((metrics.stall_count, metrics.total_stall_duration), (1, s(0.5)));
//! assert_eq!(metrics.condition, Condition::Stalled);
//! assert!((metrics.avg_buffer_level.get() - 8.0 / 2.5).abs() < 1e-12);
//! ```
//!
//! # What is kept
//!
//! A window of the last 10 s, in 100 slots of 100 ms: updates that come faster are merged, weighted by time, into their slot. One
//! more slot is kept, of which the part counts that is still in the window. The monitor has a fixed size below 2 KB, and
//! allocates nothing after it was made.
//!
//! # The score
//!
//! ```text
//! score  = clamp(100 min(1, recent level / full) - min(10 stalled seconds in the window, 50), 0, 100)
//! recent = the mean level in the window, a level of one second ago with 0.8 of the weight of now
//! ```
//!
//! | constant | value | source |
//! |---|---|---|
//! | stalled below | 0.1 s | the original |
//! | full | 5 s | the original: 20 points per second of buffer |
//! | weight of a level, per second of its age | 0.8 | the original has 0.8 per sample |
//! | points per stalled second, at most | 10, 50 | the original |
//! | window, report interval | 10 s, 1 s | the original |
//! | low below | 2 s | ours, for the dashboard's colour |
//!
//! Source: the buffer health monitor of Wiskey009/Quad-Kernel-Streaming, in two versions that [`original`] keeps with their
//! defects. What is put right here: a stall that goes on counts up to now; a low level before playback has begun is startup, not
//! a stall; averages are weighted by time, not by samples; stalls leave the score when they leave the window; what is not a
//! number is ignored; nothing grows.

mod metrics;
pub mod original;
mod window;

use units::Seconds;

pub use metrics::{Condition, Metrics};
use window::{Sums, Window};

/// When playback counts as what. The default is the table of this module.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HealthOptions {
    /// Below this level playback is stalled, or has not begun.
    pub stalled_below: Seconds,
    /// Below this level the buffer is low.
    pub low_below: Seconds,
    /// From this level on more buffer is no better. A player close to the live edge has less.
    pub full: Seconds,
    /// Time between two reports.
    pub report_interval: Seconds,
}

impl Default for HealthOptions {
    fn default() -> HealthOptions {
        HealthOptions {
            stalled_below: Seconds::new(0.1),
            low_below: Seconds::new(2.0),
            full: Seconds::new(5.0),
            report_interval: Seconds::new(1.0),
        }
    }
}

/// What playback does, as far as levels show it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Playback {
    /// No level has been enough yet.
    Startup,
    Playing,
    /// Since this time.
    Stalled(Seconds),
}

/// Watches the level of a buffer. See the [module](self).
#[derive(Clone, Debug)]
pub struct HealthMonitor {
    options: HealthOptions,
    window: Window,
    /// The times of the first and the last update.
    seen: Option<(Seconds, Seconds)>,
    level: Seconds,
    playback: Playback,
    /// When playback began.
    began: Option<Seconds>,
    stalls: u64,
    /// Time of the stalls that are over.
    stalled: Seconds,
    reported: Seconds,
}

/// A monitor that grows has a defect.
const _: () = assert!(size_of::<HealthMonitor>() <= 2048);

/// Times beyond this (in either direction) and levels above it are no times and levels: 30,000 years.
const FAR: Seconds = Seconds::from_millis(1e15);

impl Default for HealthMonitor {
    fn default() -> HealthMonitor {
        HealthMonitor::new(HealthOptions::default())
    }
}

impl HealthMonitor {
    /// A monitor that has seen nothing.
    pub fn new(options: HealthOptions) -> HealthMonitor {
        HealthMonitor {
            options,
            window: Window::default(),
            seen: None,
            level: Seconds::ZERO,
            playback: Playback::Startup,
            began: None,
            stalls: 0,
            stalled: Seconds::ZERO,
            reported: Seconds::ZERO,
        }
    }

    /// The buffer level at a time, on any clock that does not go back: an earlier time counts as that of the last update. True
    /// where a report is due, the first time at least one interval after the first update.
    ///
    /// What is not a finite number changes nothing; a negative level is 0.
    #[inline]
    pub fn update(&mut self, now: Seconds, level: Seconds) -> bool {
        // Comparisons with what is not a number are false.
        if !(now >= -FAR && now <= FAR && level >= -FAR && level <= FAR) {
            return false;
        }
        let level = if level > Seconds::ZERO { level } else { Seconds::ZERO };
        let now = match self.seen {
            None => {
                self.reported = now;
                self.seen = Some((now, now));
                now
            }
            Some((first, last)) => {
                let now = now.max(last);
                self.window.hold(last - first, now - first, self.level, self.is_stalled());
                self.seen = Some((first, now));
                now
            }
        };
        self.level = level;
        let enough = level >= self.options.stalled_below;
        match self.playback {
            Playback::Startup if enough => {
                self.playback = Playback::Playing;
                self.began = Some(now);
            }
            Playback::Playing if !enough => {
                self.playback = Playback::Stalled(now);
                self.stalls += 1;
            }
            Playback::Stalled(since) if enough => {
                self.playback = Playback::Playing;
                self.stalled += now - since;
            }
            _ => {}
        }
        let due = now - self.reported >= self.options.report_interval;
        if due {
            self.reported = now;
        }
        due
    }

    fn is_stalled(&self) -> bool {
        matches!(self.playback, Playback::Stalled(_))
    }

    /// How playback does at a time, the last level holding until then. An earlier time than that of the last update counts as
    /// that.
    pub fn metrics(&self, now: Seconds) -> Metrics {
        let (first, last) = self.seen.unwrap_or((Seconds::ZERO, Seconds::ZERO));
        let now = if now >= last && now <= FAR && self.seen.is_some() { now } else { last };
        let sums = if now > last {
            let mut window = self.window.clone();
            window.hold(last - first, now - first, self.level, self.is_stalled());
            window.sums()
        } else {
            self.window.sums()
        };
        self.say(now, now - first, sums)
    }

    fn say(&self, now: Seconds, observed: Seconds, sums: Option<Sums>) -> Metrics {
        let sums = sums.unwrap_or(Sums::of_level(self.level));
        let o = &self.options;
        let running = match self.playback {
            Playback::Stalled(since) => now - since,
            _ => Seconds::ZERO,
        };
        let total = self.stalled + running;
        let played = self.began.map_or(Seconds::ZERO, |began| now - began);
        let quality = if o.full > Seconds::ZERO { (sums.recent / o.full).min(1.0) } else { 1.0 };
        let penalty = (10.0 * sums.stalled.get()).min(50.0);
        let emptying = sums.trend < -1e-6 && self.level >= o.stalled_below;
        Metrics {
            condition: match self.playback {
                Playback::Startup => Condition::Startup,
                Playback::Stalled(_) => Condition::Stalled,
                Playback::Playing if self.level < o.low_below => Condition::Low,
                Playback::Playing => Condition::Healthy,
            },
            qoe_score: (100.0 * quality - penalty).clamp(0.0, 100.0),
            stall_count: self.stalls,
            total_stall_duration: total,
            window_stall_duration: sums.stalled,
            stall_ratio: if played > Seconds::ZERO { total / played } else { 0.0 },
            buffer_level: self.level,
            avg_buffer_level: sums.mean,
            recent_buffer_level: sums.recent,
            min_buffer_level: sums.low.min(self.level),
            trend: sums.trend,
            time_to_empty: emptying.then(|| self.level / -sums.trend),
            observed,
        }
    }
}
