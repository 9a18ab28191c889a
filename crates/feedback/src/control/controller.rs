//! The controller in time.

use serde::Serialize;

use super::{Action, BufferState, Call, Command, Height, Mood, cell_about};
use crate::FeedbackError;
use crate::predict::{Prediction, Verdict};
use crate::sentiment::Label;

/// For so long no action is undone, s.
pub const HOLD_S: f64 = 10.0;
/// Before the cap rises by itself, the last fall and the last empty buffer must be so long ago, s.
const CALM_S: f64 = 12.0;
/// Before the cap falls again, the last fall must have had time to work, s.
const STEP_S: f64 = 6.0;
/// A commanded cap holds for so long, s; afterwards the controller may move it.
const ASKED_S: f64 = 300.0;
/// The buffer's target, s: least, most, and by how much it is changed.
const TARGET_S: (f64, f64, f64) = (8.0, 60.0, 10.0);
/// An alert about the same thing is not repeated for so long, s.
const QUIET_S: f64 = 60.0;

/// How a controller works.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ControllerOptions {
    /// How often it acts, 2 to 5 s.
    pub every_s: f64,
    /// The buffer's target at first, s.
    pub target_s: f64,
}

impl Default for ControllerOptions {
    fn default() -> ControllerOptions {
        ControllerOptions { every_s: 3.0, target_s: 30.0 }
    }
}

impl ControllerOptions {
    /// Checks the options.
    ///
    /// # Errors
    /// [`FeedbackError::Value`].
    pub fn check(&self) -> Result<(), FeedbackError> {
        if !(2.0..=5.0).contains(&self.every_s) {
            return Err(FeedbackError::value("interval", self.every_s, "2 to 5 s"));
        }
        if !(TARGET_S.0..=TARGET_S.1).contains(&self.target_s) {
            return Err(FeedbackError::value("buffer target", self.target_s, "8 to 60 s"));
        }
        Ok(())
    }
}

/// What a controller is told.
#[derive(Clone, Debug)]
pub struct Inputs<'a> {
    /// What is expected of the network; None where nothing is known.
    pub prediction: Option<&'a Prediction>,
    /// What the viewers feel.
    pub mood: Mood,
    /// Media in the buffer, s; None where the player does not say.
    pub buffer_s: Option<f64>,
    /// Whether playback stands still.
    pub stalled: bool,
    /// What was asked for since the last time, by enough viewers.
    pub asked: Option<Command>,
}

/// What a controller does, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    pub at_s: f64,
    #[serde(flatten)]
    pub action: Action,
    pub reason: String,
}

/// The controller. Pure: time comes in with every step.
#[derive(Clone, Debug)]
pub struct Controller {
    options: ControllerOptions,
    cap: Height,
    target_s: f64,
    /// The last time the cap went down, and up.
    lowered_at: f64,
    raised_at: f64,
    /// The last time the buffer was empty.
    trouble_at: f64,
    longer_at: f64,
    shorter_at: f64,
    alerted_at: f64,
    /// Until when the cap is the viewer's.
    asked_until: f64,
    waiting: Option<Command>,
    stopped: bool,
}

impl Controller {
    /// A controller that has done nothing yet: no cap.
    ///
    /// # Errors
    /// As [`ControllerOptions::check`].
    pub fn new(options: ControllerOptions) -> Result<Controller, FeedbackError> {
        options.check()?;
        let never = f64::NEG_INFINITY;
        Ok(Controller {
            options,
            cap: Height::P1080,
            target_s: options.target_s,
            lowered_at: never,
            raised_at: never,
            trouble_at: never,
            longer_at: never,
            shorter_at: never,
            alerted_at: never,
            asked_until: never,
            waiting: None,
            stopped: false,
        })
    }

    /// How it works.
    pub fn options(&self) -> &ControllerOptions {
        &self.options
    }

    /// The highest picture now.
    pub fn cap(&self) -> Height {
        self.cap
    }

    /// Whether the picture is held below what the player might choose.
    pub fn is_capped(&self) -> bool {
        self.cap != Height::P1080
    }

    /// The buffer's target now, s.
    pub fn target_s(&self) -> f64 {
        self.target_s
    }

    /// What to do at an instant; always at least one decision. Instants must not go back.
    pub fn step(&mut self, at: f64, inputs: &Inputs<'_>) -> Vec<Decision> {
        let mut decisions = Vec::new();
        if let Some(asked) = inputs.asked {
            self.waiting = Some(asked);
        }
        if let Some(asked) = self.waiting {
            decisions.push(self.obey(at, asked));
        } else if self.stopped {
            decisions.push(self.keep(at, "asked for: the controller stands still until it is told to go on"));
        } else {
            decisions.push(self.act(at, inputs));
        }
        decisions.extend(self.alert(at, inputs));
        decisions
    }

    fn act(&mut self, at: f64, inputs: &Inputs<'_>) -> Decision {
        let verdict = inputs.prediction.map(|p| p.label);
        let buffer = BufferState::of(inputs.buffer_s, inputs.stalled, self.target_s);
        let mood = &inputs.mood;
        let (call, reason) = cell_about(verdict, mood.label, mood.aspect, buffer);
        if buffer == BufferState::Empty {
            self.trouble_at = at;
        }
        let asked = at < self.asked_until;
        let wants_more = mood.label == Label::Negative && verdict == Some(Verdict::HighQuality);
        let calm = at - self.lowered_at >= CALM_S.max(HOLD_S) && at - self.trouble_at >= CALM_S;
        match call {
            // A cap is a brake for an empty buffer: once that is full again, the rule sees enough.
            Call::Keep | Call::Buffer
                if buffer == BufferState::Healthy && calm && !asked && self.is_capped() =>
            {
                let cap = self.cap.higher().unwrap_or(self.cap);
                self.raise(at, cap, "the buffer is full again: it needs no cap")
            }
            Call::Lower if asked && buffer != BufferState::Empty => self.keep(at, "the cap is as asked for"),
            Call::Lower if at - self.raised_at < HOLD_S => self.keep(at, "the cap was raised a moment ago"),
            Call::Lower if at - self.lowered_at < STEP_S => {
                self.keep(at, "the last step down is still to show")
            }
            Call::Lower => match self.cap.lower() {
                Some(cap) => self.lower(at, cap, reason),
                None => self.keep(at, "there is no lower cap"),
            },
            Call::Raise if self.cap == Height::P1080 => self.keep(at, reason),
            Call::Raise if asked => self.keep(at, "the cap is as asked for"),
            Call::Raise if at - self.lowered_at < CALM_S.max(HOLD_S) => {
                self.keep(at, "the cap was lowered a moment ago")
            }
            Call::Raise if !wants_more && at - self.trouble_at < CALM_S => {
                self.keep(at, "the buffer was empty less than 12 s ago")
            }
            Call::Raise => match self.cap.higher() {
                Some(cap) => self.raise(at, cap, reason),
                None => self.keep(at, reason),
            },
            Call::Buffer => self.longer(at, reason),
            Call::Keep => self.keep(at, reason),
        }
    }

    /// What is asked for is done as soon as it undoes nothing.
    fn obey(&mut self, at: f64, asked: Command) -> Decision {
        let wanted = match asked {
            Command::Lower => self.cap.lower(),
            Command::Raise => self.cap.higher(),
            Command::Cap(height) => Some(height),
            Command::Auto => Some(Height::P1080),
            _ => None,
        };
        let held = match asked {
            Command::BufferMore => at - self.shorter_at < HOLD_S,
            Command::BufferLess => at - self.longer_at < HOLD_S,
            _ => match wanted {
                Some(cap) if cap > self.cap => at - self.lowered_at < HOLD_S,
                Some(cap) if cap < self.cap => at - self.raised_at < HOLD_S,
                _ => false,
            },
        };
        if held {
            return self.keep(at, "asked for: waits until 10 s have passed since the opposite");
        }
        self.waiting = None;
        match asked {
            Command::Stop => {
                self.stopped = true;
                return self.keep(at, "asked for: the controller stands still");
            }
            Command::GoOn => {
                self.stopped = false;
                return self.keep(at, "asked for: the controller goes on");
            }
            Command::BufferMore => return self.longer(at, "asked for"),
            Command::BufferLess => return self.shorter(at, "asked for"),
            Command::Auto => self.asked_until = f64::NEG_INFINITY,
            _ => self.asked_until = at + ASKED_S,
        }
        match wanted {
            Some(cap) if cap > self.cap => self.raise(at, cap, "asked for"),
            Some(cap) if cap < self.cap => self.lower(at, cap, "asked for"),
            _ => self.keep(at, "asked for: it is so already"),
        }
    }

    /// Complaints that nothing in the network explains are for an operator.
    fn alert(&mut self, at: f64, inputs: &Inputs<'_>) -> Option<Decision> {
        let good = inputs.prediction.is_some_and(|p| p.label == Verdict::HighQuality) && !inputs.stalled;
        let many = inputs.mood.label == Label::Negative && inputs.mood.viewers >= 10;
        if !(good && many) || at - self.alerted_at < QUIET_S {
            return None;
        }
        self.alerted_at = at;
        let about =
            format!("{} of viewers complain of {}", percent(inputs.mood.negative), inputs.mood.aspect.name());
        let reason = "the network is good: the cause is elsewhere".to_string();
        Some(Decision { at_s: at, action: Action::Alert { about }, reason })
    }

    fn keep(&self, at: f64, reason: &str) -> Decision {
        Decision { at_s: at, action: Action::Keep { cap: self.cap }, reason: reason.to_string() }
    }

    fn lower(&mut self, at: f64, cap: Height, reason: &str) -> Decision {
        (self.cap, self.lowered_at) = (cap, at);
        Decision { at_s: at, action: Action::Lower { cap }, reason: reason.to_string() }
    }

    fn raise(&mut self, at: f64, cap: Height, reason: &str) -> Decision {
        (self.cap, self.raised_at) = (cap, at);
        Decision { at_s: at, action: Action::Raise { cap }, reason: reason.to_string() }
    }

    fn longer(&mut self, at: f64, reason: &str) -> Decision {
        let target = (self.target_s + TARGET_S.2).min(TARGET_S.1);
        if target <= self.target_s {
            return self.keep(at, "the buffer's target is at its most");
        }
        if at - self.shorter_at < HOLD_S {
            return self.keep(at, "the buffer's target was shortened a moment ago");
        }
        if at - self.longer_at < HOLD_S {
            return self.keep(at, "the longer buffer is still filling");
        }
        (self.target_s, self.longer_at) = (target, at);
        Decision { at_s: at, action: Action::Buffer { target_s: target }, reason: reason.to_string() }
    }

    fn shorter(&mut self, at: f64, reason: &str) -> Decision {
        let target = (self.target_s - TARGET_S.2).max(TARGET_S.0);
        if target >= self.target_s {
            return self.keep(at, "the buffer's target is at its least");
        }
        (self.target_s, self.shorter_at) = (target, at);
        Decision { at_s: at, action: Action::Buffer { target_s: target }, reason: reason.to_string() }
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}
