//! Simulated viewers: they complain late, not always, and sometimes for nothing.

use units::SimRng;

/// How viewers behave. The defaults are this project's guesses; `docs/feedback.md` says what hangs on them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ViewerOptions {
    /// How likely trouble is told of at all.
    pub speaks: f64,
    /// Mean time from the trouble to the message, s; at least 2.
    pub delay_s: f64,
    /// Complaints for nothing, and other chatter, per hour.
    pub idle_per_hour: f64,
}

impl Default for ViewerOptions {
    fn default() -> ViewerOptions {
        ViewerOptions { speaks: 0.5, delay_s: 8.0, idle_per_hour: 6.0 }
    }
}

/// What a viewer goes through at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Whether playback stands still.
    pub stalled: bool,
    /// What is shown, kbit/s.
    pub kbps: f64,
}

const STALLS: [&str; 5] = [
    "it froze again",
    "buffering every few minutes",
    "the stream keeps stopping",
    "stuck on the spinner",
    "lagging like crazy",
];
const POOR: [&str; 4] =
    ["why is it so blurry", "picture is so pixelated", "the quality is terrible", "can I get 1080p back"];
const GOOD: [&str; 3] = ["runs smooth as butter", "video quality looks great", "no complaints here"];
const IDLE: [&str; 5] = [
    "the delay is terrible",
    "which game is on next",
    "this is so boring",
    "love this channel",
    "audio is out of sync",
];

/// Below this the picture is poor, kbit/s.
const POOR_KBPS: f64 = 2000.0;
/// For so long it is borne, s.
const PATIENCE_S: f64 = 20.0;

/// A viewer.
#[derive(Clone, Debug)]
pub struct Viewer {
    options: ViewerOptions,
    rng: SimRng,
    last: f64,
    in_stall: bool,
    poor_since: Option<f64>,
    /// What will be said, and when.
    pending: Vec<(f64, &'static str)>,
}

impl Viewer {
    /// A viewer of a seed.
    pub fn new(options: ViewerOptions, seed: u64) -> Viewer {
        Viewer {
            options,
            rng: SimRng::new(seed, 0x7669_6577), // "view"
            last: 0.0,
            in_stall: false,
            poor_since: None,
            pending: Vec::new(),
        }
    }

    /// What the viewer says since the last look, and now.
    pub fn look(&mut self, at: f64, moment: Moment) -> Vec<&'static str> {
        if moment.stalled && !self.in_stall {
            self.will_say(at, &STALLS);
        }
        self.in_stall = moment.stalled;
        match self.poor_since {
            _ if moment.kbps >= POOR_KBPS => self.poor_since = None,
            None => self.poor_since = Some(at),
            Some(since) if at - since >= PATIENCE_S => {
                self.poor_since = Some(at);
                self.will_say(at, &POOR);
            }
            Some(_) => {}
        }
        let per_s = self.options.idle_per_hour / 3600.0;
        if self.rng.uniform() < per_s * (at - self.last) {
            let bank: &[&'static str] = if self.rng.uniform() < 0.3 { &GOOD } else { &IDLE };
            let text = bank[self.rng.below(bank.len())];
            self.pending.push((at, text));
        }
        self.last = at;
        let (now, later) = self.pending.iter().partition(|(when, _)| *when <= at);
        let now: Vec<(f64, &'static str)> = now;
        self.pending = later;
        now.into_iter().map(|(_, text)| text).collect()
    }

    fn will_say(&mut self, at: f64, bank: &[&'static str]) {
        if self.rng.uniform() < self.options.speaks {
            let delay = 2.0 + self.rng.exponential((self.options.delay_s - 2.0).max(0.0));
            self.pending.push((at + delay, bank[self.rng.below(bank.len())]));
        }
    }
}
